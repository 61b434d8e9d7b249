"""Tones to speak with, and what is found in what was heard."""

import math
from array import array
from collections.abc import Iterable, Iterator

from channels.sandbox.sound.frames import RATE, SAMPLES
from channels.sandbox.sound.mulaw import decode, encode

LOUD = 8000  # of 32767


def build_tone(hertz: float) -> Iterator[bytes]:
    """Endless frames of one sine."""
    at = 0
    while True:
        step = 2 * math.pi * hertz / RATE
        yield encode(round(LOUD * math.sin(step * n)) for n in range(at, at + SAMPLES))
        at += SAMPLES


def find_loudness(samples: array, hertz: float) -> float:
    """The amplitude of one frequency in 16-bit samples (Goertzel's bin): `LOUD` for a tone of `build_tone`."""
    step = 2 * math.pi * hertz / RATE
    real = sum(sample * math.cos(step * at) for at, sample in enumerate(samples))
    imaginary = sum(sample * math.sin(step * at) for at, sample in enumerate(samples))
    return 2 * math.hypot(real, imaginary) / max(1, len(samples))


def hears(frames: Iterable[bytes], *hertz: float) -> set[float]:
    """Which of the frequencies are in there, at a fortieth of their loudness or more."""
    samples = array("h", decode(b"".join(frames)))
    return {one for one in hertz if find_loudness(samples, one) > LOUD / 40}
