"""Every promise of `hub/PROMISES.md` is held by a test that says so."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

TESTS = Path(__file__).parent
TABLE = (TESTS.parent / "hub" / "PROMISES.md").read_text(encoding="utf-8")
PROMISES = re.findall(r"^\| (P\d+) \|", TABLE, re.MULTILINE)


def marks_in(text: str) -> Iterator[str]:
    """The numbers in `pytest.mark.promise("P3")`, wherever they stand in a test file."""
    for node in ast.walk(ast.parse(text if "promise(" in text else "")):
        match node:
            case ast.Call(func=ast.Attribute(attr="promise"), args=[ast.Constant(value=str(number)), *_]):
                yield number


@cache
def held() -> dict[str, list[str]]:
    found = defaultdict(list)
    for file in sorted(TESTS.rglob("test_*.py")):
        for number in marks_in(file.read_text(encoding="utf-8")):
            found[number].append(file.name)
    return found


def test_there_are_thirteen_promises_in_order() -> None:
    assert [f"P{n}" for n in range(1, 14)] == PROMISES


def test_every_mark_names_a_promise() -> None:
    assert set(held()) - set(PROMISES) == set()


def test_every_promise_is_held_by_a_test() -> None:
    assert [number for number in PROMISES if number not in held()] == []


def test_a_mark_is_found_on_functions_and_modules() -> None:
    text = 'pytestmark = [pytest.mark.promise("P1")]\n@pytest.mark.promise("P2")\nasync def test_it(): ...'
    assert sorted(marks_in(text)) == ["P1", "P2"]
