"""Recordings are found by their time; those that are not settled are too, and so in their order."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.create_index("ix_recording_asked_at", "recording", ["asked_at"])
    op.drop_index("ix_recording_unsettled", "recording")
    unsettled = sa.text("settled_at IS NULL")
    op.create_index(
        "ix_recording_unsettled", "recording", ["asked_at"], sqlite_where=unsettled, postgresql_where=unsettled
    )
