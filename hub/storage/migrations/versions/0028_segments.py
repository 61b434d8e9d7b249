"""Segments: what they are, who is in them, who entered and left, and the sample from which sizes are estimated."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"

SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "segment",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("names", sa.Text(), nullable=False, server_default="{}"),
        sa.Column("purpose", sa.Text(), nullable=False, server_default=""),
        sa.Column("owner", sa.String(320), nullable=False, server_default=""),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("place", sa.Integer(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("counted_version", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("counted_to", sa.String(64), nullable=False, server_default=""),
        sa.Column("counted_number", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("live_at", sa.BigInteger(), nullable=True),
        sa.Column("retired_at", sa.BigInteger(), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("read_at", sa.BigInteger(), nullable=True),
        sa.Column("empty_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_segment"),
        sa.UniqueConstraint("place", name="uq_segment_place"),
    )
    op.create_table(
        "segment_version",
        sa.Column("segment_id", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.String(320), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("segment_id", "version", name="pk_segment_version"),
        sa.ForeignKeyConstraint(["segment_id"], ["segment.id"], name="fk_segment_version_segment_id"),
    )
    op.create_table(
        "segment_member",
        sa.Column("customer_id", sa.String(64), nullable=False),
        sa.Column("bits_1", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("bits_2", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("bits_3", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("bits_4", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("bits_5", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("bits_6", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("bits_7", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("bits_8", sa.BigInteger(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("customer_id", name="pk_segment_member"),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name="fk_segment_member_customer_id"),
    )
    op.create_table(
        "segment_change",
        sa.Column("seq", SERIAL, autoincrement=True, nullable=False),
        sa.Column("segment_id", sa.String(64), nullable=False),
        sa.Column("customer_id", sa.String(64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("has_entered", sa.Boolean(), nullable=False),
        sa.Column("clause", sa.Text(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("seq", name="pk_segment_change"),
        sa.ForeignKeyConstraint(["segment_id"], ["segment.id"], name="fk_segment_change_segment_id"),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name="fk_segment_change_customer_id"),
    )
    op.create_index("ix_segment_change_segment_id", "segment_change", ["segment_id", "at"])
    op.create_index("ix_segment_change_customer_id", "segment_change", ["customer_id", "seq"])
    op.create_table(
        "segment_day",
        sa.Column("segment_id", sa.String(64), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("entered", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("left_it", sa.Integer(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("segment_id", "day", name="pk_segment_day"),
        sa.ForeignKeyConstraint(["segment_id"], ["segment.id"], name="fk_segment_day_segment_id"),
    )
    op.create_table(
        "segment_sample",
        sa.Column("customer_id", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", name="pk_segment_sample"),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name="fk_segment_sample_customer_id"),
    )
