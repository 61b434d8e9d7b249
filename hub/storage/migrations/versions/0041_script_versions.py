"""Drafts, versions and releases of scripts."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    op.create_table(
        "script_release",
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("released_at", sa.BigInteger(), nullable=False),
        sa.Column("released_by", sa.String(64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("number", name="pk_script_release"),
    )
    op.create_table(
        "script_version",
        sa.Column("script_id", sa.String(120), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("script", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("written_by", sa.Text(), nullable=False, server_default="[]"),
        sa.Column("approved_by", sa.String(64), nullable=False, server_default=""),
        sa.Column("published_by", sa.String(64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False, server_default=""),
        sa.Column("problem", sa.Text(), nullable=False, server_default=""),
        sa.Column("begins_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("script_id", "language", "version", name="pk_script_version"),
        sa.ForeignKeyConstraint(["script"], ["script_text.ref"], name="fk_script_version_script"),
    )
    for state in ("published", "scheduled"):
        only = sa.text(f"state = '{state}'")
        op.create_index(
            f"ix_script_version_{state}",
            "script_version",
            ["script_id", "language"],
            unique=True,
            sqlite_where=only,
            postgresql_where=only,
        )
    op.create_table(
        "script_draft",
        sa.Column("script_id", sa.String(120), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("script", sa.String(64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("written_by", sa.Text(), nullable=False, server_default="[]"),
        sa.Column("changed_by", sa.String(64), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("sentence", sa.String(320), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("script_id", "language", name="pk_script_draft"),
        sa.ForeignKeyConstraint(["script"], ["script_text.ref"], name="fk_script_draft_script"),
    )
    op.create_table(
        "script_save",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False, autoincrement=True),
        sa.Column("script_id", sa.String(120), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("script", sa.String(64), nullable=False),
        sa.Column("saved_by", sa.String(64), nullable=False),
        sa.Column("saved_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_script_save"),
        sa.ForeignKeyConstraint(["script"], ["script_text.ref"], name="fk_script_save_script"),
    )
    op.create_index("ix_script_save_script_id", "script_save", ["script_id", "language", "revision"])
