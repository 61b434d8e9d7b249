"""Offers, and who takes part in an interaction: its owners, and others who write in it.

The rule of this file: an interaction has one open offer and one owner at a time, by the indexes of the tables (P3);
so what ends is written before what begins.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, literal_column, select, update

from hub.storage.connection import Connection
from hub.storage.prepared import Bulk, Prepared, prepare_insert
from hub.storage.tables import interaction, offer, participant


@dataclass(frozen=True, slots=True)
class StoredOffer:
    """`decision`: JSON of `routing.decisions.Decision`."""

    id: str
    made_at: int
    decision: str


@dataclass(frozen=True, slots=True)
class OfferedWork:
    """An open offer. `view`: as the desk shows it, in JSON."""

    view: str
    interaction_id: str
    customer_id: str
    queue: str


_o, _p = offer.c, participant.c
_MAKE = prepare_insert(offer)
_END = Prepared(
    update(offer)
    .where(_o.id == bindparam("id"))
    .values(ended_at=bindparam("ended_at"), ended_as=bindparam("ended_as"))
)
_BEGIN_OWNER = prepare_insert(participant, ["interaction_id", "agent_id", "role", "joined_at", "left_at"])
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


async def make(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """`rows`: a value for each column of `offer`. Raises IntegrityError where another offer of it is open."""
    await _MAKE.execute_all(connection, rows)


async def end(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """`id`, `ended_at` and `ended_as` of each."""
    await _END.execute_all(connection, rows)


async def list_open(connection: Connection) -> dict[str, str]:
    """By interaction: the id of its open offer."""
    query = select(_o.interaction_id, _o.id).where(_o.ended_at.is_(None))
    return {row.interaction_id: row.id for row in await connection.execute(query)}


async def list_offered(connection: Connection, agent_id: str) -> list[OfferedWork]:
    """What this agent is offered, in the order in which it was offered."""
    i = interaction.c
    query = select(_o.view, i.id, i.customer_id, i.queue).join(interaction, i.id == _o.interaction_id)
    query = query.where(_o.agent_id == agent_id, _o.ended_at.is_(None)).order_by(_o.made_at, _o.id)
    return [OfferedWork(*row) for row in await connection.execute(query)]


async def find(connection: Connection, offer_id: str) -> StoredOffer | None:
    row = (await connection.execute(select(_o.id, _o.made_at, _o.decision).where(_o.id == offer_id))).first()
    return StoredOffer(*row) if row is not None else None


async def end_owners(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """`interaction_id` and `left_at` of each: whoever owns it owns it no longer."""
    await _END_OWNER.execute_all(connection, rows)


async def begin_owners(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """`interaction_id`, `agent_id`, `role`, `joined_at` and `left_at` of each. Raises IntegrityError where an
    interaction has an owner."""
    await _BEGIN_OWNER.execute_all(connection, rows)


async def add_senders(connection: Connection, rows: Sequence[Sequence[Any]]) -> None:
    """(interaction id, address, name, since when) of others who write in an interaction; who is there stays so."""
    if rows:
        await _ADD_SENDERS.execute_for(connection, rows)
