"""How many calls to people outside each agent has asked for on a day: a cap counts them, also after a restart."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "agent_calls",
        sa.Column("agent_id", sa.String(64), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("agent_id", name="pk_agent_calls"),
        sa.ForeignKeyConstraint(["agent_id"], ["staff.id"], name="fk_agent_calls_agent_id"),
    )
