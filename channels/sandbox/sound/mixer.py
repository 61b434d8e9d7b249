"""Who hears what: every 20 ms each line gives a frame and gets one.

The rule of this file: it decides from the state that it was told, and knows no websocket and no clock.

A line hears its music, if it has some, else everybody else in its room who can be heard. Those are all but the muted,
the held, and coaches, whom only the line that they coach hears.
"""

import operator
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from channels.sandbox.sound.disturbances import Chance, Disturbances
from channels.sandbox.sound.dual_recording import DualRecording
from channels.sandbox.sound.frames import SILENCE
from channels.sandbox.sound.jitter import JitterBuffer
from channels.sandbox.sound.mulaw import MOST_VOICES, decode, encode, mix
from channels.sandbox.sound.tones import build_key, build_tune

OWN_TUNE: Final = "music"
MOST_TONES: Final = 64 * 10  # frames: so many keys pressed in advance
Tune = tuple[bytes, ...]


@dataclass(slots=True, kw_only=True)
class LineState:
    """What the sandbox says of one call. `music`: the address of a tune; empty: it hears its room."""

    call: str
    address: str = ""
    room: str = ""
    secret: str = field(default="", repr=False)
    is_muted: bool = False
    is_held: bool = False
    coaches: str = ""
    music: str = ""


class Line:
    """The sound of one call."""

    def __init__(self, state: LineState, chance: Chance) -> None:
        self.state = state
        self.disturbances = Disturbances(chance)
        self.buffer = JitterBuffer()
        self.recordings: dict[str, DualRecording] = {}
        self.is_connected = False  # a telephone is there to hear it
        self.said: bytes | None = None  # in this tick
        self._tones: deque[bytes] = deque(maxlen=MOST_TONES)
        self._music_at = 0

    def set_state(self, state: LineState) -> None:
        if state.music != self.state.music:
            self._music_at = 0
        self.state = state

    def connect(self) -> None:
        """A telephone is there. It numbers its frames from anywhere."""
        self.buffer, self.is_connected = JitterBuffer(), True

    def press(self, keys: str) -> None:
        """Let the tones of keys be heard in place of what is said. Raises ValueError for what is no key."""
        for key in keys:
            self._tones.extend(build_key(key))

    def receive(self, number: int, frame: bytes, arrived_at: float) -> None:
        passed = self.disturbances.pass_in(number, frame)
        if passed is not None:
            self.buffer.put(*passed, arrived_at)

    def speak(self, now: float) -> None:
        for number, frame in self.disturbances.release():
            self.buffer.put(number, frame, now)
        said = self.buffer.take()
        self.said = self._tones.popleft() if self._tones else said

    def play(self, tune: Tune) -> bytes:
        frame = tune[self._music_at % len(tune)]
        self._music_at += 1
        return frame

    @property
    def may_be_heard(self) -> bool:
        return not (self.state.is_muted or self.state.is_held)


class Mixer:
    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        self.lines: dict[str, Line] = {}
        self.tunes: dict[str, Tune] = {OWN_TUNE: build_tune()}

    def set_line(self, state: LineState) -> Line:
        line = self.lines.get(state.call)
        if line is None:
            line = self.lines[state.call] = Line(state, self._chance)
        else:
            line.set_state(state)
        return line

    def list_listeners(self, call: str) -> list[str]:
        """The calls that hear what is said in one of them."""
        speaker = self.lines.get(call)
        if speaker is None or not speaker.state.room or not speaker.may_be_heard:
            return []
        room, coached = speaker.state.room, speaker.state.coaches
        return [
            line.state.call
            for line in self.lines.values()
            if line is not speaker
            and line.state.room == room
            and not (line.state.is_held or line.state.music)
            and coached in ("", line.state.call)
        ]

    def tick(self, now: float) -> Iterator[tuple[Line, bytes]]:
        """One tick: every line that somebody hears or records, with the frame that it hears. `now`: in seconds, of
        the clock that `Line.receive` gets."""
        rooms: dict[str, list[Line]] = {}
        busy = [line for line in self.lines.values() if line.is_connected or line.recordings]
        for line in busy:
            line.speak(now)
            if line.state.room:
                rooms.setdefault(line.state.room, []).append(line)
        heard_by = {
            name: _Room([line for line in room if line.said is not None and line.may_be_heard])
            for name, room in rooms.items()
        }
        for line in busy:
            heard = self._hear(line, heard_by)
            for recording in line.recordings.values():
                recording.write(line.said or SILENCE, heard)
            yield line, heard

    def _hear(self, line: Line, rooms: "Mapping[str, _Room]") -> bytes:
        if line.state.music:
            tune = self.tunes.get(line.state.music)  # a file of the hub may still be on its way
            return line.play(tune) if tune else SILENCE
        if line.state.room and not line.state.is_held:
            return rooms[line.state.room].let_hear(line)
        return SILENCE


class _Room:
    """What is said in a room in one tick. The sum of all is made once, and each speaker's own voice taken off it."""

    def __init__(self, speakers: list[Line]) -> None:
        del speakers[MOST_VOICES:]
        self._open = [line for line in speakers if not line.state.coaches]
        self._coaches = [line for line in speakers if line.state.coaches]
        self._sum: list[int] = []
        if len(self._open) > 2:
            self._sum = list(map(sum, zip(*(decode(line.said or SILENCE) for line in self._open), strict=True)))

    def let_hear(self, line: Line) -> bytes:
        voices = [one.said or SILENCE for one in self._coaches if one.state.coaches == line.state.call]
        if not self._sum or voices:
            voices += [one.said or SILENCE for one in self._open if one is not line]
            return mix(voices) if voices else SILENCE
        if line not in self._open:
            return encode(self._sum)
        return encode(map(operator.sub, self._sum, decode(line.said or SILENCE)))
