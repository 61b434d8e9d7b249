"""What is declared is used: an input that nobody sends or a rule that gates nothing would mislead its reader."""

import re
from dataclasses import fields, is_dataclass
from types import ModuleType
from typing import get_args

import pytest

from agent_console.commands import BoardCommand, Command, kinds_of
from hub.access.rules import RULES
from hub.policies import document
from hub.policies.document import OverflowPolicy
from hub.settings import process_settings
from hub.storage.audit_words import ACTIONS
from hub.toml_files.problems import Section
from routing.inputs import Input
from routing.model import Occasion, OverflowAction
from tests.imports import ROOMS, sources


def read_code(*but: str) -> str:
    """The code of all rooms, without the files or folders that declare the words in question."""
    return "".join(text for path, text in sources(*ROOMS).items() if not path.startswith(but))


def test_the_hub_sends_each_input_of_the_router() -> None:
    code = read_code("routing/", "hub/simulation/")
    names = [kind.__name__ for kind in get_args(Input)]
    assert [name for name in names if not re.search(rf"\b{name}\(", code)] == []


def test_a_policy_can_ask_for_each_overflow_action_of_the_router() -> None:
    actions = get_args(OverflowPolicy.__annotations__["action"])
    asked = {OverflowPolicy(occasion=Occasion.CLOSED, action=action).build().action for action in actions}
    assert asked == set(OverflowAction)


def test_each_rule_gates_something_and_each_action_of_the_trail_is_written() -> None:
    code = read_code("hub/access/rules.py", "hub/storage/audit_words.py")
    desk = {f"desk.{kind}" for kind in kinds_of(Command)}
    board = {f"wallboard.{kind}" for kind in kinds_of(BoardCommand)}
    assert [action for action in {*RULES, *ACTIONS} - desk - board if f'"{action}"' not in code] == []


@pytest.mark.parametrize("module", [document, process_settings], ids=lambda module: module.__name__)
def test_each_key_of_the_configuration_is_read(module: ModuleType) -> None:
    sections = [
        one
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, Section) and is_dataclass(one)
    ]
    keys = {field.name for section in sections for field in fields(section)}
    code = read_code()
    assert [key for key in sorted(keys) if not re.search(rf"\.{key}\b", code)] == []
