"""An index over the few customers who are merged, so that whatever counts customers leaves them out at no cost."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    merged = sa.text("merged_into IS NOT NULL")
    op.create_index(
        "ix_customer_merged_into",
        "customer",
        ["merged_into", "id"],
        sqlite_where=merged,
        postgresql_where=merged,
    )
