"""Lists for supervisors: the interactions that wait in a queue, and those that an agent has.

The rule of this file: it reads rows, so every process gives the same list. Each line carries the version that a
command about it must name.
"""

from collections.abc import Collection

from agent_console.explanation import HeldView, InHandView, WaitingView, WorkLine
from hub.clock import to_millis
from hub.policies.stored_versions import load_book
from hub.storage import waiting
from hub.storage.codec import decode_as
from hub.storage.database import Database
from hub.storage.waiting import WorkRow
from routing.model import SECOND, ChannelName, InteractionRow, InteractionState

MOST_SHOWN = 50


class WorkLists:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def list_waiting(self, queue: str) -> WaitingView | None:
        """The waiting interactions of a queue. None if there is no such queue."""
        async with self._db.read(is_slow=True) as conn:
            book = await load_book(conn)
            if book is None or book.find_queue(queue) is None:
                return None
            rows = await waiting.list_waiting(conn, queue, MOST_SHOWN)
            count = await waiting.count_waiting(conn, queue)
        lines = [_view_line(row, position) for position, row in enumerate(rows, start=1)]
        return WaitingView(queue=queue, count=count, lines=lines)

    async def list_held(self, agent_id: str) -> HeldView:
        """The interactions that the agent is offered, is called for, has active or wraps up, in order of arrival."""
        async with self._db.read(is_slow=True) as conn:
            rows = await waiting.list_in_hand(conn, agent_id)
        return HeldView(agent_id=agent_id, lines=[_view_line(row, None) for row in rows])

    async def list_queues(self) -> list[str]:
        async with self._db.read(is_slow=True) as conn:
            book = await load_book(conn)
        return [queue.id for queue in book.document.queues] if book is not None else []

    async def list_in_hand(self, queues: Collection[str]) -> InHandView:
        """What agents have active in these queues, the longest first."""
        async with self._db.read(is_slow=True) as conn:
            rows = await waiting.list_active(conn, queues, MOST_SHOWN)
            count = await waiting.count_active(conn, queues)
        return InHandView(count=count, lines=[_view_line(row, None) for row in rows])


def _view_line(row: WorkRow, position: int | None) -> WorkLine:
    routing = decode_as(InteractionRow, row.routing) if row.routing else None
    return WorkLine(
        interaction_id=row.id,
        version=row.version,
        state=InteractionState(row.state),
        customer_name=row.customer_name or row.address,
        queue=row.queue,
        channel=ChannelName(row.channel),
        tier=row.tier,
        entered_at=to_millis(row.entered_at),
        since=to_millis(row.state_at),
        boost_seconds=routing.boost / SECOND if routing else 0,
        is_callback=routing is not None and routing.callback is not None,
        position=position,
        agent_id=row.agent_id or "",
    )
