"""Signing in and out, passwords, and disabling a person.

The rule of this file: it reads the request and answers it; `hub.access` decides.
"""

from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web
from pydantic import ValidationError

from agent_console.views import StaffView
from agent_console.wire import ChangePasswordRequest, SampleStaff, SignInOptions, SignInRequest
from hub.access.known_devices import LASTS_SECONDS
from hub.access.passwords import GuessablePassword, PoorPassword
from hub.access.sessions import Client, Sessions
from hub.access.signing_in import FirstPasswordMustChange, SignedIn, SigningIn
from hub.access.turns import TooManyTries
from hub.administration.staff_changes import disable
from hub.api.routes import PUBLIC, SESSION_ID, Rule, answer_json, is_same_origin, refuse
from hub.clock import Clock
from hub.doors.client_address import ClientAddresses
from hub.storage.database import Database

RETRY_SECONDS = 2  # a refused person may try again after this time


class SignIn:
    def __init__(
        self,
        *,
        db: Database,
        clock: Clock,
        sessions: Sessions,
        signing_in: SigningIn,
        addresses: ClientAddresses,
        organisation: Callable[[], Awaitable[str]],
        samples: Sequence[SampleStaff],
        is_cookie_secure: bool,
        wake_router: Callable[[], None],
    ) -> None:
        self._db, self._clock, self._addresses = db, clock, addresses
        self._sessions, self._signing_in, self._wake_router = sessions, signing_in, wake_router
        self._organisation, self._samples, self._is_cookie_secure = organisation, samples, is_cookie_secure

    def rules(self) -> Sequence[Rule]:
        return [
            Rule("GET", "/api/sign-in", PUBLIC, self._sign_in_options),
            Rule("POST", "/api/sign-in", PUBLIC, self._sign_in),
            Rule("POST", "/api/password", PUBLIC, self._change_password),  # asks for the old one
            Rule("POST", "/api/sign-out", "self.sign_out", self._sign_out),
            Rule("GET", "/api/me", "self.read", self._me),
            Rule("POST", "/api/staff/{id}/disable", "staff.disable", self._disable),
        ]

    async def _sign_in_options(self, request: web.Request) -> web.StreamResponse:
        return answer_json(SignInOptions(organisation=await self._organisation(), samples=list(self._samples)))

    async def _sign_in(self, request: web.Request) -> web.StreamResponse:
        if request.content_type != "application/json" or not is_same_origin(request):
            return refuse(415 if request.content_type != "application/json" else 403, "json_only")
        try:
            asked = SignInRequest.model_validate_json(await request.read())
            signed_in = await self._signing_in.sign_in(asked.name, asked.password, self._client(request))
        except ValidationError:
            return refuse(400, "invalid")
        except TooManyTries:
            return _refuse_try()
        except FirstPasswordMustChange:
            return refuse(403, "must_change_password")
        return self._let_in(signed_in)

    async def _change_password(self, request: web.Request) -> web.StreamResponse:
        if request.content_type != "application/json" or not is_same_origin(request):
            return refuse(415 if request.content_type != "application/json" else 403, "json_only")
        try:
            asked = ChangePasswordRequest.model_validate_json(await request.read())
            signed_in = await self._signing_in.change_password(
                asked.name, asked.password, asked.new_password, self._client(request)
            )
        except ValidationError:
            return refuse(400, "invalid")
        except PoorPassword:
            return refuse(400, "poor_password", "new_password")
        except GuessablePassword:
            return refuse(400, "guessable_password", "new_password")
        except TooManyTries:
            return _refuse_try()
        return self._let_in(signed_in)

    def _client(self, request: web.Request) -> Client:
        return Client(
            address=self._addresses.find(request),
            browser=request.headers.get("User-Agent", ""),
            share=self._addresses.find_share(request) or "",
            cookies=request.headers.get("Cookie", ""),
        )

    def _let_in(self, signed_in: SignedIn | None) -> web.StreamResponse:
        if signed_in is None:
            return refuse(401, "wrong_sign_in")
        response = answer_json(signed_in.staff)
        self._set_cookie(response, self._sessions.cookie, signed_in.token)
        name, value = signed_in.device
        self._set_cookie(response, name, value, max_age=LASTS_SECONDS)
        return response

    def _set_cookie(self, response: web.Response, name: str, value: str, max_age: int | None = None) -> None:
        response.set_cookie(
            name, value, max_age=max_age, httponly=True, samesite="Lax", secure=self._is_cookie_secure, path="/"
        )

    async def _sign_out(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        address = self._addresses.find(request)
        await self._sessions.end(staff.id, request[SESSION_ID], staff.id, "self.sign_out", address)
        response = web.json_response({})
        response.del_cookie(self._sessions.cookie, path="/", secure=self._is_cookie_secure)  # else it stays
        return response

    async def _me(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        return answer_json(staff)

    async def _disable(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        staff_id = request.match_info["id"]
        if staff_id == staff.id:  # else the only administrator could lock the organisation out
            return refuse(409, "not_yourself")
        now, address = self._clock.now(), self._addresses.find(request)
        if not await disable(self._db, staff_id, now, by=staff.id, address=address):
            return refuse(404, "not_found")
        self._sessions.on_ended()
        self._wake_router()
        return web.json_response({})


def _refuse_try() -> web.Response:
    response = refuse(429, "too_many_failures")
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response
