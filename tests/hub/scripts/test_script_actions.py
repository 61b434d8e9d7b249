"""What a script does on the agent's word: as by hand, with a tick or a cross, tried again once at most."""

from pathlib import Path
from typing import Any

import pytest_asyncio

from hub.storage import tables
from tests.hub.flows import hold_text, wrap_up
from tests.hub.house import House
from tests.hub.notices import text
from tests.hub.scripts.test_desk_scripts import folder as folder
from tests.hub.scripts.test_desk_scripts import parts, script_of, step, use, write

WRITTEN = """+++
id = "lost"
version = 1
title = "Lost card"
language = "en"

[actions.form]
label = "Send the form"
do = "text"
text = "Dear {{ customer.name | fallback: 'customer' }}, here is the form."

[actions.town]
label = "Note the town"
do = "attribute"
attribute = "street"
value = "Umeå"

[actions.wrong]
label = "Set what there is not"
do = "attribute"
attribute = "shoe_size"
value = "44"

[actions.solved]
label = "Solved"
do = "disposition"
disposition = "solved"

[actions.pause]
label = "Pause"
do = "pause_recording"

[fields.street]
label = "Town"
type = "text"
kept_in = "profile"
write_back = "ask"
+++

## do: Do it

{{ action: form }}
{{ action: town }}
{{ action: wrong }}
{{ action: solved }}
{{ action: pause }}
{{ field: street }}

-> end
"""


@pytest_asyncio.fixture
async def held(house: House, folder: Path) -> dict[str, Any]:
    """Ada with Sam's text, at the step that does things."""
    write(folder, "lost", WRITTEN)
    await use(house, folder)
    return await hold_text(house)


def action_of(house: House, held: dict[str, Any], name: str) -> tuple[str, str, bool]:
    [one] = [part for part in parts(script_of(house, held), "action") if part["name"] == name]
    return one["state"], one["code"], one["may_try"]


async def act(house: House, held: dict[str, Any], name: str) -> str:
    return (await step(house, held, "act", name=name)).code


async def test_a_text_is_sent_once_with_the_customers_name(house: House, held: dict[str, Any]) -> None:
    [form] = [one for one in parts(script_of(house, held), "action") if one["name"] == "form"]
    assert form["text"] == "Dear Sam Okoye, here is the form."
    assert not await act(house, held, "form")
    assert action_of(house, held, "form") == ("done", "", False)
    assert await act(house, held, "form") == "is_done"
    sent = await house.said(held["id"], "agent")
    assert sent == ["Dear Sam Okoye, here is the form."]
    assert "script_action_done" in await house.said(held["id"], "fact")
    await house.check_screens()
    await house.check_restored()


async def test_a_value_is_set_and_stands_on_the_card_at_once(house: House, held: dict[str, Any]) -> None:
    assert not await act(house, held, "town")
    assert house.screens["ada"].find(held["id"])["customer"]["attributes"]["street"] == ["Umeå"]
    changes = await house.rows(tables.profile_change, tables.profile_change.c.name == "street")
    assert [(one["changed_by"], one["changer_id"], one["source"]) for one in changes] == [
        ("script", "ada", "lost/town")
    ]


async def test_what_cannot_be_done_leaves_a_cross_and_is_tried_once_more(house: House, held: dict[str, Any]) -> None:
    assert not await act(house, held, "wrong")
    assert action_of(house, held, "wrong") == ("failed", "invalid", True)
    assert not await act(house, held, "wrong")
    assert action_of(house, held, "wrong") == ("failed", "invalid", False)
    assert await act(house, held, "wrong") == "is_done"
    assert not await act(house, held, "pause")
    assert action_of(house, held, "pause") == ("failed", "not_recorded", True)
    assert "script_action_failed" in await house.said(held["id"], "fact")
    await house.check_restored()


async def test_a_disposition_is_proposed_for_the_wrap_up(house: House, held: dict[str, Any]) -> None:
    assert script_of(house, held)["disposition"] == ""
    assert not await act(house, held, "solved")
    assert script_of(house, held)["disposition"] == "solved"


async def test_no_other_step_and_no_other_agent_does_it(house: House, held: dict[str, Any]) -> None:
    await step(house, held, "next")
    assert await act(house, held, "form") == "unknown_action"
    assert await house.said(held["id"], "agent") == []


async def test_an_answer_reaches_the_profile_only_once_the_agent_says_so(house: House, held: dict[str, Any]) -> None:
    await step(house, held, "answer", values={"street": "Umeå"})
    assert parts(script_of(house, held), "field")[0]["asks"]
    assert "street" not in house.screens["ada"].find(held["id"])["customer"]["attributes"]
    assert not (await step(house, held, "keep", name="street")).code
    assert not parts(script_of(house, held), "field")[0]["asks"]
    assert house.screens["ada"].find(held["id"])["customer"]["attributes"]["street"] == ["Umeå"]
    await step(house, held, "answer", values={"street": "Luleå"})  # which nobody has confirmed
    assert parts(script_of(house, held), "field")[0]["asks"]
    assert "street" not in house.screens["ada"].find(held["id"])["customer"]["attributes"]
    await house.check_screens()
    await house.check_restored()


async def test_an_answer_that_was_not_confirmed_stays_with_the_run(house: House, held: dict[str, Any]) -> None:
    await step(house, held, "answer", values={"street": "Umeå"})
    await wrap_up(house, "ada", held["id"])
    await house.take(text("Hej igen"))
    again = await house.accept("ada")
    assert "street" not in again["customer"]["attributes"]
