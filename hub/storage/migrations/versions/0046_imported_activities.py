"""Which import brought an activity, so that it can be taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"


def upgrade() -> None:
    op.add_column("activity", sa.Column("import_id", sa.String(64), nullable=True))
    brought = sa.text("import_id IS NOT NULL")
    op.create_index(
        "ix_activity_import_id",
        "activity",
        ["import_id", "customer_id"],
        sqlite_where=brought,
        postgresql_where=brought,
    )
