"""Indexes of the audit trail by person, action and customer, and of the participants of an interaction."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("audit", sa.Column("customer_id", sa.String(64), server_default="", nullable=False))
    op.create_index("ix_audit_staff", "audit", ["staff_id", "id"])
    op.create_index("ix_audit_action", "audit", ["action", "id"])
    of_somebody = sa.text("customer_id != ''")
    op.create_index(
        "ix_audit_customer",
        "audit",
        ["customer_id", "id"],
        sqlite_where=of_somebody,
        postgresql_where=of_somebody,
    )
    op.create_index("ix_participant_interaction", "participant", ["interaction_id", "agent_id"])
