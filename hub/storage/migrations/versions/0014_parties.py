"""The parties of a call: whoever is in it beside its customer and the agent who holds it."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "party",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("interaction_id", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("agent_id", sa.String(64), server_default="", nullable=False),
        sa.Column("name", sa.String(320), server_default="", nullable=False),
        sa.Column("address", sa.String(320), server_default="", nullable=False),
        sa.Column("asked_by", sa.String(64), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("deadline_at", sa.BigInteger(), nullable=True),
        sa.Column("leg_ref", sa.String(320), server_default="", nullable=False),
        sa.Column("is_muted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_as", sa.String(40), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_party"),
        sa.ForeignKeyConstraint(["interaction_id"], ["interaction.id"], name="fk_party_interaction_id"),
    )
    has_not_left = sa.text("ended_at IS NULL")
    op.create_index(
        "ix_party_open", "party", ["interaction_id"], sqlite_where=has_not_left, postgresql_where=has_not_left
    )
