"""What the hub wants done with a call, in no provider's words.

The rule of this file: an intent says what happens, a renderer (`twiml.py`) says it in a provider's
language. Another phone provider is another renderer.
"""

from dataclasses import dataclass

from channels.channel import LegRole


@dataclass(frozen=True, slots=True)
class Say:
    text: str
    language: str  # a BCP 47 tag


@dataclass(frozen=True, slots=True)
class Play:
    url: str
    times: int = 1


@dataclass(frozen=True, slots=True)
class JoinRoom:
    """Bring the leg into the call's room, where it waits until the other one comes."""

    room: str
    role: LegRole
    wait_url: str
    events_url: str
    label: str = ""  # of the leg, unique in its room; empty: its role


@dataclass(frozen=True, slots=True)
class AskKey:
    """Say something, and tell the hub the key that is pressed. Without one the call goes on with what follows."""

    words: tuple[Say, ...]
    url: str
    seconds: int = 5  # of silence after the words


@dataclass(frozen=True, slots=True)
class Record:
    """After a tone, record what is said, until silence, a key or the end of the time. `url`: asked what to do then;
    where nothing was said the call goes on with what follows. `events_url`: told when the recording is ready."""

    url: str
    events_url: str
    most_seconds: int = 120
    silence_seconds: int = 5
    finish_key: str = "#"


@dataclass(frozen=True, slots=True)
class GoOn:
    """Ask the hub again what to do."""

    url: str


@dataclass(frozen=True, slots=True)
class EndCall:
    pass


Intent = Say | Play | JoinRoom | AskKey | Record | GoOn | EndCall
