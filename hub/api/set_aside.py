"""What could not be handled and was set aside: listed, and run again.

The rule of this file: it changes nothing but that a row is pending again.
"""

from collections.abc import Callable, Sequence

from aiohttp import web

from agent_console.views import StaffView
from agent_console.wire import SetAsideArrival, SetAsideView
from hub.api.routes import PAGE, Rule, answer, refuse
from hub.clock import to_millis
from hub.storage.database import Database
from hub.storage.inbox import Inbox
from hub.storage.lease import read_wall_ahead


class SetAside:
    def __init__(self, db: Database, inbox: Inbox, wake_router: Callable[[], None]) -> None:
        self._db, self._inbox, self._wake_router = db, inbox, wake_router

    def rules(self) -> Sequence[Rule]:
        return [
            Rule("GET", "/api/inbox/set-aside", "inbox.read_set_aside", self._set_aside, is_poll=True),
            Rule("POST", "/api/inbox/{id}/run-again", "inbox.run_again", self._run_again),
        ]

    async def _set_aside(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        rows = await self._inbox.list_set_aside(limit=PAGE + 1)
        ahead = await read_wall_ahead(self._db)
        arrivals = [
            SetAsideArrival(
                id=row.id,
                key=row.key,
                kind=row.kind,
                received_at=to_millis(row.received_at + ahead),
                tries=row.tries,
                problem=why,
            )
            for row, why in rows[:PAGE]
        ]
        return answer(SetAsideView(arrivals=arrivals, has_more=len(rows) > PAGE))

    async def _run_again(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        row_id = request.match_info["id"]
        if not (row_id.isascii() and row_id.isdecimal()) or not await self._inbox.run_again(int(row_id)):
            return refuse(404, "not_found")
        self._wake_router()
        return web.json_response({})
