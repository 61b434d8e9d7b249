"""Customers who may be one person: keys by which they are found, pairs, and addresses that several use."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    op.add_column(
        "customer_search", sa.Column("is_matched", sa.Boolean(), nullable=False, server_default=sa.text("false"))
    )
    waits = sa.text("is_matched = false" if op.get_context().dialect.name == "postgresql" else "is_matched = 0")
    op.create_index(
        "ix_customer_search_to_match",
        "customer_search",
        ["is_matched", "id"],
        sqlite_where=waits,
        postgresql_where=waits,
    )
    op.create_table(
        "match_key",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("customer_id", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("key", "customer_id", name="pk_match_key"),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name="fk_match_key_customer_id"),
    )
    op.create_index("ix_match_key_customer_id", "match_key", ["customer_id"])
    op.create_table(
        "possible_match",
        sa.Column("one_id", sa.String(64), nullable=False),
        sa.Column("other_id", sa.String(64), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False, server_default="[]"),
        sa.Column("found_at", sa.BigInteger(), nullable=False),
        sa.Column("refused_at", sa.BigInteger(), nullable=True),
        sa.Column("refused_by", sa.String(320), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("one_id", "other_id", name="pk_possible_match"),
        sa.ForeignKeyConstraint(["one_id"], ["customer.id"], name="fk_possible_match_one_id"),
        sa.ForeignKeyConstraint(["other_id"], ["customer.id"], name="fk_possible_match_other_id"),
    )
    op.create_index("ix_possible_match_other_id", "possible_match", ["other_id"])
    op.create_table(
        "shared_address",
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("address", sa.String(320), nullable=False),
        sa.Column("customer_id", sa.String(64), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("added_by", sa.String(320), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("kind", "address", "customer_id", name="pk_shared_address"),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name="fk_shared_address_customer_id"),
    )
    op.create_index("ix_shared_address_customer_id", "shared_address", ["customer_id"])
