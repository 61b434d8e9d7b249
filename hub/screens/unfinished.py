"""Interactions that closed unfinished today. Supervisors use the list to have the open statements told to customers.

The rule of this file: it reads rows. The day is the organisation's, as on the wallboard, so both show the same count.
"""

from collections.abc import Collection

import orjson

from agent_console.explanation import UnfinishedLine, UnfinishedView
from hub.clock import Clock, to_millis
from hub.policies.stored_versions import load_book
from hub.storage.database import Connection, Database
from hub.storage.unfinished import UnfinishedRow, count_unfinished, list_unfinished
from routing.model import ChannelName, Micros

MOST_SHOWN = 50


class Unfinished:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock

    async def count_by_queue(self) -> dict[str, int]:
        """Today's count, by queue."""
        async with self._db.read(is_slow=True) as conn:
            return await count_unfinished(conn, await self._today(conn))

    async def list_of(self, queues: Collection[str]) -> UnfinishedView:
        """The newest of these queues, and the counts of these and of all other queues."""
        async with self._db.read(is_slow=True) as conn:
            since = await self._today(conn)
            counts = await count_unfinished(conn, since)
            rows = await list_unfinished(conn, since, queues, MOST_SHOWN)
        here = sum(count for queue, count in counts.items() if queue in queues)
        return UnfinishedView(
            count=here, elsewhere=sum(counts.values()) - here, lines=[_view_line(row) for row in rows]
        )

    async def _today(self, conn: Connection) -> Micros:
        book, now = await load_book(conn), self._clock.now()
        return now if book is None else book.day_began_at(now)


def _view_line(row: UnfinishedRow) -> UnfinishedLine:
    return UnfinishedLine(
        interaction_id=row.id,
        customer_name=row.customer_name or row.address,
        queue=row.queue,
        channel=ChannelName(row.channel),
        tier=row.tier,
        agent_name=row.agent_name,
        is_taken=bool(row.is_taken),
        closed_at=to_millis(row.closed_at),
        text=str(orjson.loads(row.data).get("text") or "") if row.data else "",
    )
