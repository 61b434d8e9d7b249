"""WAVE files for tests: tones, silence, and heads that promise what is not there.

The rule of this file: the bytes are put together by hand, so that a test can break any of them.
"""

import math
import struct
from collections.abc import Sequence
from itertools import chain

RATE = 8000  # frames a second
HEAD = 44  # bytes before the sound


def tone(hertz: float, seconds: float, share: float) -> list[int]:
    """`share`: of the loudest that 16 bits hold."""
    step = 2 * math.pi * hertz / RATE
    return [round(share * 32767 * math.sin(step * n)) for n in range(round(seconds * RATE))]


def build_wav(
    channels: Sequence[Sequence[int]], *, head: bytes = b"", data: bytes = b"", length: int | None = None
) -> bytes:
    """16 bits, 8 kHz, one list of samples for each channel. `head` and `data`: instead, a format and its bytes.
    `length`: what the head says of the length of the sound."""
    if not head:
        count = len(channels)
        head = struct.pack("<HHIIHH", 1, count, RATE, RATE * 2 * count, 2 * count, 16)
        samples = list(chain.from_iterable(zip(*channels, strict=True)))
        data = struct.pack(f"<{len(samples)}h", *samples)
    promised = len(data) if length is None else length
    body = b"WAVEfmt " + struct.pack("<I", len(head)) + head + b"data" + struct.pack("<I", promised) + data
    return b"RIFF" + struct.pack("<I", len(body) & 0xFFFFFFFF) + body
