"""The table of a call's states, the page that shows it, and that nothing goes past it."""

import ast
import re
from pathlib import Path
from typing import get_args

import pytest
from structlog.testing import capture_logs

import hub
from agent_console import views
from hub.call_lifecycle import (
    IN_MENU,
    TRANSITIONS,
    CallState,
    CallStep,
    PartyRole,
    PartyState,
    RefusedSteps,
    StepRefused,
    diagram,
    find_state_after,
    move_call,
    party_diagram,
)
from hub.storage.columns import CALLS_IN_MENU
from tests.channel_names import PHONE
from tests.hub.notices import SAM
from tests.hub.sending.test_messaging import interaction
from tests.imports import parse_with, sources
from tests.test_vocabulary import words_of

README = Path(hub.__file__).with_name("README.md").read_text(encoding="utf-8")


def test_the_readme_shows_the_table() -> None:
    assert f"```mermaid\n{diagram()}\n```" in README
    assert f"```mermaid\n{party_diagram()}\n```" in README


def test_every_state_of_a_call_is_reached_from_none_and_every_step_is_used() -> None:
    reached = {CallState.NONE}
    for _ in CallState:
        reached |= {after for (before, _), after in TRANSITIONS.items() if before in reached}
    assert reached == set(CallState)
    assert {step for _, step in TRANSITIONS} == set(CallStep)


def test_every_call_can_end() -> None:
    ending = {CallState.OVER}
    for _ in CallState:
        ending |= {before for (before, _), after in TRANSITIONS.items() if after in ending}
    assert ending == set(CallState)


def test_the_desk_is_shown_every_state_of_a_call_by_its_own_word() -> None:
    held = {str(state) for state in CallState} - {"", *IN_MENU}  # no desk has a call that is in a menu
    assert set(get_args(views.CallState)) == held
    assert set(get_args(views.PartyState)) == {str(state) for state in PartyState} - {"", "over"}
    assert set(get_args(views.PartyRole)) == {str(role) for role in PartyRole}


def test_storage_counts_nobody_as_waiting_who_is_in_a_menu() -> None:
    assert CALLS_IN_MENU == IN_MENU


def test_no_other_file_moves_a_call() -> None:
    found = [
        f"{path}:{node.lineno}"
        for path, tree in parse_with("call_state|call_since", "hub")
        if path != "hub/call_lifecycle.py"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in ("call_state", "call_since")
        if isinstance(node.ctx, ast.Store)
    ]
    assert found == []


def test_no_other_file_writes_a_state_of_a_call_as_a_bare_word() -> None:
    found = [
        f"{path}:{node.lineno}"
        for path, tree in parse_with("call_state", "hub")
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare)
        if any(isinstance(part, ast.Attribute) and part.attr == "call_state" for part in ast.walk(node))
        if any(isinstance(part, ast.Constant) and isinstance(part.value, str) for part in ast.walk(node))
    ]
    assert found == []


def test_the_performer_knows_effects_and_no_telephone() -> None:
    text = sources("hub")["hub/batch/performer.py"]
    words = {word for name in re.findall(r"[A-Za-z]\w*", text) for word in words_of(name)}
    assert words.isdisjoint(
        {"call", "calls", "line", "leg", "legs", "phone", "telephone", "provider", "hang", "hold"}
    )
    assert "channels" not in text


def test_a_step_that_the_table_has_not_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    call = interaction(PHONE, SAM)
    call.call_state, call.call_since = CallState.OVER, 5
    assert find_state_after(CallState.OVER, CallStep.JOINED) is None
    with pytest.raises(StepRefused):
        move_call(call, CallStep.JOINED, 9)
    monkeypatch.setattr(RefusedSteps, "are_raised", False)
    with capture_logs() as logged:
        assert not move_call(call, CallStep.JOINED, 9)
    assert (call.call_state, call.call_since) == (CallState.OVER, 5)
    assert [(line["event"], line["state"], line["step"]) for line in logged] == [
        ("step of a call refused", "over", "agent joined")
    ]
