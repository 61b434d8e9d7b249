"""The trail on a screen: who looked at what and who changed what, for administrators.

The rule of this file: it shows ids and names of staff, and of customers their ids alone.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import orjson
from aiohttp import web
from sqlalchemy import select

from agent_console.views import StaffView
from agent_console.wire import AuditLine, AuditView
from hub.api.routes import PAGE, Rule, answer, refuse
from hub.api.rules import RULES
from hub.clock import to_millis
from hub.floor_storage import load_book
from hub.storage import audit, tables
from hub.storage.audit import Filter
from hub.storage.database import Connection, Database
from routing.model import SECOND

# Those of `hub.api.rules` that leave a row
_READ = ("conversation.read", "message.read", "media.read", "explanation.read", "candidates.read", "waiting.read")
_OTHERS = ("held.read", "inbox.open", "self.sign_in", "self.sign_in_failed", "self.sign_out", "self.change_password")


class Trail:
    def __init__(self, db: Database) -> None:
        self._db = db

    def rules(self) -> Sequence[Rule]:
        return [Rule("GET", "/api/audit", "audit.read", self._list)]

    async def _list(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        asked = request.query
        async with self._db.read() as conn:
            try:
                since, until = await _read_day(conn, asked.get("day", ""))
                before = int(asked["before"]) if asked.get("before") else None
            except ValueError:
                return refuse(400, "invalid", "day" if asked.get("day") else "before")
            wanted = Filter(
                asked.get("staff", ""), asked.get("customer", ""), asked.get("action", ""), since, until, before
            )
            entries = await audit.read(conn, wanted, PAGE + 1)
            s = tables.staff
            people = {row.id: row.name for row in await conn.execute(select(s.c.id, s.c.name).order_by(s.c.name))}
        lines = [
            AuditLine(
                id=entry.id,
                at=to_millis(entry.at),
                staff_id=entry.staff_id,
                staff_name=people.get(entry.staff_id, ""),
                action=entry.action,
                subject=entry.subject,
                customer_id=entry.customer_id,
                detail=orjson.loads(entry.detail),
            )
            for entry in entries[:PAGE]
        ]
        changes = (name for name in RULES if name.startswith(("staff.", "wallboard.")) and name != "wallboard.open")
        actions = [*_READ, *_OTHERS, *sorted(changes)]
        return answer(AuditView(lines=lines, has_more=len(entries) > PAGE, people=people, actions=actions))


async def _read_day(conn: Connection, text: str) -> tuple[int | None, int | None]:
    """Where the organisation's day begins and ends, in microseconds. Raises ValueError."""
    if not text:
        return None, None
    day, book = date.fromisoformat(text), await load_book(conn)
    zone = ZoneInfo(book.document.time_zone if book is not None else "UTC")
    began, ends = (datetime.combine(day + timedelta(days=n), time(), zone) for n in (0, 1))
    return int(began.timestamp()) * SECOND, int(ends.timestamp()) * SECOND
