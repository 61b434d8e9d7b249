"""SECURITY.md answers every requirement that it speaks of, and names no test that is not there.

The rule of this file: the numbers are data, those of levels 1 and 2 of OWASP ASVS 5.0.0.
"""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "SECURITY.md").read_text("utf-8")
ROWS = dict(re.findall(r"^\| (\d+\.\d+\.\d+) \| [^|]+ \| ([^|]+) \|$", PAGE, re.MULTILINE))
# Section: the last parts of its numbers
ASKED = {
    "3.2": (1, 2),
    "3.3": (1, 2, 3, 4),
    "3.4": (1, 2, 3, 4, 5, 6),
    "3.5": (1, 2, 3, 4, 5),
    "3.7": (1, 2),
    "5.1": (1,),
    "5.2": (1, 2, 3),
    "5.3": (1, 2),
    "5.4": (1, 2, 3),
    "6.1": (1, 2, 3),
    "6.2": (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12),
    "6.3": (1, 2, 3, 4),
    "6.4": (1, 2, 3, 4),
    "6.5": (1, 2, 3, 4, 5),
    "6.6": (1, 2, 3),
    "6.8": (1, 2, 3, 4),
    "7.1": (1, 2, 3),
    "7.2": (1, 2, 3, 4),
    "7.3": (1, 2),
    "7.4": (1, 2, 3, 4, 5),
    "7.5": (1, 2),
    "7.6": (1, 2),
    "8.1": (1, 2),
    "8.2": (1, 2, 3),
    "8.3": (1,),
    "8.4": (1,),
}


def test_every_requirement_has_one_row() -> None:
    numbers = [f"{section}.{last}" for section, lasts in ASKED.items() for last in lasts]
    assert re.findall(r"^\| (\d+\.\d+\.\d+) \|", PAGE, re.MULTILINE) == numbers
    assert list(ROWS) == numbers


def test_every_row_says_what_holds_it_or_why_nothing_does() -> None:
    answers = re.compile(r"`tests/[^`]+::test_\w+`|\*\*Open\*\*.*: .+|Does not apply: .+|Above")
    assert [number for number, said in ROWS.items() if not answers.match(said)] == []


def test_every_test_that_it_names_is_there() -> None:
    named = set(re.findall(r"`(tests/[^`:]+)::(\w+)`", PAGE))
    assert len(named) == len(set(re.findall(r"`(tests/[^`]*)`", PAGE)))
    missing = []
    for file, name in sorted(named):
        path = ROOT / file
        tree = ast.parse(path.read_text("utf-8")) if path.is_file() else ast.Module([], [])
        if name not in {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}:
            missing.append(f"{file}::{name}")
    assert missing == []
