"""The machine of calls sees the defects that it is there for: each is planted in the hub, and found by the short run.

The rule of this file: a defect is one function of the hub that does nothing. It runs with the long tests.
"""

import re

import pytest

from tests.hub.calls.call_machine import Opening
from tests.hub.calls.test_call_machine import opening, run_short

__all__ = ["opening"]

# What is wrong, and where
NOTHING_IS_DONE = {
    "the hold is not ended when the agent comes": "hub.batch.line_changes.ask_for_hold",
    "a hold that failed is not taken back": "hub.batch.line_changes._undo_hold",
    "a party who does not answer is waited for": "hub.calls.consults.end_due",
    "an agent who does not come back is waited for": "hub.calls.lost_lines.end_due",
}


@pytest.mark.parametrize("what", NOTHING_IS_DONE, ids=lambda what: re.sub(r"\W+", "_", what))
def test_a_planted_defect_is_found(opening: Opening, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(NOTHING_IS_DONE[what], lambda *_, **__: None)
    with pytest.raises((Exception, BaseExceptionGroup)):
        run_short(opening)
