"""The proofs that a run keeps of required statements: to which agent each was shown, and whether it was said.

The rule of this file: a proof is added and never changed. A statement is *owed* from when it was first shown until
any agent acknowledges it or gives a reason why it was not said.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from scripts_library.script_parts import NotSaid


class ProofKind(StrEnum):
    SHOWN = "shown"  # the step was on this agent's screen
    ACKNOWLEDGED = "acknowledged"
    NOT_SAID = "not_said"


@dataclass(frozen=True, slots=True)
class RecordingMoment:
    """An instant in the recording of a call. Pauses of the recording count, because they are part of its sound."""

    recording: str  # the provider's id
    second: int  # since the recording began


@dataclass(frozen=True, slots=True)
class Deed:
    """What became of an action of a script: done, or not and why. A person may try once more. While it waits for
    another system it is neither."""

    is_done: bool
    at: int  # microseconds since 1970 UTC, of the last try
    by: str  # the agent's id
    tries: int = 1
    code: str = ""  # why it was not done
    filled: tuple[str, ...] = ()  # the fields that an answer has filled
    waits_for: str = ""  # the request whose answer it waits for; the next two are kept as long
    step_id: str = ""  # whose fields the answer fills
    seen: Mapping[str, str] = field(default_factory=dict)  # what these fields held: by now an agent may know better


@dataclass(frozen=True, slots=True)
class Proof:
    statement: str
    kind: ProofKind
    at: int  # microseconds since 1970 UTC
    by: str  # the agent's id
    reason: NotSaid | None = None  # only for `NOT_SAID`
    note: str = ""
    moment: RecordingMoment | None = None  # None: the call was not recorded at that instant
