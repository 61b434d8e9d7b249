"""Comparisons of two versions of a script."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"


def upgrade() -> None:
    op.create_table(
        "script_comparison",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("script_id", sa.String(120), nullable=False),
        sa.Column("base_version", sa.Integer(), nullable=False),
        sa.Column("candidate_version", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(320), nullable=False, server_default=""),
        sa.Column("base_rate", sa.Integer(), nullable=False),
        sa.Column("smallest", sa.Integer(), nullable=False),
        sa.Column("needed", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("started_by", sa.String(64), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("sentence", sa.String(320), nullable=False, server_default=""),
        sa.Column("ended_by", sa.String(64), nullable=False, server_default=""),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("word", sa.String(320), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id", name="pk_script_comparison"),
    )
    op.create_index("ix_script_comparison_script_id", "script_comparison", ["script_id", "started_at"])
    only = sa.text("state = 'running'")
    op.create_index(
        "ix_script_comparison_running",
        "script_comparison",
        ["script_id"],
        unique=True,
        sqlite_where=only,
        postgresql_where=only,
    )
