"""The hand-over card of a transfer and of a consult, and whether a consulted colleague takes the call over."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column("interaction", sa.Column("hand_over", sa.Text(), nullable=False, server_default=""))
    op.add_column("party", sa.Column("takes_over", sa.Boolean(), nullable=False, server_default=sa.text("false")))
    op.add_column("party", sa.Column("card", sa.Text(), nullable=False, server_default=""))
    has_not_left = sa.text("ended_at IS NULL")
    op.create_index("ix_party_agent", "party", ["agent_id"], sqlite_where=has_not_left, postgresql_where=has_not_left)
