"""What a caller wants, by the option of the menu that they chose: scripts are selected by it, and ask for it."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"


def upgrade() -> None:
    op.add_column("interaction", sa.Column("purpose", sa.String(64), nullable=False, server_default=""))
