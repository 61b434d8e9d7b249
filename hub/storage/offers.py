"""Offers, and the participants of an interaction: its owners, and others who write in it.

The rule of this file: an interaction has one open offer and one owner at a time, by the indexes of the tables (P3).
So an end is written before the next beginning.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, insert, literal_column, select, update

from hub.storage.connection import Connection
from hub.storage.customers import join_customer
from hub.storage.prepared import Bulk, Prepared, prepare_insert
from hub.storage.tables import customer, interaction, offer, participant


@dataclass(frozen=True, slots=True)
class MadeOffer:
    """`decision`: a `routing.decisions.Decision` as JSON. `view`: the offer as the desk shows it, as JSON."""

    id: str
    interaction_id: str
    agent_id: str
    made_at: int
    deadline_at: int
    decision: str
    view: str
    ended_at: int | None = None
    ended_as: str | None = None


@dataclass(frozen=True, slots=True)
class EndedOffer:
    id: str
    ended_at: int
    ended_as: str


@dataclass(frozen=True, slots=True)
class Owner:
    """An agent who holds an interaction, from when until when."""

    interaction_id: str
    agent_id: str
    joined_at: int
    left_at: int | None = None


@dataclass(frozen=True, slots=True)
class StoredOffer:
    """`decision`: a `routing.decisions.Decision` as JSON."""

    id: str
    made_at: int
    decision: str


@dataclass(frozen=True, slots=True)
class OfferedWork:
    """An open offer. `view`: as the desk shows it, as JSON."""

    view: str
    interaction_id: str
    customer_id: str
    queue: str


_o, _p = offer.c, participant.c
_MAKE = prepare_insert(offer)
_END = Prepared(
    update(offer)
    .where(_o.id == bindparam("id"))
    # the view quotes the customer, and nobody reads that of an offer that has ended
    .values(ended_at=bindparam("ended_at"), ended_as=bindparam("ended_as"), view="{}")
)
_BEGIN_OWNER = Prepared(
    insert(participant).values(role=literal_column("'owner'")), ["interaction_id", "agent_id", "joined_at", "left_at"]
)
_END_OWNER = Prepared(
    update(participant)
    .where(
        _p.interaction_id == bindparam("interaction_id"), _p.role == literal_column("'owner'"), _p.left_at.is_(None)
    )
    .values(left_at=bindparam("left_at"))
)
_ADD_SENDERS = Bulk("""
    INSERT INTO participant (interaction_id, agent_id, role, address, name, joined_at)
    SELECT value->>0, '', 'sender', value->>1, value->>2, CAST(value->>3 AS BIGINT) FROM {rows} WHERE true
    ON CONFLICT DO NOTHING
""")


async def make(connection: Connection, made: Collection[MadeOffer]) -> None:
    """Raises IntegrityError if the interaction has an open offer already."""
    await _MAKE.execute_for_each(connection, made)


async def end(connection: Connection, ended: Sequence[EndedOffer]) -> None:
    await _END.execute_for_each(connection, ended)


async def list_open(connection: Connection) -> dict[str, str]:
    """By interaction: the id of its open offer."""
    query = select(_o.interaction_id, _o.id).where(_o.ended_at.is_(None))
    return {row.interaction_id: row.id for row in await connection.execute(query)}


async def list_offered(connection: Connection, agent_id: str) -> list[OfferedWork]:
    """The open offers to this agent, in the order in which they were made."""
    i = interaction.c
    query = select(_o.view, i.id, customer.c.id, i.queue).join(interaction, i.id == _o.interaction_id)
    query = (
        join_customer(query, i.customer_id)
        .where(_o.agent_id == agent_id, _o.ended_at.is_(None))
        .order_by(_o.made_at, _o.id)
    )
    return [OfferedWork(*row) for row in await connection.execute(query)]


async def find(connection: Connection, offer_id: str) -> StoredOffer | None:
    row = (await connection.execute(select(_o.id, _o.made_at, _o.decision).where(_o.id == offer_id))).first()
    return StoredOffer(*row) if row is not None else None


async def end_owners(connection: Connection, left: Mapping[str, int]) -> None:
    """By interaction: when its owner left."""
    rows = [{"interaction_id": interaction_id, "left_at": left_at} for interaction_id, left_at in left.items()]
    await _END_OWNER.execute_all(connection, rows)


async def begin_owners(connection: Connection, owners: Collection[Owner]) -> None:
    """Raises IntegrityError if the interaction has an owner who has not left."""
    await _BEGIN_OWNER.execute_for_each(connection, owners)


async def add_senders(connection: Connection, rows: Sequence[Sequence[Any]]) -> None:
    """Add (interaction id, address, name, since when) of others who write in an interaction. A sender who is there
    already stays unchanged."""
    if rows:
        await _ADD_SENDERS.execute_for(connection, rows)
