"""Showing a hidden value over HTTP: to whoever gives a reason, for as long as the policy says.

The rule of this file: the row in the trail comes first, and it is what opens the value (`hub.access.shown_values`).
"""

from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web
from pydantic import ValidationError

from agent_console.customer_views import CustomerPage, ShownView, ShowRequest
from agent_console.views import StaffView
from hub.access.looks import Look, Looks
from hub.access.reading import SHORTEST_REASON, Reading
from hub.access.shown_values import SHOW
from hub.api.routes import Rule, answer_json, refuse
from hub.clock import Clock, to_millis
from hub.policies.masking import SHOWN_KINDS
from hub.policies.stored_versions import get_newest_book
from hub.storage import customers
from hub.storage.audit_words import Ground
from hub.storage.database import Database
from routing.model import SECOND

BuildPage = Callable[[StaffView, str], Awaitable[CustomerPage | None]]


class ValueShowing:
    def __init__(self, db: Database, clock: Clock, reading: Reading, looks: Looks, build_page: BuildPage) -> None:
        self._db, self._clock, self._reading, self._looks = db, clock, reading, looks
        self._build_page = build_page

    def rules(self) -> Sequence[Rule]:
        return [Rule("POST", "/api/customers/{id}/show", "customer.show", self._show)]

    async def _show(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        if request.content_type != "application/json":
            return refuse(415, "json_only")
        try:
            asked = ShowRequest.model_validate_json(await request.read())
        except ValidationError as error:
            at = error.errors()[0]["loc"]
            return refuse(400, "invalid", str(at[0]) if at else "")
        customer_id, reason = request.match_info["id"], asked.reason.strip()
        if len(reason) < SHORTEST_REASON:
            return refuse(400, "invalid", "reason")
        async with self._db.read() as conn:
            book = await get_newest_book(conn)
            known = (await customers.find(conn, [customer_id])).get(customer_id)
            found = await self._reading.find_ground_for_customer(conn, staff, customer_id)
        sight = book.see_as(staff.roles)
        hidden = sight.list_hidden() | {str(kind) for kind in SHOWN_KINDS if sight.hides_kind(kind)}
        if known is None or asked.name not in hidden:
            return refuse(404, "not_found")
        if not sight.may_show(asked.name):
            return refuse(403, "never_shown")
        queue = found[1] if found is not None else ""
        grounds = (Ground.REASON,) if found is None else (found[0], Ground.REASON)
        shown_at = self._clock.now()
        look = Look(staff.id, SHOW, asked.name, known.id, queue, grounds, reason)
        await self._looks.record([look])
        page = await self._build_page(staff, known.id)
        if page is None:
            return refuse(404, "not_found")
        until = to_millis(shown_at + book.document.masking.show_minutes * 60 * SECOND)
        return answer_json(ShownView(name=asked.name, until=until, page=page))
