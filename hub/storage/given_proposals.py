"""What scripts have proposed to customers, and what these said: a row for each proposal of an interaction.

The rule of this file: a row belongs to its interaction and names no customer. So whoever the interaction belongs to,
after a merge, its undo or a naming, has its proposals too.
"""

from collections.abc import Collection, Iterable
from dataclasses import astuple, dataclass

from sqlalchemy import ColumnElement, func, select

from hub.storage.connection import Connection
from hub.storage.prepared import Bulk, Prepared, among, is_among
from hub.storage.proposal_tables import proposal
from hub.storage.tables import interaction, staff


@dataclass(frozen=True, slots=True)
class StoredProposal:
    """One field for each column, of the same name and in this order. `reply`: accepted, declined, later; empty:
    nothing was said. `until`: the day that the customer named, as 2026-12-24."""

    interaction_id: str
    proposal: str
    catalogue: str
    title: str  # as the agent read it
    script_id: str
    script_version: int
    language: str
    offered_at: int
    offered_to: str
    reply: str
    replied_at: int | None
    replied_by: str
    until: str


@dataclass(frozen=True, slots=True)
class CustomersProposal:
    """One on the page of a customer. `agent_name`: who noted the reply, or showed it."""

    interaction_id: str
    proposal: str
    title: str
    offered_at: int
    reply: str
    replied_at: int | None
    until: str
    agent_name: str


_PUT = Bulk("""
    INSERT INTO proposal (interaction_id, proposal, catalogue, title, script_id, script_version, language,
                          offered_at, offered_to, reply, replied_at, replied_by, until)
    SELECT value->>0, value->>1, value->>2, value->>3, value->>4, CAST(value->>5 AS BIGINT), value->>6,
           CAST(value->>7 AS BIGINT), value->>8, value->>9, CAST(value->>10 AS BIGINT), value->>11, value->>12
    FROM {rows} WHERE true
    ON CONFLICT (interaction_id, proposal) DO UPDATE SET title = excluded.title, language = excluded.language,
        reply = excluded.reply, replied_at = excluded.replied_at, replied_by = excluded.replied_by,
        until = excluded.until
""")
_p, _i = proposal.c, interaction.c
_CLOSED = Prepared(select(_i.id, _i.customer_id).where(is_among(_i.customer_id, "ids"), _i.closed_at.is_not(None)))
_REPLIES = Prepared(
    select(_p.interaction_id, _p.proposal, _p.reply, _p.replied_at, _p.until).where(
        is_among(_p.interaction_id, "ids"), _p.reply != ""
    )
)


@dataclass(frozen=True, slots=True)
class EarlierReply:
    customer_id: str  # under whom the interaction stands
    proposal: str
    reply: str
    at: int
    until: str


async def put(connection: Connection, rows: Iterable[StoredProposal]) -> None:
    """Store them, or what has changed of those that are stored."""
    values = [list(astuple(one)) for one in rows]
    if values:
        await _PUT.execute_for(connection, values)


async def list_replies(connection: Connection, ids: Collection[str]) -> list[EarlierReply]:
    """All answers that these customers gave in interactions that are closed. In two steps: as one, PostgreSQL would
    read all proposals where it has not yet counted the tables."""
    closed: dict[str, str] = {row[0]: row[1] for row in await _CLOSED.fetch(connection, {"ids": among(ids)})}
    rows = await _REPLIES.fetch(connection, {"ids": among(closed)}) if closed else []
    return [EarlierReply(closed[row[0]], *row[1:]) for row in rows]


async def list_of_customer(connection: Connection, ids: Collection[str], most: int) -> list[CustomersProposal]:
    """What was proposed to them, the newest first."""
    found = [
        one
        for which in (_i.closed_at.is_(None), _i.closed_at.is_not(None))
        for one in await _list_of(connection, which & _i.customer_id.in_(sorted(ids)), most)
    ]
    return sorted(found, key=lambda one: -(one.replied_at or one.offered_at))[:most]


async def _list_of(connection: Connection, which: ColumnElement[bool], most: int) -> list[CustomersProposal]:
    by = func.coalesce(func.nullif(_p.replied_by, ""), _p.offered_to)
    query = (
        select(
            _p.interaction_id,
            _p.proposal,
            _p.title,
            _p.offered_at,
            _p.reply,
            _p.replied_at,
            _p.until,
            func.coalesce(staff.c.name, ""),
        )
        .join_from(proposal, interaction, _i.id == _p.interaction_id)
        .outerjoin(staff, staff.c.id == by)
        .where(which)
        .order_by(_p.offered_at.desc())
        .limit(most)
    )
    return [CustomersProposal(*row) for row in await connection.execute(query)]


async def count_replies(connection: Connection, catalogue: str) -> dict[str, dict[str, int]]:
    """By proposal of a catalogue, and what was said: how many; under "" those without an answer."""
    query = select(_p.proposal, _p.reply, func.count()).where(_p.catalogue == catalogue)
    found: dict[str, dict[str, int]] = {}
    for name, reply, number in await connection.execute(query.group_by(_p.proposal, _p.reply)):
        found.setdefault(name, {})[reply] = number
    return found
