"""An index over requests of which nobody knows whether they left: a start looks at them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    unknown = sa.text("state = 'unknown'")
    op.create_index("ix_outbox_unknown", "outbox", ["seq"], sqlite_where=unknown, postgresql_where=unknown)
