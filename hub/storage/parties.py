"""The parties of calls: a row of each, while they are in the call and afterwards.

The rule of this file: a party who is in a call is found by the index over those who have not left.
"""

from collections.abc import Collection
from dataclasses import dataclass, fields
from typing import Any, Final

from sqlalchemy import bindparam, func, select, update

from hub.storage.connection import Connection
from hub.storage.customers import join_customer
from hub.storage.prepared import Prepared, prepare_insert
from hub.storage.tables import customer, interaction, party, staff


@dataclass(frozen=True, slots=True)
class StoredParty:
    """One field for each column, of the same name."""

    id: str
    interaction_id: str
    role: str
    agent_id: str
    name: str
    address: str
    asked_by: str
    note: str
    takes_over: bool
    card: str
    asked_at: int
    state: str
    since: int
    deadline_at: int | None
    leg_ref: str
    is_muted: bool
    is_shown: bool
    ended_at: int | None
    ended_as: str | None


@dataclass(frozen=True, slots=True)
class StoredListener:
    """A supervisor who listens in. `holder`: the agent who has the interaction."""

    staff_id: str
    name: str
    holder: str
    interaction_id: str
    channel: str
    role: str
    state: str
    since: int


@dataclass(frozen=True, slots=True)
class PartyToAnswer:
    """A party whose telephone rings. `language`: the colleague's; `address`: the customer's."""

    address: str
    customer_name: str
    language: str


_p = party.c
_CHANGING: Final = (
    *("role", "state", "since", "deadline_at", "leg_ref", "is_muted", "is_shown"),
    *("ended_at", "ended_as"),
)
_BEGIN = prepare_insert(party)
_CHANGE = Prepared(
    update(party).where(_p.id == bindparam("id")).values({name: bindparam(name) for name in _CHANGING})
)
_ALL = tuple(_p[field.name] for field in fields(StoredParty))
_has_not_left = _p.ended_at.is_(None)


async def begin(connection: Connection, parties: Collection[Any]) -> None:
    """`parties`: objects with the fields of a StoredParty."""
    await _BEGIN.execute_for_each(connection, parties)


async def change(connection: Connection, parties: Collection[Any]) -> None:
    """Store how parties stand that have begun."""
    await _CHANGE.execute_for_each(connection, parties)


async def list_open(connection: Connection) -> list[StoredParty]:
    """All who have not left, in the order in which they were asked."""
    return await _list(connection, select(*_ALL).where(_has_not_left))


async def list_listeners(connection: Connection, roles: Collection[str]) -> list[StoredListener]:
    """Those in one of these roles who have not left, in the order in which they came."""
    holder = func.coalesce(interaction.c.agent_id, "")
    query = select(
        _p.agent_id, _p.name, holder, _p.interaction_id, interaction.c.channel, _p.role, _p.state, _p.since
    )
    query = query.join(interaction, interaction.c.id == _p.interaction_id)
    query = query.where(_has_not_left, _p.role.in_(roles)).order_by(_p.asked_at, _p.id)
    return [StoredListener(*row) for row in await connection.execute(query)]


async def list_asked(connection: Connection, agent_id: str) -> list[StoredParty]:
    """The calls in which this member of staff is asked or is a party, in the order in which they were asked."""
    return await _list(connection, select(*_ALL).where(_has_not_left, _p.agent_id == agent_id))


async def list_of(connection: Connection, interaction_ids: Collection[str]) -> list[StoredParty]:
    """Those of these interactions' parties who have not left, in the order in which they were asked."""
    if not interaction_ids:
        return []
    return await _list(connection, select(*_ALL).where(_has_not_left, _p.interaction_id.in_(interaction_ids)))


async def _list(connection: Connection, query: Any) -> list[StoredParty]:
    rows = await connection.execute(query.order_by(_p.asked_at, _p.id))
    return [StoredParty(*row) for row in rows]


async def find_to_answer(connection: Connection, party_id: str, call_id: str, state: str) -> PartyToAnswer | None:
    """None unless this party is a member of staff in this state, in the call with this id."""
    query = select(interaction.c.address, customer.c.name, staff.c.language)
    query = query.join(party, _p.interaction_id == interaction.c.id)
    query = join_customer(query, interaction.c.customer_id).join(staff, staff.c.id == _p.agent_id)
    query = query.where(_p.id == party_id, _p.state == state, interaction.c.provider_ref == call_id)
    row = (await connection.execute(query)).first()
    return PartyToAnswer(*row) if row is not None else None
