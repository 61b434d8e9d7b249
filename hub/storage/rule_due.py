"""Whom the rules are to be asked about anew: who has changed, and whose answers may change with time alone.

The rule of this file: `mark_due` stands in the transaction of the change, so that none is forgotten, and `settle` in
that of what the rules decided. `settle` leaves a customer due if something changed since the facts were read.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, false, func, select, true, update

from hub.storage.connection import Connection
from hub.storage.prepared import Bulk, Prepared, among, is_among
from hub.storage.rule_tables import rule_due
from hub.storage.tables import customer

ALL: Final = "*"  # the name that stands for every name
RULES: Final = "*rules"  # beside ALL: nothing of the customer has changed, but the rules have
MOST: Final = 500  # characters of names that are kept; of more, all count as changed


@dataclass(frozen=True, slots=True)
class Due:
    """A customer to ask about. `changed`: the names that changed; empty if time alone is the reason. `due_at`: since
    when they are due; 0 or less: nobody noted it. `merged_into`: who stands for them, and is to be asked about
    instead."""

    customer_id: str
    changed: frozenset[str]
    timed_at: int | None
    marks: int
    due_at: int
    merged_into: str | None = None
    is_single: bool = True  # they changed by themselves


@dataclass(frozen=True, slots=True)
class Settled:
    """A customer who was asked about. `timed_at`: when time alone may change an answer; None: never."""

    customer_id: str
    marks: int
    timed_at: int | None


# How a mark joins one that is there; of a statement that inserts (customer_id, due_at, changed, marks)
JOIN_MARKS: Final = f"""
    ON CONFLICT (customer_id) DO UPDATE SET
        due_at = CASE WHEN rule_due.due_at < excluded.due_at THEN rule_due.due_at ELSE excluded.due_at END,
        changed = CASE WHEN length(rule_due.changed) > {MOST} THEN '{ALL} '
                       ELSE rule_due.changed || excluded.changed END,
        is_single = rule_due.is_single OR excluded.is_single, marks = rule_due.marks + 1
"""
_MARK_ALL: Final = f"""
    INSERT INTO rule_due (customer_id, due_at, changed, marks, is_single)
    SELECT value->>0, CAST(value->>2 AS BIGINT), value->>1, 1, %s FROM {{rows}} WHERE true {JOIN_MARKS}
"""  # noqa: S608  # a constant of this file
_MARK, _MARK_MANY = Bulk(_MARK_ALL % "true"), Bulk(_MARK_ALL % "false")
_r = rule_due.c
# Looked up for each: a join with so few PostgreSQL may plan as one with everybody, by chance
_STANDS_FOR_THEM: Final = select(customer.c.merged_into).where(customer.c.id == _r.customer_id).scalar_subquery()
_DUE: Final = (
    select(_r.customer_id, _r.changed, _r.timed_at, _r.marks, _r.due_at, _STANDS_FOR_THEM, _r.is_single)
    .where(_r.due_at <= bindparam("now"))
    .order_by(_r.due_at)
    .limit(bindparam("most"))
)
_LIST, _LIST_SINGLE = Prepared(_DUE), Prepared(_DUE.where(_r.is_single == true()))
_SETTLE = Bulk(
    """
    UPDATE rule_due SET changed = '', due_at = CAST(value->>2 AS BIGINT), timed_at = CAST(value->>2 AS BIGINT),
        is_single = false, marks = marks + 1
    FROM {rows} WHERE rule_due.customer_id = value->>0 AND rule_due.marks = CAST(value->>1 AS BIGINT)
    RETURNING customer_id
"""
)
_NOTE_TIMED = Bulk("""
    INSERT INTO rule_due (customer_id, due_at, timed_at, marks)
    SELECT value->>0, CAST(value->>1 AS BIGINT), CAST(value->>1 AS BIGINT), 1 FROM {rows} WHERE true
    ON CONFLICT (customer_id) DO UPDATE SET
        due_at = CASE WHEN rule_due.due_at < excluded.due_at THEN rule_due.due_at ELSE excluded.due_at END,
        timed_at = CASE WHEN rule_due.timed_at < excluded.timed_at THEN rule_due.timed_at ELSE excluded.timed_at END,
        marks = rule_due.marks + 1
""")
_DUE_AMONG = Prepared(select(_r.customer_id).where(is_among(_r.customer_id, "ids"), _r.due_at <= bindparam("now")))
_WAITING = Prepared(
    select(func.count()).select_from(
        select(_r.customer_id)
        .where(_r.due_at <= bindparam("now"), _r.is_single == false())
        .limit(bindparam("most"))
        .subquery()
    )
)
_NEXT = Prepared(select(_r.due_at).where(_r.due_at.is_not(None)).order_by(_r.due_at).limit(1))


async def mark_due(
    connection: Connection, changed: Mapping[str, Collection[str]], at: int = 0, *, are_many: bool = False
) -> None:
    """By customer id: the names that changed, as rules read them (`hub.rules.rule_set`). `at`: the instant of the
    change; whoever waits longest is asked about first, and before them who is marked without an instant. `are_many`:
    an import, a round or the like marks thousands of customers, and whoever changes meanwhile goes before them."""
    rows = [[customer_id, _write(names), at] for customer_id, names in sorted(changed.items()) if names]
    if rows:
        await (_MARK_MANY if are_many else _MARK).execute_for(connection, rows)


async def note_timed(connection: Connection, instants: Mapping[str, int]) -> None:
    """By customer id: an instant at which time alone may change an answer, also if they are due earlier. Whoever is
    being asked meanwhile stays due."""
    rows = [[customer_id, at] for customer_id, at in sorted(instants.items())]
    if rows:
        await _NOTE_TIMED.execute_for(connection, rows)


async def forget_waits(connection: Connection) -> None:
    """Nobody noted since when these are due: a base that was sown while no hub asked has not waited for one. It
    changed together, and what follows from it is no change of one customer alone."""
    await connection.execute(
        update(rule_due).where(_r.due_at > 0, _r.changed != "").values(due_at=0, is_single=False)
    )


async def list_due_among(connection: Connection, ids: Collection[str], now: int) -> set[str]:
    """Which of these customers are due by `now`."""
    return {row[0] for row in await _DUE_AMONG.fetch(connection, {"ids": among(ids), "now": now})}


async def count_waiting(connection: Connection, now: int, most: int) -> int:
    """How many are due by `now` who changed together, or by time alone. `most`: more are not counted."""
    return int((await _WAITING.fetch(connection, {"now": now, "most": most}))[0][0])


def _write(names: Collection[str]) -> str:
    return "".join(f"{name} " for name in sorted(names))


async def list_due(connection: Connection, now: int, most: int) -> list[Due]:
    """Those who are due by `now`: who changed by themselves, then who changed with many others or is due by time
    alone; of each, who waits longest first."""
    wanted = {"now": now, "most": most}
    rows = await _LIST_SINGLE.fetch(connection, wanted)
    if len(rows) < most:
        known = {row[0] for row in rows}
        rows = [*rows, *(row for row in await _LIST.fetch(connection, wanted) if row[0] not in known)][:most]
    return [Due(row[0], frozenset(row[1].split()), *row[2:]) for row in rows]


async def find_next(connection: Connection) -> int | None:
    """The earliest instant at which somebody is due; None: nobody ever is."""
    rows = await _NEXT.fetch(connection, {})
    return rows[0][0] if rows else None


async def settle(connection: Connection, settled: Sequence[Settled]) -> frozenset[str]:
    """Take them off the list until their next instant. Returns the ids of those who stand as they were read: of the
    others something has changed since, they stay due, and nothing may be written of what was decided."""
    if not settled:
        return frozenset()
    rows = await _SETTLE.fetch_for(connection, [[one.customer_id, one.marks, one.timed_at] for one in settled])
    return frozenset(row[0] for row in rows)
