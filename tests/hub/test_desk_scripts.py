"""The script of an interaction: the one that fits, stepped through by commands, and kept with its run."""

from pathlib import Path
from typing import Any

import pytest_asyncio

from agent_console.commands import CommandAnswer
from hub.seeding import keep_script_texts
from hub.storage import tables
from scripts_library.loader import load
from tests.hub.notices import PIA, text
from tests.hub.scenes import hold_text, wrap_up
from tests.hub.stage import Stage

WRITTEN = """+++
id = "lost"
version = 1
title = "Lost card"
language = "en"

[applies_to]
tiers = ["standard"]

[fields.card_ending]
label = "Last four digits"
type = "text"
required = true

[fields.town]
label = "Town"
type = "text"
kept_in = "profile"
+++

## identify: Identity

> Good day, {{ customer.name | fallback: "and welcome" }}.

{{ field: card_ending }}

- [1] Confirmed -> block
- [2] Not confirmed -> close

## block: Block the card

!> The old card stays blocked for good.

{{ field: town }}

-> close

## close: Before you part

> Thank you, {{ answer.card_ending | fallback: "and goodbye" }}.

-> end
"""
IN_CHINESE = {'"en"': '"zh-CN"', "Good day": "您好", "Block the card": "挂失", "Town": "城市"}


@pytest_asyncio.fixture(autouse=True)
async def folder(stage: Stage, tmp_path: Path) -> Path:
    """A small library in the place of the one that comes with the hub."""
    folder = tmp_path / "scripts"
    folder.mkdir()
    (folder / "lost.en.md").write_text(WRITTEN, encoding="utf-8")
    translated = WRITTEN
    for word, translation in IN_CHINESE.items():
        translated = translated.replace(word, translation)
    (folder / "lost.zh-CN.md").write_text(translated, encoding="utf-8")
    await use(stage, folder)
    return folder


async def use(stage: Stage, folder: Path) -> None:
    library = load(folder)
    assert not library.problems
    await keep_script_texts(stage.db, library.scripts)
    stage.scripts.replace_all(library.scripts)


async def step(stage: Stage, held: dict[str, Any], action: str, agent: str = "ada", **fields: Any) -> CommandAnswer:
    """One action on the step that the agent's screen shows."""
    shown = {"step_id": script_of(stage, held, agent)["step_id"], "action": action, **fields}
    return await stage.about(agent, held["id"], "advance_script", **shown)


def script_of(stage: Stage, held: dict[str, Any], agent: str = "ada") -> dict[str, Any]:
    return dict(stage.screens[agent].find(held["id"])["script"])


def words_of(script: dict[str, Any]) -> str:
    return "".join(span["text"] for prompt in script["prompts"] for span in prompt["spans"])


async def test_the_script_is_filled_with_what_is_known_of_the_customer(stage: Stage) -> None:
    held = await hold_text(stage)
    script = script_of(stage, held)
    assert (script["title"], script["step_id"], script["ordinal"]) == ("Lost card", "identify", 1)
    assert script["applies"] == ["standard"]
    assert words_of(script).startswith("Good day, Sam Okoye")
    assert script["languages"] == ["en", "zh-CN"]


async def test_the_offer_names_the_script_that_will_come(stage: Stage) -> None:
    ada = await stage.seat("ada")
    await stage.take(text("Hej"))
    assert ada.offers[0]["script_title"] == "Lost card"


async def test_where_no_script_fits_there_is_none(stage: Stage) -> None:
    await stage.seat("ada")
    await stage.take(text("Hej", PIA))
    held = await stage.accept("ada")
    assert held["script"] is None
    refused = await stage.about("ada", held["id"], "advance_script", step_id="identify", action="next")
    assert refused.code == "wrong_state"


async def test_a_step_is_left_when_its_required_fields_are_answered(stage: Stage) -> None:
    held = await hold_text(stage)
    refused = await step(stage, held, "choose", choice="1")
    assert (refused.code, refused.field) == ("required", "card_ending")
    assert not (await step(stage, held, "choose", choice="1", values={"card_ending": "4711"})).code
    assert script_of(stage, held)["step_id"] == "block"


async def test_what_must_be_said_is_said_before_going_on(stage: Stage) -> None:
    held = await hold_text(stage)
    await step(stage, held, "choose", choice="1", values={"card_ending": "4711"})
    (must_say,) = script_of(stage, held)["must_say"]
    assert (must_say["text"], must_say["acknowledged"]) == ("The old card stays blocked for good.", False)
    refused = await step(stage, held, "next")
    assert (refused.code, refused.field) == ("must_be_acknowledged", must_say["id"])
    assert not (await step(stage, held, "acknowledge", must_say=must_say["id"])).code
    assert script_of(stage, held)["must_say"][0]["acknowledged"]
    assert not (await step(stage, held, "next")).code
    assert words_of(script_of(stage, held)) == "Thank you, 4711."


async def test_the_way_back_keeps_what_was_answered(stage: Stage) -> None:
    held = await hold_text(stage)
    refused = await step(stage, held, "back")
    assert refused.code == "no_way_back"
    await step(stage, held, "choose", choice="1", values={"card_ending": "4711"})
    assert not (await step(stage, held, "back")).code
    script = script_of(stage, held)
    assert (script["step_id"], script["fields"][0]["value"]) == ("identify", "4711")


async def test_an_answer_is_kept_without_leaving_the_step(stage: Stage) -> None:
    held = await hold_text(stage)
    assert not (await step(stage, held, "answer", values={"card_ending": "08 15"})).code
    script = script_of(stage, held)
    assert (script["step_id"], script["fields"][0]["value"]) == ("identify", "08 15")


async def test_what_the_step_does_not_have_is_refused(stage: Stage) -> None:
    held = await hold_text(stage)
    assert (await step(stage, held, "choose", choice="9")).code == "unknown_choice"
    assert (await step(stage, held, "answer", values={"town": "Umeå"})).code == "unknown_field"
    assert (await step(stage, held, "acknowledge", must_say="nothing")).code == "unknown_statement"
    assert (await step(stage, held, "next")).code in ("choice_needed", "required")


async def test_a_step_that_was_left_meanwhile_is_stale(stage: Stage) -> None:
    held = await hold_text(stage)
    refused = await stage.about("ada", held["id"], "advance_script", step_id="block", action="next")
    assert refused.code == "stale"


async def test_the_language_changes_in_the_middle(stage: Stage) -> None:
    held = await hold_text(stage)
    await step(stage, held, "choose", choice="1", values={"card_ending": "4711"})
    assert not (await step(stage, held, "language", language="zh-CN")).code
    script = script_of(stage, held)
    assert (script["language"], script["step_id"], script["step_title"]) == ("zh-CN", "block", "挂失")
    refused = await step(stage, held, "language", language="sv")
    assert (refused.code, refused.field) == ("no_translation", "sv")


async def test_a_script_comes_to_its_end(stage: Stage) -> None:
    held = await hold_text(stage)
    await step(stage, held, "choose", choice="2", values={"card_ending": "4711"})
    assert script_of(stage, held)["is_final"]
    assert not (await step(stage, held, "next")).code
    assert script_of(stage, held)["step_id"] == "end"
    assert (await step(stage, held, "next")).code == "is_over"
    assert not (await step(stage, held, "back")).code


async def test_an_answer_that_is_kept_in_the_profile_is_there_after_the_wrap_up(stage: Stage) -> None:
    held = await hold_text(stage)
    await step(stage, held, "choose", choice="1", values={"card_ending": "4711"})
    await step(stage, held, "answer", values={"town": "Umeå"})
    await wrap_up(stage, "ada", held["id"])
    (kept,) = await stage.rows(tables.profile_value)
    assert (kept["customer_id"], kept["name"], kept["value"]) == ("sam", "town", "Umeå")
    await stage.take(text("Hej igen"))
    again = await stage.accept("ada")
    await step(stage, again, "choose", choice="1", values={"card_ending": "4711"})
    await step(stage, again, "answer", values={"town": "Luleå"})
    await wrap_up(stage, "ada", again["id"])
    assert [row["value"] for row in await stage.rows(tables.profile_value)] == ["Luleå"]


async def test_a_run_keeps_the_words_that_it_began_with(stage: Stage, folder: Path) -> None:
    held = await hold_text(stage)
    newer = WRITTEN.replace("version = 1", "version = 2").replace("Good day", "Welcome")
    (folder / "lost.en.md").write_text(newer, encoding="utf-8")
    (folder / "lost.zh-CN.md").unlink()
    await use(stage, folder)
    await step(stage, held, "answer", values={"card_ending": "4711"})
    assert words_of(script_of(stage, held)).startswith("Good day")
    await wrap_up(stage, "ada", held["id"])
    await stage.take(text("Hej igen"))
    again = await stage.accept("ada")
    assert (again["script"]["version"], words_of(again["script"])[:7]) == (2, "Welcome")


async def test_the_next_agent_goes_on_where_the_first_stopped(stage: Stage) -> None:
    held = await hold_text(stage)
    await step(stage, held, "choose", choice="1", values={"card_ending": "4711"})
    await stage.about("ada", held["id"], "transfer_interaction", queue="cards")
    await stage.seat("cleo")
    taken = await stage.accept("cleo")
    assert taken["script"]["step_id"] == "block"
    assert not (await step(stage, taken, "back", agent="cleo")).code
    assert script_of(stage, taken, "cleo")["fields"][0]["value"] == "4711"
