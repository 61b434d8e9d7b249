"""How the policy in force understands the rule of a segment, and how late memberships follow what changes them."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    op.add_column("segment", sa.Column("meaning", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_table(
        "rule_delay",
        sa.Column("minute", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("counts", sa.Text(), nullable=False, server_default="{}"),
        sa.PrimaryKeyConstraint("minute", name="pk_rule_delay"),
    )
