"""Facts of script runs for figures: the steps with their instants, the outcome, tier and segments of that time."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"


def upgrade() -> None:
    with op.batch_alter_table("script_run") as table:
        table.add_column(sa.Column("ended_at", sa.BigInteger(), nullable=True))
        table.add_column(sa.Column("outcome", sa.String(320), nullable=False, server_default=""))
        table.add_column(sa.Column("steps", sa.Text(), nullable=False, server_default="[]"))
        table.add_column(sa.Column("tier", sa.String(64), nullable=False, server_default=""))
        table.add_column(sa.Column("segments", sa.Text(), nullable=False, server_default="[]"))
        table.add_column(sa.Column("comparison", sa.String(64), nullable=False, server_default=""))
    op.create_index("ix_script_run_script_id", "script_run", ["script_id", "began_at"])
    only = sa.text("comparison != ''")
    op.create_index(
        "ix_script_run_comparison",
        "script_run",
        ["comparison", "began_at"],
        sqlite_where=only,
        postgresql_where=only,
    )
