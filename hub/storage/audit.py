"""The audit trail: who looked at what, who changed what, when, and on which ground.

The rule of this file: rows are added and, when they are old, deleted. The erasure of a customer alone changes one:
the row loses its detail (`hub.storage.erasing`). No other module writes to the table.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, delete, literal_column, select, union_all

from hub.storage.audit_words import Action
from hub.storage.connection import Connection
from hub.storage.prepared import prepare_insert
from hub.storage.tables import audit


@dataclass(frozen=True, slots=True)
class Entry:
    """`subject`: the id of the thing that was looked at or changed. `customer_id`: the customer whose data it was;
    "" for none. `queue`: the queue in which the work was at that time; "" if no work is concerned. `detail`: an
    `audit_words.Detail` as JSON."""

    at: int
    staff_id: str
    action: Action
    subject: str = ""
    customer_id: str = ""
    queue: str = ""
    detail: str = "{}"
    id: int = 0


@dataclass(frozen=True, slots=True)
class Filter:
    """An empty field does not filter. `queues`: work of any of these queues; None: any queue, or none. Instants:
    `since` <= at < `until`."""

    queues: tuple[str, ...] | None = None
    staff_id: str = ""
    customer_id: str = ""
    action: str = ""
    since: int | None = None
    until: int | None = None
    before_id: int | None = None


async def add(connection: Connection, entries: Sequence[Entry]) -> None:
    rows = [
        {
            "at": e.at,
            "staff_id": e.staff_id[:64],
            "action": e.action,
            "subject": e.subject[:320],
            "customer_id": e.customer_id[:64],
            "queue": e.queue[:64],
            "detail": e.detail,
        }
        for e in entries
    ]
    await _ADD.execute_all(connection, rows)


async def read(connection: Connection, wanted: Filter, limit: int) -> list[Entry]:
    """The newest entries that match, the newest first."""
    return [Entry(*row) for row in await connection.execute(select_newest(wanted, limit))]


def select_newest(wanted: Filter, limit: int) -> Select[Any]:
    if wanted.queues is None:
        return _select(wanted, limit)
    # read the newest of each queue by its index, then take the newest of those: the condition `queue IN ...` would
    # read and sort all entries of these queues
    by_queue = [select(_select(wanted, limit, queue).subquery()) for queue in wanted.queues or ("",)]
    both = union_all(*by_queue).subquery()
    return select(both).order_by(both.c.id.desc()).limit(limit)


def _select(wanted: Filter, limit: int, queue: str | None = None) -> Select[Any]:
    a = audit.c
    query = select(a.at, a.staff_id, a.action, a.subject, a.customer_id, a.queue, a.detail, a.id)
    if queue is not None:
        query = query.where(a.queue == queue, a.queue != literal_column("''"))  # both, as for a customer below
    if wanted.staff_id:
        query = query.where(a.staff_id == wanted.staff_id)
    if wanted.customer_id:
        # the second condition repeats the index's own words: SQLite does not derive it from a parameter
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
    """Delete at most `limit` entries older than an instant, and return how many; call it until it returns 0."""
    old = select(audit.c.id).where(audit.c.at < before).order_by(audit.c.at).limit(limit)
    ids = list(await connection.scalars(old))
    if ids:
        await connection.execute(delete(audit).where(audit.c.id.in_(ids)))
    return len(ids)


_ADD = prepare_insert(audit, ["at", "staff_id", "action", "subject", "customer_id", "queue", "detail"])
