"""Whether a customer came to the hub or an agent called them. What is open or closed already came in."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("interaction", sa.Column("direction", sa.String(8), nullable=False, server_default="in"))
