"""What a change costs: the places that name a command, or a count of the wallboard. One more is a defect."""

import ast

import pytest

from agent_console.commands import BoardCommand, Command, kinds_of
from hub.access.rules import RULES
from hub.reports.wallboard_figures import OLDEST, _view_line
from hub.storage.figures import SUMMED
from tests.imports import ROOT, sources

ITS_CLASS, ITS_WORK = (
    "agent_console/commands.py",
    tuple(f"hub/commands/{name}.py" for name in ("desk_commands", "board_commands", "party_commands")),
)
LOOKED_UP = ("hub/batch/lookups.py", "hub/routing_process/dispatcher.py")  # before the batch, where one needs that
SCRIPTS = "hub/scripts/script_runs.py"  # takes the three commands of a script as they are
CLASSES = {
    node.name
    for node in ast.walk(ast.parse((ROOT / ITS_CLASS).read_text("utf-8")))
    if isinstance(node, ast.ClassDef)
    for each in ast.walk(node)
    if isinstance(each, ast.AnnAssign) and ast.unparse(each.target) == "kind"
}


def places_of(name: str) -> set[str]:
    """The files of the hub whose code names it."""
    found = set()
    for path, text in sources("hub", "agent_console").items():
        names = (getattr(node, "id", None) or getattr(node, "attr", None) for node in ast.walk(ast.parse(text)))
        if name in names:
            found.add(path)
    return found


def test_who_may_give_a_command_follows_from_its_class() -> None:
    assert {kind.removeprefix("desk.") for kind in RULES if kind.startswith("desk.")} >= set(kinds_of(Command))
    assert {RULES[f"desk.{kind}"] for kind in kinds_of(Command)} == {frozenset(("agent",))}
    assert {RULES[f"wallboard.{kind}"] for kind in kinds_of(BoardCommand)} == {frozenset(("supervisor",))}


@pytest.mark.parametrize("command", sorted(CLASSES))
def test_a_command_is_named_by_its_class_and_its_work_alone(command: str) -> None:
    assert places_of(command) <= {ITS_CLASS, *ITS_WORK, *LOOKED_UP, SCRIPTS}, command


def test_the_kinds_are_those_of_the_classes() -> None:
    assert len(kinds_of(Command)) + len(kinds_of(BoardCommand)) == len(CLASSES)


def test_every_fact_of_a_timeline_has_words() -> None:
    """The desk shows a fact without words by its code."""
    calls = [
        node
        for text in sources("hub").values()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "add_fact"
    ]
    facts = {
        one.value
        for call in calls
        for one in ast.walk(call.args[1])
        if isinstance(one, ast.Constant) and not isinstance(call.args[1], ast.JoinedStr)
    }
    assert len(facts) > 20
    for language in ("en", "zh-CN"):
        path = f"agent_console/web/src/desk/words/{language}.ts"
        words = (ROOT / path).read_text("utf-8")
        assert [fact for fact in sorted(facts) if f"'fact.{fact}'" not in words] == [], f"give them words in {path}"


def test_a_count_is_on_the_board_once_it_is_summed() -> None:
    """What is a count and no more is named in one file of the hub: the board has it as it is summed."""
    line = _view_line(dict.fromkeys((*SUMMED, *OLDEST), 3))
    assert line.counts == dict.fromkeys(SUMMED, 3)
    assert [path for path, text in sources("hub/reports", "agent_console").items() if '"unfinished"' in text] == []
