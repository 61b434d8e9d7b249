"""The tables of staff: people, their sessions, and the audit trail.

The rule of this file: as in `hub.storage.tables`, from which all other modules import these tables.
"""

from sqlalchemy import Boolean, Column, ForeignKey, Index, String, Table, Text, text

from hub.storage.columns import Serial, at, document, metadata, only, short

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
    document("profile"),  # an agent's routing.model.AgentProfile and phone; a supervisor's queues
    at("created_at"),
    at("disabled_at", nullable=True),
)

staff_session = Table(
    "staff_session",
    metadata,
    Column("token_hash", String(64), primary_key=True),  # SHA-256 of the opaque token
    Column("id", String(64), nullable=False, unique=True),  # for lists: it gives no access
    Column("staff_id", String(64), ForeignKey("staff.id"), nullable=False, index=True),
    short("address"),  # the client's at the beginning
    short("browser"),  # its User-Agent
    at("created_at"),
    at("used_at"),  # last use by the person; not every use is written
    at("expires_at"),
    at("revoked_at", nullable=True),
)
_living = staff_session.c.revoked_at.is_(None)
Index("ix_staff_session_living", staff_session.c.used_at, **only(_living))
Index("ix_staff_session_expires_at", staff_session.c.expires_at)

# How far the tries of one name, address or device are used up: `hub.access.guesses`
sign_in_budget = Table(
    "sign_in_budget",
    metadata,
    Column("key", String(200), primary_key=True),
    at("full_at"),  # when all tries are available again
)
Index("ix_sign_in_budget_full_at", sign_in_budget.c.full_at)

# Secrets that the hub generated for itself, shared by all its processes
server_key = Table(
    "server_key",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", String(200), nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    at("at"),
    Column("staff_id", String(64), nullable=False),
    Column("action", String(80), nullable=False),
    short("subject"),
    Column("customer_id", String(64), nullable=False, server_default=""),  # the customer whose data it was
    Column("queue", String(64), nullable=False, server_default=""),  # the queue of the work at that time
    document("detail"),
)
Index("ix_audit_at", audit.c.at)
Index("ix_audit_staff", audit.c.staff_id, audit.c.id)
Index("ix_audit_action", audit.c.action, audit.c.id)
Index("ix_audit_customer", audit.c.customer_id, audit.c.id, **only(audit.c.customer_id != ""))
Index("ix_audit_queue", audit.c.queue, audit.c.id, **only(audit.c.queue != ""))

# An agent's acting desk: the one of all their open desks, on any process, whose commands are obeyed
acting_desk = Table(
    "acting_desk",
    metadata,
    Column("agent_id", String(64), primary_key=True),
    Column("desk", String(64), nullable=False),
)
