"""The numbered events of each desk: a screen that was away reads them to catch up (P6).

The rule of this file: the number comes from a counter row that is raised in the same transaction, so numbers become
visible in order and without a gap. A sequence guarantees neither.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from hub.storage.connection import Connection
from hub.storage.prepared import Bulk, Prepared, among, is_among, prepare_insert
from hub.storage.tables import desk_counter, desk_event


@dataclass(frozen=True, slots=True)
class DeskEvent:
    number: int
    at: int
    event: str  # JSON


_RAISE = Bulk("""
    INSERT INTO desk_counter (agent_id, number)
    SELECT value->>0, CAST(value->>1 AS BIGINT) FROM {rows} WHERE true
    ON CONFLICT (agent_id) DO UPDATE SET number = desk_counter.number + excluded.number
    RETURNING agent_id, number
""")
_INSERT = prepare_insert(desk_event)
_READ = Prepared(
    select(desk_event.c.number, desk_event.c.at, desk_event.c.event)
    .where(desk_event.c.agent_id == bindparam("of"), desk_event.c.number > bindparam("after"))
    .order_by(desk_event.c.number)
    .limit(bindparam("most"))
)
_OLD = Prepared(
    select(desk_event.c.agent_id, desk_event.c.number)
    .where(desk_event.c.at < bindparam("before"))
    .order_by(desk_event.c.at)
    .limit(bindparam("most"))
)
# by keys that were read before: with both in one statement, PostgreSQL reads the whole table
_FORGET = Bulk("""
    DELETE FROM desk_event WHERE (agent_id, number) IN (SELECT value->>0, CAST(value->>1 AS BIGINT) FROM {rows})
""")
_LATEST = Prepared(select(desk_counter.c.number).where(desk_counter.c.agent_id == bindparam("of")))

_LIST_LATEST = Prepared(
    select(desk_counter.c.agent_id, desk_counter.c.number).where(is_among(desk_counter.c.agent_id, "agents"))
)


async def append(connection: Connection, events: Sequence[tuple[str, int, str]]) -> list[tuple[str, int]]:
    """Store (agent_id, at, event as JSON) and return (agent_id, number) for each, in the same order."""
    if not events:
        return []
    wanted = Counter(agent_id for agent_id, _, _ in events)
    # sorted: so two processes that raise the same counters cannot deadlock
    raised = await _RAISE.fetch_for(connection, sorted(wanted.items()))
    next_number = {agent_id: number - wanted[agent_id] + 1 for agent_id, number in raised}
    rows = []
    for agent_id, at, event in events:
        rows.append({"agent_id": agent_id, "number": next_number[agent_id], "at": at, "event": event})
        next_number[agent_id] += 1
    await _INSERT.execute_all(connection, rows)
    return [(row["agent_id"], row["number"]) for row in rows]


async def read_after(connection: Connection, agent_id: str, number: int, limit: int) -> list[DeskEvent]:
    """The events with a greater number, in order. If the first is not `number + 1`, older ones were pruned: the
    screen needs a fresh snapshot."""
    rows = await _READ.fetch(connection, {"of": agent_id, "after": number, "most": limit})
    return [DeskEvent(*row) for row in rows]


async def latest(connection: Connection, agent_id: str) -> int:
    """The number of the last event; 0 before the first. Read it in the same snapshot as the rows that the events
    tell of."""
    found = await _LATEST.fetch(connection, {"of": agent_id})
    return int(found[0][0]) if found else 0


async def list_latest(connection: Connection, agent_ids: Collection[str]) -> dict[str, int]:
    """By agent: the number of the last event. Agents without events are left out."""
    rows = await _LIST_LATEST.fetch(connection, {"agents": among(agent_ids)})
    return dict(rows)


async def prune(connection: Connection, before: int, limit: int = 500) -> int:
    """Delete at most `limit` events older than an instant, and return how many; call it until it returns 0. The
    numbers go on."""
    found = await _OLD.fetch(connection, {"before": before, "most": limit})
    return await _FORGET.execute_for(connection, found) if found else 0
