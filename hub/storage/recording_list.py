"""The recordings of some queues, the newest first, for those who look for one.

The rule of this file: a page is a slice of the index over the time of recordings, and what fits is taken from that
slice alone. So a search costs the same however many recordings there are. `recording_rows.py` has everything that
decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from hub.storage.connection import Connection
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
    r, i, c = recording.c, interaction.c, customer.c
    newest = select(r.asked_at).where(r.asked_at >= wanted.since, r.asked_at < wanted.before)
    behind = await connection.scalar(newest.order_by(r.asked_at.desc()).offset(most).limit(1))
    began = wanted.since if behind is None else min(behind + 1, wanted.before - 1)
    query = (
        select(r.id, r.kind, r.asked_at, i.queue, i.channel, i.agent_id, c.name, i.address)
        .join_from(recording, interaction, i.id == r.interaction_id)
        .join(customer, c.id == i.customer_id)
        .where(r.asked_at >= began, r.asked_at < wanted.before, i.queue.in_(wanted.queues))
        .order_by(r.asked_at.desc())
    )
    if wanted.agent_id:
        query = query.where(i.agent_id == wanted.agent_id)
    found = [
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
    return found, None if behind is None else began
