"""An agent's own telephone, shown and chosen at the desk.

The rule of this file: agents see and set only their own. A number that may not be called is refused with the same
code as a text or a call to it.
"""

from collections.abc import Callable, Sequence

from aiohttp import web
from pydantic import ValidationError

from agent_console.views import StaffView
from agent_console.wire import OwnPhoneView, SetPhoneRequest
from hub.administration.staff_phones import NumberRefused, check_number, read_number, set_number
from hub.api.routes import Rule, answer_json, refuse
from hub.clock import Clock
from hub.sending.may_send import SendRules
from hub.storage.database import Database


class OwnPhone:
    def __init__(self, db: Database, clock: Clock, rules: SendRules, wake_router: Callable[[], None]) -> None:
        self._db, self._clock, self._rules, self._wake_router = db, clock, rules, wake_router

    def rules(self) -> Sequence[Rule]:
        return [
            Rule("GET", "/api/me/phone", "self.read_phone", self._show),
            Rule("POST", "/api/me/phone", "self.set_phone", self._choose),
        ]

    async def _show(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        return answer_json(self._view(await read_number(self._db, staff.id)))

    async def _choose(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        if request.content_type != "application/json":
            return refuse(415, "json_only")
        try:
            asked = SetPhoneRequest.model_validate_json(await request.read())
            number = check_number(self._rules, asked.number)
        except ValidationError:
            return refuse(400, "invalid", "number")
        except NumberRefused as refused:
            return refuse(400, refused.refusal, "number")
        if not await set_number(self._db, staff.id, number, self._clock.now(), by=staff.id):
            return refuse(404, "not_found")
        self._wake_router()
        return answer_json(self._view(number))

    def _view(self, number: str) -> OwnPhoneView:
        countries = sorted(self._rules.calls.countries or ())
        return OwnPhoneView(number=number, has_softphone=self._rules.has_softphones, countries=countries)
