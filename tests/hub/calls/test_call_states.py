"""Every word for the state of a call can be shown; that no other is written, mypy holds."""

from typing import get_args

import pytest

from agent_console.views import CallState, CallView
from hub import call_lifecycle as lifecycle
from hub.batch.desk_views import view_call
from tests.channel_names import PHONE, SMS
from tests.hub.notices import SAM
from tests.hub.sending.test_messaging import interaction


@pytest.mark.parametrize("state", get_args(CallState))
def test_a_call_is_shown_in_every_state(state: CallState) -> None:
    held = interaction(PHONE, SAM)
    held.call_state, held.call_since, held.call_until = lifecycle.CallState(state), 1_000, 2_000_000
    deadline_at = 2_000 if state in ("dialling", "agent_lost", "agent_lost_held") else None
    assert view_call(held) == CallView(state=state, since=1, number=SAM, deadline_at=deadline_at)


def test_what_is_no_call_has_no_state() -> None:
    assert view_call(interaction(SMS, SAM)) is None
