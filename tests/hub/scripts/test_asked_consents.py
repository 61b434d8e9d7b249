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


@BOTH
async def test_where_the_agent_is_asked_only_what_they_keep_is_in_the_ledger(house: House, tmp_path: Path) -> None:
    write(tmp_path, "news", WRITTEN.replace('purpose = "marketing"', 'purpose = "marketing"\nwrite_back = "ask"'))
    await use(house, tmp_path)
    held = await hold_text(house)
    assert not (await step(house, held, "next")).code
    kept = []
    for action, more in (
        ("answer", {"values": {"may_write": "yes"}}),
        ("keep", {"name": "may_write"}),
        ("answer", {"values": {"may_write": "no"}}),
        ("keep", {"name": "may_write"}),
    ):
        assert not (await step(house, held, action, **more)).code
        (field,) = [one for one in script_of(house, held)["parts"] if one["kind"] == "field"]
        rows = await house.rows(tables.consent_entry)
        kept.append(([row["act"] for row in rows], field["asks"]))
    assert kept == [
        (["asked"], True),
        (["asked", "given"], False),
        (["asked", "given"], True),
        (["asked", "given", "withdrawn"], False),
    ]
    await house.check_screens()
    await house.check_restored()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ('label = "May we', 'written back "always" or on "ask"'),
        ('purpose = "marketing"\n', "needs a `purpose`"),
        ('kept_in = "consent"\n', "belongs to"),
        ('"yes_no"', "a consent is a field of type yes_no"),
    ],
)
def test_a_field_that_cannot_keep_a_consent_is_refused_at_its_line(wrong: str, words: str, tmp_path: Path) -> None:
    right = {'"yes_no"': '"text"', 'label = "May we': 'write_back = "if_empty"\nlabel = "May we'}.get(wrong, "")
    text = WRITTEN.replace(wrong, right)
    (tmp_path / "news.en.md").write_text(text, encoding="utf-8")
    problems = load_scripts(tmp_path, TYPES).problems
    assert any(words in problem.text and problem.line == 7 for problem in problems), problems
