"""The audit trail: who looked at what, who changed what, when, and on which ground.

The rule of this file: rows are added and, when they are old, forgotten; nothing here is ever changed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, delete, insert, literal_column, select

from hub.storage.connection import Connection
from hub.storage.prepared import prepare_insert
from hub.storage.tables import audit


@dataclass(frozen=True, slots=True)
class Entry:
    """`action`: of `hub.access.rules`, or a command's. `subject`: the id of what it was done to. `customer_id`: whose
    data it was; empty: nobody's. `detail`: a JSON object."""

    at: int
    staff_id: str
    action: str
    subject: str = ""
    customer_id: str = ""
    detail: str = "{}"
    id: int = 0


@dataclass(frozen=True, slots=True)
class Filter:
    """What is asked for; what is empty asks for nothing. Instants: `since` <= at < `until`."""

    staff_id: str = ""
    customer_id: str = ""
    action: str = ""
    since: int | None = None
    until: int | None = None
    before_id: int | None = None


async def add(connection: Connection, entries: Sequence[Entry]) -> None:
    if entries:
        rows = [
            {
                "at": e.at,
                "staff_id": e.staff_id[:64],
                "action": e.action[:80],
                "subject": e.subject[:320],
                "customer_id": e.customer_id[:64],
                "detail": e.detail,
            }
            for e in entries
        ]
        await connection.execute(insert(audit), rows)


_ADD_OF_BATCH = prepare_insert(audit, ["at", "staff_id", "action", "subject", "detail"])


async def add_of_batch(connection: Connection, entries: Sequence[Entry]) -> None:
    """The same for entries that name no customer, with what every batch runs: nothing is cut to its column."""
    rows = [
        {"at": e.at, "staff_id": e.staff_id, "action": e.action, "subject": e.subject, "detail": e.detail}
        for e in entries
    ]
    await _ADD_OF_BATCH.execute_all(connection, rows)


async def read(connection: Connection, wanted: Filter, limit: int) -> list[Entry]:
    """The newest that fit, newest first."""
    return [Entry(*row) for row in await connection.execute(select_newest(wanted, limit))]


def select_newest(wanted: Filter, limit: int) -> Select[Any]:
    a = audit.c
    query = select(a.at, a.staff_id, a.action, a.subject, a.customer_id, a.detail, a.id)
    if wanted.staff_id:
        query = query.where(a.staff_id == wanted.staff_id)
    if wanted.customer_id:
        # the second in words that the index has: SQLite does not conclude it from a value
        query = query.where(a.customer_id == wanted.customer_id, a.customer_id != literal_column("''"))
    if wanted.action:
        query = query.where(a.action == wanted.action)
    if wanted.since is not None:
        query = query.where(a.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(a.at < wanted.until)
    if wanted.before_id is not None:
        query = query.where(a.id < wanted.before_id)
    return query.order_by(a.id.desc()).limit(limit)


async def prune(connection: Connection, before: int, limit: int = 500) -> int:
    """Forget at most `limit` entries older than an instant; call it until it returns 0."""
    old = select(audit.c.id).where(audit.c.at < before).order_by(audit.c.at).limit(limit)
    ids = list(await connection.scalars(old))
    if ids:
        await connection.execute(delete(audit).where(audit.c.id.in_(ids)))
    return len(ids)
