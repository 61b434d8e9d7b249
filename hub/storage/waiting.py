"""Waiting interactions and their places: the lines of queues, and the work before one interaction.

The rule of this file: a place is counted by rank, as the router ranks. An offered interaction still waits for an
answer, so it has a place.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, case, func, literal_column, or_, select

from channels.registry import list_pages
from hub.storage.columns import CALLS_IN_MENU
from hub.storage.connection import Connection
from hub.storage.customers import join_customer
from hub.storage.prepared import Prepared
from hub.storage.tables import customer, estimate, interaction
from routing.lifecycle import HELD
from routing.model import InteractionState

_i, _e = interaction.c, estimate.c
_RANK = (_i.rank_band, _i.rank_at, _i.rank_sequence)
# A caller in a menu waits for nobody yet. The values stand in the statement, so that it can be prepared.
_WAITS = (
    _i.closed_at.is_(None),
    _i.state.in_([literal_column("'waiting'"), literal_column("'offered'")]),
    _i.call_state.not_in([literal_column(f"'{state}'") for state in CALLS_IN_MENU]),
)
_IS_FRESH = _e.at > bindparam("fresh_since")
_COUNT = Prepared(
    select(
        _i.queue,
        func.count(),
        func.min(case((_i.given_back_at.is_(None), _i.entered_at))),
        func.max(case((_IS_FRESH, _e.at + _e.wait))),
    )
    .where(*_WAITS)
    .group_by(_i.queue)
    .outerjoin(estimate, _e.interaction_id == _i.id)
)


@dataclass(frozen=True, slots=True)
class WorkRow:
    """One line of a work list. `routing`: a `routing.model.InteractionRow` as JSON."""

    id: str
    version: int
    state: str
    customer_name: str
    address: str
    queue: str
    channel: str
    tier: str
    entered_at: int
    state_at: int
    routing: str | None
    agent_id: str | None


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """Figures of one queue's line. `oldest_at`: the earliest entry of a customer on a line; a customer who will be
    called back is not on one. `ready_at`: the latest instant at which a recent estimate expects an answer."""

    waiting: int
    oldest_at: int | None
    ready_at: int | None


@dataclass(frozen=True, slots=True)
class ChatPlace:
    """The place of a waiting chat: its position in its queue, counted over all channels, since when it waits, and
    the latest estimate with its instant."""

    chat_id: str
    position: int
    since: int
    estimated_at: int | None
    wait: int | None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The facts that decide when an open interaction is offered, as the router's rows in JSON. `routing`: its own
    row. `others`: the rows of work that is held or reserved, and of the first that wait before it. `position`: in
    its queue; None if it does not wait."""

    routing: str
    others: tuple[str, ...]
    position: int | None


async def list_waiting(connection: Connection, queue: str, limit: int) -> list[WorkRow]:
    """The first interactions of a queue, by rank."""
    return await _list(connection, _select_work(*_waits_in(queue)).order_by(*_RANK).limit(limit))


async def count_waiting(connection: Connection, queue: str) -> int:
    return await connection.scalar(select(func.count()).select_from(interaction).where(*_waits_in(queue))) or 0


async def list_in_hand(connection: Connection, agent_id: str) -> list[WorkRow]:
    """The interactions that are offered to this agent, dialled for them, active or in wrap-up, in the order in
    which they came into that state."""
    mine = _i.closed_at.is_(None), _i.agent_id == agent_id, _i.state.in_(sorted(HELD))
    return await _list(connection, _select_work(*mine).order_by(_i.state_at, _i.id))


async def list_active(connection: Connection, queues: Collection[str], limit: int) -> list[WorkRow]:
    """What agents have active in these queues, the longest first."""
    query = _select_work(*_active_in(queues)).order_by(_i.state_at, _i.id).limit(limit)
    return await _list(connection, query)


async def count_active(connection: Connection, queues: Collection[str]) -> int:
    query = select(func.count()).select_from(interaction).where(*_active_in(queues))
    return await connection.scalar(query) or 0


async def count_by_queue(connection: Connection, fresh_since: int) -> dict[str, QueueFigures]:
    """By queue in which somebody waits. Estimates made before `fresh_since` do not count."""
    rows = await _COUNT.fetch(connection, {"fresh_since": fresh_since})
    return {queue: QueueFigures(*figures) for queue, *figures in rows}


async def count_before(connection: Connection, queue: str, band: int, at: int, sequence: int) -> int:
    """How many interactions of a queue wait before this rank."""
    before = _ranked_before(band, at, sequence)
    query = select(func.count()).select_from(interaction).where(*_waits_in(queue), before)
    return await connection.scalar(query) or 0


async def list_chat_places(connection: Connection) -> list[ChatPlace]:
    """The places of all waiting chats."""
    order = func.row_number().over(partition_by=_i.queue, order_by=_RANK)
    placed = (
        select(_i.id, _i.provider_ref, _i.channel, _i.state_at, order.label("position")).where(*_WAITS).subquery()
    )
    p = placed.c
    query = select(p.provider_ref, p.position, p.state_at, _e.at, _e.wait)
    query = query.outerjoin(estimate, _e.interaction_id == p.id).where(p.channel.in_(list_pages()))
    return [ChatPlace(*row) for row in await connection.execute(query)]


async def find_surroundings(connection: Connection, interaction_id: str, most_ahead: int) -> Surroundings | None:
    """None if the interaction is not open. `most_ahead`: how many of the interactions that wait before it are
    included."""
    is_open = _i.closed_at.is_(None)
    query = select(_i.routing, _i.state, _i.queue, *_RANK).where(_i.id == interaction_id, is_open)
    mine = (await connection.execute(query)).first()
    if mine is None or mine.routing is None:
        return None
    rank = (mine.rank_band, mine.rank_at, mine.rank_sequence)
    in_hand = or_(_i.state.in_(sorted(HELD)), _i.routing.contains('"reserved_for":"'))
    others = list(await connection.scalars(select(_i.routing).where(is_open, _i.id != interaction_id, in_hand)))
    is_ahead = _i.state == InteractionState.WAITING, _ranked_before(*rank), ~in_hand
    ahead = select(_i.routing).where(is_open, *is_ahead).order_by(*_RANK).limit(most_ahead)
    others += await connection.scalars(ahead)
    position = None
    if mine.state == InteractionState.WAITING:
        position = await count_before(connection, mine.queue, *rank) + 1
    return Surroundings(mine.routing, tuple(text for text in others if text), position)


def _select_work(*where: ColumnElement[bool]) -> Select[Any]:
    what = (_i.id, _i.version, _i.state, customer.c.name, _i.address, _i.queue, _i.channel, _i.tier)
    query = select(*what, _i.entered_at, _i.state_at, _i.routing, _i.agent_id)
    chosen: Select[Any] = join_customer(query, _i.customer_id).where(*where)
    return chosen


async def _list(connection: Connection, query: Select[Any]) -> list[WorkRow]:
    return [WorkRow(*row) for row in await connection.execute(query)]


def _active_in(queues: Collection[str]) -> Sequence[ColumnElement[bool]]:
    return _i.closed_at.is_(None), _i.state == InteractionState.ACTIVE, _i.queue.in_(queues)


def _waits_in(queue: str) -> Sequence[ColumnElement[bool]]:
    return *_WAITS, _i.queue == queue


def _ranked_before(band: int, at: int, sequence: int) -> ColumnElement[bool]:
    return (_i.rank_band < band) | (
        (_i.rank_band == band) & ((_i.rank_at < at) | ((_i.rank_at == at) & (_i.rank_sequence < sequence)))
    )
