"""What a script proposes to a customer, by rule, consent, history and priority, and what becomes of the reply."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest_asyncio
from orjson import dumps
from sqlalchemy import update

from hub.administration.script_commands import check_folder
from hub.customers.profile_page import read_page
from hub.scripts.proposal_figures import count_proposals
from hub.storage import given_proposals, tables
from hub.storage.documents import CustomersChanged
from hub.storage.proposal_tables import proposal
from routing.model import DAY
from scripts_library.loader import load_texts
from tests.hub.customers.test_merged_work import merge, undo
from tests.hub.flows import hold_text, wrap_up
from tests.hub.house import BOTH, House
from tests.hub.notices import GUS, text
from tests.hub.sample_settings import POLICY, TYPES
from tests.hub.scripts.test_desk_scripts import folder as folder
from tests.hub.scripts.test_desk_scripts import parts, script_of, step, use, write

OFFERS = """+++
kind = "proposals"
id = "offers"
version = 1
title = "What we suggest"
language = "en"

[proposals.plan]
when = '!has(customer.street) || customer.street != "Kiruna"'
why = "Has no plan"
priority = 10
declined_days = 30
later_days = 7

[proposals.letter]
why = "Agreed to hear of us"
purpose = "marketing"
priority = 20

[proposals.moving]
why = "Moved lately"
when = 'customer.street == "Lund"'
priority = 5

[proposals.gold]
why = "For gold customers"
when = 'customer.tier == "gold"'

[proposals.asked]
why = "Accepted the plan"
when = 'count("proposal_accepted/plan") >= 1'
+++

## plan: A savings plan

> Dear {{ customer.name | fallback: "customer" }}, a plan saves for you.

## plan/traveller: A plan for the next journey

> It saves for your next journey.

## letter: Our letter

> It comes once a month.

## moving: Moving

> We move it with you.

## gold: A gold card

> A card of gold.

## asked: More of it

> Twice as much?
"""
ASKS = """+++
id = "lost"
version = 1
title = "Ask"
language = "en"

[fields.street]
label = "Town"
type = "text"
kept_in = "profile"

[fields.agrees]
label = "May write"
type = "yes_no"
kept_in = "consent"
purpose = "marketing"
+++

## ask: First

{{ field: street }}
{{ field: agrees }}

-> show

## show: What fits

{{ proposals: offers, 2 }}

-> thank if proposal.plan == "accepted"
-> leave

## thank: Thank you

> Thank you.

-> end

## leave: Leave it

> Of course.

-> end
"""


@pytest_asyncio.fixture(autouse=True)
async def asking(house: House, folder: Path) -> None:
    write(folder, "offers", OFFERS)
    write(folder, "lost", ASKS)
    await use(house, folder)


def shown(house: House, held: dict[str, Any]) -> list[str]:
    [part] = parts(script_of(house, held), "proposals")
    return [one["id"] for one in part["proposals"]]


async def reply(house: House, held: dict[str, Any], name: str, choice: str, until: str = "") -> str:
    answer = await step(house, held, "reply", name=name, choice=choice, until=until)
    return answer.code


async def come_again(house: House, days: int) -> dict[str, Any]:
    await house.turn(days * DAY / 1_000_000)
    house.floor.today.clear()  # the figures of a day that has passed
    await house.open("ada")
    await house.take(text(f"Hej {days}"))
    held = await house.accept("ada")
    assert not (await step(house, held, "next")).code
    return held


async def test_the_best_are_shown_with_their_words_and_why(house: House) -> None:
    held = await hold_text(house)
    assert not (await step(house, held, "next")).code
    assert shown(house, held) == ["plan"]
    [part] = parts(script_of(house, held), "proposals")
    [plan] = part["proposals"]
    assert (plan["title"], plan["why"], plan["reply"]) == ("A savings plan", "Has no plan", "")
    assert "".join(span["text"] for span in plan["blocks"][0]["spans"]) == "Dear Sam Okoye, a plan saves for you."
    [row] = await house.rows(proposal)
    assert (row["proposal"], row["offered_to"], row["reply"], row["script_id"]) == ("plan", "ada", "", "lost")
    await house.check_screens()
    await house.check_restored()


async def test_what_the_step_before_has_taught_counts_at_once(house: House) -> None:
    held = await hold_text(house)
    assert not (await step(house, held, "next", values={"street": "Lund", "agrees": "yes"})).code
    assert shown(house, held) == ["letter", "plan"]


async def test_a_no_to_marketing_in_the_same_step_is_heard(house: House) -> None:
    held = await hold_text(house)
    assert not (await step(house, held, "next", values={"street": "Lund", "agrees": "no"})).code
    assert shown(house, held) == ["plan", "moving"]


@BOTH
async def test_a_reply_is_kept_and_leads_on(house: House) -> None:
    held = await hold_text(house)
    await step(house, held, "next")
    assert await reply(house, held, "moving", "accepted") == "unknown_proposal"
    assert await reply(house, held, "plan", "perhaps") == "bad_answer"
    assert await reply(house, held, "plan", "later", "2020-01-01") == "bad_day"
    assert not await reply(house, held, "plan", "declined")
    assert not await reply(house, held, "plan", "accepted")
    [row] = await house.rows(proposal)
    assert (row["reply"], row["replied_by"], row["until"]) == ("accepted", "ada", "")
    said = await house.said(held["id"], "fact")
    assert said.count("proposal_declined") == said.count("proposal_accepted") == 1
    assert not (await step(house, held, "next")).code
    assert script_of(house, held)["step_id"] == "thank"
    await house.check_screens()
    await house.check_restored()


@BOTH
async def test_it_rests_after_a_reply_and_comes_again(house: House) -> None:
    held = await hold_text(house)
    await step(house, held, "next")
    assert not await reply(house, held, "plan", "declined")
    await wrap_up(house, "ada", held["id"])
    held = await come_again(house, 29)
    assert shown(house, held) == []
    await wrap_up(house, "ada", held["id"])
    held = await come_again(house, 2)
    [part] = parts(script_of(house, held), "proposals")
    assert [(one["id"], one["before"]) for one in part["proposals"]] == [("plan", "declined")]
    assert not await reply(house, held, "plan", "accepted")
    await wrap_up(house, "ada", held["id"])
    held = await come_again(house, 400)
    assert shown(house, held) == ["asked"], "accepted for good, and a rule counts it"
    kinds = await house.rows(tables.activity, tables.activity.c.label == "plan")
    assert [one["kind"] for one in kinds] == ["proposal_declined", "proposal_accepted"]


@BOTH
async def test_a_reply_stays_though_the_agent_goes_back(house: House) -> None:
    """What the customer said is a fact, as what was said to them is: another word of theirs corrects it, no step."""
    held = await hold_text(house)
    await step(house, held, "next")
    assert not await reply(house, held, "plan", "accepted")
    assert not (await step(house, held, "next")).code
    assert script_of(house, held)["step_id"] == "thank"
    for _ in range(2):
        assert not (await step(house, held, "back")).code
    assert script_of(house, held)["step_id"] == "ask"
    [row] = await house.rows(proposal)
    assert (row["reply"], row["replied_by"]) == ("accepted", "ada")
    await house.check_restored()
    assert not (await step(house, held, "next")).code
    [part] = parts(script_of(house, held), "proposals")
    assert [(one["id"], one["reply"]) for one in part["proposals"]] == [("plan", "accepted")]
    assert not await reply(house, held, "plan", "declined")
    assert not (await step(house, held, "next")).code
    assert script_of(house, held)["step_id"] == "leave", "the way goes by the latest word"
    [row] = await house.rows(proposal)
    assert row["reply"] == "declined"
    await house.check_screens()


@BOTH
async def test_replies_go_with_a_merge_and_each_side_has_its_own_again(house: House) -> None:
    held = await hold_text(house)
    await step(house, held, "next")
    assert not await reply(house, held, "plan", "declined")
    await wrap_up(house, "ada", held["id"])
    await house.open("ada")
    await house.take(text("Hej", GUS))
    held = await house.accept("ada")
    await step(house, held, "next")
    assert "plan" in shown(house, held), "what Sam said is no word of Gus's"
    assert not await reply(house, held, "plan", "accepted")
    await wrap_up(house, "ada", held["id"])
    book = house.state.book

    async def read(customer_id: str) -> list[tuple[str, str]]:
        async with house.db.read() as conn:
            page = await read_page(conn, book, customer_id, "ada", book.see_as(("agent",)), is_open=True)
        assert page is not None
        return sorted((one.title, one.reply) for one in page.proposals if one.reply)

    merge_id = await merge(house, "gus", "sam")
    both = [("A savings plan", "accepted"), ("A savings plan", "declined")]
    assert await read("gus") == both == await read("sam")
    held = await come_again(house, 40)  # of Sam, who is Gus
    assert "plan" not in shown(house, held), "the latest word of both counts: it was accepted"
    await wrap_up(house, "ada", held["id"])
    await undo(house, merge_id)
    assert (await read("gus"), await read("sam")) == (both[:1], both[1:])
    assert shown(house, await come_again(house, 1)) == ["plan"], "Sam has declined it, and long enough ago"


async def test_later_names_the_day(house: House) -> None:
    held = await hold_text(house)
    await step(house, held, "next")
    day = house.state.book.day_of(house.state.latest_now + 20 * DAY)
    assert not await reply(house, held, "plan", "later", day)
    await wrap_up(house, "ada", held["id"])
    held = await come_again(house, 19)
    assert shown(house, held) == [], "not by the seven days of the catalogue"
    await wrap_up(house, "ada", held["id"])
    assert shown(house, await come_again(house, 1)) == ["plan"]


async def test_a_segment_has_words_of_its_own(house: House) -> None:
    held = await hold_text(house)
    customer = house.floor.interactions[held["id"]].customer
    told = {**customer.profile, "segments": ["traveller"]}
    await house.db.write(
        lambda conn: conn.execute(
            update(tables.customer).where(tables.customer.c.id == customer.id).values(profile=dumps(told).decode())
        )
    )
    await house.take(CustomersChanged((customer.id,)))
    await step(house, held, "next")
    [part] = parts(script_of(house, held), "proposals")
    [plan] = part["proposals"]
    assert (plan["title"], plan["segment"]) == ("A plan for the next journey", "traveller")


@BOTH
async def test_the_page_of_the_customer_tells_what_was_proposed(house: House) -> None:
    held = await hold_text(house)
    await step(house, held, "next", values={"street": "Lund", "agrees": "no"})
    assert not await reply(house, held, "plan", "later", "2030-05-17")
    customer = house.floor.interactions[held["id"]].customer
    book = house.state.book
    async with house.db.read() as conn:
        page = await read_page(conn, book, customer.id, "ada", book.see_as(("agent",)), is_open=True)
    assert page is not None
    said = {one.title: (one.reply, one.until, one.agent_name) for one in page.proposals}
    assert said == {"A savings plan": ("later", "2030-05-17", "Ada Holm"), "Moving": ("", "", "Ada Holm")}


def test_what_cannot_be_under_the_policy_is_named(tmp_path: Path) -> None:
    odd = OFFERS.replace('count("proposal_accepted/plan")', 'count("proposal_acepted/plan")')
    odd = odd.replace("'customer.tier == \"gold\"'", '\'customer.tier == "gold" && customer.tier == "standard"\'')
    write(tmp_path, "offers", odd)
    _, problems = check_folder(tmp_path, POLICY)
    said = {str(one) for one in problems if one.file == "offers.en.md"}
    assert said >= {
        'offers.en.md:29:1: The rule of "asked", character 7: There is no kind of activity "proposal_acepted".'
        ' Did you mean "proposal_accepted"?',
        'offers.en.md:25:1: Nobody can get "gold": two parts of its rule contradict each other.',
        "offers.en.md:1:1: Nobody gets what is proposed here: no script has a line {{ proposals: offers }}.",
    }, said


def test_what_is_over_is_named_to_authors(tmp_path: Path) -> None:
    write(tmp_path, "offers", OFFERS.replace("priority = 5\n", "priority = 5\nvalid_until = 2026-12-31\n"))
    said = 'offers.en.md:20:1: Nobody gets "moving" any more: its last day was 2026-12-31.'
    for day, is_named in ((date(2026, 12, 31), False), (date(2027, 1, 1), True)):
        _, problems = check_folder(tmp_path, POLICY, day)
        assert (said in {str(one) for one in problems}) == is_named, day
    library = load_texts({"offers.en.md": (tmp_path / "offers.en.md").read_text()}, TYPES)
    figures = count_proposals(library, "offers", {}, date(2027, 1, 1))
    assert {one.id: one.ended_on for one in figures if one.ended_on} == {"moving": "2026-12-31"}


async def test_an_author_reads_how_often_it_was_shown_and_accepted(house: House) -> None:
    held = await hold_text(house)
    await step(house, held, "next", values={"street": "Lund", "agrees": "no"})
    assert not await reply(house, held, "plan", "accepted")
    async with house.db.read() as conn:
        counted = await given_proposals.count_replies(conn, "offers")
    library = load_texts(
        {
            "offers.en.md": OFFERS.replace("[proposals.moving]", "[proposals.moved]").replace(
                "## moving:", "## moved:"
            )
        },
        TYPES,
    )
    figures = {one.id: one for one in count_proposals(library, "offers", counted, date.max)}
    assert (figures["plan"].shown, figures["plan"].accepted, figures["plan"].successes) == (1, 1, 1)
    assert (figures["moving"].shown, figures["moving"].is_gone, figures["gold"].shown) == (1, True, 0)
