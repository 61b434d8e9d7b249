"""Whether the holder of a call is told of a party: a supervisor may listen unseen, where the policy says so."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.add_column("party", sa.Column("is_shown", sa.Boolean(), nullable=False, server_default=sa.text("true")))
