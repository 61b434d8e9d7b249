"""The lifecycle of a call: the states of its line, of its parties and of its recordings, the steps between them, and
the tables of what may happen.

The rule of this file: nobody else moves a call, a party or a recording. The tables are the only place that says which
steps there are, and `diagram()`, `party_diagram()` and `recording_diagram()` draw the pictures in hub/README.md from
them. Nothing of a step that the tables do not have is carried out. The values are stored and shown as they are.

A *party* is somebody in a call beside its customer and the agent who holds it. A supervisor who listens in on a chat,
or on other texts, is one too, without a leg.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final, Protocol

import structlog

log = structlog.get_logger()


class CallState(StrEnum):
    NONE = ""  # of an interaction that is no call
    MENU = "menu"  # the caller hears a menu and waits for nobody
    SERVED = "served"  # the same, after an answer of the menu
    WAITING = "waiting"  # in the call's room, where the place is told
    VOICEMAIL = "voicemail"  # the customer may leave a message
    GIVEN_BACK = "given_back"  # the line has ended or is about to; the customer is to be called
    REACHING = "reaching"  # an agent calls out: we call the agent first, and nobody else yet
    DIALLING = "dialling"  # we call the customer
    CONNECTING = "connecting"  # the customer is on the line, the agent's telephone rings
    TALKING = "talking"
    HELD = "held"
    AGENT_LOST = "agent_lost"  # the holder's leg has ended by itself, and is called again
    AGENT_LOST_HELD = "agent_lost_held"  # the same, and the customer was on hold
    OVER = "over"  # nobody is on the line, or nobody will be after our last words


class CallStep(StrEnum):
    GREETED = "greeted by a menu"
    SERVED = "answered by the menu"
    ARRIVED = "arrived"
    CALLED_OUT = "called out"  # by an agent
    DUE = "due"  # the time has come at which the customer was promised a call
    ANSWERED = "answered"  # by the customer, with the agent on the line already
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
    AGENT_LOST = "agent's line lost"  # the agent did not hang up
    RETURNED = "returned"  # to its place in the order, with the customer on the line
    LINE_ENDED = "line ended"  # of a customer who was called
    ENDED = "ended"


_S = CallState

TRANSITIONS: Final[Mapping[tuple[CallState, CallStep], CallState]] = {
    (_S.NONE, CallStep.ARRIVED): _S.WAITING,
    (_S.NONE, CallStep.CALLED_OUT): _S.REACHING,
    (_S.NONE, CallStep.DUE): _S.GIVEN_BACK,
    (_S.REACHING, CallStep.DIALLED): _S.DIALLING,
    (_S.REACHING, CallStep.ENDED): _S.OVER,
    (_S.NONE, CallStep.GREETED): _S.MENU,
    (_S.MENU, CallStep.SERVED): _S.SERVED,
    (_S.MENU, CallStep.ARRIVED): _S.WAITING,
    (_S.MENU, CallStep.ENDED): _S.OVER,
    (_S.SERVED, CallStep.SERVED): _S.SERVED,
    (_S.SERVED, CallStep.ARRIVED): _S.WAITING,
    (_S.SERVED, CallStep.ENDED): _S.OVER,
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
    (_S.DIALLING, CallStep.ANSWERED): _S.TALKING,
    (_S.DIALLING, CallStep.ENDED): _S.OVER,
    (_S.DIALLING, CallStep.CONNECTED): _S.CONNECTING,
    (_S.DIALLING, CallStep.UNREACHED): _S.GIVEN_BACK,
    (_S.DIALLING, CallStep.LINE_ENDED): _S.OVER,
    (_S.CONNECTING, CallStep.JOINED): _S.TALKING,
    (_S.CONNECTING, CallStep.AGENT_LOST): _S.AGENT_LOST,  # the report that the agent had joined comes late or never
    (_S.CONNECTING, CallStep.RETURNED): _S.HELD,
    (_S.CONNECTING, CallStep.ENDED): _S.OVER,
    (_S.TALKING, CallStep.JOINED): _S.TALKING,  # told twice, or by another leg of the same agent
    (_S.TALKING, CallStep.HELD): _S.HELD,
    (_S.TALKING, CallStep.AGENT_LOST): _S.AGENT_LOST,
    (_S.TALKING, CallStep.RETURNED): _S.HELD,
    (_S.TALKING, CallStep.ENDED): _S.OVER,
    (_S.HELD, CallStep.JOINED): _S.TALKING,
    (_S.HELD, CallStep.RESUMED): _S.TALKING,
    (_S.HELD, CallStep.AGENT_LOST): _S.AGENT_LOST_HELD,
    (_S.HELD, CallStep.RETURNED): _S.HELD,
    (_S.HELD, CallStep.SPOKEN_TO): _S.WAITING,
    (_S.HELD, CallStep.CONNECTED): _S.CONNECTING,
    (_S.HELD, CallStep.RECORDED): _S.VOICEMAIL,
    (_S.HELD, CallStep.GIVEN_BACK): _S.GIVEN_BACK,
    (_S.HELD, CallStep.DISMISSED): _S.OVER,
    (_S.HELD, CallStep.ENDED): _S.OVER,
    (_S.AGENT_LOST, CallStep.JOINED): _S.TALKING,
    (_S.AGENT_LOST, CallStep.RESUMED): _S.TALKING,  # a colleague in the room has the call from here on
    (_S.AGENT_LOST, CallStep.RETURNED): _S.HELD,
    (_S.AGENT_LOST, CallStep.ENDED): _S.OVER,
    (_S.AGENT_LOST_HELD, CallStep.JOINED): _S.HELD,
    (_S.AGENT_LOST_HELD, CallStep.RESUMED): _S.TALKING,
    (_S.AGENT_LOST_HELD, CallStep.RETURNED): _S.HELD,
    (_S.AGENT_LOST_HELD, CallStep.ENDED): _S.OVER,
    (_S.OVER, CallStep.GIVEN_BACK): _S.GIVEN_BACK,
    (_S.OVER, CallStep.UNREACHED): _S.GIVEN_BACK,
}


class PartyRole(StrEnum):
    CONSULTED = "consulted"  # a colleague whom the holder asks, or to whom the holder hands the call over
    THIRD_PARTY = "third_party"  # somebody outside, by number
    MONITOR = "monitor"  # a supervisor who hears everybody and whom nobody hears
    WHISPER = "whisper"  # a supervisor whom the holder alone hears
    BARGE = "barge"  # a supervisor whom everybody hears


class PartyState(StrEnum):
    NONE = ""  # before the first step
    ASKED = "asked"  # a colleague sees the question on the desk, and no telephone rings
    CALLING = "calling"  # their telephone rings, or it is not known whether it does
    PRESENT = "present"  # in the call's room
    HELD = "held"  # in the call's room, and hears music alone
    OVER = "over"


class PartyStep(StrEnum):
    ASKED = "asked"
    CALLED = "called"
    JOINED = "joined"
    HELD = "put on hold"
    RESUMED = "resumed"
    DECLINED = "declined"  # or did not answer on the desk in time
    UNREACHED = "not reached"
    LEFT = "left"
    DISMISSED = "sent away"  # by the holder, or because the call has ended
    TOOK_OVER = "took over"  # and is the holder from here on


_P = PartyState

PARTY_TRANSITIONS: Final[Mapping[tuple[PartyState, PartyStep], PartyState]] = {
    (_P.NONE, PartyStep.ASKED): _P.ASKED,
    (_P.NONE, PartyStep.CALLED): _P.CALLING,
    (_P.NONE, PartyStep.JOINED): _P.PRESENT,  # a supervisor who reads along has no telephone to call
    (_P.ASKED, PartyStep.CALLED): _P.CALLING,
    (_P.ASKED, PartyStep.DECLINED): _P.OVER,
    (_P.ASKED, PartyStep.DISMISSED): _P.OVER,
    (_P.CALLING, PartyStep.JOINED): _P.PRESENT,
    (_P.CALLING, PartyStep.UNREACHED): _P.OVER,
    (_P.CALLING, PartyStep.DISMISSED): _P.OVER,
    (_P.PRESENT, PartyStep.JOINED): _P.PRESENT,  # told twice
    (_P.PRESENT, PartyStep.HELD): _P.HELD,
    (_P.PRESENT, PartyStep.LEFT): _P.OVER,
    (_P.PRESENT, PartyStep.DISMISSED): _P.OVER,
    (_P.PRESENT, PartyStep.TOOK_OVER): _P.OVER,
    (_P.HELD, PartyStep.JOINED): _P.HELD,  # told twice
    (_P.HELD, PartyStep.RESUMED): _P.PRESENT,
    (_P.HELD, PartyStep.LEFT): _P.OVER,
    (_P.HELD, PartyStep.DISMISSED): _P.OVER,
    (_P.HELD, PartyStep.TOOK_OVER): _P.OVER,
}


class RecordingState(StrEnum):
    NONE = ""  # before the first step
    ASKED = "asked"  # it begins as soon as the customer is in the call's room
    RECORDING = "recording"
    PAUSING = "pausing"  # the provider is asked for a pause; until it confirms that, it records
    PAUSED = "paused"
    RESUMING = "resuming"  # the provider is asked to go on; until it confirms that, it may do either
    ENDED = "ended"  # the provider has the sound, and the hub does not yet
    STORED = "stored"
    DELETED = "deleted"  # by retention; the row stays
    FAILED = "failed"  # it did not begin, for all we know, or the provider has no sound of it


class RecordingStep(StrEnum):
    ASKED = "asked for"
    BEGAN = "began"
    PAUSE_ASKED = "pause asked for"
    PAUSED = "paused"
    PAUSE_FAILED = "pause failed"  # refused, or nobody knows: it counts as recording
    RESUME_ASKED = "resumption asked for"
    RESUMED = "resumed"
    RESUME_FAILED = "resumption failed"
    ENDED = "ended"
    FETCHED = "fetched"
    FAILED = "failed"  # it was refused, or the provider has no sound of it
    LOST = "lost again"  # its stored sound is not what was stored
    EXPIRED = "kept long enough"


_R = RecordingState

RECORDING_TRANSITIONS: Final[Mapping[tuple[RecordingState, RecordingStep], RecordingState]] = {
    (_R.NONE, RecordingStep.ASKED): _R.ASKED,
    (_R.NONE, RecordingStep.FETCHED): _R.STORED,  # a message, or one that only the provider's list told of
    (_R.ASKED, RecordingStep.BEGAN): _R.RECORDING,
    (_R.ASKED, RecordingStep.FAILED): _R.FAILED,
    (_R.ASKED, RecordingStep.ENDED): _R.ENDED,
    (_R.RECORDING, RecordingStep.PAUSE_ASKED): _R.PAUSING,
    (_R.RECORDING, RecordingStep.ENDED): _R.ENDED,
    (_R.PAUSING, RecordingStep.PAUSED): _R.PAUSED,
    (_R.PAUSING, RecordingStep.PAUSE_FAILED): _R.RECORDING,
    (_R.PAUSING, RecordingStep.RESUME_ASKED): _R.RESUMING,
    (_R.PAUSING, RecordingStep.ENDED): _R.ENDED,
    (_R.PAUSED, RecordingStep.RESUME_ASKED): _R.RESUMING,
    (_R.PAUSED, RecordingStep.ENDED): _R.ENDED,
    (_R.RESUMING, RecordingStep.RESUMED): _R.RECORDING,
    (_R.RESUMING, RecordingStep.RESUME_FAILED): _R.PAUSED,
    (_R.RESUMING, RecordingStep.PAUSE_ASKED): _R.PAUSING,
    (_R.RESUMING, RecordingStep.ENDED): _R.ENDED,
    (_R.ENDED, RecordingStep.FETCHED): _R.STORED,
    (_R.ENDED, RecordingStep.FAILED): _R.FAILED,
    (_R.STORED, RecordingStep.LOST): _R.ENDED,
    (_R.STORED, RecordingStep.EXPIRED): _R.DELETED,
    (_R.FAILED, RecordingStep.BEGAN): _R.RECORDING,  # nobody knew whether it did
    (_R.FAILED, RecordingStep.FETCHED): _R.STORED,
}

LIVE: Final = (_R.ASKED, _R.RECORDING, _R.PAUSING, _R.PAUSED, _R.RESUMING)
"""A recording that has not ended."""

RUNNING: Final = LIVE[1:]
"""A recording that the provider has begun and not ended."""

LISTENING: Final = (PartyRole.MONITOR, PartyRole.WHISPER, PartyRole.BARGE)
"""A supervisor who listens in. They take no place of those who talk, and the holder cannot send them away."""

IN_ROOM: Final = (PartyState.PRESENT, PartyState.HELD)
"""A party who is connected with the call's room."""

IN_MENU: Final = (CallState.MENU, CallState.SERVED)
"""The interaction is open, and waits for nobody yet."""

ON_THE_LINE: Final = (CallState.WAITING, CallState.HELD)
"""The customer waits in the call's room."""

AGENT_LOST: Final = (CallState.AGENT_LOST, CallState.AGENT_LOST_HELD)
"""The customer is in the call's room without the agent, whose line was lost. `call_until` says how long the agent is
waited for."""

GIVEN_BACK: Final = (CallState.GIVEN_BACK, CallState.VOICEMAIL)
"""The line has ended, or will after some words, ours or a message, and the customer is to be called."""

LINELESS: Final = (CallState.OVER, CallState.GIVEN_BACK)
"""No provider has a line of ours."""


class Call(Protocol):
    """Of an open interaction what moves with its line."""

    id: str
    call_state: CallState
    call_since: int | None
    call_until: int | None


class MovingParty(Protocol):
    """Of a party what moves with its leg."""

    id: str
    state: PartyState
    since: int


class MovingRecording(Protocol):
    """Of a recording what moves with it."""

    id: str
    state: RecordingState
    since: int


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
    if call.call_state in AGENT_LOST:
        call.call_until = None  # nobody waits for the agent any more
    call.call_state, call.call_since = after, now
    return True


def find_party_state_after(state: PartyState, step: PartyStep) -> PartyState | None:
    """The state that `step` leads to, or None where it cannot happen."""
    return PARTY_TRANSITIONS.get((state, step))


def move_party(party: MovingParty, step: PartyStep, now: int) -> bool:
    """Take the step, as `move_call` does. Reports of a party's leg come late and twice, so a caller asks
    `find_party_state_after` first where the step may be an old one. A step that stays keeps the instant."""
    after = find_party_state_after(party.state, step)
    if after is None:
        if RefusedSteps.are_raised:
            raise StepRefused(f"{step} of a party that is {party.state or 'none'}")
        log.error("step of a party refused", party_id=party.id, state=str(party.state), step=str(step))
        return False
    if after is not party.state:
        party.state, party.since = after, now
    return True


def find_recording_state_after(state: RecordingState, step: RecordingStep) -> RecordingState | None:
    """The state that `step` leads to, or None where it cannot happen."""
    return RECORDING_TRANSITIONS.get((state, step))


def move_recording(recording: MovingRecording, step: RecordingStep, now: int) -> bool:
    """Take the step, as `move_party` does. Reports of a recording come late and twice too."""
    after = find_recording_state_after(recording.state, step)
    if after is None:
        if RefusedSteps.are_raised:
            raise StepRefused(f"{step} of a recording that is {recording.state or 'none'}")
        state = str(recording.state)
        log.error("step of a recording refused", recording_id=recording.id, state=state, step=str(step))
        return False
    if after is not recording.state:
        recording.state, recording.since = after, now
    return True


def diagram() -> str:
    """The table of calls as a Mermaid state diagram, one arrow per pair of states, in the table's order."""
    return _draw(TRANSITIONS, CallState.OVER)


def party_diagram() -> str:
    """The table of parties, drawn alike."""
    return _draw(PARTY_TRANSITIONS, PartyState.OVER)


def recording_diagram() -> str:
    """The table of recordings, drawn alike. A recording ends where its sound is deleted, or where there is none."""
    return _draw(RECORDING_TRANSITIONS, RecordingState.DELETED, RecordingState.FAILED)


def _draw(table: Mapping[tuple[Any, Any], StrEnum], *last: StrEnum) -> str:
    arrows: dict[tuple[str, str], list[str]] = {}
    for (before, step), after in table.items():
        arrows.setdefault((before or "[*]", after), []).append(step)
    lines = [f"    {before} --> {after}: {', '.join(steps)}" for (before, after), steps in arrows.items()]
    return "\n".join(["stateDiagram-v2", *lines, *(f"    {one} --> [*]" for one in last)])
