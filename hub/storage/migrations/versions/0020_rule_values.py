"""Where the values of declared attributes stand, these values as rules compare them, and activities."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "attribute",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("type", sa.String(16), nullable=False),
        sa.Column("slot", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_attribute"),
        sa.UniqueConstraint("slot", name="uq_attribute_slot"),
    )
    op.create_table(
        "rule_value",
        sa.Column("customer_id", sa.String(64), nullable=False),
        *(sa.Column(f"text_{n}", sa.Text(), nullable=True) for n in range(1, 41)),
        *(sa.Column(f"number_{n}", sa.BigInteger(), nullable=True) for n in range(1, 41)),
        sa.PrimaryKeyConstraint("customer_id", name="pk_rule_value"),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name="fk_rule_value_customer_id"),
    )
    op.create_table(
        "activity",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("customer_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("label", sa.String(32), nullable=False, server_default=""),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_activity"),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name="fk_activity_customer_id"),
    )
    op.create_index("ix_activity_customer_id", "activity", ["customer_id", "kind", "at"])
