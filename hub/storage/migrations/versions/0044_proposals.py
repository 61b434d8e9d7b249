"""What scripts have proposed to customers, and what these said."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"


def upgrade() -> None:
    op.create_table(
        "proposal",
        sa.Column("interaction_id", sa.String(64), nullable=False),
        sa.Column("proposal", sa.String(64), nullable=False),
        sa.Column("catalogue", sa.String(64), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("script_id", sa.String(120), nullable=False),
        sa.Column("script_version", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("offered_at", sa.BigInteger(), nullable=False),
        sa.Column("offered_to", sa.String(64), nullable=False),
        sa.Column("reply", sa.String(16), nullable=False, server_default=""),
        sa.Column("replied_at", sa.BigInteger(), nullable=True),
        sa.Column("replied_by", sa.String(64), nullable=False, server_default=""),
        sa.Column("until", sa.String(10), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("interaction_id", "proposal", name="pk_proposal"),
        sa.ForeignKeyConstraint(["interaction_id"], ["interaction.id"], name="fk_proposal_interaction_id"),
    )
    op.create_index("ix_proposal_catalogue", "proposal", ["catalogue", "proposal", "reply"])
