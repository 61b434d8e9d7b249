"""The language that somebody chose in a phone menu, by the address from which they called."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.add_column("address", sa.Column("language", sa.String(16), nullable=False, server_default=""))
