"""The instant since which a call is recorded: a proof in a call names the second of its recording."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("interaction", sa.Column("recording_ref", sa.String(320), nullable=False, server_default=""))
    op.add_column("interaction", sa.Column("recording_began_at", sa.BigInteger(), nullable=True))
