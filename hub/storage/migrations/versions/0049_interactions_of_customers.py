"""All interactions of a customer are found by one index: for each customer who was deleted, both databases read every
interaction, since neither uses an index of a part to see whether a row refers to another.
"""

from alembic import op

revision = "0049"
down_revision = "0048"


def upgrade() -> None:
    op.create_index("ix_interaction_customer_id", "interaction", ["customer_id", "closed_at"])
    op.drop_index("ix_interaction_closed", "interaction")
