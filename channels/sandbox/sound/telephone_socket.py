"""One websocket of a telephone, with its limits.

The rule of this file: a telephone that stops reading, or sends too much, is cut off. Nobody waits for it.
"""

import asyncio
import socket
from contextlib import suppress
from typing import Any, Final

import orjson
from aiohttp import WSMsgType, web

from channels.sandbox.sound.frames import NUMBERS, BadFrame, pack_frame, parse_frame

MOST_BYTES: Final = 4096  # of one message; a token has about 600
SOCKET_BYTES: Final = 16 * 1024  # that the system may hold back for a telephone: two seconds of sound
MOST_UNREAD: Final = 16 * 1024  # bytes beyond these: so few that no write ever waits (aiohttp does from 64 kB on)
FRAMES_PER_SECOND: Final = 60  # 50, and some for a clock that is fast
MOST_FRAMES_AT_ONCE: Final = 600  # a network that was away for ten seconds delivers them together
MESSAGES_PER_SECOND: Final = 10
MOST_MESSAGES_AT_ONCE: Final = 50
HEARTBEAT_SECONDS: Final = 4.0  # a telephone whose network is gone is missed after so long and half of it

# Codes of our own for the end of a websocket (RFC 6455, 7.4.2)
REPLACED: Final = 4001
REFUSED: Final = 4401


class CutOff(Exception):
    """The telephone broke a limit. `code`: of the websocket's end."""

    def __init__(self, code: int, what: str) -> None:
        super().__init__(what)
        self.code = code


class Allowance:
    """So many at once, and so many a second."""

    def __init__(self, per_second: float, most: float) -> None:
        self._per_second, self._most, self._left = per_second, most, most
        self._at = asyncio.get_running_loop().time()

    def spend(self, what: str) -> None:
        """Raises CutOff."""
        now = asyncio.get_running_loop().time()
        self._left = min(self._most, self._left + (now - self._at) * self._per_second)
        self._at = now
        if self._left < 1:
            raise CutOff(1008, f"more than {self._per_second:.0f} {what} a second")
        self._left -= 1


class Connection:
    def __init__(self, response: web.WebSocketResponse, request: web.Request) -> None:
        self.response = self._socket = response
        self._transport = request.transport
        if self._transport is not None:
            system = self._transport.get_extra_info("socket")
            system.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SOCKET_BYTES)
        self._frames = Allowance(FRAMES_PER_SECOND, MOST_FRAMES_AT_ONCE)
        self._messages = Allowance(MESSAGES_PER_SECOND, MOST_MESSAGES_AT_ONCE)
        self._sent = 0

    @staticmethod
    async def accept(request: web.Request) -> "Connection":
        response = web.WebSocketResponse(max_msg_size=MOST_BYTES, compress=False, heartbeat=HEARTBEAT_SECONDS)
        await response.prepare(request)
        return Connection(response, request)

    async def read(self) -> tuple[int, bytes] | dict[str, Any] | None:
        """The next frame or message. None after the end. Raises CutOff."""
        got = await self._socket.receive()
        if got.type is WSMsgType.BINARY:
            self._frames.spend("frames")
            try:
                return parse_frame(got.data)
            except BadFrame as error:
                raise CutOff(1003, str(error)) from None
        if got.type is not WSMsgType.TEXT:
            return None
        self._messages.spend("messages")
        try:
            message = orjson.loads(got.data)
        except orjson.JSONDecodeError:
            raise CutOff(1003, "a message is JSON") from None
        if not isinstance(message, dict):
            raise CutOff(1003, "a message is an object")
        return message

    async def tell(self, kind: str, **more: Any) -> None:
        if self._can_take():
            with suppress(ConnectionError):  # it has just gone
                await self._socket.send_str(orjson.dumps({"kind": kind, **more}).decode())

    async def send_frame(self, samples: bytes, *, is_lost: bool) -> None:
        """`is_lost`: its number passes and it does not, as on a bad network."""
        self._sent = (self._sent + 1) % NUMBERS
        if not is_lost and self._can_take():
            with suppress(ConnectionError):
                await self._socket.send_bytes(pack_frame(self._sent, samples))

    async def close(self, code: int, reason: str) -> None:
        await self._socket.close(code=code, message=reason.encode()[:120])

    def _can_take(self) -> bool:
        transport = self._transport
        if self._socket.closed or transport is None or transport.is_closing():
            return False
        if transport.get_write_buffer_size() > MOST_UNREAD:
            transport.abort()
            return False
        return True
