"""The people who work here: who they are, where they are signed in, and what they have looked at and changed.

The rule of this file: as in `hub.storage.tables`, through which everybody else names these tables.
"""

from sqlalchemy import Boolean, Column, ForeignKey, Index, String, Table, Text, text

from hub.storage.columns import Serial, at, document, metadata, short

staff = Table(
    "staff",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("sign_in_name", String(200), nullable=False, unique=True),
    short("name"),
    Column("password_hash", Text, nullable=False),
    Column("must_change_password", Boolean, nullable=False, server_default=text("false")),
    document("roles", "[]"),
    Column("language", String(16), nullable=False, server_default="en"),
    document("profile"),  # routing.model.AgentProfile of an agent, and the address of their phone
    at("created_at"),
    at("disabled_at", nullable=True),
)

staff_session = Table(
    "staff_session",
    metadata,
    Column("token_hash", String(64), primary_key=True),  # SHA-256 of the opaque token
    Column("staff_id", String(64), ForeignKey("staff.id"), nullable=False, index=True),
    at("created_at"),
    at("expires_at"),
    at("revoked_at", nullable=True),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    at("at"),
    Column("staff_id", String(64), nullable=False),
    Column("action", String(80), nullable=False),
    short("subject"),
    document("detail"),
)
Index("ix_audit_at", audit.c.at)
