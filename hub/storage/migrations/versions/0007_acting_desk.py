"""The acting desk: of an agent's open desks, the one whose commands are obeyed."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "acting_desk",
        sa.Column("agent_id", sa.String(64), nullable=False),
        sa.Column("desk", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("agent_id", name="pk_acting_desk"),
    )
