"""The script of an interaction: the one that fits, stepped through by commands, and kept with its run."""

from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from agent_console.commands import CommandAnswer
from agent_console.script_views import ScriptOptionView
from hub.scripts.published_scripts import list_texts
from hub.storage import script_runs
from scripts_library.loader import load_scripts
from tests.hub.flows import hold_text, wrap_up
from tests.hub.house import House
from tests.hub.notices import PIA, text
from tests.hub.sample_settings import TYPES

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

[fields.street]
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

{{ field: street }}

-> close

## close: Before you part

> Thank you, {{ answer.card_ending | fallback: "and goodbye" }}.

-> end
"""
BY_HAND = """+++
id = "moved"
version = 1
title = "New address"
language = "en"
priority = -10

[fields.street]
label = "Town"
type = "text"
kept_in = "profile"
+++

## ask: The new address

Ask in this order:

1. street and number,
2. street.

> Where do you live now?

!> The old address stays valid for a week.

{{ field: street }}

> Thank you.

-> end
"""
IN_CHINESE = {
    '"en"': '"zh-CN"',
    "Good day": "您好",
    "Block the card": "挂失",
    "Town": "城市",
    "New address": "新地址",
}


@pytest_asyncio.fixture(autouse=True)
async def folder(house: House, tmp_path: Path) -> Path:
    """A small library in the place of the one that comes with the hub."""
    (folder := tmp_path / "scripts").mkdir()
    write(folder, "lost", WRITTEN)
    await use(house, folder)
    return folder


@pytest_asyncio.fixture
async def by_hand(house: House, folder: Path) -> None:
    write(folder, "moved", BY_HAND)
    await use(house, folder)


def write(folder: Path, name: str, written: str) -> None:
    (folder / f"{name}.en.md").write_text(written, encoding="utf-8")
    for word, translation in IN_CHINESE.items():
        written = written.replace(word, translation)
    (folder / f"{name}.zh-CN.md").write_text(written, encoding="utf-8")


async def use(house: House, folder: Path) -> None:
    library = load_scripts(folder, TYPES)
    assert not library.problems
    await house.db.write(lambda conn: script_runs.store_texts(conn, list_texts(library.scripts)))
    house.scripts.replace_all(library.scripts)


async def step(house: House, held: dict[str, Any], action: str, agent: str = "ada", **fields: Any) -> CommandAnswer:
    script = script_of(house, held, agent)
    shown = {"script_id": script["script_id"], "step_id": script["step_id"], "action": action}
    return await house.about(agent, held["id"], "advance_script", **shown, **fields)


def script_of(house: House, held: dict[str, Any], agent: str = "ada") -> dict[str, Any]:
    return dict(house.screens[agent].find(held["id"])["script"])


def words_of(script: dict[str, Any]) -> str:
    return "".join(span["text"] for part in parts(script, "prompt") for b in part["blocks"] for span in b["spans"])


def parts(script: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [part for part in script["parts"] if part["kind"] == kind]


async def test_the_script_is_filled_with_what_is_known_of_the_customer(house: House) -> None:
    held = await hold_text(house)
    script = script_of(house, held)
    assert (script["title"], script["step_id"], script["ordinal"]) == ("Lost card", "identify", 1)
    assert script["why"] == [{"part": "tiers", "value": "standard"}]
    assert words_of(script).startswith("Good day, Sam Okoye")
    assert script["languages"] == ["en", "zh-CN"]


async def test_the_offer_names_the_script_that_will_come(house: House) -> None:
    ada = await house.seat("ada")
    await house.take(text("Hej"))
    assert ada.offers[0]["script_title"] == "Lost card"


async def test_where_no_script_fits_there_is_none(house: House) -> None:
    await house.seat("ada")
    await house.take(text("Hej", PIA))
    held = await house.accept("ada")
    assert held["script"] is None
    refused = await house.about(
        "ada", held["id"], "advance_script", script_id="lost", step_id="identify", action="next"
    )
    assert refused.code == "wrong_state"


async def test_a_step_is_left_when_its_required_fields_are_answered(house: House) -> None:
    held = await hold_text(house)
    refused = await step(house, held, "choose", choice="1")
    assert (refused.code, refused.field) == ("required", "card_ending")
    assert not (await step(house, held, "choose", choice="1", values={"card_ending": "4711"})).code
    assert script_of(house, held)["step_id"] == "block"


async def test_what_must_be_said_is_said_before_going_on(house: House) -> None:
    held = await hold_text(house)
    await step(house, held, "choose", choice="1", values={"card_ending": "4711"})
    (must_say,) = parts(script_of(house, held), "must_say")
    assert (must_say["text"], must_say["acknowledged"]) == ("The old card stays blocked for good.", False)
    refused = await step(house, held, "next")
    assert (refused.code, refused.field) == ("must_be_acknowledged", must_say["id"])
    assert not (await step(house, held, "acknowledge", must_say=must_say["id"])).code
    assert parts(script_of(house, held), "must_say")[0]["acknowledged"]
    assert not (await step(house, held, "next")).code
    assert words_of(script_of(house, held)) == "Thank you, 4711."


async def test_the_way_back_keeps_what_was_answered(house: House) -> None:
    held = await hold_text(house)
    refused = await step(house, held, "back")
    assert refused.code == "no_way_back"
    await step(house, held, "choose", choice="1", values={"card_ending": "4711"})
    assert not (await step(house, held, "back")).code
    script = script_of(house, held)
    assert (script["step_id"], parts(script, "field")[0]["value"]) == ("identify", "4711")


async def test_an_answer_is_kept_without_leaving_the_step(house: House) -> None:
    held = await hold_text(house)
    assert not (await step(house, held, "answer", values={"card_ending": "08 15"})).code
    script = script_of(house, held)
    assert (script["step_id"], parts(script, "field")[0]["value"]) == ("identify", "08 15")


async def test_what_the_step_does_not_have_is_refused(house: House) -> None:
    held = await hold_text(house)
    assert (await step(house, held, "choose", choice="9")).code == "unknown_choice"
    assert (await step(house, held, "answer", values={"street": "Umeå"})).code == "unknown_field"
    assert (await step(house, held, "acknowledge", must_say="nothing")).code == "unknown_statement"
    assert (await step(house, held, "next")).code in ("choice_needed", "required")


async def test_a_step_that_was_left_meanwhile_is_stale(house: House) -> None:
    held = await hold_text(house)
    refused = await house.about("ada", held["id"], "advance_script", script_id="lost", step_id="block", action="next")
    assert refused.code == "stale"


async def test_the_language_changes_in_the_middle(house: House) -> None:
    held = await hold_text(house)
    await step(house, held, "choose", choice="1", values={"card_ending": "4711"})
    assert not (await step(house, held, "language", language="zh-CN")).code
    script = script_of(house, held)
    assert (script["language"], script["step_id"], script["step_title"]) == ("zh-CN", "block", "挂失")
    refused = await step(house, held, "language", language="sv")
    assert (refused.code, refused.field) == ("no_translation", "sv")


async def test_a_script_comes_to_its_end(house: House) -> None:
    held = await hold_text(house)
    await step(house, held, "choose", choice="2", values={"card_ending": "4711"})
    assert script_of(house, held)["is_final"]
    assert not (await step(house, held, "next")).code
    assert script_of(house, held)["step_id"] == "end"
    assert (await step(house, held, "next")).code == "is_over"
    assert not (await step(house, held, "back")).code


async def test_a_run_keeps_the_words_that_it_began_with(house: House, folder: Path) -> None:
    held = await hold_text(house)
    newer = WRITTEN.replace("version = 1", "version = 2").replace("Good day", "Welcome")
    (folder / "lost.en.md").write_text(newer, encoding="utf-8")
    (folder / "lost.zh-CN.md").unlink()
    await use(house, folder)
    await step(house, held, "answer", values={"card_ending": "4711"})
    assert words_of(script_of(house, held)).startswith("Good day")
    await wrap_up(house, "ada", held["id"])
    await house.take(text("Hej igen"))
    again = await house.accept("ada")
    assert (again["script"]["version"], words_of(again["script"])[:7]) == (2, "Welcome")


async def test_the_next_agent_goes_on_where_the_first_stopped(house: House) -> None:
    held = await hold_text(house)
    await step(house, held, "choose", choice="1", values={"card_ending": "4711"})
    await house.about("ada", held["id"], "transfer_interaction", queue="cards")
    await house.seat("cleo")
    taken = await house.accept("cleo")
    assert taken["script"]["step_id"] == "block"
    assert not (await step(house, taken, "back", agent="cleo")).code
    assert parts(script_of(house, taken, "cleo"), "field")[0]["value"] == "4711"


# ---- another script than the one chosen


async def pick(house: House, held: dict[str, Any], script_id: str, agent: str = "ada") -> CommandAnswer:
    return await house.about(agent, held["id"], "pick_script", script_id=script_id)


async def list_scripts(house: House, held: dict[str, Any], agent: str = "ada") -> list[ScriptOptionView]:
    listed = await house.feed.list_scripts(agent, held["id"])
    assert listed is not None
    return listed.scripts


async def test_what_applies_may_be_picked_the_most_fitting_first(house: House, by_hand: None) -> None:
    held = await hold_text(house)
    first, second = await list_scripts(house, held)
    assert (first.id, first.title, first.applies, first.is_begun) == ("lost", "Lost card", ["standard"], True)
    assert (second.id, second.title, second.is_begun) == ("moved", "New address", False)
    assert not script_of(house, held)["by_hand"]
    await pick(house, held, "moved")
    assert script_of(house, held)["by_hand"], "nobody is told that it fits every interaction"


async def test_a_script_of_another_queue_stands_behind_those_of_this_one(house: House, folder: Path) -> None:
    elsewhere = BY_HAND.replace("priority = -10", 'priority = 5\n\n[applies_to]\nqueues = ["deposits"]')
    write(folder, "moved", elsewhere)
    await use(house, folder)
    held = await hold_text(house)
    assert [(one.id, one.applies) for one in await list_scripts(house, held)] == [
        ("lost", ["standard"]),
        ("moved", ["deposits"]),
    ]
    assert not (await pick(house, held, "moved")).code
    assert (script_of(house, held)["why"], script_of(house, held)["fits"]) == ([], False)


async def test_the_list_speaks_the_language_that_the_agent_chose(house: House, by_hand: None) -> None:
    held = await hold_text(house)
    await step(house, held, "language", language="zh-CN")
    assert [(one.id, one.language) for one in await list_scripts(house, held)] == [
        ("lost", "zh-CN"),
        ("moved", "zh-CN"),
    ]


async def test_only_the_holder_is_told_what_may_be_picked(house: House) -> None:
    held = await hold_text(house)
    assert await house.feed.list_scripts("ben", held["id"]) is None
    await wrap_up(house, "ada", held["id"])
    assert await house.feed.list_scripts("ada", held["id"]) is None


@pytest.mark.promise("P6")
async def test_another_script_is_picked_and_the_first_one_goes_on_where_it_stood(house: House, by_hand: None) -> None:
    held = await hold_text(house)
    await step(house, held, "choose", choice="1", values={"card_ending": "4711"})
    assert not (await pick(house, held, "moved")).code
    assert words_of(script_of(house, held)) == "Where do you live now?Thank you."
    assert not (await pick(house, held, "lost")).code
    assert script_of(house, held)["step_id"] == "block"
    await house.check_screens()
    await house.check_restored()
    facts = [m for m in house.screens["ada"].find(held["id"])["messages"] if m["fact"] == "script_picked"]
    assert [fact["data"] for fact in facts] == [{"title": "New address"}, {"title": "Lost card"}]


async def test_the_one_that_is_shown_is_not_picked_again(house: House) -> None:
    held = await hold_text(house)
    before = list(house.screens["ada"].seen)
    assert not (await pick(house, held, "lost")).code
    assert house.screens["ada"].seen == before


async def test_what_is_for_other_customers_is_not_picked(house: House, folder: Path) -> None:
    for_platinum = BY_HAND.replace("priority = -10", '\n[applies_to]\ntiers = ["platinum"]')
    write(folder, "moved", for_platinum)
    await use(house, folder)
    held = await hold_text(house)
    assert [one.id for one in await list_scripts(house, held)] == ["lost"]
    refused = await pick(house, held, "moved")
    assert (refused.code, refused.field) == ("invalid", "script_id")


async def test_a_step_of_the_script_that_was_left_is_stale(house: House, by_hand: None) -> None:
    held = await hold_text(house)
    await pick(house, held, "moved")
    shown = {"script_id": "lost", "step_id": "identify", "action": "choose", "choice": "2"}
    assert (await house.about("ada", held["id"], "advance_script", **shown)).code == "stale"


async def test_who_takes_over_sees_the_script_that_was_picked(house: House, by_hand: None) -> None:
    held = await hold_text(house)
    await pick(house, held, "moved")
    await house.about("ada", held["id"], "transfer_interaction", queue="cards")
    await house.seat("cleo")
    assert house.screens["cleo"].offers[0]["script_title"] == "New address"
    taken = await house.accept("cleo")
    assert taken["script"]["script_id"] == "moved"


async def test_the_parts_of_a_step_keep_the_authors_order(house: House, by_hand: None) -> None:
    held = await hold_text(house)
    await pick(house, held, "moved")
    shown = script_of(house, held)["parts"]
    assert [part["kind"] for part in shown] == ["guidance", "prompt", "must_say", "field", "prompt"]
    assert [block["kind"] for block in shown[0]["blocks"]] == ["paragraph", "numbered", "numbered"]
