"""Agents at work: the router's row of each, their past states, and the desk whose commands are obeyed.

The rule of this file: the router's row is changed only at the version that was read, so a second router is detected.
`desk_presence.py` knows which desks are open.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)

from hub.storage.connection import Connection, Row
from hub.storage.prepared import Prepared, prepare_insert
from hub.storage.tables import acting_desk, agent_calls, agent_routing, agent_span, interaction
from routing.model import AgentId


class AgentRowConflict(Exception):
    """Another writer changed the agent's row: two routers decide at once."""


@dataclass(frozen=True, slots=True)
class StoredAgent:
    """`load`: points held. `routing`: JSON of `routing.model.AgentRow`."""

    id: str
    version: int
    load: int
    routing: str


@dataclass(frozen=True, slots=True)
class AgentLoad:
    """The new content of an agent's row. `seen_version`: the version that was read; 0 if there is no row."""

    agent_id: AgentId
    seen_version: int
    state: str
    load: int
    routing: str


@dataclass(frozen=True, slots=True)
class AgentSpan:
    """A state of an agent that has ended."""

    agent_id: str
    state: str
    began_at: int
    ended_at: int


@dataclass(frozen=True, slots=True)
class HandledCount:
    """An agent's handled interactions: how many, how many of them in time, and the microseconds from accepted to
    closed."""

    agent_id: str
    count: int
    in_time: int
    micros: int


_ADD = prepare_insert(agent_routing)
_CHANGE = Prepared(
    update(agent_routing)
    .where(agent_routing.c.agent_id == bindparam("of_agent"), agent_routing.c.version == bindparam("seen_version"))
    .values({name: bindparam(name) for name in ("state", "load", "routing", "version")})
)
_ADD_SPANS = prepare_insert(agent_span, ["agent_id", "state", "began_at", "ended_at"])


def _prepare_for_all_and_one(query: Any, agent: Column[Any], *, is_grouped: bool = True) -> tuple[Prepared, Prepared]:
    """The query for every agent, and for the agent `of_agent` alone: each desk that opens asks."""
    both = query, query.where(agent == bindparam("of_agent"))
    of_all, of_one = (Prepared(one.group_by(agent) if is_grouped else one) for one in both)
    return of_all, of_one


_i, _s, _c = interaction.c, agent_span.c, agent_calls.c
_HANDLED = _prepare_for_all_and_one(
    select(
        _i.agent_id,
        func.count(),
        func.sum(func.coalesce(_i.in_time, literal_column("false")).cast(Integer)),
        func.sum(_i.closed_at - _i.accepted_at),
    ).where(
        _i.closed_at >= bindparam("since"),
        _i.answered_at.is_not(None),
        _i.agent_id.is_not(None),
        _i.direction == literal_column("'in'"),
    ),
    _i.agent_id,
)
_SINCE = bindparam("since", type_=BigInteger)
_SPANS = _prepare_for_all_and_one(
    select(_s.agent_id, func.sum(_s.ended_at - case((_s.began_at < _SINCE, _SINCE), else_=_s.began_at))).where(
        _s.ended_at >= _SINCE, _s.state == bindparam("state")
    ),
    _s.agent_id,
)
_CALLS = _prepare_for_all_and_one(
    select(_c.agent_id, _c.calls).where(_c.day == bindparam("day")), _c.agent_id, is_grouped=False
)


# ---- the router's rows ---------------------------------------------------------------------------------


async def store_loads(connection: Connection, loads: Iterable[AgentLoad]) -> None:
    """Raises AgentRowConflict if a row does not have the version that was read."""
    for one in loads:
        values = {"state": one.state, "load": one.load, "routing": one.routing, "version": one.seen_version + 1}
        if one.seen_version == 0:
            await _ADD.execute(connection, {"agent_id": one.agent_id, **values})
            continue
        seen = {"of_agent": one.agent_id, "seen_version": one.seen_version}
        if await _CHANGE.execute(connection, {**seen, **values}) != 1:
            raise AgentRowConflict(one.agent_id)


async def list_all(connection: Connection) -> list[StoredAgent]:
    """Every agent whom the router has met."""
    a = agent_routing.c
    query = select(a.agent_id, a.version, a.load, a.routing)
    return [StoredAgent(*row) for row in await connection.execute(query)]


async def list_routing(connection: Connection) -> list[str]:
    """The router's rows alone, as JSON of `routing.model.AgentRow`."""
    return list(await connection.scalars(select(agent_routing.c.routing)))


async def find(connection: Connection, agent_id: str) -> StoredAgent | None:
    """None if the router has no row of this agent."""
    a = agent_routing.c
    query = select(a.agent_id, a.version, a.load, a.routing).where(a.agent_id == agent_id)
    row = (await connection.execute(query)).first()
    return StoredAgent(*row) if row is not None else None


# ---- their day -----------------------------------------------------------------------------------------


async def add_spans(connection: Connection, spans: Sequence[AgentSpan]) -> None:
    await _ADD_SPANS.execute_for_each(connection, spans)


async def count_handled(connection: Connection, since: int, agent_id: str | None = None) -> list[HandledCount]:
    """Interactions of customers who came to the hub, which an agent answered and which were closed since an instant:
    for each agent, or for one."""
    rows = await _for_all_or_one(_HANDLED, connection, {"since": since}, agent_id)
    return [HandledCount(agent, count, int(in_time or 0), int(micros or 0)) for agent, count, in_time, micros in rows]


async def sum_spans(connection: Connection, state: str, since: int, agent_id: str | None = None) -> dict[str, int]:
    """By agent, or for one: the microseconds in this state since an instant. Only states that have ended count."""
    rows = await _for_all_or_one(_SPANS, connection, {"since": since, "state": state}, agent_id)
    return {agent: int(micros or 0) for agent, micros in rows}


async def _for_all_or_one(
    query: tuple[Prepared, Prepared], connection: Connection, values: Mapping[str, Any], agent_id: str | None
) -> list[Row]:
    of_all, of_one = query
    if agent_id is None:
        return await of_all.fetch(connection, values)
    return await of_one.fetch(connection, {**values, "of_agent": agent_id})


async def set_calls_of_day(connection: Connection, calls: Mapping[str, tuple[str, int]]) -> None:
    """By agent: the day, as 2026-11-22, and how many calls to people outside the agent has asked for on it."""
    c = agent_calls
    for agent_id, (day, count) in calls.items():
        await connection.execute(delete(c).where(c.c.agent_id == agent_id))
        await connection.execute(insert(c), [{"agent_id": agent_id, "day": day, "calls": count}])


async def list_calls_of_day(connection: Connection, day: str, agent_id: str | None = None) -> dict[str, int]:
    """By agent, or for one: the calls of this day, as `set_calls_of_day` takes them."""
    return dict(await _for_all_or_one(_CALLS, connection, {"day": day}, agent_id))


# ---- their desks ---------------------------------------------------------------------------------------


async def set_acting_desks(connection: Connection, desks: Mapping[AgentId, str]) -> None:
    """By agent: of several desks, the one whose commands are obeyed."""
    d = acting_desk
    for agent_id, desk in desks.items():
        await connection.execute(delete(d).where(d.c.agent_id == agent_id))
        await connection.execute(insert(d), [{"agent_id": agent_id, "desk": desk}])


async def list_acting_desks(connection: Connection) -> dict[str, str]:
    """As `set_acting_desks` takes them: desk by agent."""
    d = acting_desk.c
    return {row.agent_id: row.desk for row in await connection.execute(select(d.agent_id, d.desk))}


async def find_acting_desk(connection: Connection, agent_id: str) -> str:
    """The agent's acting desk; "" if there is none."""
    d = acting_desk.c
    return await connection.scalar(select(d.desk).where(d.agent_id == agent_id)) or ""
