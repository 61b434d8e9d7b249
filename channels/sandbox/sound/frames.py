"""One frame: 20 ms of sound as it travels over a websocket.

The rule of this file: a frame has one size. Whatever else arrives is refused and never guessed at.

A frame is a binary message: one byte for the codec, the sequence number in two bytes with the high one first, then
160 samples. The numbers run from 0 to 65535 and start again. The only codec is 0, G.711 mu-law at 8,000 samples a
second, one byte each.
"""

import struct
from typing import Final

RATE: Final = 8000  # samples a second
SECONDS: Final = 0.02
SAMPLES: Final = 160
MULAW: Final = 0
NUMBERS: Final = 1 << 16  # sequence numbers
SILENCE: Final = b"\xff" * SAMPLES

_HEADER: Final = struct.Struct("!BH")
SIZE: Final = _HEADER.size + SAMPLES


class BadFrame(ValueError):
    """The bytes are no frame."""


def pack_frame(sequence: int, samples: bytes) -> bytes:
    return _HEADER.pack(MULAW, sequence % NUMBERS) + samples


def parse_frame(data: bytes) -> tuple[int, bytes]:
    """(sequence number, 160 bytes of mu-law). Raises BadFrame."""
    if len(data) != SIZE:
        raise BadFrame(f"a frame has {SIZE} bytes, not {len(data)}")
    codec, sequence = _HEADER.unpack_from(data)
    if codec != MULAW:
        raise BadFrame(f"codec {codec} is not known: mu-law is {MULAW}")
    return sequence, data[_HEADER.size :]
