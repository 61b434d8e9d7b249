"""What agents say of the steps of scripts that do not fit."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    op.create_table(
        "script_note",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False, autoincrement=True),
        sa.Column("interaction_id", sa.String(64), nullable=False),
        sa.Column("script_id", sa.String(120), nullable=False),
        sa.Column("script_version", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("step_id", sa.String(160), nullable=False),
        sa.Column("written_by", sa.String(64), nullable=False),
        sa.Column("written_at", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.String(320), nullable=False, server_default=""),
        sa.Column("settled_by", sa.String(64), nullable=False, server_default=""),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.String(320), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id", name="pk_script_note"),
        sa.ForeignKeyConstraint(["interaction_id"], ["interaction.id"], name="fk_script_note_interaction_id"),
    )
    op.create_index(
        "ix_script_note_interaction_id",
        "script_note",
        ["interaction_id", "script_id", "step_id", "written_by"],
        unique=True,
    )
    op.create_index("ix_script_note_script_id", "script_note", ["script_id", "id"])
    only = sa.text("settled_at IS NULL")
    op.create_index(
        "ix_script_note_open",
        "script_note",
        ["script_id", "step_id"],
        sqlite_where=only,
        postgresql_where=only,
    )
