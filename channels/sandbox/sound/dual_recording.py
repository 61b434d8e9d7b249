"""A recording of one call: what its telephone says; in two channels, left that and right what it hears.

The rule of this file: each tick writes 20 ms, so a recording lasts as long as it took. A pause is silence.
"""

import wave
from array import array
from pathlib import Path
from typing import Final

from channels.sandbox.sound.frames import RATE, SAMPLES, SECONDS, SILENCE
from channels.sandbox.sound.mulaw import decode, measure_level

MOST_SECONDS: Final = 4 * 3600
VOICE_LEVEL: Final = 0.005  # of full scale: above the hiss of a microphone, below a whisper
_NOTHING: Final = bytes(SAMPLES * 2 * 2)


class DualRecording:
    """A WAV file, 16 bits. Raises OSError if it cannot be written."""

    def __init__(self, path: Path, *, is_dual: bool) -> None:
        self.path, self.is_dual = path, is_dual
        self._wave = wave.open(str(path), "wb")  # noqa: SIM115 - open until `close`
        self._wave.setnchannels(1 + is_dual)
        self._wave.setsampwidth(2)
        self._wave.setframerate(RATE)
        self._frames = 0
        self.is_paused = self.has_voice = False
        self._news: bool | None = None

    @property
    def seconds(self) -> float:
        return self._frames * SECONDS

    def write(self, said: bytes, heard: bytes) -> None:
        if self.seconds >= MOST_SECONDS:
            return
        self._frames += 1
        if self.is_paused:
            self._wave.writeframesraw(_NOTHING[: SAMPLES * 2 * (1 + self.is_dual)])
            return
        if said != SILENCE:  # the silence of a telephone without a microphone is exact
            is_voice = measure_level(said) > VOICE_LEVEL
            self.has_voice = self.has_voice or is_voice
            self._news = self._news or is_voice
        if not self.is_dual:
            self._wave.writeframesraw(array("h", decode(said)).tobytes())
            return
        both = array("h", _NOTHING)
        both[0::2], both[1::2] = array("h", decode(said)), array("h", decode(heard))
        self._wave.writeframesraw(both.tobytes())

    def take_news(self) -> bool | None:
        """Whether somebody has spoken at the telephone since the last time. None if its microphone was not open."""
        news, self._news = self._news, None
        return news

    def close(self) -> None:
        self._wave.close()
