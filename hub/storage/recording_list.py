"""The recordings of all queues, the newest first, for those who look for one.

The rule of this file: one look-up in the index over the time of recordings for each page. `recording_rows.py` has
everything that decides.
"""

from dataclasses import dataclass

from sqlalchemy import select

from hub.storage.connection import Connection
from hub.storage.tables import customer, interaction, recording
from routing.model import ChannelName


@dataclass(frozen=True, slots=True)
class RecordingInQueue:
    """A recording and its work. `asked_at`: hub time. `agent_id`: who has it, or had it last; empty for nobody."""

    id: str
    kind: str
    asked_at: int
    queue: str
    channel: ChannelName
    agent_id: str
    customer_name: str


async def list_newest(connection: Connection, before: int, limit: int) -> list[RecordingInQueue]:
    """At most `limit` recordings that were asked for before an instant, the newest first."""
    r, i, c = recording.c, interaction.c, customer.c
    query = (
        select(r.id, r.kind, r.asked_at, i.queue, i.channel, i.agent_id, c.name)
        .join_from(recording, interaction, i.id == r.interaction_id)
        .join(customer, c.id == i.customer_id)
        .where(r.asked_at < before)
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
        )
        for row in await connection.execute(query)
    ]
