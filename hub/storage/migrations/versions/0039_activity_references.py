"""What a program calls an activity, so that one that it tells twice counts once."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    op.add_column("activity", sa.Column("reference", sa.String(128), nullable=True))
    known = sa.text("reference IS NOT NULL")
    op.create_index(
        "ix_activity_reference",
        "activity",
        ["reference", "kind"],
        unique=True,
        sqlite_where=known,
        postgresql_where=known,
    )
