"""The audit trail on a screen: who looked at what and who changed what.

The rule of this file: administrators see all of it. Supervisors see what was done with work that was in one of their
queues at the time. It shows ids and names of staff, but of customers only their ids.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from aiohttp import web

from agent_console.views import StaffView
from agent_console.wire import AuditLine, AuditView
from hub.access.rules import ADMINISTRATOR
from hub.api.asked_day import read_day
from hub.api.routes import PAGE, Rule, answer_json, refuse
from hub.clock import to_millis
from hub.doors.input_gate import LARGEST
from hub.policies.stored_versions import load_book
from hub.storage import audit, hearings, reading_rights
from hub.storage import staff as stored_staff
from hub.storage.audit import Filter
from hub.storage.audit_words import ACTIONS, OF_WORK
from hub.storage.database import Database
from hub.storage.hearings import Span
from hub.storage.lease import read_wall_ahead


class Trail:
    def __init__(self, db: Database) -> None:
        self._db = db

    def rules(self) -> Sequence[Rule]:
        return [Rule("GET", "/api/audit", "audit.read", self._list)]

    async def _list(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        asked, ahead, sees_all = request.query, await read_wall_ahead(self._db), ADMINISTRATOR in staff.roles
        async with self._db.read(is_slow=True) as conn:  # a filter of several parts has no index of its own
            book = await load_book(conn)
            names = {queue.id: dict(queue.names) for queue in book.document.queues} if book is not None else {}
            queues = tuple(names) if sees_all else await reading_rights.load_queues(conn, staff.id)
            try:
                zone = book.document.time_zone if book is not None else "UTC"
                since, until = read_day(asked.get("day", ""), zone, ahead)
                before = _read_before(asked.get("before", ""))
            except (ValueError, OverflowError):
                return refuse(400, "invalid", "day" if asked.get("day") else "before")
            queue = asked.get("queue", "")
            if queue and not sees_all and queue not in queues:
                return refuse(404, "not_found")
            wanted = Filter(
                queues=(queue,) if queue else None if sees_all else queues,
                staff_id=asked.get("staff", ""),
                customer_id=asked.get("customer", ""),
                action=asked.get("action", ""),
                since=since,
                until=until,
                before_id=before,
            )
            entries = await audit.read(conn, wanted, PAGE + 1)
            people = await stored_staff.list_by_name(conn)
            details = [orjson.loads(entry.detail) for entry in entries[:PAGE]]
            heard = await hearings.find_spans(conn, [one["heard"] for one in details if "heard" in one])
        names_of_staff = {person.id: person.name for person in people}
        lines = [
            AuditLine(
                id=entry.id,
                at=to_millis(entry.at + ahead),
                staff_id=entry.staff_id,
                staff_name=names_of_staff.get(entry.staff_id, ""),
                action=entry.action,
                subject=entry.subject,
                customer_id=entry.customer_id,
                queue=entry.queue,
                detail={name: _plain(_say(name, value, heard)) for name, value in detail.items()},
            )
            for entry, detail in zip(entries[:PAGE], details, strict=True)
        ]
        view = AuditView(
            lines=lines,
            has_more=len(entries) > PAGE,
            people={one.id: one.name for one in people if sees_all or reading_rights.serves_any(one.profile, queues)},
            actions=list(ACTIONS if sees_all else OF_WORK),
            queues={queue: names.get(queue, {}) for queue in queues},
            is_whole=sees_all,
        )
        return answer_json(view)


def _say(name: str, value: Any, heard: Mapping[str, Sequence[Span]]) -> Any:
    """A hearing is named by its id and shown by what was played in it; [] if nothing was reported."""
    if name != "heard":
        return value
    return [f"{_say_moment(begin)}–{_say_moment(end)}" for begin, end in heard.get(value, ())]


def _say_moment(milliseconds: int) -> str:
    """As the player shows it: 0:07, 12:40, 1:02:03."""
    minutes, seconds = divmod(milliseconds // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _plain(value: Any) -> str | int | float | bool | list[str] | None:
    """A detail of an entry as a line can show it: a value of any other type is shown as its JSON."""
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
