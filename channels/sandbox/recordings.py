"""Recordings of customers' messages and of talks, kept as the provider keeps them.

The rule of this file: a message without a word is absent, as with the provider. What was said into a telephone with
sound is the sound; if there is none, typed words last as long as it takes to say them, as a soft tone. A talk without
sound is silence, as long as it took.
"""

import asyncio
import io
import math
import time
import wave
from array import array
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path
from typing import Final
from uuid import uuid4

from channels.sandbox.call import Call, StatusCallback
from channels.sandbox.sound.control import RecordingEnded
from channels.sandbox.webhooks import Webhooks

RATE: Final = 8000
CHARACTERS_PER_SECOND: Final = 12


@dataclass(slots=True, eq=False)
class Recording:
    call: Call
    callback: StatusCallback
    sid: str = field(default_factory=lambda: "RE" + uuid4().hex)
    status: str = "in-progress"  # paused, stopped, completed, absent
    source: str = "RecordVerb"
    channels: int = 1
    track: str = "inbound"
    started_at: float = field(default_factory=time.time)
    ended_at: float | None = None
    seconds: int = 0
    path: Path | None = None  # of its sound; None: a tone stands for typed words, or silence for a talk
    over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_of_talk(self) -> bool:
        return self.source != "RecordVerb"


class Recordings:
    def __init__(self, account_sid: str, media_base: str, kept: int, webhooks: Webhooks) -> None:
        self._account_sid, self._media_base, self._kept, self._webhooks = account_sid, media_base, kept, webhooks
        self.by_sid: dict[str, Recording] = {}

    def begin(self, call: Call, callback: StatusCallback) -> Recording:
        recording = Recording(call, callback)
        self.by_sid[recording.sid] = recording
        for sid in list(self.by_sid)[: max(0, len(self.by_sid) - self._kept)]:
            self.forget(self.by_sid[sid])
        return recording

    def forget(self, recording: Recording) -> None:
        del self.by_sid[recording.sid]
        if recording.path is not None:
            recording.path.unlink(missing_ok=True)

    def end(
        self,
        recording: Recording,
        characters: int,
        most_seconds: int,
        sound: "asyncio.Future[RecordingEnded | None]",
    ) -> None:
        """`characters`: so many were typed. `sound`: what was recorded, once it is known."""
        recording.ended_at = time.time()
        if sound.done():
            self._complete(recording, characters, most_seconds, sound.result())
        else:
            sound.add_done_callback(lambda it: self._complete(recording, characters, most_seconds, it.result()))

    def _complete(
        self, recording: Recording, characters: int, most_seconds: int, sound: RecordingEnded | None
    ) -> None:
        if sound is not None and sound.path:
            recording.path, recording.seconds = Path(sound.path), max(1, round(sound.seconds))
        elif characters:
            recording.seconds = min(most_seconds, max(1, characters // CHARACTERS_PER_SECOND))
        recording.status = "completed" if recording.seconds else "absent"
        recording.over.set()
        self.report(recording)

    def end_talk(self, recording: Recording, sound: "asyncio.Future[RecordingEnded | None]") -> None:
        """`sound`: what was recorded, once it is known."""
        recording.ended_at = time.time()
        took = max(1, round(recording.ended_at - recording.started_at))
        if sound.done():
            self._complete(recording, took * CHARACTERS_PER_SECOND, took, sound.result())
        else:
            sound.add_done_callback(
                lambda it: self._complete(recording, took * CHARACTERS_PER_SECOND, took, it.result())
            )

    def report(self, recording: Recording) -> None:
        """Tell how it stands, if the callback wants to hear that."""
        callback = recording.callback
        if callback.url and recording.status in callback.events:
            self._webhooks.report(recording.call.sid, callback.url, self._describe(recording), callback.method)

    def note_sound(self, sid: str, *, is_voice: bool) -> None:
        """Somebody speaks into it, or is silent at an open microphone."""
        recording = self.by_sid.get(sid)
        if recording is not None and recording.call.is_listening:
            recording.call.typed.put_nowait(("voice" if is_voice else "hiss", ""))

    def url(self, recording: Recording) -> str:
        return f"{self._media_base}/Recordings/{recording.sid}"

    def _describe(self, recording: Recording) -> dict[str, str]:
        return {
            "AccountSid": self._account_sid,
            "CallSid": recording.call.sid,
            "RecordingSid": recording.sid,
            "RecordingUrl": self.url(recording),
            "RecordingStatus": recording.status,
            "RecordingDuration": str(recording.seconds),
            "RecordingChannels": str(recording.channels),
            "RecordingSource": recording.source,
            "RecordingTrack": recording.track,
            "RecordingStartTime": formatdate(recording.started_at, usegmt=False),
            "ErrorCode": "0",
        }


def build_wav(seconds: int, channels: int = 1, *, is_silent: bool = False) -> bytes:
    """A soft tone, or silence, of 16 bits."""
    loudness = 0 if is_silent else 1500
    second = array(
        "h", (int(loudness * math.sin(2 * math.pi * 220 * n / RATE)) for n in range(RATE) for _ in range(channels))
    )
    file = io.BytesIO()
    with wave.open(file, "wb") as tone:
        tone.setnchannels(channels)
        tone.setsampwidth(2)
        tone.setframerate(RATE)
        tone.writeframes((second * seconds).tobytes())
    return file.getvalue()
