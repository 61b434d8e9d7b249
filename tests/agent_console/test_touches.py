"""What a change costs: the places that name a command, or a count of the wallboard. One more is a defect."""

import ast
import re
from collections.abc import Mapping
from functools import cache
from typing import get_args

import pytest

from agent_console.commands import BoardCommand, Command, kinds_of
from agent_console.fact_kinds import FactKind
from hub.access.rules import RULES
from hub.reports.wallboard_figures import OLDEST, _view_line
from hub.storage import unfinished
from hub.storage.figures import SUMMED
from tests.imports import ROOT, sources

ITS_CLASS, ITS_WORK = (
    (
        "agent_console/commands.py",
        "agent_console/line_commands.py",
        "agent_console/consent_command.py",
        "agent_console/naming_command.py",
    ),
    tuple(
        f"hub/commands/{name}.py"
        for name in (
            "desk_commands",
            "recording_commands",
            "board_commands",
            "party_commands",
            "consult_commands",
            "calling_out",
            "appointment_commands",
            "listening_commands",
            "consent_commands",
            "naming_commands",
        )
    ),
)
LOOKED_UP = ("hub/batch/lookups.py", "hub/routing_process/dispatcher.py")  # before the batch, where one needs that
SCRIPTS = "hub/scripts/script_runs.py"  # takes the three commands of a script as they are
CLASSES = {
    node.name
    for place in ITS_CLASS
    for node in ast.walk(ast.parse((ROOT / place).read_text("utf-8")))
    if isinstance(node, ast.ClassDef)
    for each in ast.walk(node)
    if isinstance(each, ast.AnnAssign) and ast.unparse(each.target) == "kind"
}


@cache
def places_of_all() -> Mapping[str, set[str]]:
    """By command: the files of the hub whose code names it."""
    found: dict[str, set[str]] = {name: set() for name in CLASSES}
    for path, text in sources("hub", "agent_console").items():
        if not any(name in text for name in CLASSES):
            continue
        for node in ast.walk(ast.parse(text)):
            found.get(getattr(node, "id", None) or getattr(node, "attr", ""), set()).add(path)
    return found


def test_who_may_give_a_command_follows_from_its_class() -> None:
    assert {kind.removeprefix("desk.") for kind in RULES if kind.startswith("desk.")} >= set(kinds_of(Command))
    assert {RULES[f"desk.{kind}"] for kind in kinds_of(Command)} == {frozenset(("agent",))}
    assert {RULES[f"wallboard.{kind}"] for kind in kinds_of(BoardCommand)} == {frozenset(("supervisor",))}


@pytest.mark.parametrize("command", sorted(CLASSES))
def test_a_command_is_named_by_its_class_and_its_work_alone(command: str) -> None:
    assert places_of_all()[command] <= {*ITS_CLASS, *ITS_WORK, *LOOKED_UP, SCRIPTS}, command


def test_the_kinds_are_those_of_the_classes() -> None:
    assert len(kinds_of(Command)) + len(kinds_of(BoardCommand)) == len(CLASSES)


FACTS = get_args(FactKind)


def test_every_fact_of_a_timeline_has_its_words_in_one_line_of_one_dictionary() -> None:
    """The screens' compiler also refuses a kind without words, and words without their kind."""
    words = (ROOT / "agent_console/web/src/desk/words/facts.ts").read_text("utf-8")
    said = re.findall(r"^  '(fact\.[a-z_]+)': \[", words, re.MULTILINE)
    assert sorted(said) == sorted(["fact.other", *(f"fact.{kind}" for kind in FACTS)])
    for path in (ROOT / "agent_console/web/src/desk").rglob("words/*.ts"):
        assert path.name == "facts.ts" or "'fact." not in path.read_text("utf-8"), path


def test_every_kind_of_fact_is_written_out_where_it_is_added() -> None:
    """No kind is put together from parts, so each is found by its name. The type checker knows all of them."""
    words = ("add_fact", *(f'"{kind}"' for kind in FACTS))
    trees = [ast.parse(text) for text in sources("hub").values() if any(word in text for word in words)]
    named = {one.value for tree in trees for one in ast.walk(tree) if isinstance(one, ast.Constant)}
    assert [kind for kind in FACTS if kind not in named] == []
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    added = [node.args[1] for node in calls if getattr(node.func, "attr", "") == "add_fact"]
    assert len(added) > 20
    assert [ast.unparse(one) for one in added for part in ast.walk(one) if isinstance(part, ast.JoinedStr)] == []
    assert unfinished.FACT in FACTS


def test_a_count_is_on_the_board_once_it_is_summed() -> None:
    """What is a count and no more is named in one file of the hub: the board has it as it is summed."""
    line = _view_line(dict.fromkeys((*SUMMED, *OLDEST), 3))
    assert line.counts == dict.fromkeys(SUMMED, 3)
    assert [path for path, text in sources("hub/reports", "agent_console").items() if '"unfinished"' in text] == []
