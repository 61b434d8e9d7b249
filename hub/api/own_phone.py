"""An agent's own telephone, shown, chosen and checked at the desk.

The rule of this file: agents see and set only their own. A number that may not be called is refused with the same
code as a text or a call to it. A number is theirs once they have typed the code that a call said there.
"""

from collections.abc import Awaitable, Callable, Sequence

import structlog
from aiohttp import web
from pydantic import ValidationError

from agent_console.views import StaffView
from agent_console.wire import CheckPhoneRequest, OwnPhoneView, SetPhoneRequest
from channels.channel import ChannelError
from hub.administration.number_checks import CheckProblem, CheckRefused, begin_check, finish_check
from hub.administration.staff_phones import NumberRefused, check_number, read_number, set_number
from hub.api.routes import Rule, answer_json, refuse
from hub.clock import Clock
from hub.sending.may_send import SendRules
from hub.storage.database import Database

SayCode = Callable[[str, str, str], Awaitable[None]]  # (number, code, language); raises ChannelError

log = structlog.get_logger()


class OwnPhone:
    def __init__(
        self, db: Database, clock: Clock, rules: SendRules, wake_router: Callable[[], None], say_code: SayCode | None
    ) -> None:
        """`say_code` is None if the hub has no channel for calls."""
        self._db, self._clock, self._rules, self._wake_router = db, clock, rules, wake_router
        self._say_code = say_code

    def rules(self) -> Sequence[Rule]:
        return [
            Rule("GET", "/api/me/phone", "self.read_phone", self._show),
            Rule("POST", "/api/me/phone", "self.set_phone", self._choose),
            Rule("POST", "/api/me/phone/code", "self.set_phone", self._finish),
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
        if number and number != await read_number(self._db, staff.id):
            return await self._check(number, staff)
        if not await set_number(self._db, staff.id, number, self._clock.now(), by=staff.id):
            return refuse(404, "not_found")
        self._wake_router()
        return answer_json(self._view(number))

    async def _check(self, number: str, staff: StaffView) -> web.StreamResponse:
        if self._say_code is None:
            return refuse(502, "no_call", "number")
        try:
            code = await begin_check(self._db, staff.id, number, self._clock.now())
            await self._say_code(number, code, staff.language)
        except CheckRefused as refused:
            is_capped = refused.problem is CheckProblem.TOO_MANY_CALLS
            return refuse(429 if is_capped else 404, refused.problem, "number")
        except ChannelError as error:
            log.warning("number_not_called", staff_id=staff.id, code=error.code)
            return refuse(502, "no_call", "number")
        return answer_json(self._view(await read_number(self._db, staff.id), checking=number))

    async def _finish(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        if request.content_type != "application/json":
            return refuse(415, "json_only")
        try:
            typed = CheckPhoneRequest.model_validate_json(await request.read())
            number = await finish_check(self._db, staff.id, typed.code, self._clock.now())
        except ValidationError:
            return refuse(400, CheckProblem.WRONG, "code")
        except CheckRefused as refused:
            return refuse(400, refused.problem, "code")
        self._wake_router()
        return answer_json(self._view(number))

    def _view(self, number: str, checking: str = "") -> OwnPhoneView:
        countries = sorted(self._rules.calls.countries or ())
        has_softphone = self._rules.has_softphones
        return OwnPhoneView(number=number, checking=checking, has_softphone=has_softphone, countries=countries)
