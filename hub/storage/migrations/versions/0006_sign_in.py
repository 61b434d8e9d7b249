"""Columns for the list of sessions, the last use of each, and the budgets of tries to sign in."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def only(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def short(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(320), server_default="", nullable=False)


def upgrade() -> None:
    op.execute("CREATE TEMPORARY TABLE earlier_session AS SELECT * FROM staff_session")
    op.drop_table("staff_session")
    op.create_table(
        "staff_session",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("staff_id", sa.String(64), nullable=False),
        short("address"),
        short("browser"),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_staff_session_staff_id"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_staff_session"),
        sa.UniqueConstraint("id", name="uq_staff_session_id"),
    )
    op.execute(
        "INSERT INTO staff_session (token_hash, id, staff_id, created_at, used_at, expires_at, revoked_at)"
        " SELECT token_hash, 'session:' || substr(token_hash, 1, 32), staff_id, created_at, created_at, expires_at,"
        " revoked_at FROM earlier_session"
    )
    op.execute("DROP TABLE earlier_session")
    op.create_index("ix_staff_session_staff_id", "staff_session", ["staff_id"])
    op.create_index("ix_staff_session_living", "staff_session", ["used_at"], **only("revoked_at IS NULL"))
    op.create_index("ix_staff_session_expires_at", "staff_session", ["expires_at"])
    op.create_table(
        "sign_in_budget",
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("full_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_sign_in_budget"),
    )
    op.create_index("ix_sign_in_budget_full_at", "sign_in_budget", ["full_at"])
    op.create_table(
        "server_key",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("value", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_server_key"),
    )
