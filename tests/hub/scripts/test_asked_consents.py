"""A script asks for a consent: the answer is an entry of the ledger, with the step that asked."""

from pathlib import Path

import pytest

from hub.storage import tables
from scripts_library.loader import load_scripts
from tests.hub.flows import hold_text
from tests.hub.house import BOTH, House
from tests.hub.notices import SAM
from tests.hub.sample_settings import TYPES
from tests.hub.scripts.test_desk_scripts import script_of, step, use, write

WRITTEN = """+++
id = "news"
version = 1
title = "News"
language = "en"

[fields.may_write]
label = "May we tell you about our products?"
type = "yes_no"
kept_in = "consent"
purpose = "marketing"
+++

## begin: Begin

> Good day.

-> ask

## ask: Ask

{{ field: may_write }}

-> end
"""


@BOTH
async def test_what_a_script_asks_is_in_the_ledger_with_its_step(house: House, tmp_path: Path) -> None:
    write(tmp_path, "news", WRITTEN)
    await use(house, tmp_path)
    held = await hold_text(house)
    assert script_of(house, held)["step_id"] == "begin"
    for action, values in (("next", {}), ("answer", {"may_write": "yes"}), ("answer", {"may_write": "no"})):
        assert not (await step(house, held, action, values=values)).code
    rows = await house.rows(tables.consent_entry)
    assert [(row["act"], row["purpose"], row["address"]) for row in rows] == [
        ("asked", "marketing", SAM),
        ("given", "marketing", SAM),
        ("withdrawn", "marketing", SAM),
    ]
    assert {(row["source"], row["by_id"], row["language"]) for row in rows} == {("script", "news/ask", "en")}
    assert not (await step(house, held, "answer", values={"may_write": "no"})).code
    assert await house.count(tables.consent_entry) == 3, "the same answer again is no change of mind"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ('purpose = "marketing"\n', "needs a `purpose`"),
        ('kept_in = "consent"\n', "belongs to"),
        ('"yes_no"', "a consent is a field of type yes_no"),
    ],
)
def test_a_field_that_cannot_keep_a_consent_is_refused_at_its_line(wrong: str, words: str, tmp_path: Path) -> None:
    text = WRITTEN.replace(wrong, '"text"' if wrong.startswith('"') else "")
    (tmp_path / "news.en.md").write_text(text, encoding="utf-8")
    problems = load_scripts(tmp_path, TYPES).problems
    assert any(words in problem.text and problem.line == 7 for problem in problems), problems
