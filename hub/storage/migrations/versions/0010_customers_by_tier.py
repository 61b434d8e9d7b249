"""An index of customers by tier: every few minutes the hub looks for customers whose tier the policy lacks."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_index("ix_customer_tier", "customer", ["tier"])
