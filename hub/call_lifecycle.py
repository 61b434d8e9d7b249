"""The lifecycle of a call: the states of its line, the steps between them, and the one table of what may happen.

The rule of this file: nobody else moves a call. The table is the only place that says which steps there are, and
`diagram()` draws the picture in hub/README.md from it. Nothing of a step that the table does not have is carried out.
The values are stored and shown as they are.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Protocol

import structlog

log = structlog.get_logger()


class CallState(StrEnum):
    NONE = ""  # of an interaction that is no call
    WAITING = "waiting"  # in the call's room, where the place is told
    VOICEMAIL = "voicemail"  # the customer may leave a message
    GIVEN_BACK = "given_back"  # the line has ended or is about to; the customer is to be called
    DIALLING = "dialling"  # we call the customer
    CONNECTING = "connecting"  # the customer is on the line, the agent's telephone rings
    TALKING = "talking"
    HELD = "held"
    OVER = "over"  # nobody is on the line, or nobody will be after our last words


class Step(StrEnum):
    ARRIVED = "arrived"
    SPOKEN_TO = "spoken to"  # and waits on
    DISMISSED = "dismissed"  # our last words are said, then the line ends
    RECORDED = "asked for a message"
    GIVEN_BACK = "given back"
    MESSAGE_TAKEN = "message taken"  # or lost: the customer is called in any case
    DIALLED = "dialled"
    UNREACHED = "unreached"  # back to be called again, or by somebody else
    HANDED_OVER = "handed over"  # to an agent who hears or reads what there is, with nobody on the line
    CONNECTED = "agent called"
    JOINED = "agent joined"
    HELD = "put on hold"
    RESUMED = "resumed"
    RETURNED = "returned"  # to its place in the order, with the customer on the line
    LINE_ENDED = "line ended"  # of a customer who was called
    ENDED = "ended"


_S = CallState

TRANSITIONS: Final[Mapping[tuple[CallState, Step], CallState]] = {
    (_S.NONE, Step.ARRIVED): _S.WAITING,
    (_S.WAITING, Step.SPOKEN_TO): _S.WAITING,
    (_S.WAITING, Step.CONNECTED): _S.CONNECTING,
    (_S.WAITING, Step.RECORDED): _S.VOICEMAIL,
    (_S.WAITING, Step.GIVEN_BACK): _S.GIVEN_BACK,
    (_S.WAITING, Step.DISMISSED): _S.OVER,
    (_S.WAITING, Step.ENDED): _S.OVER,
    (_S.VOICEMAIL, Step.MESSAGE_TAKEN): _S.GIVEN_BACK,
    (_S.VOICEMAIL, Step.DIALLED): _S.DIALLING,  # nothing was heard of the message within the hour
    (_S.VOICEMAIL, Step.HANDED_OVER): _S.OVER,
    (_S.VOICEMAIL, Step.ENDED): _S.OVER,
    (_S.GIVEN_BACK, Step.DIALLED): _S.DIALLING,
    (_S.GIVEN_BACK, Step.HANDED_OVER): _S.OVER,
    (_S.GIVEN_BACK, Step.ENDED): _S.OVER,
    (_S.DIALLING, Step.CONNECTED): _S.CONNECTING,
    (_S.DIALLING, Step.UNREACHED): _S.GIVEN_BACK,
    (_S.DIALLING, Step.LINE_ENDED): _S.OVER,
    (_S.CONNECTING, Step.JOINED): _S.TALKING,
    (_S.CONNECTING, Step.RETURNED): _S.HELD,
    (_S.CONNECTING, Step.ENDED): _S.OVER,
    (_S.TALKING, Step.JOINED): _S.TALKING,  # told twice, or by another leg of the same agent
    (_S.TALKING, Step.HELD): _S.HELD,
    (_S.TALKING, Step.RETURNED): _S.HELD,
    (_S.TALKING, Step.ENDED): _S.OVER,
    (_S.HELD, Step.JOINED): _S.TALKING,
    (_S.HELD, Step.RESUMED): _S.TALKING,
    (_S.HELD, Step.RETURNED): _S.HELD,
    (_S.HELD, Step.SPOKEN_TO): _S.WAITING,
    (_S.HELD, Step.CONNECTED): _S.CONNECTING,
    (_S.HELD, Step.RECORDED): _S.VOICEMAIL,
    (_S.HELD, Step.GIVEN_BACK): _S.GIVEN_BACK,
    (_S.HELD, Step.DISMISSED): _S.OVER,
    (_S.HELD, Step.ENDED): _S.OVER,
    (_S.OVER, Step.GIVEN_BACK): _S.GIVEN_BACK,
    (_S.OVER, Step.UNREACHED): _S.GIVEN_BACK,
}

ON_THE_LINE: Final = (CallState.WAITING, CallState.HELD)
"""The customer waits in the call's room."""

GIVEN_BACK: Final = (CallState.GIVEN_BACK, CallState.VOICEMAIL)
"""The line has ended, or will after some words, ours or a message, and the customer is to be called."""

LINELESS: Final = (CallState.OVER, CallState.GIVEN_BACK)
"""No provider has a line of ours."""


class Call(Protocol):
    """Of an open interaction what moves with its line."""

    id: str
    call_state: CallState
    call_since: int | None


class StepRefused(Exception):
    """The table has no such step."""


class RefusedSteps:
    """What becomes of a step that the table does not have. A hub stays as it is and logs an error, since a report of
    the provider that nobody foresaw must not stop the others; tests raise `StepRefused`."""

    are_raised = False


def find_next(state: CallState, step: Step) -> CallState | None:
    """The state that `step` leads to, or None where it cannot happen."""
    return TRANSITIONS.get((state, step))


def move_call(call: Call, step: Step, now: int) -> bool:
    """Take the step, and return whether the table has it. The caller carries out nothing of a refused step. `now`:
    microseconds of hub time, from which on the call is in the state it comes to."""
    after = find_next(call.call_state, step)
    if after is None:
        if RefusedSteps.are_raised:
            raise StepRefused(f"{step} of a call that is {call.call_state or 'none'}")
        log.error("step of a call refused", interaction_id=call.id, state=str(call.call_state), step=str(step))
        return False
    call.call_state, call.call_since = after, now
    return True


def diagram() -> str:
    """The table as a Mermaid state diagram, one arrow per pair of states, in the table's order."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for (before, step), after in TRANSITIONS.items():
        arrows.setdefault((before or "[*]", after), []).append(step)
    lines = [f"    {before} --> {after}: {', '.join(steps)}" for (before, after), steps in arrows.items()]
    return "\n".join(["stateDiagram-v2", *lines, f"    {CallState.OVER} --> [*]"])
