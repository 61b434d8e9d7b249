"""Appointments that customers ask for themselves: in which chat or call, their time zone, and why one was refused."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    for name, length in (("asked_in", 64), ("time_zone", 64), ("refused", 32)):
        op.add_column("appointment", sa.Column(name, sa.String(length), nullable=False, server_default=""))
    op.create_index("ix_appointment_asked_in", "appointment", ["asked_in", "made_at"])
    op.create_index("ix_appointment_address", "appointment", ["address", "made_at"])
