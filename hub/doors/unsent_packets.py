"""The bytes that wait for one socket to read them.

The rule of this file: a packet counts from being queued until the connection has taken it. Engine.IO takes a whole
queue at once and sends it packet by packet, so the packets that it has taken are still unsent.
"""

import asyncio
from typing import Any


class UnsentPackets(asyncio.Queue[Any]):
    """Engine.IO's queue of one socket: packets, or None for its end. It has one reader, the writer of the socket.
    `bytes`: the size of the unsent packets, in UTF-8."""

    def __init__(self) -> None:
        super().__init__()
        self.bytes = 0
        self.packets = 0
        self._reader: asyncio.Future[Any] | None = None

    def get(self) -> asyncio.Future[Any]:  # type: ignore[override]  # awaited all the same
        """The next packet. It is a future, since `asyncio.wait_for` makes a task for each coroutine."""
        reader = self._reader = asyncio.get_running_loop().create_future()
        self._serve_reader()
        return reader

    def put_nowait(self, item: Any) -> None:
        super().put_nowait(item)
        if item is not None:
            self.packets += 1
            self.bytes += count_bytes(item.encode())  # Engine.IO keeps the encoded text until it sends it
        self._serve_reader()

    def _serve_reader(self) -> None:
        reader = self._reader
        if reader is not None and not self.empty():
            self._reader = None
            if not reader.done():  # else it has waited too long
                reader.set_result(self.get_nowait())

    def sent(self, frame: str) -> None:
        """The connection has taken this frame, or has failed with it."""
        self.packets -= 1
        self.bytes -= count_bytes(frame)


def count_bytes(frame: str) -> int:
    """Bytes of a frame on the wire, in UTF-8."""
    return len(frame) if frame.isascii() else len(frame.encode(errors="surrogatepass"))
