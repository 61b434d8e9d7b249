"""After each command about others in a call, and about calls to come, the screens show what fresh ones would show.

The rule of this file: `tests/flows/test_screen_flow.py` asks this of every other command of a desk.
"""

from typing import Any

import pytest

from agent_console.commands import CommandAnswer
from tests.hub.house import House

OF_CALLS = {
    *("call_out", "make_appointment", "move_appointment", "cancel_appointment"),
    *("call_third_party", "hold_party", "mute_party", "drop_party"),
    *("consult_colleague", "answer_consult", "leave_consult", "swap_parties", "merge_parties"),
    *("hand_over", "leave_call", "rejoin_call"),
    *("pause_recording", "resume_recording", "move_agreed_call", "cancel_agreed_call"),
}


@pytest.fixture(autouse=True)
def _screens_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    ask = House.ask

    async def ask_and_check(self: House, agent: str, kind: str, *ids: str, **fields: Any) -> CommandAnswer:
        answer = await ask(self, agent, kind, *ids, **fields)
        if kind in OF_CALLS and not answer.code:
            await self.check_screens()
        return answer

    monkeypatch.setattr(House, "ask", ask_and_check)
