"""What was begun with a customer goes on in a later interaction, on any channel: by a new run that names the old."""

from typing import Any

import orjson
import pytest

from agent_console.script_views import EarlierRunView
from hub.scripts.script_publishing import Wished, publish_texts, retire_script
from hub.storage import tables
from routing.model import SECOND
from tests.hub.flows import hold_text, wrap_up
from tests.hub.house import BOTH, House
from tests.hub.notices import PIA, SAM_MAIL, mail, text
from tests.hub.scripts.test_desk_scripts import parts, script_of, step
from tests.hub.scripts.test_published_scripts import settle as settle_scripts

HOUR = 3_600 * SECOND
MOVE = """+++
id = "move"
version = {version}
title = "Moving house"
language = "en"
priority = 100
continue_hours = 72

[fields.moves_on]
label = "Moves on"
type = "date"

[fields.agrees]
label = "Agrees"
type = "yes_no"
kept_in = "consent"
purpose = "marketing"
+++

## when: When

> When do you move?

{{{{ field: moves_on }}}}
{{{{ field: agrees }}}}

-> terms

## terms: The terms

!> {terms}

-> street

## street: The street

> Where to, after {{{{ answer.moves_on | fallback: "that" }}}}?

-> end
"""


async def publish(house: House, version: int = 1, terms: str = "The old address stays valid for a week.") -> None:
    source = MOVE.format(version=version, terms=terms)
    wished = Wished(file="move.en.md", source=source, written_by=("ada",))
    await publish_texts(house.db, [wished], house.clock.now(), "ada", "Why not")
    await settle_scripts(house)


async def begin(house: House) -> dict[str, Any]:
    """Sam's text, as far as the last step, and closed: the interaction."""
    held = await hold_text(house)
    assert not (await step(house, held, "next", values={"moves_on": "2026-12-24", "agrees": "yes"})).code
    assert not (await step(house, held, "acknowledge", must_say="terms.1")).code
    assert not (await step(house, held, "next")).code
    await wrap_up(house, "ada", held["id"])
    return held


async def write_mail(house: House, sender: str = SAM_MAIL) -> dict[str, Any]:
    await house.take(mail("Jag flyttar 搬家", sender))
    return await house.accept("ada")


async def list_earlier(house: House, held: dict[str, Any]) -> list[EarlierRunView]:
    found = await house.feed.list_scripts("ada", held["id"])
    assert found is not None
    return found.earlier


async def go_on(house: House, held: dict[str, Any], of: str, script_id: str = "move") -> str:
    return (await house.about("ada", held["id"], "pick_script", script_id=script_id, continues=of)).code


async def runs_of(house: House, held: dict[str, Any]) -> dict[str, Any]:
    (row,) = await house.rows(tables.script_run, tables.script_run.c.interaction_id == held["id"])
    return orjson.loads(row["run"]) | {"text": row["script"]}


@BOTH
async def test_it_goes_on_in_another_channel_hours_later(house: House) -> None:
    await publish(house)
    first = await begin(house)
    house.clock.at += 5 * HOUR
    consents = await house.rows(tables.consent_entry)
    held = await write_mail(house)
    (offered,) = await list_earlier(house, held)
    assert (offered.interaction_id, offered.step_title, offered.channel) == (first["id"], "The street", "sms")
    assert [(one.label, one.value) for one in offered.answers] == [("Moves on", "2026-12-24"), ("Agrees", "yes")]
    assert await go_on(house, held, offered.interaction_id) == ""
    script = script_of(house, held)
    assert (script["step_id"], script["can_go_back"], script["owed"]) == ("street", True, [])
    assert "2026-12-24" in str(parts(script, "prompt")), "what was answered is known"
    run = await runs_of(house, held)
    assert (run["continues"], run["version"]) == (first["id"], 1)
    assert [(one["kind"], one["by"]) for one in run["proofs"]][-1] == ("acknowledged", "ada"), (
        "what was said is proven"
    )
    facts = [one["fact"] for one in house.screens["ada"].find(held["id"])["messages"]]
    assert "script_continued" in facts
    assert await house.rows(tables.consent_entry) == consents, "the customer has not agreed anew"
    assert (await runs_of(house, first))["continues"] == "", "the old run stays as it was"
    assert not await list_earlier(house, held), "it is not offered twice"
    await house.check_screens()
    await house.check_restored()
    assert not (await step(house, held, "next")).code
    await wrap_up(house, "ada", held["id"])
    assert not await list_earlier(house, await hold_text(house)), "it is done"


@BOTH
async def test_it_goes_on_with_other_words_only_where_what_was_said_is_the_same(house: House) -> None:
    await publish(house)
    first = await begin(house)
    await publish(house, 2, terms="The old address ends at once.")
    held = await write_mail(house)
    assert await go_on(house, held, first["id"]) == ""
    assert script_of(house, held)["version"] == 1, "the customer has heard the old terms"
    await wrap_up(house, "ada", held["id"])
    await publish(house, 3)
    again = await hold_text(house)
    (offered,) = await list_earlier(house, again)
    assert offered.interaction_id == held["id"], "the newest one goes on"
    assert await go_on(house, again, held["id"]) == ""
    assert script_of(house, again)["version"] == 3
    await house.check_screens()
    await house.check_restored()


@BOTH
async def test_what_may_not_go_on_is_refused_by_name(house: House) -> None:
    await publish(house)
    first = await begin(house)
    await house.take(text("Hej", PIA))
    other = await house.accept("ada")
    assert await list_earlier(house, other) == []
    assert await go_on(house, other, first["id"]) == "invalid", "it is another customer's"
    await wrap_up(house, "ada", other["id"])
    held = await write_mail(house)
    assert await go_on(house, held, "i-unknown") == "invalid"
    assert await go_on(house, held, held["id"]) == "invalid", "it is this one's own"
    assert await go_on(house, held, first["id"], "greeting") == "invalid"
    assert not (await step(house, held, "answer", values={"moves_on": "2026-12-31"})).code
    assert await go_on(house, held, first["id"]) == "invalid", "the agent has begun anew"
    assert not (await step(house, held, "answer", values={"moves_on": ""})).code
    house.clock.at += 70 * HOUR
    assert len(await list_earlier(house, held)) == 1, "days later"
    house.clock.at += 3 * HOUR
    assert await list_earlier(house, held) == [], "it is too old"
    house.clock.at -= 73 * HOUR


@pytest.mark.parametrize("is_retired", [True, False], ids=["retired", "in force"])
async def test_a_script_that_was_retired_does_not_go_on(house: House, is_retired: bool) -> None:
    await publish(house)
    await begin(house)
    if is_retired:
        assert await retire_script(house.db, "move", house.clock.now(), "ada", "over")
        await settle_scripts(house)
    assert len(await list_earlier(house, await write_mail(house))) == (not is_retired)
