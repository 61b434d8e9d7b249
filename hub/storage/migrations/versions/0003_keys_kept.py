"""An index over deliveries of which only the key is left: pruning goes on after them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    kept = sa.text("state = 3")
    op.create_index("ix_inbox_key_kept", "inbox", ["id"], sqlite_where=kept, postgresql_where=kept)
