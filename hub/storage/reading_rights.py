"""The stored facts on which a person's right to read a customer's data depends: what they hold or held lately, and
their queues.

The rule of this file: every answer is found by a key. It states the facts; `hub.access.rules` decides what they
allow.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import ColumnElement, exists, false, func, or_, select, union_all

from hub.storage import customers
from hub.storage.connection import Connection
from hub.storage.script_runs import HAS_PROOFS, StoredRun
from hub.storage.tables import interaction, message, offer, participant, party, script_run, script_text, staff
from hub.storage.transcripts import COLUMNS, StoredMessage, stored_message


@dataclass(frozen=True, slots=True)
class Reader:
    """`queues`: those that an agent serves or a supervisor looks after. `since`: they held an interaction lately
    if they left it later than this. `closed_since`: in their queues they may read open interactions, and those
    closed later than this; 0 sets no limit. `is_agent`: if False, interactions that they hold or held give them no
    right."""

    id: str
    queues: tuple[str, ...]
    since: int
    closed_since: int = 0
    is_agent: bool = True


@dataclass(frozen=True, slots=True)
class Standing:
    """The relation of a person to an interaction. `is_held`: they hold work of its customer at this moment.
    `is_consulted`: a colleague asks them about a call of its customer at this moment."""

    interaction_id: str
    customer_id: str
    queue: str
    is_held: bool
    was_held: bool
    is_offered: bool = False
    is_consulted: bool = False
    closed_at: int | None = None


@dataclass(frozen=True, slots=True)
class ReadWork:
    """The facts about an interaction that decide on the ground of reading what was said in it."""

    interaction_id: str
    queue: str
    closed_at: int | None
    was_held: bool


@dataclass(frozen=True, slots=True)
class ReadableMessage:
    message: StoredMessage
    work: ReadWork


@dataclass(frozen=True, slots=True)
class ReadableRun:
    """The run of a script in which something had to be said."""

    run: StoredRun
    began_at: int
    channel: str
    work: ReadWork


async def load_queues(connection: Connection, staff_id: str) -> tuple[str, ...]:
    text = await connection.scalar(select(staff.c.profile).where(staff.c.id == staff_id))
    return queues_of(orjson.loads(text)) if text else ()


def queues_of(profile: Mapping[str, Any]) -> tuple[str, ...]:
    """The queues that a member of staff serves as an agent or looks after as a supervisor; may be empty."""
    served = (profile.get("routing") or {}).get("queues") or ()
    return tuple(sorted({*served, *(profile.get("queues") or ())}))


def serves_any(profile: str, queues: Collection[str]) -> bool:
    """Whether somebody of this profile, as it is stored, serves one of the queues or looks after it."""
    return not set(queues).isdisjoint(queues_of(orjson.loads(profile)))


async def find_by_interaction(connection: Connection, reader: Reader, interaction_id: str) -> Standing | None:
    i = interaction
    query = select(i.c.id, i.c.customer_id, i.c.queue, i.c.closed_at, _was_held(reader)).where(
        i.c.id == interaction_id
    )
    row = (await connection.execute(query)).first()
    if row is None:
        return None
    o = offer.c
    offered = exists().where(o.interaction_id == interaction_id, o.agent_id == reader.id, o.ended_at.is_(None))
    is_offered = bool(await connection.scalar(select(offered)))
    ids = await customers.list_same(connection, row.customer_id)
    held = await holds_of(connection, reader, ids)
    consulted = await is_consulted_about(connection, reader, ids)
    return Standing(row.id, ids[0], row.queue, held, bool(row.was_held), is_offered, consulted, row.closed_at)


async def find_by_message(connection: Connection, reader: Reader, message_id: str) -> Standing | None:
    found = select(message.c.interaction_id).where(message.c.id == message_id)
    interaction_id = await connection.scalar(found)
    return await find_by_interaction(connection, reader, interaction_id) if interaction_id else None


async def find_interaction_of_offer(connection: Connection, offer_id: str) -> str | None:
    found: str | None = await connection.scalar(select(offer.c.interaction_id).where(offer.c.id == offer_id))
    return found


async def holds_of(connection: Connection, reader: Reader, ids: Sequence[str]) -> bool:
    """Whether they hold work of the customer with these ids: accepted and not closed."""
    i = interaction.c
    held = exists().where(
        i.customer_id.in_(ids), i.closed_at.is_(None), i.agent_id == reader.id, i.accepted_at.is_not(None)
    )
    return bool(await connection.scalar(select(held)))


async def is_consulted_about(connection: Connection, reader: Reader, ids: Sequence[str]) -> bool:
    """Whether a colleague asks them about a call of the customer with these ids, from the question until they have
    left the call."""
    p, i = party.c, interaction.c
    asked = select(p.id).join(interaction, i.id == p.interaction_id)
    asked = asked.where(p.agent_id == reader.id, p.ended_at.is_(None), p.role == "consulted")
    return bool(await connection.scalar(select(asked.where(i.customer_id.in_(ids)).exists())))


async def read_conversation(
    connection: Connection, reader: Reader, ids: Sequence[str], before: int, limit: int, *, is_whole: bool
) -> list[ReadableMessage]:
    """The newest messages of the customer with these ids before an instant, the newest first, of the interactions
    that this person may read. `is_whole`: of all interactions."""
    m, i = message, interaction
    found: list[Any] = []
    for each in ids:  # one after the other: each is a walk along the index that ends after `limit` rows
        query = (
            select(*COLUMNS, i.c.queue, i.c.closed_at, _was_held(reader), m.c.seq)
            .join(i, i.c.id == m.c.interaction_id)
            .where(m.c.customer_id == each, m.c.at < before)
            .order_by(m.c.at.desc(), m.c.seq.desc())  # the order of the index
            .limit(limit)
        )
        if not is_whole:
            query = query.where(_is_theirs(reader))
        found += (await connection.execute(query)).all()
    found.sort(key=lambda row: (row.at, row.seq), reverse=True)
    read = [(stored_message(row[:-4]), row) for row in found[:limit]]
    return [ReadableMessage(one, ReadWork(one.interaction_id, row[-4], row[-3], bool(row[-2]))) for one, row in read]


async def read_proven_runs(
    connection: Connection, reader: Reader, ids: Sequence[str], before: int, limit: int, *, is_whole: bool
) -> list[ReadableRun]:
    """As `read_conversation`, the newest runs that began before an instant and hold a proof of a statement."""
    i, r, t = interaction, script_run.c, script_text.c
    query = (
        select(r.interaction_id, r.script_id, r.run, r.steps, t.file, t.source)
        .add_columns(r.began_at, i.c.channel, i.c.queue, i.c.closed_at, _was_held(reader))
        .join(i, i.c.id == r.interaction_id)
        .join(script_text, t.ref == r.script)
        .where(i.c.customer_id.in_(ids), r.began_at < before, r.run.contains(HAS_PROOFS, autoescape=True))
        .order_by(r.began_at.desc(), r.interaction_id)
        .limit(limit)
    )
    if not is_whole:
        query = query.where(_is_theirs(reader))
    found: list[Any] = []
    for is_open in (i.c.closed_at.is_(None), i.c.closed_at.is_not(None)):  # each has its own index
        found += (await connection.execute(query.where(is_open))).all()
    found.sort(key=lambda row: row.began_at, reverse=True)
    return [
        ReadableRun(StoredRun(*row[:6]), row[6], row[7], ReadWork(row[0], row[8], row[9], bool(row[10])))
        for row in found[:limit]
    ]


async def find_of_customer(connection: Connection, reader: Reader, customer_id: str) -> Standing | None:
    """An interaction of this customer that this person may read: an open one if there is one, else the latest. None
    if there is none."""
    ids = await customers.list_same(connection, customer_id)
    held = await holds_of(connection, reader, ids)
    consulted = await is_consulted_about(connection, reader, ids)
    i = interaction.c
    query = select(i.id, i.queue, i.closed_at, _was_held(reader)).where(i.customer_id.in_(ids))
    if not held and not consulted:
        query = query.where(_is_theirs(reader))
    found = query.where(i.closed_at.is_(None)).limit(1)
    latest = query.where(i.closed_at.is_not(None)).order_by(i.closed_at.desc()).limit(1)
    row = (await connection.execute(found)).first() or (await connection.execute(latest)).first()
    if row is None:
        return None
    return Standing(
        row.id,
        customer_id,
        row.queue,
        held,
        bool(row.was_held),
        is_consulted=consulted,
        closed_at=row.closed_at,
    )


async def list_readable(connection: Connection, reader: Reader, ids: Sequence[str]) -> set[str]:
    """The ids of customers among these with work that this person holds, held lately, or has in their queues."""
    i = interaction.c
    holds = (i.agent_id == reader.id) & i.accepted_at.is_not(None) if reader.is_agent else false()
    of_them = select(i.customer_id).where(i.customer_id.in_(ids))
    is_open = of_them.where(i.closed_at.is_(None), or_(holds, _is_theirs(reader)))
    was_open = of_them.where(i.closed_at.is_not(None), _is_theirs(reader))
    return set(await connection.scalars(union_all(is_open, was_open)))


async def count_by_channel(
    connection: Connection, reader: Reader, ids: Sequence[str], *, is_whole: bool
) -> dict[str, int]:
    """By channel: how many interactions this person may read. `is_whole`: all of them."""
    i = interaction
    of_customer = select(i.c.channel).where(i.c.customer_id.in_(ids))
    if not is_whole:
        of_customer = of_customer.where(_is_theirs(reader))
    # open and closed separately: each has its own index
    both = union_all(
        of_customer.where(i.c.closed_at.is_(None)), of_customer.where(i.c.closed_at.is_not(None))
    ).subquery()
    rows = await connection.execute(select(both.c.channel, func.count()).group_by(both.c.channel))
    return {row[0]: row[1] for row in rows}


def _held_it(reader: Reader) -> ColumnElement[bool]:
    if not reader.is_agent:
        return false()
    p = participant.c
    return exists().where(
        p.interaction_id == interaction.c.id,
        p.agent_id == reader.id,
        or_(p.left_at.is_(None), p.left_at > reader.since),
    )


def _was_held(reader: Reader) -> Any:
    return _held_it(reader).label("was_held")


def _is_theirs(reader: Reader) -> ColumnElement[bool]:
    if not reader.queues:
        return _held_it(reader)
    closed_at = interaction.c.closed_at
    is_recent = or_(closed_at.is_(None), closed_at > reader.closed_since)
    return or_(interaction.c.queue.in_(reader.queues) & is_recent, _held_it(reader))
