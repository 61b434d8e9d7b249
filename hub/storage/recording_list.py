"""The recordings of some queues, the newest first, for those who look for one.

The rule of this file: a page is a slice of the index over the time of recordings, and what fits is taken from that
slice alone. So a search costs the same however many recordings there are. `recording_rows.py` has everything that
decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from hub.storage.connection import Connection
from hub.storage.customers import join_customer
from hub.storage.tables import customer, interaction, recording
from routing.model import ChannelName, Micros


@dataclass(frozen=True, slots=True)
class RecordingInQueue:
    """A recording and its work. `asked_at`: hub time. `agent_id`: who has it, or had it last; empty for nobody.
    `address`: the customer's, in that call."""

    id: str
    kind: str
    asked_at: Micros
    queue: str
    channel: ChannelName
    agent_id: str
    customer_name: str
    address: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Recordings of work in these queues, asked for at `since` <= instant < `before`. `agent_id`: who has the work,
    or had it last; empty for anybody."""

    queues: Sequence[str]
    since: Micros
    before: Micros
    agent_id: str = ""


async def list_slice(
    connection: Connection, wanted: Wanted, most: int
) -> tuple[list[RecordingInQueue], Micros | None]:
    """Those that fit among the newest `most` recordings of the time, the newest first. With it, before which instant
    the next slice begins; None if there is none. Recordings of one instant stay together."""
    found = await _list_newest(connection, wanted, most + 1)
    before = None
    if len(found) > most:
        behind = found[-1].asked_at
        found = [one for one in found if one.asked_at > behind] or found[:-1]
        before = found[-1].asked_at
    agents = (wanted.agent_id,) if wanted.agent_id else {one.agent_id for one in found}
    return [one for one in found if one.queue in wanted.queues and one.agent_id in agents], before


async def _list_newest(connection: Connection, wanted: Wanted, limit: int) -> list[RecordingInQueue]:
    """Of all queues and agents: with a condition on them, PostgreSQL reads other tables from end to end."""
    r, i, c = recording.c, interaction.c, customer.c
    shown = select(r.id, r.kind, r.asked_at, i.queue, i.channel, i.agent_id, c.name, i.address)
    query = (
        join_customer(shown.join_from(recording, interaction, i.id == r.interaction_id), i.customer_id)
        .where(r.asked_at >= wanted.since, r.asked_at < wanted.before)
        .order_by(r.asked_at.desc())
        .limit(limit)
    )
    return [
        RecordingInQueue(
            id=row.id,
            kind=row.kind,
            asked_at=row.asked_at,
            queue=row.queue,
            channel=ChannelName(row.channel),
            agent_id=row.agent_id or "",
            customer_name=row.name or "",
            address=row.address,
        )
        for row in await connection.execute(query)
    ]
