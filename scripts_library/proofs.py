"""What a run can prove of the statements that must be said: to whom each was shown, and what became of it.

The rule of this file: a proof is added and never changed. A statement is *owed* from when it was shown until somebody
acknowledges it, or says why it was not said; which agent that is makes no difference.
"""

from dataclasses import dataclass
from enum import StrEnum

from scripts_library.model import NotSaid


class ProofKind(StrEnum):
    SHOWN = "shown"  # the step stood on this agent's screen
    ACKNOWLEDGED = "acknowledged"
    NOT_SAID = "not_said"


@dataclass(frozen=True, slots=True)
class RecordingMoment:
    """Where in the sound of a call something was. Pauses of the recording count, as they do in its sound."""

    recording: str  # the provider's id
    second: int  # since it began


@dataclass(frozen=True, slots=True)
class Proof:
    statement: str
    kind: ProofKind
    at: int  # microseconds since 1970 UTC
    by: str  # the agent's id
    reason: NotSaid | None = None  # of `NOT_SAID`
    note: str = ""
    moment: RecordingMoment | None = None  # None: nobody recorded at that instant
