"""The people who work here: what several rooms write about them.

The rule of this file: one `write` each, together with whatever makes it true; an audit entry never holds a secret.
"""

import orjson
from sqlalchemy import insert, select, update

from hub.storage import tables
from hub.storage.connection import Connection
from routing.model import Micros

COMMAND_LINE = "command line"  # who did it, where nobody was signed in


async def audit(conn: Connection, at: Micros, by: str, action: str, subject: str, **detail: object) -> None:
    """`by`: whose act it is, a staff id or COMMAND_LINE. What is empty in the detail is left out."""
    shown = {name: value for name, value in detail.items() if value not in ("", None)}
    entry = {"at": at, "staff_id": by, "action": action, "subject": subject}
    await conn.execute(insert(tables.audit), [{**entry, "detail": orjson.dumps(shown).decode()}])


async def end_sessions(conn: Connection, staff_id: str, now: Micros) -> int:
    """Every session of this person; how many that were."""
    t = tables.staff_session
    found = await conn.execute(select(t.c.id, t.c.revoked_at).where(t.c.staff_id == staff_id))
    living = [row.id for row in found if row.revoked_at is None]
    await conn.execute(update(t).where(t.c.id.in_(living)).values(revoked_at=now))
    return len(living)
