"""Deadlines of a connection: a client that is slow to send its request is cut off.

The rule of this file: aiohttp limits only the time between two requests, and waits for a body without limit. So this
file gives the first header `header_seconds` from the connection, and a body `body_seconds` from its header. aiohttp
closes a connection that is silent between requests, or whose next header does not end, after `idle_seconds`. The
pings of Socket.IO close a dead WebSocket.
"""

import asyncio

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from aiohttp.web_protocol import RequestHandler

SOCKETS = "/socket.io/"
READ_BY_THEMSELVES = (SOCKETS, "/sandbox/")  # their handlers read the body, within limits of their own


def build_body_deadline(seconds: float) -> Middleware:
    """Middleware: answers 408 and closes if the body does not come, 413 if it is too large, 400 if it is not
    packed as its headers say."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.can_read_body:
            return await handler(request)
        try:
            async with asyncio.timeout(seconds) as deadline:
                if request.path.startswith(READ_BY_THEMSELVES):
                    return await handler(request)
                await request.read()
        except TimeoutError:
            if not deadline.expired():
                raise
            return _refuse(408, "too_slow")
        except web.RequestPayloadError:
            return _refuse(400, "bad_body")
        return await handler(request)

    return middleware


def _refuse(status: int, code: str) -> web.StreamResponse:
    response = web.json_response({"code": code}, status=status)
    response.force_close()  # do not wait for the rest of the body
    return response


class HeaderDeadline:
    """Drops the connections whose first request does not come."""

    def __init__(self, server: web.Server, seconds: float) -> None:
        self._server, self._seconds = server, seconds
        self._first_seen: dict[RequestHandler, float] = {}

    def sweep(self) -> int:
        """Drop them, and return how many."""
        now = asyncio.get_running_loop().time()
        dropped = 0
        seen, self._first_seen = self._first_seen, {}  # closed connections are forgotten
        for connection in self._server.connections:
            if connection._request_count:
                continue
            since = self._first_seen[connection] = seen.get(connection, now)
            if now - since > self._seconds:
                connection.force_close()
                dropped += 1
        return dropped


def cut_sockets(server: web.Server) -> None:
    """Close the connections of Socket.IO from our side: its server says goodbye and then waits for the client."""
    for connection in list(server.connections):
        request = connection._current_request
        if request is not None and request.path.startswith(SOCKETS):
            connection.force_close()
