"""The machine of calls sees the defects that it is there for: each is planted in the hub, and found by a short run.

The rule of this file: a defect is one function of the hub that does nothing, in the module that calls it. It runs
with the long tests. What was planted in the same way and is not found by these seeds stands here as well, with the
test that finds it.

- `call_recordings.expect_end`, the end of a call's recording is not expected: `test_every_recording_step.py`
- `listening.follow`, a whisper goes to the leg of before: `test_listening.py`
- `listening.take_result`, a change of a listener that failed is not heard: `test_listening.py`
- `line_changes.follow_others`, a customer who is left alone hears no music: `test_lost_lines_with_others.py`
- `call_notices._send_away`, a leg that nobody waits for stays in the room: `test_disabled_in_calls.py`
"""

import re

import pytest

from tests.hub.calls.call_machine import Opening
from tests.hub.calls.test_call_machine import SHORT, opening, run_histories

__all__ = ["opening"]

SEEDS = (1, 2, 3)  # the first is the one of `make test`
# What is wrong, and where
NOTHING_IS_DONE = {
    "the hold is not ended when the agent comes": "hub.batch.line_changes.ask_for_hold",
    "a party's hold that failed is not taken back": "hub.batch.line_changes._undo",
    "a customer who waits again hears silence": "hub.batch.line_changes.let_wait",
    "a customer whose agent is lost hears silence": "hub.batch.line_changes.comfort",
    "a leg that was called too late is not hung up": "hub.intake.send_results._drop_late_leg",
    "a telephone that nobody answers is waited for": "hub.routing_process.dispatcher.give_up_legs",
    "a party who does not answer is waited for": "hub.calls.consults.end_due",
    "an agent who does not come back is waited for": "hub.calls.lost_lines.end_due",
    "the parties stay when the call ends": "hub.batch.call_parties.end_all",
    "a supervisor who takes over stays muted": "hub.batch.listening.open_leg",
    "a hold that failed is not taken back": "hub.batch.line_changes._undo_hold",
    "a change of a listener is not asked for again": "hub.batch.listening.settle",
    "the leg of a lost line is not hung up": "hub.calls.lost_lines._hang_up_leg",
    "the result of a deletion is not heard": "hub.batch.recorded_sound.take_delete_result",
    "the result of a fetch is not heard": "hub.batch.recorded_sound.take_fetch_result",
}


@pytest.mark.parametrize("what", NOTHING_IS_DONE, ids=lambda what: re.sub(r"\W+", "_", what))
def test_a_planted_defect_is_found(opening: Opening, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(NOTHING_IS_DONE[what], lambda *_, **__: None)
    with pytest.raises((Exception, BaseExceptionGroup)):
        for seed in SEEDS:
            run_histories(opening, **SHORT, seed=seed)
