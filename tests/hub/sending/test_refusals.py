"""Refusals: one type in the code, and words for each on the desk."""

import ast
import re

import pytest

from hub.sending.refusals import Refusal
from tests.imports import ROOMS, ROOT, sources

# functions that may say no
REFUSES = re.compile(r"_?(may_.*|find_(ban|obstacle|refusal|rejection)|.*_or_(refuse|reject))")


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_the_desk_has_words_for_each(language: str) -> None:
    files = (ROOT / "agent_console/web/src/desk").rglob("words/*.ts")
    texts = [(file.stem, file.read_text(encoding="utf-8")) for file in files]
    words = "".join(text for name, text in texts if name == language or "inBoth(" in text)
    assert [refusal for refusal in Refusal if f"'refused.{refusal}':" not in words] == []


def bare_refusals(path: str, text: str) -> list[str]:
    return [
        f"{path}: {node.name}"
        for node in ast.walk(ast.parse(text if "-> str" in text else ""))
        if isinstance(node, ast.FunctionDef) and REFUSES.fullmatch(node.name)
        if isinstance(node.returns, ast.Name) and node.returns.id == "str"
    ]


def test_nobody_refuses_by_a_text_that_is_empty_where_it_lets_pass() -> None:
    assert [found for path, text in sources(*ROOMS).items() for found in bare_refusals(path, text)] == []


def test_an_empty_text_for_yes_would_be_seen() -> None:
    text = "def may_dial(x) -> str: ...\ndef may_send(x) -> Refusal | None: ...\ndef find_ban(x) -> str: ..."
    assert bare_refusals("hub/sending/may_send.py", text) == [
        "hub/sending/may_send.py: may_dial",
        "hub/sending/may_send.py: find_ban",
    ]
