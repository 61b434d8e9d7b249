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


class CallStep(StrEnum):
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

TRANSITIONS: Final[Mapping[tuple[CallState, CallStep], CallState]] = {
    (_S.NONE, CallStep.ARRIVED): _S.WAITING,
    (_S.WAITING, CallStep.SPOKEN_TO): _S.WAITING,
    (_S.WAITING, CallStep.CONNECTED): _S.CONNECTING,
    (_S.WAITING, CallStep.RECORDED): _S.VOICEMAIL,
    (_S.WAITING, CallStep.GIVEN_BACK): _S.GIVEN_BACK,
    (_S.WAITING, CallStep.DISMISSED): _S.OVER,
    (_S.WAITING, CallStep.ENDED): _S.OVER,
    (_S.VOICEMAIL, CallStep.MESSAGE_TAKEN): _S.GIVEN_BACK,
    (_S.VOICEMAIL, CallStep.DIALLED): _S.DIALLING,  # nothing was heard of the message within the hour
    (_S.VOICEMAIL, CallStep.HANDED_OVER): _S.OVER,
    (_S.VOICEMAIL, CallStep.ENDED): _S.OVER,
    (_S.GIVEN_BACK, CallStep.DIALLED): _S.DIALLING,
    (_S.GIVEN_BACK, CallStep.HANDED_OVER): _S.OVER,
    (_S.GIVEN_BACK, CallStep.ENDED): _S.OVER,
    (_S.DIALLING, CallStep.CONNECTED): _S.CONNECTING,
    (_S.DIALLING, CallStep.UNREACHED): _S.GIVEN_BACK,
    (_S.DIALLING, CallStep.LINE_ENDED): _S.OVER,
    (_S.CONNECTING, CallStep.JOINED): _S.TALKING,
    (_S.CONNECTING, CallStep.RETURNED): _S.HELD,
    (_S.CONNECTING, CallStep.ENDED): _S.OVER,
    (_S.TALKING, CallStep.JOINED): _S.TALKING,  # told twice, or by another leg of the same agent
    (_S.TALKING, CallStep.HELD): _S.HELD,
    (_S.TALKING, CallStep.RETURNED): _S.HELD,
    (_S.TALKING, CallStep.ENDED): _S.OVER,
    (_S.HELD, CallStep.JOINED): _S.TALKING,
    (_S.HELD, CallStep.RESUMED): _S.TALKING,
    (_S.HELD, CallStep.RETURNED): _S.HELD,
    (_S.HELD, CallStep.SPOKEN_TO): _S.WAITING,
    (_S.HELD, CallStep.CONNECTED): _S.CONNECTING,
    (_S.HELD, CallStep.RECORDED): _S.VOICEMAIL,
    (_S.HELD, CallStep.GIVEN_BACK): _S.GIVEN_BACK,
    (_S.HELD, CallStep.DISMISSED): _S.OVER,
    (_S.HELD, CallStep.ENDED): _S.OVER,
    (_S.OVER, CallStep.GIVEN_BACK): _S.GIVEN_BACK,
    (_S.OVER, CallStep.UNREACHED): _S.GIVEN_BACK,
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


def find_state_after(state: CallState, step: CallStep) -> CallState | None:
    """The state that `step` leads to, or None where it cannot happen."""
    return TRANSITIONS.get((state, step))


def move_call(call: Call, step: CallStep, now: int) -> bool:
    """Take the step, and return whether the table has it. The caller carries out nothing of a refused step. `now`:
    microseconds of hub time, from which on the call is in the state it comes to."""
    after = find_state_after(call.call_state, step)
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
