"""The ledger of consents, and whom each request reaches and what for. What customers stopped before is in it."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"

SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "consent_entry",
        sa.Column("seq", SERIAL, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("address", sa.String(320), nullable=False, server_default=""),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False, server_default=""),
        sa.Column("act", sa.String(16), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("by_id", sa.String(320), nullable=False, server_default=""),
        sa.Column("text_version", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("language", sa.String(16), nullable=False, server_default=""),
        sa.Column("said", sa.Text(), nullable=False, server_default=""),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.String(64), nullable=False, server_default=""),
        sa.Column("interaction_id", sa.String(64), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("seq", name="pk_consent_entry"),
    )
    op.create_index("ix_consent_entry_address", "consent_entry", ["kind", "address", "purpose", "seq"])
    op.create_index("ix_consent_entry_customer_id", "consent_entry", ["customer_id"])
    connection = op.get_bind()
    for purpose in ("service", "marketing"):  # a STOP is about both
        connection.execute(
            sa.text(
                "INSERT INTO consent_entry"
                " (kind, address, purpose, channel, act, source, at, recorded_at, customer_id)"
                " SELECT coalesce(a.kind, 'phone'), s.address, :purpose, s.channel, 'withdrawn', 'stop_word',"
                " s.created_at, s.created_at, coalesce(a.customer_id, '')"
                " FROM suppression s LEFT JOIN address a ON a.address = s.address AND a.kind = 'phone'"
                " WHERE s.cause = 'customer' ORDER BY s.created_at"
            ),
            {"purpose": purpose},
        )
    for name, length in (("to_kind", 16), ("to_address", 320), ("for_purpose", 16)):
        op.add_column("outbox", sa.Column(name, sa.String(length), nullable=False, server_default=""))
