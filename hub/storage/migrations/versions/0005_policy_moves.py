"""The moves of a policy: where open work goes for which it has no place."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("policy_version", sa.Column("moves", sa.Text(), server_default="{}", nullable=False))
