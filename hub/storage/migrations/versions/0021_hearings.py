"""Who has heard which recording, and from where to where."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.create_table(
        "hearing",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.String(64), nullable=False),
        sa.Column("interaction_id", sa.String(64), nullable=False),
        sa.Column("media", sa.String(320), nullable=False, server_default=""),
        sa.Column("content_type", sa.String(64), nullable=False, server_default=""),
        sa.Column("spans", sa.Text(), nullable=False, server_default="[]"),
        sa.PrimaryKeyConstraint("id", name="pk_hearing"),
        sa.ForeignKeyConstraint(["interaction_id"], ["interaction.id"], name="fk_hearing_interaction_id"),
    )
    op.create_index("ix_hearing_opened", "hearing", ["opened_at"])
