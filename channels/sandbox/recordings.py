"""Recordings of customers' messages, kept as the provider keeps them.

The rule of this file: a recording without a word is absent, as with the provider. Typed words last as long as it
takes to say them, and the sound is a soft tone of that length.
"""

import io
import math
import time
import wave
from array import array
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Final
from uuid import uuid4

from channels.sandbox.call import Call, StatusCallback
from channels.sandbox.webhooks import Webhooks

RATE: Final = 8000
CHARACTERS_PER_SECOND: Final = 12


@dataclass(slots=True, eq=False)
class Recording:
    call: Call
    callback: StatusCallback
    sid: str = field(default_factory=lambda: "RE" + uuid4().hex)
    status: str = "in-progress"  # completed, absent
    started_at: float = field(default_factory=time.time)
    ended_at: float | None = None
    seconds: int = 0


class Recordings:
    def __init__(self, account_sid: str, media_base: str, kept: int, webhooks: Webhooks) -> None:
        self._account_sid, self._media_base, self._kept, self._webhooks = account_sid, media_base, kept, webhooks
        self.by_sid: dict[str, Recording] = {}

    def begin(self, call: Call, callback: StatusCallback) -> Recording:
        recording = Recording(call, callback)
        self.by_sid[recording.sid] = recording
        for sid in list(self.by_sid)[: max(0, len(self.by_sid) - self._kept)]:
            del self.by_sid[sid]
        return recording

    def end(self, recording: Recording, characters: int, most_seconds: int) -> None:
        recording.ended_at = time.time()
        recording.status = "completed" if characters else "absent"
        if characters:
            recording.seconds = min(most_seconds, max(1, characters // CHARACTERS_PER_SECOND))
        if recording.status in recording.callback.events:
            order = recording.call.sid
            self._webhooks.report(order, recording.callback.url, self._describe(recording), recording.callback.method)

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
            "RecordingChannels": "1",
            "RecordingSource": "RecordVerb",
            "RecordingTrack": "inbound",
            "RecordingStartTime": formatdate(recording.started_at, usegmt=False),
            "ErrorCode": "0",
        }


def build_wav(seconds: int) -> bytes:
    """A soft tone, mono, 16 bits."""
    second = array("h", (int(1500 * math.sin(2 * math.pi * 220 * n / RATE)) for n in range(RATE)))
    file = io.BytesIO()
    with wave.open(file, "wb") as tone:
        tone.setnchannels(1)
        tone.setsampwidth(2)
        tone.setframerate(RATE)
        tone.writeframes((second * seconds).tobytes())
    return file.getvalue()
