"""The sender of each message and how sure the address is; senders as participants; the key of a mail's deliveries."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def only(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def short(name: str, length: int = 320) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), server_default="", nullable=False)


def upgrade() -> None:
    op.add_column("message", short("address"))
    op.add_column("message", short("identity_level", 16))
    op.add_column("message", short("mail_key", 64))
    op.create_index("ix_message_mail_key", "message", ["mail_key"], **only("mail_key != ''"))
    mine = "kind = 'agent' AND channel = 'email'"
    op.create_index(
        "ix_message_auto_reply",
        "message",
        ["at"],
        sqlite_where=sa.text(f"is_automatic = 1 AND {mine}"),
        postgresql_where=sa.text(f"is_automatic AND {mine}"),
    )
    op.add_column("interaction", short("reply_to"))
    op.add_column(
        "interaction", sa.Column("is_automatic", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column("participant", short("address"))
    op.add_column("participant", short("name"))
    op.create_index(
        "uq_participant_sender",
        "participant",
        ["interaction_id", "address"],
        unique=True,
        **only("role = 'sender'"),
    )
    op.create_table(
        "filed_mail",
        sa.Column("id", serial, autoincrement=True, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("customer_id", sa.String(64), nullable=True),
        sa.Column("address", sa.String(320), server_default="", nullable=False),
        sa.Column("our_address", sa.String(320), server_default="", nullable=False),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("raw", sa.String(320), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_filed_mail"),
    )
    op.create_index("ix_filed_mail_at", "filed_mail", ["at"])
