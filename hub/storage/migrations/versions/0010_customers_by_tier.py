"""Customers by tier: those whose tier has left the policy are looked for every few minutes."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_index("ix_customer_tier", "customer", ["tier"])
