"""The request that called the holder's leg of a call: an agent whose line is lost is called again by another one."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    """A call under way keeps its leg: until here, the id of the request was made of these two columns."""
    op.add_column("interaction", sa.Column("leg_request", sa.String(320), nullable=False, server_default=""))
    called = "closed_at IS NULL AND accepted_at IS NOT NULL"
    op.execute(f"UPDATE interaction SET leg_request = id || '.' || accepted_at WHERE {called}")  # noqa: S608 - constant
