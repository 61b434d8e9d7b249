"""Recordings of calls by policy, and messages of customers as recordings; the words on recording that one heard."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.add_column("interaction", sa.Column("announced", sa.String(64), nullable=False, server_default=""))
    op.create_table(
        "recording",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("interaction_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("call_ref", sa.String(320), server_default="", nullable=False),
        sa.Column("provider_ref", sa.String(320), server_default="", nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("duration_ms", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("channels", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("media", sa.String(320), server_default="", nullable=False),
        sa.Column("sha256", sa.String(64), server_default="", nullable=False),
        sa.Column("keep_days", sa.Integer(), server_default="0", nullable=False),
        sa.Column("is_paused_by_script", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("problem", sa.String(40), server_default="", nullable=False),
        sa.Column("tries", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.Column("delete_at", sa.BigInteger(), nullable=True),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_recording"),
        sa.ForeignKeyConstraint(["interaction_id"], ["interaction.id"], name="fk_recording_interaction_id"),
    )
    op.create_index("ix_recording_interaction", "recording", ["interaction_id"])
    unsettled = sa.text("settled_at IS NULL")
    op.create_index("ix_recording_unsettled", "recording", ["id"], sqlite_where=unsettled, postgresql_where=unsettled)
    expiring = sa.text("deleted_at IS NULL AND delete_at IS NOT NULL")
    op.create_index(
        "ix_recording_expiring", "recording", ["delete_at"], sqlite_where=expiring, postgresql_where=expiring
    )
