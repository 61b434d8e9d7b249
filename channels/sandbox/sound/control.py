"""What the sandbox and its sound process say to each other, a JSON object a line over the process's own pipes.

The rule of this file: plain data. Both ends are the same release, so nothing is checked twice.
"""

from dataclasses import asdict, dataclass, field
from typing import Final, get_args

import orjson

from channels.sandbox.sound.mixer import LineState


@dataclass(frozen=True, slots=True)
class EndLine:
    """A call is over. `reason`: its final status."""

    call: str
    reason: str


@dataclass(frozen=True, slots=True)
class RingSoftphone:
    """`parameters`: those of the address that was called, for the softphone."""

    call: str
    identity: str
    from_address: str
    parameters: dict[str, str]


@dataclass(frozen=True, slots=True)
class PutThrough:
    """A call that a softphone began has its number. `attempt`: of `CallWanted`."""

    call: str
    attempt: str


@dataclass(frozen=True, slots=True)
class PlayKeys:
    call: str
    keys: str


@dataclass(frozen=True, slots=True)
class PassWords:
    """Words without sound, which the browsers of listeners may speak. `is_heard_there`: that call
    hears them, as it does the hub's voice; else the others hear them from it."""

    call: str
    text: str
    language: str
    is_heard_there: bool


@dataclass(frozen=True, slots=True)
class LoadTune:
    """`wav`: a file in base64; empty: the tune of the sandbox stands in."""

    address: str
    wav: str


@dataclass(frozen=True, slots=True)
class BeginRecording:
    """`is_dual`: what the telephone hears is in the right channel; else only what it says is recorded."""

    call: str
    recording: str
    is_dual: bool


@dataclass(frozen=True, slots=True)
class PauseRecording:
    recording: str
    on: bool


@dataclass(frozen=True, slots=True)
class EndRecording:
    recording: str


@dataclass(frozen=True, slots=True)
class Disturb:
    """`kind`: of `disturbances.KINDS`; `to`: an address or call, empty for all; `seconds`: 0 is until cleared."""

    kind: str
    to: str
    seconds: float


@dataclass(frozen=True, slots=True)
class ClearDisturbances:
    pass


@dataclass(frozen=True, slots=True)
class SoftphoneRegistered:
    identity: str


@dataclass(frozen=True, slots=True)
class SoftphoneGone:
    identity: str


@dataclass(frozen=True, slots=True)
class CallAccepted:
    call: str


@dataclass(frozen=True, slots=True)
class CallRejected:
    call: str


@dataclass(frozen=True, slots=True)
class CallHungUp:
    call: str


@dataclass(frozen=True, slots=True)
class CallWanted:
    """A softphone calls the application that its token names."""

    identity: str
    application: str
    attempt: str
    parameters: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KeysPressed:
    call: str
    keys: str


@dataclass(frozen=True, slots=True)
class SoundHeard:
    """A microphone is open at the telephone that is recorded. Comes once a second. `is_voice`: somebody spoke."""

    recording: str
    is_voice: bool


@dataclass(frozen=True, slots=True)
class RecordingEnded:
    """`path`: of the WAV file; empty if nothing was said at the telephone itself, and nothing else was recorded."""

    recording: str
    seconds: float
    path: str


Order = (
    LineState
    | EndLine
    | RingSoftphone
    | PutThrough
    | PlayKeys
    | PassWords
    | LoadTune
    | BeginRecording
    | PauseRecording
    | EndRecording
    | Disturb
    | ClearDisturbances
)
Happened = (
    SoftphoneRegistered
    | SoftphoneGone
    | CallAccepted
    | CallRejected
    | CallHungUp
    | CallWanted
    | KeysPressed
    | SoundHeard
    | RecordingEnded
)

_ORDERS: Final = {kind.__name__: kind for kind in get_args(Order)}
_HAPPENED: Final = {kind.__name__: kind for kind in get_args(Happened)}


def write_line(said: Order | Happened) -> bytes:
    return orjson.dumps({"type": type(said).__name__, **asdict(said)}, option=orjson.OPT_APPEND_NEWLINE)


def read_order(line: bytes) -> Order:
    fields = orjson.loads(line)
    order: Order = _ORDERS[fields.pop("type")](**fields)
    return order


def read_happened(line: bytes) -> Happened:
    fields = orjson.loads(line)
    happened: Happened = _HAPPENED[fields.pop("type")](**fields)
    return happened
