"""Ways with conditions and scores at the desk: decided by what is known, whoever may read it."""

from pathlib import Path

from hub.storage.profiles import ValueChange, change_profiles
from scripts_library.script_parsing import parse_stored
from tests.hub.flows import hold_text
from tests.hub.house import House
from tests.hub.sample_settings import TYPES
from tests.hub.scripts.test_desk_scripts import folder as folder
from tests.hub.scripts.test_desk_scripts import parts, script_of, step, use, write

WRITTEN = """+++
id = "lost"
version = 1
title = "Lost card"
language = "en"

[fields.is_abroad]
label = "Abroad"
type = "yes_no"

[scores.hurry]
label = "Hurry"
[scores.hurry.points]
is_abroad = { yes = 5 }
+++

## ask: Ask

{{ field: is_abroad }}

- [1] By courier -> sort if customer.tier == "platinum"
- [3] Send it abroad -> sort if answer.is_abroad == true
- [2] Send it -> sort

## sort: Nobody sees this

-> known if customer.street == "Umeå"
-> tell

## known: In Umeå

> In Umeå.

-> tell

## tell: Tell

{{ score: hurry }}

> Goodbye.

-> end
"""


async def use_written(house: House, folder: Path) -> None:
    write(folder, "lost", WRITTEN)
    await use(house, folder)


async def test_an_agent_sees_the_choices_that_are_open_and_the_step_that_follows(house: House, folder: Path) -> None:
    await use_written(house, folder)
    held = await hold_text(house)
    assert [one["key"] for one in script_of(house, held)["choices"]] == ["2"]
    await step(house, held, "answer", values={"is_abroad": "yes"})
    assert [one["key"] for one in script_of(house, held)["choices"]] == ["3", "2"]
    assert (await step(house, held, "choose", choice="1")).code == "unknown_choice"
    assert not (await step(house, held, "choose", choice="3")).code
    told = script_of(house, held)
    assert (told["step_id"], told["can_go_back"], told["is_final"]) == ("tell", True, True)
    [score] = parts(told, "score")
    summand = {"label": "Abroad", "answer": "yes", "type": "yes_no", "points": 5}
    assert (score["label"], score["total"], score["summands"]) == ("Hurry", 5, [summand])
    await house.check_screens()
    await house.check_restored()
    await step(house, held, "back")
    assert script_of(house, held)["step_id"] == "ask"


async def test_what_is_known_decides_where_a_step_leads(house: House, folder: Path) -> None:
    await use_written(house, folder)
    one = ValueChange(customer_id="sam", name="street", new="Umeå", known="Umeå", at=1, changed_by="agent")
    await house.db.write(lambda conn: change_profiles(conn, [one]))
    held = await hold_text(house)
    await step(house, held, "choose", choice="2")
    assert script_of(house, held)["step_id"] == "known"


def test_a_run_goes_on_though_its_attribute_has_become_another(folder: Path) -> None:
    types = {name: kind for name, kind in TYPES.items() if name != "customer.street"}
    script = parse_stored(WRITTEN, "lost.en.md", types)
    assert [way.target for way in script.steps[1].ways] == ["known", "tell"]


def test_a_text_of_a_run_is_parsed_once_for_the_same_attributes() -> None:
    script = parse_stored(WRITTEN, "lost.en.md", TYPES)
    assert parse_stored(str(bytes(WRITTEN, "utf-8"), "utf-8"), "lost.en.md", dict(TYPES)) is script
    fewer = {name: kind for name, kind in TYPES.items() if name != "customer.street"}
    assert parse_stored(WRITTEN, "lost.en.md", fewer).types != script.types
