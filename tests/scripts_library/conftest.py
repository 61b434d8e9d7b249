"""Scripts for the tests of this room, written as an author writes them.

The rule of this file: a test shows the lines that it is about; the head around them comes from here.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from scripts_library.script_parsing import parse_script
from scripts_library.script_parts import Script
from scripts_library.script_problems import BrokenScript
from tests.scripts_library.sample_types import TYPES

HEAD = """\
+++
id = "{id}"
version = {version}
title = "Card lost"
language = "{language}"
{more}
+++
"""

FIELDS = """
[fields.card_ending]
label = "Last four digits"
type = "text"
required = true

[fields.when_lost]
label = "Lost on"
type = "date"

[fields.sum]
label = "Sum"
type = "amount"

[fields.reach]
label = "Reach the customer by"
type = "choice"
kept_in = "profile"
options = { sms = "短信", email = "Email" }

[fields.is_abroad]
label = "Abroad"
type = "yes_no"
"""

WriteScript = Callable[..., str]
ReadScript = Callable[..., Script]
FindProblems = Callable[..., list[tuple[int, str]]]


def _write(body: str, more: str = "", script_id: str = "card-lost", version: int = 1, language: str = "en") -> str:
    return HEAD.format(id=script_id, version=version, language=language, more=more.strip()) + body


@pytest.fixture
def write_script() -> WriteScript:
    """A whole file out of its body."""
    return _write


@pytest.fixture
def read_script() -> ReadScript:
    """The script that a body says."""

    def read(body: str, more: str = "", **head: str | int) -> Script:
        text = _write(body, more, **head)
        script_id, language = head.get("script_id", "card-lost"), head.get("language", "en")
        return parse_script(text, f"{script_id}.{language}.md", TYPES)

    return read


@pytest.fixture
def problems_of() -> FindProblems:
    """What is wrong with a body: its lines, counted from the body's first one, and the words."""

    def find(body: str, more: str = "") -> list[tuple[int, str]]:
        first = _write("", more).count("\n")
        try:
            parse_script(_write(body, more), "card-lost.en.md", TYPES)
        except BrokenScript as broken:
            return [(problem.line - first, problem.text) for problem in broken.problems]
        return []

    return find


@pytest.fixture
def fields() -> str:
    """A head's fields, one of each kind but number."""
    return FIELDS


@pytest.fixture
def library_folder() -> Path:
    return Path(__file__).parents[2] / "scripts_library" / "library"
