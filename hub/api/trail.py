"""The trail on a screen: who looked at what and who changed what, for administrators.

The rule of this file: it shows ids and names of staff, and of customers their ids alone.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from aiohttp import web
from sqlalchemy import select

from agent_console.views import StaffView
from agent_console.wire import AuditLine, AuditView
from hub.access.rules import RULES
from hub.api.routes import PAGE, Rule, answer, refuse
from hub.clock import to_millis
from hub.doors.input_gate import LARGEST
from hub.policies.stored_versions import load_book
from hub.storage import audit, tables
from hub.storage.audit import Filter
from hub.storage.database import Connection, Database
from hub.storage.lease import read_wall_ahead
from routing.model import SECOND, Micros

# Those of `hub.access.rules` that leave a row
_READ = ("conversation.read", "message.read", "media.read", "explanation.read", "candidates.read", "waiting.read")
_OTHERS = (
    "held.read",
    "unfinished.read",
    "inbox.open",
    "self.sign_in",
    "self.sign_in_failed",
    "self.sign_out",
    "self.change_password",
)
_OF_SESSIONS = ("self.end_session", "self.set_phone", "session.idle")
_OF_THE_HUB = ("policy.move_interaction", "policy.change_tier", "wall_clock_set")
_LEAVES_NONE = ("wallboard.open", "wallboard.act_here", "staff.read", "staff.read_sessions")
_BY_COMMAND = (
    "staff.phone",
    "staff.enable",
    "staff.roles",
    "staff.queues",
    "staff.reset_password",
)  # at the command line


class Trail:
    def __init__(self, db: Database) -> None:
        self._db = db

    def rules(self) -> Sequence[Rule]:
        return [Rule("GET", "/api/audit", "audit.read", self._list)]

    async def _list(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        asked, ahead = request.query, await read_wall_ahead(self._db)
        async with self._db.read(is_slow=True) as conn:  # a filter of several parts has no index of its own
            try:
                since, until = await _read_day(conn, asked.get("day", ""), ahead)
                before = _read_before(asked.get("before", ""))
            except (ValueError, OverflowError):
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
                at=to_millis(entry.at + ahead),
                staff_id=entry.staff_id,
                staff_name=people.get(entry.staff_id, ""),
                action=entry.action,
                subject=entry.subject,
                customer_id=entry.customer_id,
                detail={name: _plain(value) for name, value in orjson.loads(entry.detail).items()},
            )
            for entry in entries[:PAGE]
        ]
        changes = (name for name in RULES if name.startswith(("staff.", "wallboard.")) and name not in _LEAVES_NONE)
        actions = [*_READ, *_OTHERS, *_OF_SESSIONS, *sorted({*changes, *_BY_COMMAND}), *_OF_THE_HUB]
        return answer(AuditView(lines=lines, has_more=len(entries) > PAGE, people=people, actions=actions))


def _plain(value: Any) -> str | int | float | bool | list[str] | None:
    """What an action keeps beside is its own: what a line cannot show as it is, is shown as its JSON."""
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return value
    return orjson.dumps(value).decode()


def _read_before(text: str) -> int | None:
    """Raises ValueError."""
    if not text:
        return None
    before = int(text)
    if not 0 <= before <= LARGEST:
        raise ValueError(text)
    return before


async def _read_day(conn: Connection, text: str, ahead: Micros) -> tuple[int | None, int | None]:
    """Where the organisation's day begins and ends, in hub time. Raises ValueError."""
    if not text:
        return None, None
    day, book = date.fromisoformat(text), await load_book(conn)
    zone = ZoneInfo(book.document.time_zone if book is not None else "UTC")
    began, ends = (datetime.combine(day + timedelta(days=n), time(), zone) for n in (0, 1))
    return int(began.timestamp()) * SECOND - ahead, int(ends.timestamp()) * SECOND - ahead
