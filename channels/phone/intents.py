"""What the hub wants done with a call, without the words of a provider.

The rule of this file: an intent says what happens. A renderer such as `twiml.py` says it in a provider's language, so
another phone provider needs only another renderer.
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
    """Bring the leg into the call's room, where it waits for the other leg."""

    room: str
    role: LegRole
    wait_url: str
    events_url: str
    label: str = ""  # of the leg, unique in its room; empty: the role is the label
    starts: bool = True  # whether the room's talk may begin with this leg, if it is no customer's
    is_muted: bool = False
    coaches: str = ""  # the one leg that hears this one; empty: everybody does


@dataclass(frozen=True, slots=True)
class AskKey:
    """Say something, and tell the hub which key is pressed. If none is, the next intent follows."""

    words: tuple[Say, ...]
    url: str
    seconds: int = 5  # of silence after the words


@dataclass(frozen=True, slots=True)
class AskMenu:
    """Say something, and tell the hub the key that is pressed or the words that are said. If there is neither, the
    next intent follows."""

    words: tuple[Say, ...]
    url: str
    ear: str = ""  # the provider's name of the language in which it listens; empty: it hears keys alone
    hints: tuple[str, ...] = ()  # words that it may hear
    seconds: int = 6  # of silence after the words


@dataclass(frozen=True, slots=True)
class Record:
    """After a tone, record until there is silence, a key is pressed or the time is up. Then `url` is asked what to
    do; if nobody spoke, the next intent follows instead. `events_url` hears when the recording is ready; empty:
    nobody does."""

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


Intent = Say | Play | JoinRoom | AskKey | AskMenu | Record | GoOn | EndCall
