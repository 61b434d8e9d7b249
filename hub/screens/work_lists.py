"""What waits in a queue and what an agent has: the lists from which a supervisor steers.

The rule of this file: read from rows, the same in every process; a line carries the version that a command about it
has to name.
"""

from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, func, select

from agent_console.explanation import HeldView, WaitingView, WorkLine
from hub.clock import to_millis
from hub.policies.stored_versions import load_book
from hub.screens.channel_host import waits_in
from hub.storage import tables
from hub.storage.codec import decode_as
from hub.storage.database import Database
from routing.lifecycle import HELD
from routing.model import SECOND, InteractionRow

MOST_SHOWN = 50


class WorkLists:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def list_waiting(self, queue: str) -> WaitingView | None:
        """None where there is no such queue."""
        i = tables.interaction
        place = (i.c.rank_band, i.c.rank_at, i.c.rank_sequence)
        async with self._db.read(is_slow=True) as conn:
            book = await load_book(conn)
            if book is None or book.find_queue(queue) is None:
                return None
            query = _select(*waits_in(queue)).order_by(*place).limit(MOST_SHOWN)
            rows = (await conn.execute(query)).mappings().all()
            count = await conn.scalar(select(func.count()).select_from(i).where(*waits_in(queue)))
        lines = [_view_line(row, position) for position, row in enumerate(rows, start=1)]
        return WaitingView(queue=queue, count=count or 0, lines=lines)

    async def list_held(self, agent_id: str) -> HeldView:
        """What they were offered, are called for, have in hand or wrap up; in the order in which it came about."""
        i = tables.interaction
        held = i.c.closed_at.is_(None), i.c.agent_id == agent_id, i.c.state.in_(sorted(HELD))
        async with self._db.read(is_slow=True) as conn:
            rows = (await conn.execute(_select(*held).order_by(i.c.state_at, i.c.id))).mappings().all()
        return HeldView(agent_id=agent_id, lines=[_view_line(row, None) for row in rows])


def _select(*where: ColumnElement[bool]) -> Select[Any]:
    i, c = tables.interaction, tables.customer
    return select(i, c.c.name).join(c, c.c.id == i.c.customer_id).where(*where)


def _view_line(row: RowMapping, position: int | None) -> WorkLine:
    routing = decode_as(InteractionRow, row["routing"]) if row["routing"] else None
    return WorkLine(
        interaction_id=row["id"],
        version=row["version"],
        state=row["state"],
        customer_name=row["name"] or row["address"],
        queue=row["queue"],
        channel=row["channel"],
        tier=row["tier"],
        entered_at=to_millis(row["entered_at"]),
        since=to_millis(row["state_at"]),
        boost_seconds=routing.boost / SECOND if routing else 0,
        is_callback=routing is not None and routing.callback is not None,
        position=position,
    )
