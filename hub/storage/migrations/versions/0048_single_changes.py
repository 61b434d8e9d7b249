"""Who changes by themselves is asked about before those who change by the thousand, as with an import."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"


def upgrade() -> None:
    op.add_column("rule_due", sa.Column("is_single", sa.Boolean(), nullable=False, server_default=sa.text("false")))
    single = sa.text("is_single = true" if op.get_context().dialect.name == "postgresql" else "is_single = 1")
    op.create_index("ix_rule_due_single", "rule_due", ["due_at"], sqlite_where=single, postgresql_where=single)
