"""Calls to customers that were agreed for a time."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_table(
        "appointment",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("customer_id", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("address", sa.String(320), nullable=False, server_default=""),
        sa.Column("our_address", sa.String(320), nullable=False, server_default=""),
        sa.Column("queue", sa.String(64), nullable=False),
        sa.Column("language", sa.String(16), nullable=False, server_default=""),
        sa.Column("wall_at", sa.BigInteger(), nullable=False),
        sa.Column("agent_id", sa.String(64), nullable=False, server_default=""),
        sa.Column("made_by", sa.String(64), nullable=False, server_default=""),
        sa.Column("note", sa.Text(), nullable=False, server_default=""),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_appointment"),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name="fk_appointment_customer_id"),
    )
    is_open = sa.text("ended_at IS NULL")
    op.create_index(
        "ix_appointment_open", "appointment", ["customer_id"], sqlite_where=is_open, postgresql_where=is_open
    )
