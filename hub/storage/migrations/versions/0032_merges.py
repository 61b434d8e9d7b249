"""Merges of customers, each of which can be undone. A merged customer keeps their row and their history."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"

SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.add_column("customer", sa.Column("merged_into", sa.String(64), nullable=True))
    op.add_column("customer", sa.Column("merged_ids", sa.Text(), nullable=False, server_default="[]"))
    op.create_table(
        "customer_merge",
        sa.Column("seq", SERIAL, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("winner_id", sa.String(64), nullable=False),
        sa.Column("loser_id", sa.String(64), nullable=False),
        sa.Column("merged_at", sa.BigInteger(), nullable=False),
        sa.Column("merged_by", sa.String(64), nullable=False),
        sa.Column("choices", sa.Text(), nullable=False, server_default="{}"),
        sa.Column("after_change", sa.BigInteger(), nullable=False),
        sa.Column("undone_at", sa.BigInteger(), nullable=True),
        sa.Column("undone_by", sa.String(64), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("seq", name="pk_customer_merge"),
        sa.UniqueConstraint("id", name="uq_customer_merge_id"),
        sa.ForeignKeyConstraint(["winner_id"], ["customer.id"], name="fk_customer_merge_winner_id"),
        sa.ForeignKeyConstraint(["loser_id"], ["customer.id"], name="fk_customer_merge_loser_id"),
    )
    op.create_index("ix_customer_merge_winner_id", "customer_merge", ["winner_id"])
    in_force = sa.text("undone_at IS NULL")
    op.create_index(
        "uq_customer_merge_loser",
        "customer_merge",
        ["loser_id"],
        unique=True,
        sqlite_where=in_force,
        postgresql_where=in_force,
    )
