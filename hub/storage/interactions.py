"""Interactions: the row of each, as the router, the floor and the desks need it.

The rule of this file: open interactions are found by the indexes over open work. `waiting.py` has the places of those
who wait; `calls_and_chats.py` finds interactions by call or chat for the channels.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from sqlalchemy import ColumnElement, bindparam, case, func, or_, select, update

from hub.storage.connection import Connection
from hub.storage.prepared import Prepared, among, is_among, prepare_insert
from hub.storage.tables import interaction
from routing.lifecycle import HELD
from routing.model import InteractionState


@dataclass(frozen=True, slots=True)
class StoredInteraction:
    """One field for each column, of the same name. `customer_id`: the one whose address wrote, also after a merge.
    `reason`: the view of its last decision as JSON, "{}" before
    the first. `routing`: a `routing.model.InteractionRow` as JSON while the interaction is open."""

    id: str
    customer_id: str
    channel: str
    queue: str
    tier: str
    state: str
    address: str
    our_address: str
    identity_level: str
    language: str
    entered_at: int
    state_at: int
    version: int
    direction: str
    subject: str
    reply_to: str
    is_automatic: bool
    provider_ref: str
    leg_ref: str
    leg_request: str
    call_state: str
    call_since: int | None
    call_until: int | None
    given_back_at: int | None
    recording_ref: str
    recording_began_at: int | None
    announced: str
    purpose: str
    reply_token: str | None
    last_number: int
    is_customer_gone: bool
    accepted_at: int | None
    answered_at: int | None
    in_time: bool | None
    ended_at: int | None
    closed_at: int | None
    closed_as: str | None
    agent_id: str | None
    reason: str
    disposition: str | None
    wrap_up_note: str | None
    routing: str | None
    rank_band: int
    rank_at: int
    rank_sequence: int
    wrap_up_deadline_at: int | None
    script_id: str
    hand_over: str


@dataclass(frozen=True, slots=True)
class InteractionRef:
    """An interaction, its customer and its queue. `queue`: empty where nobody asks for it."""

    id: str
    customer_id: str
    queue: str = ""


@dataclass(frozen=True, slots=True)
class ClosedInteraction:
    """A closed interaction, as the next one of its customer needs it. `agent_id`: the last agent who held it."""

    customer_id: str
    channel: str
    queue: str
    agent_id: str | None
    closed_at: int
    closed_as: str
    entered_at: int
    rank_sequence: int


@dataclass(frozen=True, slots=True)
class OpenCount:
    """How many open interactions there are of one kind. A customer who `is_to_be_called` has given the line back."""

    queue: str
    channel: str
    tier: str
    is_to_be_called: bool
    count: int


COLUMNS: Final = tuple(f.name for f in fields(StoredInteraction))
_FIXED = (
    "id",
    "channel",
    "direction",
    "address",
    "our_address",
    "reply_token",
)  # fixed from its arrival on
_CHANGING = [name for name in COLUMNS if name not in _FIXED]
_ALL = tuple(interaction.c[name] for name in COLUMNS)
_TO_BE_CALLED = '"callback":{'  # stands in the router's row if the customer waits for a callback
_HELD = sorted(HELD)

_OPEN = prepare_insert(interaction, COLUMNS)
_CHANGE = Prepared(
    update(interaction)
    .where(interaction.c.id == bindparam("id"))
    .values({name: bindparam(name) for name in _CHANGING})
)
_BY_TOKEN = Prepared(
    select(interaction.c.id, interaction.c.customer_id, interaction.c.reply_token).where(
        is_among(interaction.c.reply_token, "tokens")
    )
)
_CLOSED = Prepared(
    select(*(interaction.c[field.name] for field in fields(ClosedInteraction)))
    .where(is_among(interaction.c.customer_id, "customers"), interaction.c.closed_at >= bindparam("since"))
    .order_by(interaction.c.closed_at.desc())
)
_is_open = interaction.c.closed_at.is_(None)


# ---- written by the batch that decides -----------------------------------------------------------------


async def add(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """`rows`: a value for each of COLUMNS."""
    await _OPEN.execute_all(connection, rows)


async def change(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Update each row, found by its id. A row has a value for each of COLUMNS; those that never change are
    ignored."""
    await _CHANGE.execute_all(connection, rows)


# ---- what is open --------------------------------------------------------------------------------------


async def list_open(connection: Connection) -> list[StoredInteraction]:
    return await _list(connection, select(*_ALL).where(_is_open))


async def list_held(
    connection: Connection, agent_id: str, interaction_id: str | None = None
) -> list[StoredInteraction]:
    """The open interactions that this agent has accepted, in the order of acceptance; or only this one of them."""
    i = interaction.c
    query = select(*_ALL).where(*_is_held_by(agent_id))
    if interaction_id is not None:
        query = query.where(i.id == interaction_id)
    return await _list(connection, query.order_by(i.accepted_at, i.id))


async def _list(connection: Connection, query: Any) -> list[StoredInteraction]:
    return [StoredInteraction(*row) for row in await connection.execute(query)]


async def find_open(connection: Connection, interaction_id: str) -> StoredInteraction | None:
    row = (await connection.execute(select(*_ALL).where(interaction.c.id == interaction_id, _is_open))).first()
    return StoredInteraction(*row) if row is not None else None


async def list_open_of(connection: Connection, customer_id: str) -> list[StoredInteraction]:
    """The open interactions of this customer, the oldest first."""
    i = interaction.c
    query = select(*_ALL).where(i.customer_id == customer_id, i.closed_at.is_(None))
    return await _list(connection, query.order_by(i.entered_at))


async def list_open_customers(connection: Connection) -> list[str]:
    """The ids of the customers of all open interactions."""
    return list(await connection.scalars(select(interaction.c.customer_id).where(_is_open).distinct()))


async def list_open_routing(connection: Connection) -> list[str]:
    """The router's rows of all open interactions, as JSON of `routing.model.InteractionRow`."""
    found = await connection.scalars(select(interaction.c.routing).where(_is_open))
    return [routing for routing in found if routing]


async def list_waiting_routing(connection: Connection) -> dict[str, str]:
    """By id: the router's rows of interactions that wait and are not offered."""
    i = interaction.c
    query = select(i.id, i.routing).where(_is_open, i.state == InteractionState.WAITING)
    return {row.id: row.routing for row in await connection.execute(query) if row.routing}


async def list_in_hand_routing(connection: Connection) -> list[str]:
    """The router's rows of the open interactions that an agent is offered or has."""
    i = interaction.c
    found = await connection.scalars(select(i.routing).where(_is_open, i.agent_id.is_not(None)))
    return [routing for routing in found if routing]


async def find_held_routing(connection: Connection, interaction_id: str) -> str | None:
    """The router's row of an interaction that is offered, dialled, active or in wrap-up; None in any other state."""
    i = interaction.c
    found: str | None = await connection.scalar(select(i.routing).where(i.id == interaction_id, i.state.in_(_HELD)))
    return found


async def may_be_assigned(
    connection: Connection, interaction_id: str, busy_line: str, agent_lost: Collection[str]
) -> bool:
    """Whether it is waiting, offered or active, and its line is not being given back. `busy_line`: the state of a
    call whose customer may be leaving a message; `agent_lost`: those of a call that waits for its agent."""
    i = interaction.c
    query = select(i.id).where(i.id == interaction_id, i.state.in_(["waiting", "offered", "active"]))
    query = query.where(i.call_state != busy_line, or_(i.call_until.is_(None), i.call_state.in_(agent_lost)))
    return await connection.scalar(query) is not None


async def count_open(connection: Connection) -> list[OpenCount]:
    """All open interactions, counted by kind."""
    i = interaction.c
    to_be_called = case((i.routing.contains(_TO_BE_CALLED), 1), else_=0)
    kind = (i.queue, i.channel, i.tier, to_be_called)
    query = select(*kind, func.count()).where(_is_open).group_by(*kind).order_by(*kind)
    return [OpenCount(row[0], row[1], row[2], bool(row[3]), row[4]) for row in await connection.execute(query)]


async def list_holders(connection: Connection, agent_ids: Collection[str]) -> set[str]:
    """Those of these agents who hold an open interaction."""
    i = interaction.c
    held = _is_open & i.accepted_at.is_not(None)
    return set(await connection.scalars(select(i.agent_id).where(i.agent_id.in_(list(agent_ids)), held)))


# ---- what has been -------------------------------------------------------------------------------------


async def list_closed(connection: Connection, customer_ids: Collection[str], since: int) -> list[ClosedInteraction]:
    """The interactions of these customers that were closed since an instant, the latest first."""
    rows = await _CLOSED.fetch(connection, {"customers": among(customer_ids), "since": since})
    return [ClosedInteraction(*row) for row in rows]


async def find_by_tokens(connection: Connection, tokens: Collection[str]) -> dict[str, InteractionRef]:
    """By reply token: its interaction, open or closed."""
    rows = await _BY_TOKEN.fetch(connection, {"tokens": among(tokens)})
    return {token: InteractionRef(interaction_id, customer_id) for interaction_id, customer_id, token in rows}


def _is_held_by(agent_id: str) -> tuple[ColumnElement[bool], ...]:
    i = interaction.c
    return _is_open, i.agent_id == agent_id, i.accepted_at.is_not(None)
