"""A websocket that costs little: the telephones of the bench.

The rule of this file: as much of RFC 6455 as the sound process speaks, and no more. A message is masked with zeros,
which leaves it as it is.
"""

import asyncio
import base64
import json
import os
import struct
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from channels.sandbox.sound.frames import SIZE, pack_frame

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
QUIET = 0xFF  # a sample of silence


def pack_message(number: int, samples: bytes) -> bytes:
    """A frame of sound as a websocket's message, for any telephone."""
    return b"\x82" + struct.pack("!BH", 0xFE, SIZE) + bytes(4) + pack_frame(number, samples)


class SoundSocket(asyncio.Protocol):
    """`on_voice` is called for each frame that begins with another sample than silence."""

    def __init__(self) -> None:
        self.on_voice: Callable[[], None] = lambda: None
        self._rest = b""
        self._is_open = asyncio.get_running_loop().create_future()
        self._told: dict[str, asyncio.Future[dict[str, Any]]] = {}

    @classmethod
    async def open(cls, url: str) -> "SoundSocket":
        parts = urlsplit(url)
        transport, socket = await asyncio.get_running_loop().create_connection(cls, parts.hostname, parts.port)
        socket.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        head = f"GET {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\n"
        head += f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
        transport.write(head.encode())
        await socket._is_open
        return socket

    def write(self, message: bytes) -> None:
        self.transport.write(message)

    def tell(self, message: dict[str, Any]) -> None:
        self._send(TEXT, json.dumps(message).encode())

    async def until_told(self, kind: str) -> dict[str, Any]:
        """The first message of that kind."""
        return await self._find(kind)

    def was_told(self, kind: str) -> bool:
        return kind in self._told and self._told[kind].done()

    def close(self) -> None:
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        data = self._rest + data
        at = 0
        if not self._is_open.done():
            at = data.find(b"\r\n\r\n") + 4
            if at < 4:
                self._rest = data
                return
            assert data.startswith(b"HTTP/1.1 101"), data[:200]
            self._is_open.set_result(None)
        while len(data) - at >= 2:
            size, head = data[at + 1], 2
            if size == 126:
                if len(data) - at < 4:
                    break
                size, head = int.from_bytes(data[at + 2 : at + 4], "big"), 4
            if len(data) - at < head + size:
                break
            self._take(data[at] & 0x0F, data[at + head : at + head + size])
            at += head + size
        self._rest = data[at:]

    def connection_lost(self, error: Exception | None) -> None:
        for future in (self._is_open, *self._told.values()):
            if not future.done():
                future.set_exception(ConnectionError("the sound process has cut it off"))

    def _take(self, kind: int, payload: bytes) -> None:
        if kind == BINARY:
            if payload[3] != QUIET:
                self.on_voice()
        elif kind == TEXT:
            message = json.loads(payload)
            found = self._find(message["kind"])
            if not found.done():
                found.set_result(message)
        elif kind == PING:
            self._send(PONG, payload)

    def _send(self, kind: int, payload: bytes) -> None:
        long = struct.pack("!BH", 0xFE, len(payload))
        size = long if len(payload) > 125 else bytes([0x80 | len(payload)])
        self.transport.write(bytes([0x80 | kind]) + size + bytes(4) + payload)

    def _find(self, kind: str) -> "asyncio.Future[dict[str, Any]]":
        return self._told.setdefault(kind, asyncio.get_running_loop().create_future())
