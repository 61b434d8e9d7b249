"""The trail has words for all that is ever written into it, in every language; and nothing else writes into it."""

import ast
import re
from pathlib import Path

import pytest

from hub.storage.audit_words import ACTIONS, Detail, Ground

ROOT = Path(__file__).parents[2]
WORDS = ROOT / "agent_console" / "web" / "src" / "audit" / "words"
SAID_APART = {"grounds", "reason"}  # by the words of each ground, and as the person wrote it
WRITING = {"insert", "update", "prepare_insert", "Prepared"}
THE_WRITER = "hub/storage/audit.py"


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_action_name_and_ground_has_words(language: str) -> None:
    keys = re.findall(r"^ +'?([\w.]+)'?:", (WORDS / f"{language}.ts").read_text(encoding="utf-8"), re.MULTILINE)
    for prefix, written in (
        ("action.", set(ACTIONS)),
        ("detail.", Detail.__annotations__.keys() - SAID_APART),
        ("ground.", set(Ground)),
    ):
        assert {key.removeprefix(prefix) for key in keys if key.startswith(prefix)} == set(written)


def test_rows_are_written_in_one_file_alone() -> None:
    """There the types let nothing else in: `mypy` knows each action, and each name beside one."""
    writers = set()
    for file in (ROOT / "hub").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or ast.unparse(node.func).rpartition(".")[2] not in WRITING:
                continue
            if re.search(r"\baudit\b(?!\()", ast.unparse(node)):
                writers.add(file.relative_to(ROOT).as_posix())
    assert writers == {THE_WRITER}
