"""The machine of calls sees the defects that it is there for: each is planted in the hub, and found by the short run.

The rule of this file: a defect is one function of the hub that does nothing, or one answer that is wrong. It runs
with the long tests.
"""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.hub.calls.call_machine import Opening
from tests.hub.calls.test_call_machine import opening, run_short

__all__ = ["opening"]

# What is wrong, and where
NOTHING_IS_DONE = {
    "the hold is not ended when the agent comes": "hub.batch.line_changes.ask_for_hold",
    "a hold that failed is not taken back": "hub.batch.line_changes._undo_hold",
    "a party's hold that failed is not taken back": "hub.batch.line_changes._undo",
    "a customer who waits again hears silence": "hub.batch.line_changes.let_wait",
    "a customer whose agent is lost hears silence": "hub.batch.line_changes.comfort",
    "a leg that nobody wants is not hung up": "hub.intake.call_notices._send_away",
    "a leg that was called too late is not hung up": "hub.intake.send_results._drop_late_leg",
    "a telephone that nobody answers is waited for": "hub.intake.call_notices.give_up_legs",
    "a party who does not answer is waited for": "hub.calls.consults.end_due",
    "an agent who does not come back is waited for": "hub.calls.lost_lines.end_due",
    "the parties stay when the call ends": "hub.batch.call_parties.end_all",
    "a supervisor who takes over stays muted": "hub.batch.listening.open_leg",
    "a leg is not set when the way of listening changes": "hub.batch.listening.settle",
    "a change of a leg that failed goes unseen": "hub.batch.listening.take_result",
    "the leg of whoever takes over is not the holder's": "hub.batch.call_parties.take_over",
    "a pause is not followed by its result": "hub.batch.call_recordings.take_change",
    "the end of a call's recording is not expected": "hub.batch.call_recordings.expect_end",
    "nobody cares for recordings that are due": "hub.batch.recorded_sound.care",
    "the end of a recording is not heard": "hub.batch.recorded_sound.take_end",
    "the result of a deletion is not heard": "hub.batch.recorded_sound.take_delete_result",
    "the result of a fetch is not heard": "hub.batch.recorded_sound.take_fetch_result",
    "a failed beginning is not noted": "hub.batch.call_recordings.take_failed_begin",
}


def answer(value: object) -> Callable[..., object]:
    return lambda *_, **__: value


def pause_before_it_is_confirmed(monkeypatch: pytest.MonkeyPatch) -> None:
    from hub import call_lifecycle
    from hub.call_lifecycle import RecordingState, RecordingStep

    table: Any = dict(call_lifecycle.RECORDING_TRANSITIONS)
    table[RecordingState.RECORDING, RecordingStep.PAUSE_ASKED] = RecordingState.PAUSED
    monkeypatch.setattr(call_lifecycle, "RECORDING_TRANSITIONS", table)


WRONG: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "any leg is taken for the holder's": lambda m: m.setattr("hub.intake.call_notices._is_holders", answer(True)),
    "a change of a line is never failed": lambda m: m.setattr("hub.batch.line_changes.take_result", answer(True)),
    "nobody is left to talk to": lambda m: m.setattr("hub.batch.call_moves.leave_to_others", answer(False)),
    "the words on recording are never said": lambda m: m.setattr("hub.batch.call_recordings.announce", answer(False)),
    "a pause counts before it is confirmed": pause_before_it_is_confirmed,
}


@pytest.mark.parametrize("what", [*NOTHING_IS_DONE, *WRONG], ids=lambda what: re.sub(r"\W+", "_", what))
def test_a_planted_defect_is_found(opening: Opening, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if what in WRONG:
        WRONG[what](monkeypatch)
    else:
        monkeypatch.setattr(NOTHING_IS_DONE[what], answer(None))
    with pytest.raises((Exception, BaseExceptionGroup)):
        run_short(opening)
