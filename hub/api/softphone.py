"""An agent's browser as their telephone: the tokens with which it registers at the provider, and whether it works.

The rule of this file: agents get tokens for themselves alone. A token cannot be called back, so it lasts minutes. The
desk asks for the next one before it ends, and a person who has been disabled gets none.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aiohttp import web
from pydantic import ValidationError

from agent_console.views import StaffView
from agent_console.wire import SoftphoneState, SoftphoneToken
from channels.twilio.softphone_tokens import (
    CHECK_SECONDS,
    TOKEN_SECONDS,
    SoftphoneKey,
    name_browser,
    name_check,
)
from hub.administration.staff_phones import note_no_softphone, read_number, set_softphone
from hub.api.routes import Rule, answer_json, refuse
from hub.clock import Clock
from hub.storage.database import Database


@dataclass(frozen=True, slots=True)
class Softphones:
    """`sound_url`: where browsers send and hear sound if the sandbox is the provider; else empty."""

    key: SoftphoneKey
    is_sandbox: bool
    sound_url: str = ""

    @property
    def has_sound(self) -> bool:
        """Whether browsers have anywhere to connect to: the sandbox may be without sound."""
        return not self.is_sandbox or bool(self.sound_url)


NO_TOKEN = SoftphoneToken(token="", identity="", seconds=0, is_called=False, driver="sandbox", url="", edge="")


class Softphone:
    def __init__(
        self, db: Database, clock: Clock, softphones: Softphones | None, wake_router: Callable[[], None]
    ) -> None:
        self._db, self._clock, self._softphones, self._wake_router = db, clock, softphones, wake_router

    def rules(self) -> Sequence[Rule]:
        return [
            Rule("GET", "/api/softphone/token", "self.use_softphone", self._mint, is_poll=True),
            Rule("GET", "/api/softphone/echo-token", "self.use_softphone", self._mint_check),
            Rule("POST", "/api/softphone/state", "self.use_softphone", self._take_state, is_poll=True),
        ]

    async def _mint(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        softphones = self._softphones
        if softphones is None or not softphones.has_sound or await read_number(self._db, staff.id):
            await note_no_softphone(self._db, staff.id)
            return answer_json(NO_TOKEN)
        return _answer(
            softphones, softphones.key.mint(staff.id), name_browser(staff.id), TOKEN_SECONDS, is_called=True
        )

    async def _mint_check(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        softphones = self._softphones
        if softphones is None or not softphones.has_sound or not softphones.key.echo_application_sid:
            return refuse(404, "no_softphone")
        token = softphones.key.mint_check(staff.id)
        return _answer(softphones, token, name_check(staff.id), CHECK_SECONDS, is_called=False)

    async def _take_state(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        if request.content_type != "application/json":
            return refuse(415, "json_only")
        try:
            said = SoftphoneState.model_validate_json(await request.read())
        except ValidationError:
            return refuse(400, "invalid", "is_usable")
        now = self._clock.now()
        if await set_softphone(self._db, staff.id, now, is_usable=said.is_usable, is_opened=said.is_opened):
            self._wake_router()
        return answer_json(said)


def _answer(softphones: Softphones, token: str, identity: str, seconds: int, *, is_called: bool) -> web.Response:
    return answer_json(
        SoftphoneToken(
            token=token,
            identity=identity,
            seconds=seconds,
            is_called=is_called,
            driver="sandbox" if softphones.is_sandbox else "twilio",
            url=softphones.sound_url,
            edge=softphones.key.edge,
        )
    )
