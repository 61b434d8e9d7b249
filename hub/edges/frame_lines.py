"""Frames between two processes of one hub, over a stream socket: four bytes of length, then JSON.

The rule of this file: it knows no hub. Frames that are sent in one turn of the loop leave in one write. A peer that
does not read, or that sends no frame, is cut off: both sides have the database to fall back on.
"""

import asyncio
from collections.abc import Callable
from typing import Any, cast

import orjson
import structlog

HEAD = 4  # bytes of a length
MOST_BYTES = 64 * 1024 * 1024  # of one frame
MOST_UNREAD = 16 * 1024 * 1024  # bytes that wait for the peer

log = structlog.get_logger()


class FrameLine(asyncio.Protocol):
    def __init__(self, hear: Callable[["FrameLine", Any], None], end: Callable[["FrameLine"], None]) -> None:
        """`hear` gets each frame, in order, and returns at once. `end` is called once, when the line is gone."""
        self._hear, self._end = hear, end
        self._transport: asyncio.Transport | None = None
        self._unparsed = bytearray()
        self._unsent: list[bytes] = []

    def send(self, document: Any) -> None:
        """Send a frame. Does nothing if the line is gone."""
        if self._transport is None:
            return
        if not self._unsent:
            asyncio.get_running_loop().call_soon(self._flush)
        body = orjson.dumps(document)
        self._unsent += (len(body).to_bytes(HEAD), body)

    def close(self) -> None:
        if self._transport is not None:
            self._flush()
            self._transport.close()

    def _flush(self) -> None:
        unsent, self._unsent = self._unsent, []
        if self._transport is None or not unsent:
            return
        self._transport.write(b"".join(unsent))
        if self._transport.get_write_buffer_size() > MOST_UNREAD:
            self._cut("does not read what another one tells it")

    def _cut(self, why: str) -> None:
        log.warning("the line between two processes of this hub is cut", why=f"one {why}")
        if self._transport is not None:
            self._transport.abort()

    # ---- asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are no subclasses

    def data_received(self, data: bytes) -> None:
        unparsed = self._unparsed
        unparsed += data
        at = 0
        while len(unparsed) - at >= HEAD:
            end = at + HEAD + int.from_bytes(unparsed[at : at + HEAD])
            if end - at > MOST_BYTES:
                self._cut("sends what is no frame")
                return
            if len(unparsed) < end:
                break
            self._hear(self, orjson.loads(unparsed[at + HEAD : end]))
            at = end
        if at:
            del unparsed[:at]

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._unsent.clear()
        self._end(self)
