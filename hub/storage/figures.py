"""Figures of the wallboard, counted over all open interactions and those of today.

The rule of this file: figures are counted from rows, so that they are the same in every process and after a restart.
`hub/reports/wallboard_figures.py` defines the meaning of each. Instants and spans are microseconds.
"""

from dataclasses import dataclass, fields
from typing import Any, Final

from sqlalchemy import Subquery, and_, case, func, select

from hub.storage.columns import CALLS_IN_MENU
from hub.storage.connection import Connection
from hub.storage.tables import interaction
from routing.model import InteractionState

_i = interaction.c


@dataclass(frozen=True, slots=True)
class ServiceSums:
    """Sums over one queue, tier and channel. `oldest_at`: the earliest entry among those who wait on a line; 0 if
    nobody does."""

    queue: str
    tier: str
    channel: str
    waiting: int
    oldest_at: int
    answered: int
    in_time: int
    recent: int
    recent_in_time: int
    abandoned: int
    short: int
    unfinished: int
    answer_micros: int
    called_out: int
    reached: int


SUMMED: Final = tuple(f.name for f in fields(ServiceSums) if f.name not in ("queue", "tier", "channel", "oldest_at"))


@dataclass(frozen=True, slots=True)
class HeldCount:
    """How many interactions of one channel, state, direction and state of the line an agent has."""

    agent_id: str
    channel: str
    state: str
    direction: str
    call_state: str
    count: int


async def sum_service(connection: Connection, day: int, recent_since: int) -> list[ServiceSums]:
    """Sums over all interactions that are open, or were closed since the day began; `recent`: answered since
    `recent_since`."""
    i = _open_or_closed_since(min(day, recent_since)).c
    is_waiting = i.state.in_([InteractionState.WAITING, InteractionState.OFFERED])
    waits = and_(i.closed_at.is_(None), is_waiting, i.call_state.not_in(CALLS_IN_MENU))
    came, went = i.direction == "in", i.direction == "out"
    answered, recent = and_(came, i.answered_at >= day), and_(came, i.answered_at >= recent_since)
    left = and_(came, i.closed_at >= day)

    def count(condition: Any) -> Any:
        return func.sum(case((condition, 1), else_=0))

    figures = {
        "waiting": count(waits),
        "oldest_at": func.min(case((and_(waits, i.given_back_at.is_(None)), i.entered_at))),
        "answered": count(answered),
        "in_time": count(and_(answered, i.in_time)),
        "recent": count(recent),
        "recent_in_time": count(and_(recent, i.in_time)),
        "abandoned": count(and_(left, i.closed_as == "abandoned")),
        "short": count(and_(left, i.closed_as == "short_abandoned")),
        "unfinished": count(and_(i.closed_at >= day, i.closed_as == "unfinished")),
        "answer_micros": func.sum(case((answered, i.answered_at - i.entered_at), else_=0)),
        "called_out": count(and_(went, i.entered_at >= day)),
        "reached": count(and_(went, i.answered_at >= day)),
    }
    of = (i.queue, i.tier, i.channel)
    rows = await connection.execute(select(*of, *figures.values()).group_by(*of))
    found = []
    for queue, tier, channel, *values in rows:
        sums: Any = {name: int(value or 0) for name, value in zip(figures, values, strict=True)}
        found.append(ServiceSums(queue, tier, channel, **sums))
    return found


async def count_held(connection: Connection) -> list[HeldCount]:
    """The open interactions of each agent, channel, state, direction and state of the line."""
    of = (_i.agent_id, _i.channel, _i.state, _i.direction, _i.call_state)
    query = select(*of, func.count()).where(_i.closed_at.is_(None), _i.agent_id.is_not(None))
    rows = await connection.execute(query.group_by(*of))
    return [HeldCount(*row) for row in rows]


async def count_arrivals(connection: Connection, since: int, slot: int) -> dict[int, int]:
    """By the slot's number: how many interactions of customers who came to the hub entered in it. Slots of `slot`
    microseconds begin at `since`."""
    number = func.floor((_i.entered_at - since) / slot)
    query = select(number.label("slot"), func.count()).where(_i.entered_at >= since, _i.direction == "in")
    return {int(n): count for n, count in await connection.execute(query.group_by(number))}


def _open_or_closed_since(at: int) -> Subquery:
    """In two parts, because each has its own index and an `or` would use neither."""
    every = select(
        _i.queue,
        _i.tier,
        _i.channel,
        _i.state,
        _i.call_state,
        _i.entered_at,
        _i.answered_at,
        _i.in_time,
        _i.closed_at,
        _i.closed_as,
        _i.given_back_at,
        _i.direction,
    )
    return every.where(_i.closed_at.is_(None)).union_all(every.where(_i.closed_at >= at)).subquery()
