"""The door of the REST API: credentials, faults, errors, JSON.

The rule of this file: every error of a handler leaves as the provider's JSON error. The resources are in
`rest_messages.py` and `rest_calls.py`.
"""

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from typing import Any, Final

import aiohttp
import orjson
from aiohttp import web

from channels.channel import Route
from channels.sandbox.call import Sleep
from channels.sandbox.errors import ApiError, not_found
from channels.sandbox.faults import Faults
from channels.sandbox.settings import SandboxSettings
from channels.sandbox.shapes import VERSION

PREFIX: Final = f"/{VERSION}/Accounts/{{account}}"
MOST_BYTES: Final = 256 * 1024
_REFUSALS: Final = {
    "500": (500, 20500, "Internal Server Error"),
    "503": (503, 20503, "Service unavailable"),
    "429": (429, 20429, "Too Many Requests"),
}

Answer = tuple[int, Any]  # status and JSON; None: no body
Resource = Callable[[web.Request], Awaitable[Answer]]


class RestDoor:
    def __init__(self, settings: SandboxSettings, faults: Faults, sleep: Sleep) -> None:
        self._account_sid = settings.account_sid
        self._credentials = aiohttp.encode_basic_auth(settings.account_sid, settings.auth_token).encode()
        self._faults, self._sleep = faults, sleep

    def route(self, method: str, path: str, resource: Resource) -> Route:
        async def handler(request: web.Request) -> web.StreamResponse:
            return await self._handle(request, resource)

        return Route(method, PREFIX + path, handler, "sandbox")

    def is_open_to(self, request: web.Request) -> bool:
        """Whether the request has the account's credentials."""
        given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
        return hmac.compare_digest(given, self._credentials)

    async def _handle(self, request: web.Request, resource: Resource) -> web.StreamResponse:
        if not self.is_open_to(request):
            return _answer(401, ApiError(401, 20003, "Authenticate").to_json())
        fault = self._faults.take("rest")
        kind = fault.kind if fault else ""
        if kind in _REFUSALS:
            error = ApiError(*_REFUSALS[kind])
            return _answer(error.status, error.to_json())
        if kind == "nonsense":
            return web.Response(text="<html>Welcome!</html>", content_type="text/html")
        if kind == "drop":
            return _hang_up(request)
        if fault and kind == "slow":
            await self._sleep(fault.seconds)
        try:
            if request.match_info["account"] != self._account_sid:
                raise not_found(request.path)
            status, json = await resource(request)
        except ApiError as error:
            status, json = error.status, error.to_json()
        except web.HTTPRequestEntityTooLarge:
            status, json = 413, ApiError(413, 20001, "The body is too large").to_json()
        if kind == "drop_after":
            return _hang_up(request)
        if kind == "timeout_after":
            await _outwait(request)
        return _answer(status, json)


async def read_body(request: web.Request) -> bytes:
    """The body of a form request. Raises ApiError."""
    if request.content_type != "application/x-www-form-urlencoded":
        raise ApiError(415, 20415, "Content type must be application/x-www-form-urlencoded")
    if (request.content_length or 0) > MOST_BYTES:
        raise ApiError(413, 20001, "The body is too large")
    return await request.read()


def _answer(status: int, json: Any) -> web.Response:
    body = b"" if json is None else orjson.dumps(json)
    return web.Response(status=status, body=body, content_type="application/json")


def _hang_up(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _outwait(request: web.Request) -> None:
    """Return once the hub has given up."""
    while request.transport is not None and not request.transport.is_closing():  # noqa: ASYNC110 - aiohttp has no event
        await asyncio.sleep(0.02)
