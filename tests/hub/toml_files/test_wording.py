"""Whatever is wrong with a value that a person wrote, the sentence is in that person's words.

Every field of every model that is read from a file or from a screen is made to fail in many ways.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Annotated, Any, get_args, get_type_hints

import pytest
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

import agent_console.wire
from agent_console.commands import refuse_invalid
from channels.registry import REGISTRY
from channels.sandbox import device_forms
from channels.sandbox.settings import SandboxSettings
from channels.wording import NOT_WORDED, say_count, say_error
from hub.policies.document import PolicyDocument
from hub.settings.channel_tables import channel_section
from hub.settings.demo_data import SampleStaff
from hub.settings.process_settings import Settings
from hub.simulation.sections import ScenarioFile
from hub.toml_files.problems import Finder, Section, validate
from scripts_library import head, head_tables

ROOTS = (
    *(Settings, PolicyDocument, ScenarioFile, SampleStaff, SandboxSettings),
    *(channel_section(traits.settings) for traits in REGISTRY.values() if traits.settings),
    *(one for one in vars(device_forms).values() if isinstance(one, type) and issubclass(one, device_forms.Body)),
)
FROM_SCREENS = [
    one for one in vars(agent_console.wire).values() if isinstance(one, type) and issubclass(one, BaseModel)
]
TEXTS = ("", " ", "§", "§" * 300_000, "9")
BAD = (*TEXTS, -(10**9), -1, 0, 10**12, 0.5, -0.5, True, None, [], ["§"], [-1] * 1000, {}, {"§": "§"}, {"a": ""})
STRICT = ConfigDict(strict=True)
# What the library says by itself, and the signs of a regular expression
FOREIGN = re.compile(
    r"Input|String|should|pattern|valid |Value error|dataclass|tuple|unicode|\\|\^|\$$|\[[^ ]*-|\{\d"
)


def parts_of(kind: Any, seen: set[Any]) -> Iterator[tuple[str, Any]]:
    """(name, type with its constraints) of every field that can be reached from this type."""
    if isinstance(kind, type) and (is_dataclass(kind) or issubclass(kind, BaseModel)):
        if kind in seen:
            return
        seen.add(kind)
        names = kind.model_fields if issubclass(kind, BaseModel) else [one.name for one in fields(kind)]
        hints = get_type_hints(kind, include_extras=True)
        for name in names:
            yield f"{kind.__name__}.{name}", hints[name]
            yield from parts_of(hints[name], seen)
    for inner in get_args(kind):
        yield from parts_of(inner, seen)


def errors_of(kind: Any) -> Iterator[ErrorDetails]:
    knows_itself = isinstance(kind, type) and (is_dataclass(kind) or issubclass(kind, BaseModel))
    adapter = TypeAdapter(kind, config=None if knows_itself else STRICT)
    for bad in BAD:
        try:
            adapter.validate_json(json.dumps(bad))
        except ValidationError as error:
            yield from error.errors()


PARTS = dict(part for root in ROOTS for part in parts_of(root, set()))


@pytest.mark.parametrize("name", PARTS)
def test_no_field_answers_with_a_regular_expression_or_in_the_words_of_the_library(name: str) -> None:
    for error in errors_of(PARTS[name]):
        said = say_error(error)
        assert said != NOT_WORDED, error["type"]
        assert not FOREIGN.search(said), said
        assert said.startswith(("must ", "is ", "needs ")), said


def test_every_part_is_reached() -> None:
    assert {"PhoneSection.account_sid", "HoursPolicy.week", "RunSection.days", "Digits.digits"} <= set(PARTS)
    assert len(PARTS) > 180


def test_the_field_of_a_script_is_described_in_the_words_of_its_author() -> None:
    for model in (head_tables.HeadTable, head_tables.FieldTable, *head._TABLES.values()):
        for name, hint in get_type_hints(model, include_extras=True).items():
            if name == "model_config":
                continue
            for error in errors_of(hint):
                said = head._describe({**error, "loc": (name, *error["loc"])})
                assert not FOREIGN.search(said), said
                assert "not possible here" not in said, error["type"]


@pytest.mark.parametrize("model", FROM_SCREENS)
def test_a_refused_command_names_its_field_and_nothing_of_the_library(model: type[BaseModel]) -> None:
    for bad in BAD:
        try:
            model.model_validate_json(json.dumps(bad))
        except ValidationError as error:
            answer = refuse_invalid(error)
            assert (answer.code, answer.field) == ("invalid", ".".join(map(str, error.errors()[0]["loc"]))[:200])


def test_a_kind_of_error_that_nobody_foresaw_shows_nothing_of_the_library_either() -> None:
    @dataclass
    class Table(Section):  # as a channel may define its own
        key: Annotated[str, Field(pattern=r"^[a-z]+$")]

    _, problems = validate(Table, {"key": "9"}, Finder())
    assert [str(problem) for problem in problems] == [f"key: {NOT_WORDED}"]


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 batches"), (1, "1 batch"), (2, "2 batches"), (1_200, "1,200 batches")]
)
def test_one_thing_is_counted_as_one(count: int, said: str) -> None:
    assert say_count(count, "batch", "batches") == said
