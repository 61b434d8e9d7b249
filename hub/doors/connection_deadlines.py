"""Deadlines of a connection: who is slow to say what they want is let go.

The rule of this file: aiohttp knows one patience, with connections between two requests, and waits for ever for a
body. Here the first header has `header_seconds` from the connection, a body `body_seconds` from its header. A
connection between requests, and one whose next header does not end, is closed by aiohttp after `idle_seconds`; a
WebSocket by the pings of Socket.IO.
"""

import asyncio

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from aiohttp.web_protocol import RequestHandler

SOCKETS = "/socket.io/"
READ_BY_THEMSELVES = (SOCKETS, "/sandbox/")  # their bodies, within limits of their own


def build_body_deadline(seconds: float) -> Middleware:
    """Middleware: answers 408 and closes where the body does not come, 413 where it is too large, 400 where it is not
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
    response.force_close()  # what is left of the body is not waited for
    return response


class HeaderDeadline:
    """Looks over the open connections, and drops those whose first request does not come."""

    def __init__(self, server: web.Server, seconds: float) -> None:
        self._server, self._seconds = server, seconds
        self._first_seen: dict[RequestHandler, float] = {}

    def sweep(self) -> int:
        """How many were dropped."""
        now = asyncio.get_running_loop().time()
        dropped = 0
        seen, self._first_seen = self._first_seen, {}  # what has closed is forgotten
        for connection in self._server.connections:
            if connection._request_count:
                continue
            since = self._first_seen[connection] = seen.get(connection, now)
            if now - since > self._seconds:
                connection.force_close()
                dropped += 1
        return dropped


def cut_sockets(server: web.Server) -> None:
    """End the connections of Socket.IO at our end: its server says goodbye and then waits for the other side."""
    for connection in list(server.connections):
        request = connection._current_request
        if request is not None and request.path.startswith(SOCKETS):
            connection.force_close()
