"""A mark of hub time beside the lease, for restarts, and how far the wall clock is ahead of hub time."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    numbers = ("wall_ahead", "wall_moved_by", "clock_at", "clock_boot_at", "clock_database_at")
    with op.batch_alter_table("lease") as lease:
        for name in numbers:
            lease.add_column(sa.Column(name, sa.BigInteger(), server_default="0", nullable=False))
        lease.add_column(sa.Column("clock_boot_id", sa.String(64), server_default="", nullable=False))
        lease.add_column(sa.Column("wall_moved_at", sa.BigInteger(), nullable=True))
    op.add_column("journal_start", sa.Column("wall_ahead", sa.BigInteger(), server_default="0", nullable=False))
