"""Deadlines of a connection: who is slow to say what they want is let go.

The rule of this file: aiohttp waits for ever for the first header and for a body. A header has `header_seconds` from
the connection, a body `body_seconds` from its header; a connection between requests ends by aiohttp's own
keep-alive, and a WebSocket by the pings of Socket.IO.
"""

import asyncio
import weakref

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from aiohttp.web_protocol import RequestHandler

SOCKETS = "/socket.io/"


def build_body_deadline(seconds: float) -> Middleware:
    """Middleware: answers 408 and closes where the body does not come, 413 where it is too large."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.can_read_body:
            return await handler(request)
        try:
            async with asyncio.timeout(seconds) as deadline:
                if request.path.startswith(SOCKETS):  # reads its body by itself
                    return await handler(request)
                await request.read()
        except TimeoutError:
            if not deadline.expired():
                raise
            response = web.json_response({"code": "too_slow"}, status=408)
            response.force_close()
            return response
        return await handler(request)

    return middleware


class HeaderDeadline:
    """Looks over the open connections, and drops those whose first request does not come."""

    def __init__(self, server: web.Server, seconds: float) -> None:
        self._server, self._seconds = server, seconds
        self._first_seen: weakref.WeakKeyDictionary[RequestHandler, float] = weakref.WeakKeyDictionary()

    def sweep(self) -> int:
        """How many were dropped."""
        now = asyncio.get_running_loop().time()
        dropped = 0
        for connection in self._server.connections:
            if _has_asked(connection):
                self._first_seen[connection] = float("inf")
            elif now - self._first_seen.setdefault(connection, now) > self._seconds:
                connection.force_close()
                dropped += 1
        return dropped


def _has_asked(connection: RequestHandler) -> bool:
    """Whether a request is being handled, or one was and the connection is kept."""
    return connection._current_request is not None or connection._keepalive
