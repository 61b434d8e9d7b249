"""Interactions as channels need them: found by the id of a call or a chat.

The rule of this file: it returns stored facts. `hub.screens.channel_host` decides what a customer may hear of them.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select

from channels.registry import list_calls, list_pages
from hub.storage.connection import Connection
from hub.storage.customers import join_customer
from hub.storage.interactions import InteractionRef
from hub.storage.prepared import Prepared, among, is_among
from hub.storage.tables import customer, estimate, interaction, staff

_i = interaction.c


@dataclass(frozen=True, slots=True)
class StoredPlace:
    """The place of an open call or chat: its rank, and the latest estimate of its wait."""

    state: str
    call_state: str
    address: str
    language: str
    queue: str
    rank_band: int
    rank_at: int
    rank_sequence: int
    state_at: int
    answered_at: int | None
    estimated_at: int | None
    wait: int | None


@dataclass(frozen=True, slots=True)
class ChatStanding:
    """How a chat stands: the state of its newest interaction, the number of its newest message, and its agent's
    name."""

    chat_id: str
    state: str
    last_number: int
    agent_name: str


@dataclass(frozen=True, slots=True)
class StoredCall:
    """An open call. `leg_ref`: the agent's leg; "" before there is one."""

    interaction_id: str
    call_id: str
    leg_ref: str
    call_state: str


@dataclass(frozen=True, slots=True)
class CallToAnswer:
    """A call for which an agent's telephone rings. `language`: the agent's."""

    address: str
    customer_name: str
    language: str


@dataclass(frozen=True, slots=True)
class ChatHolder:
    agent_id: str
    interaction_id: str


@dataclass(frozen=True, slots=True)
class HeardCall:
    agent_id: str
    interaction_id: str


_CHAT_NUMBERS = Prepared(
    select(_i.provider_ref, func.max(_i.last_number))
    .where(is_among(_i.provider_ref, "refs"))
    .group_by(_i.provider_ref)
)
_CALLS = Prepared(select(_i.provider_ref, _i.id, _i.customer_id, _i.queue).where(is_among(_i.provider_ref, "refs")))


async def find_stored_place(connection: Connection, provider_ref: str) -> StoredPlace | None:
    """The place of the open call or chat with this id; None if there is none."""
    e = estimate.c
    rank = (_i.rank_band, _i.rank_at, _i.rank_sequence)
    query = select(_i.state, _i.call_state, _i.address, _i.language, _i.queue, *rank, _i.state_at, _i.answered_at)
    query = query.add_columns(e.at, e.wait).outerjoin(estimate, e.interaction_id == _i.id)
    query = query.where(_i.provider_ref == provider_ref, _i.closed_at.is_(None))
    row = (await connection.execute(query)).first()
    return StoredPlace(*row) if row is not None else None


# ---- chats ---------------------------------------------------------------------------------------------


async def find_chat_numbers(connection: Connection, chat_ids: Collection[str]) -> dict[str, int]:
    """By chat: the number of its newest message. Unknown chats are left out."""
    rows = await _CHAT_NUMBERS.fetch(connection, {"refs": among(chat_ids)})
    return {chat_id: number or 0 for chat_id, number in rows}


async def find_chat_state(connection: Connection, chat_id: str) -> str | None:
    """The state of its newest interaction; None if the chat is unknown."""
    query = select(_i.state).where(_i.provider_ref == chat_id).order_by(_i.entered_at.desc()).limit(1)
    state: str | None = await connection.scalar(query)
    return state


async def list_standings(connection: Connection, chat_ids: Collection[str]) -> dict[str, ChatStanding]:
    """How each of these chats stands, by chat. Unknown chats are left out."""
    query = select(_i.provider_ref, _i.state, _i.last_number, staff.c.name)
    query = query.outerjoin(staff, staff.c.id == _i.agent_id)
    query = query.where(_i.provider_ref.in_(chat_ids)).order_by(_i.entered_at)
    rows = await connection.execute(query)
    return {chat_id: ChatStanding(chat_id, state, number, name or "") for chat_id, state, number, name in rows}


async def list_chat_interactions(connection: Connection, chat_id: str, after: int) -> list[str]:
    """The ids of the chat's interactions that may have a message with a greater number, the oldest first."""
    query = select(_i.id).where(_i.provider_ref == chat_id, _i.last_number > after).order_by(_i.entered_at)
    return list(await connection.scalars(query))


async def find_chat_of(connection: Connection, agent_id: str, interaction_id: str) -> str | None:
    """The chat of this interaction, if this agent is talking in it."""
    is_theirs = (_i.agent_id == agent_id, _i.accepted_at.is_not(None), _i.state == "active")
    query = select(_i.provider_ref).where(_i.id == interaction_id, _i.channel.in_(list_pages()), *is_theirs)
    chat_id: str | None = await connection.scalar(query)
    return chat_id


async def find_chat_holder(connection: Connection, chat_id: str) -> ChatHolder | None:
    """The agent who accepted the chat's open interaction. None while it waits or is only offered."""
    is_held = _i.closed_at.is_(None), _i.accepted_at.is_not(None)
    query = select(_i.agent_id, _i.id).where(_i.provider_ref == chat_id, *is_held)
    row = (await connection.execute(query)).first()
    return ChatHolder(*row) if row is not None else None


# ---- calls ---------------------------------------------------------------------------------------------


async def find_calls(connection: Connection, call_ids: Collection[str]) -> dict[str, InteractionRef]:
    """By call: its interaction, open or closed."""
    rows = await _CALLS.fetch(connection, {"refs": among(call_ids)})
    return {call_id: InteractionRef(*ref) for call_id, *ref in rows}


async def list_open_calls(connection: Connection, no_lines: Collection[str]) -> list[StoredCall]:
    """The open calls that have a line. `no_lines`: the states of a call that has none."""
    query = select(_i.id, _i.provider_ref, _i.leg_ref, _i.call_state).where(_i.closed_at.is_(None))
    query = query.where(_i.channel.in_(list_calls()), _i.call_state.not_in(no_lines))
    return [StoredCall(*row) for row in await connection.execute(query)]


async def list_heard_calls(connection: Connection, talks: Collection[str]) -> list[HeardCall]:
    """The calls that agents hold and whose agent's leg is in the room. `talks`: the states of such a call."""
    query = select(_i.agent_id, _i.id).where(_i.closed_at.is_(None), _i.state == "active", _i.leg_ref != "")
    query = query.where(_i.channel.in_(list_calls()), _i.call_state.in_(talks))
    return [HeardCall(*row) for row in await connection.execute(query)]


async def find_call_to_answer(
    connection: Connection, outbox_id: str, call_id: str, call_states: Collection[str]
) -> CallToAnswer | None:
    """The call for whose present holder this request called a leg. None unless an agent holds it and it is in one of
    these states."""
    query = select(_i.address, customer.c.name, staff.c.language)
    query = join_customer(query, _i.customer_id).join(staff, staff.c.id == _i.agent_id)
    query = query.where(_i.id == outbox_id.partition(".")[0], _i.provider_ref == call_id)
    query = query.where(_i.leg_request == outbox_id, _i.state == "active", _i.call_state.in_(call_states))
    row = (await connection.execute(query)).first()
    return CallToAnswer(*row) if row is not None else None
