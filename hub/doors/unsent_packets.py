"""The bytes that wait for one socket to read them.

The rule of this file: a packet counts from being queued until the connection has taken it. Engine.IO takes a whole
queue at once and sends it packet by packet, so the packets that it has taken are still unsent.
"""

import asyncio
from typing import Any


class UnsentPackets(asyncio.Queue[Any]):
    """Engine.IO's queue of one socket: packets, or None for its end. `bytes`: the size of the unsent packets, in
    UTF-8."""

    def __init__(self) -> None:
        super().__init__()
        self.bytes = 0
        self.packets = 0

    def _put(self, item: Any) -> None:
        super()._put(item)
        if item is not None:
            self.packets += 1
            self.bytes += count_bytes(item.encode())  # Engine.IO keeps the encoded text until it sends it

    def sent(self, frame: str) -> None:
        """The connection has taken this frame, or has failed with it."""
        self.packets -= 1
        self.bytes -= count_bytes(frame)


def count_bytes(frame: str) -> int:
    """Bytes of a frame on the wire, in UTF-8."""
    return len(frame) if frame.isascii() else len(frame.encode(errors="surrogatepass"))
