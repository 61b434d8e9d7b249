"""Sounds made here: the keys of a telephone, and a soft tune for those who wait or are held.

The rule of this file: each function returns whole frames of mu-law, the same ones each time.
"""

import math
import wave
from array import array
from functools import cache
from io import BytesIO
from typing import Final

from channels.sandbox.sound.frames import RATE, SAMPLES, SILENCE
from channels.sandbox.sound.mulaw import encode

KEY_FRAMES: Final = 6  # 120 ms of tone and 80 ms of pause: receivers need 40 of each (ITU-T Q.24)
PAUSE_FRAMES: Final = 4
_KEYS: Final = ("123", "456", "789", "*0#")
_ROWS: Final = (697, 770, 852, 941)  # Hz, ITU-T Q.23
_COLUMNS: Final = (1209, 1336, 1477)
_KEY_LOUDNESS: Final = 6000  # of each of the two tones, of 32767
# An arpeggio in F, a note a third of a second, in Hz; soft enough to speak over
_NOTES: Final = (349.23, 440.0, 523.25, 698.46, 523.25, 440.0, 293.66, 349.23, 440.0, 587.33, 440.0, 349.23)
_NOTE_SAMPLES: Final = SAMPLES * 17
_TUNE_LOUDNESS: Final = 3000
MOST_TUNE_SECONDS: Final = 120


@cache
def build_key(key: str) -> tuple[bytes, ...]:
    """The frames of one key, `0-9*#`, with the pause after it. Raises ValueError for any other."""
    found = [(row, column) for row, keys in enumerate(_KEYS) for column, name in enumerate(keys) if name == key]
    if not found:
        raise ValueError(f"there is no key {key!r}")
    low, high = _ROWS[found[0][0]], _COLUMNS[found[0][1]]
    step = 2 * math.pi / RATE
    samples = (
        round(_KEY_LOUDNESS * (math.sin(low * step * at) + math.sin(high * step * at)))
        for at in range(KEY_FRAMES * SAMPLES)
    )
    return (*cut_frames(encode(samples)), *[SILENCE] * PAUSE_FRAMES)


@cache
def build_tune() -> tuple[bytes, ...]:
    """The tune of the sandbox, four seconds of it; its end runs into its beginning without a click."""
    samples = array("h")
    for frequency in _NOTES:
        step = 2 * math.pi * frequency / RATE
        for at in range(_NOTE_SAMPLES):
            swell = math.sin(math.pi * at / _NOTE_SAMPLES) ** 0.5
            samples.append(round(_TUNE_LOUDNESS * swell * math.sin(step * at)))
    return cut_frames(encode(samples))


def read_tune(wav: bytes) -> tuple[bytes, ...]:
    """The frames of a sound file: WAV, 16 bits, one channel, 8,000 a second. Raises ValueError for any other."""
    try:
        with wave.open(BytesIO(wav), "rb") as file:
            form = (file.getnchannels(), file.getsampwidth(), file.getframerate())
            if form != (1, 2, RATE):
                raise ValueError(f"it has {form} channels, bytes and samples a second, not (1, 2, {RATE})")
            samples = array("h", file.readframes(MOST_TUNE_SECONDS * RATE))
    except (wave.Error, EOFError) as error:
        raise ValueError(f"it is no WAV file: {error}") from error
    if len(samples) < SAMPLES:
        raise ValueError("it is empty")
    return cut_frames(encode(samples))


def cut_frames(samples: bytes) -> tuple[bytes, ...]:
    """Frames of 160 samples; the last one is filled up with silence."""
    padded = samples + SILENCE[: -len(samples) % SAMPLES]
    return tuple(padded[at : at + SAMPLES] for at in range(0, len(padded), SAMPLES))
