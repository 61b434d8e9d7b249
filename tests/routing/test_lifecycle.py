"""The transition table, and the page that shows it."""

import re
from pathlib import Path

import routing
from routing.lifecycle import HELD, TRANSITIONS, Cause, diagram, find_next
from routing.model import InteractionState

README = Path(routing.__file__).with_name("README.md").read_text(encoding="utf-8")


def test_the_readme_shows_the_table() -> None:
    shown = re.search(r"```mermaid\n(.*?)\n```", README, re.DOTALL)
    assert shown is not None
    assert shown[1] == diagram()


def test_closed_is_final() -> None:
    assert not [before for before, _ in TRANSITIONS if before is InteractionState.CLOSED]


def test_every_state_is_reached_and_every_cause_is_used() -> None:
    assert set(TRANSITIONS.values()) == set(InteractionState)
    assert {cause for _, cause in TRANSITIONS} == set(Cause)


def test_closed_can_be_reached_from_everywhere() -> None:
    reaching = {InteractionState.CLOSED}
    for _ in InteractionState:
        reaching |= {before for (before, _), after in TRANSITIONS.items() if before and after in reaching}
    assert reaching == set(InteractionState)


def test_an_agent_lost_never_leaves_work_in_their_hands_but_a_call() -> None:
    for state in HELD - {InteractionState.OFFERED}:
        assert find_next(state, Cause.AGENT_LOST) not in HELD
