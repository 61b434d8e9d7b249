"""What is searched of customers. A running hub fills in the rows of those who are there, in slices."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0029"
down_revision = "0028"

SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "customer_search",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("customer_id", sa.String(64), nullable=False),
        sa.Column("tier", sa.String(64), nullable=False),
        sa.Column("name", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
        sa.Column("words", sa.Text(), nullable=False, server_default=""),
        sa.Column("digits", sa.Text(), nullable=False, server_default=""),
        sa.Column("tokens", ARRAY(sa.Integer).with_variant(sa.Text(), "sqlite"), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_customer_search"),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name="fk_customer_search_customer_id"),
        sa.UniqueConstraint("customer_id", name="uq_customer_search_customer_id"),
    )
    op.execute(
        "INSERT INTO customer_search (customer_id, tier) SELECT id, tier FROM customer ORDER BY created_at, id"
    )
    op.create_index("ix_customer_search_name", "customer_search", ["name", "tier", "id"])
    op.create_index("ix_customer_search_tier", "customer_search", ["tier", "id"])
    to_write = sa.text("name IS NULL")
    op.create_index(
        "ix_customer_search_to_write",
        "customer_search",
        ["id"],
        sqlite_where=to_write,
        postgresql_where=to_write,
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE INDEX ix_customer_token ON customer_search USING gin (tokens) WITH (fastupdate = off)")
    else:
        op.execute(
            "CREATE VIRTUAL TABLE customer_token"
            " USING fts5(tokens, content='', columnsize=0, detail=none, tokenize='ascii')"
        )
