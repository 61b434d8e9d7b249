"""The music for waiting customers: a few quiet chords. They are made here, so that nothing needs a licence.

The rule of this file: each build gives the same bytes, and the end runs into the beginning without a click.

The sum of sines sounds through a telephone's band (300-3400 Hz) because the chords lie around 400 Hz.
"""

import math
import wave
from array import array
from io import BytesIO
from typing import Final

SAMPLE_RATE: Final = 8000  # a phone line carries no more, and the provider would resample it
CHORD_SECONDS: Final = 4
_LOUDNESS: Final = 0.1  # of full scale, so that a voice is louder
# D major 9, B minor 7, G major 7, A suspended: frequencies in Hz, soft to sharp.
_CHORDS: Final = (
    (293.66, 369.99, 440.00, 554.37, 659.26),
    (246.94, 369.99, 440.00, 587.33),
    (293.66, 392.00, 493.88, 587.33),
    (329.63, 440.00, 493.88, 659.26),
)
LENGTH_SECONDS: Final = CHORD_SECONDS * len(_CHORDS)


def build_music() -> bytes:
    """A WAV file, 16 bit mono, of `LENGTH_SECONDS`. Takes a few tenths of a second."""
    samples = array("h")
    for chord in _CHORDS:
        samples.extend(_build_chord(chord))
    return _write_wave(samples)


def build_ringing() -> bytes:
    """The tone of a telephone that rings elsewhere: 425 Hz for one second, then four seconds of silence (ITU-T
    E.180). A WAV file, 16 bit mono."""
    step = 2 * math.pi * 425 / SAMPLE_RATE
    tone = [round(32767 * _LOUDNESS * math.sin(step * index)) for index in range(SAMPLE_RATE)]
    return _write_wave(array("h", tone + [0] * (4 * SAMPLE_RATE)))


def _write_wave(samples: "array[int]") -> bytes:
    file = BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(SAMPLE_RATE)
        writer.writeframes(samples.tobytes())
    return file.getvalue()


def _build_chord(chord: tuple[float, ...]) -> list[int]:
    """The notes come in one after another and fade out together; at both ends there is silence."""
    count = SAMPLE_RATE * CHORD_SECONDS
    total = [0.0] * count
    for number, frequency in enumerate(chord):
        start = number * SAMPLE_RATE // 5
        step = 2 * math.pi * frequency / SAMPLE_RATE
        for index in range(start, count):
            rise = min(1.0, (index - start) / (SAMPLE_RATE * 0.3))
            total[index] += rise * math.sin(step * (index - start))
    scale = 32767 * _LOUDNESS / len(chord)
    return [round(value * scale * math.cos(math.pi / 2 * index / count) ** 2) for index, value in enumerate(total)]
