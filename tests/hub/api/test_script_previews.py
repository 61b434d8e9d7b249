"""A preview of a script: walked for a made-up or a chosen customer, as far as one may see, and kept nowhere."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from sqlalchemy import func, select

from hub.administration.staff_changes import set_roles
from hub.app import HubProcess
from hub.policies.attributes import AttributePolicy
from hub.policies.masking import HIDDEN
from hub.policies.stored_versions import get_newest_book, publish_policy
from hub.storage import tables
from scripts_library.loader import LIBRARY
from tests.hub.api.test_script_editing import Author

pytestmark = pytest.mark.asyncio(loop_scope="module")
REASON = "Tries a script out"
OFFER = """+++
id = "offer"
version = 1
title = "An offer"
language = "en"
priority = -1

[fields.city]
label = "Where to"
type = "text"
required = true

[actions.form]
label = "Send the form"
do = "text"
text = "Here it is."
+++

## hello: Hello

> Good day {{ customer.name | fallback: "and welcome" }}, from {{ customer.city | fallback: "somewhere" }}.

- [1] Go on -> where
- [2] For gold -> best if customer.tier == "gold"

## best: The best

> Only for you, since {{ customer.since_year | fallback: "long" }}.

-> where

## where: Where to

{{ field: city }}
{{ action: form }}

!> It costs nothing.

-> end
"""


def ask(source: str = OFFER, *moves: Any, **more: Any) -> dict[str, Any]:
    return {"id": "offer", "language": "en", "source": source, "moves": list(moves), **more}


def said(view: dict[str, Any]) -> str:
    """The words of the step that are shown."""
    blocks = [block for part in view["script"]["parts"] for block in part.get("blocks", [])]
    return "".join(span["text"] for block in blocks for span in block["spans"])


FIRST, SECOND = {"action": "choose", "name": "1"}, {"action": "choose", "name": "2"}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def author(hub: HubProcess) -> AsyncIterator[Author]:
    assert await set_roles(hub.db, "dot", ["supervisor", "agent", "author"], 1, "test")
    async with aiohttp.ClientSession() as session:
        yield Author(hub, session)


async def preview(author: Author, asked: dict[str, Any], name: str = "ines") -> dict[str, Any]:
    status, view = await author.ask("/api/script-previews", asked, name)
    assert status == 200, view
    return dict(view)


async def count_rows(hub: HubProcess) -> dict[str, int]:
    """Of what is kept of scripts, customers and looks; the hub writes of its own work meanwhile."""
    kept = [one for one in tables.metadata.tables.values() if one.name.startswith(("script", "customer", "audit"))]
    assert {"script_run", "script_text", "customer", "audit"} <= {one.name for one in kept}
    async with hub.db.read() as conn:
        counts = [(each.name, select(func.count()).select_from(each)) for each in kept]
        return {name: (await conn.execute(count)).scalar_one() for name, count in counts}


async def test_a_draft_is_walked_for_a_made_up_customer_and_nothing_is_written(author: Author) -> None:
    before = await count_rows(author.hub)
    made_up = {"name": "Pia", "tier": "gold", "language": "en", "values": {"since_year": "2,011"}}
    view = await preview(author, ask(made_up=made_up))
    assert said(view) == "Good day Pia, from somewhere."
    assert [one["key"] for one in view["script"]["choices"]] == ["1", "2"]
    assert ([one["name"] for one in view["reads"]], view["reads_name"]) == (["city", "since_year"], True)
    view = await preview(author, ask(OFFER, SECOND, made_up=made_up))
    assert said(view) == "Only for you, since 2011."
    assert (view["script"]["step_id"], view["path"], view["taken"]) == ("best", ["hello"], 1)
    rest = [
        {"action": "next", "values": {}},
        {"action": "act", "name": "form"},
        {"action": "acknowledge", "name": "where.1", "values": {"city": "Uppsala"}},
        {"action": "next"},
    ]
    view = await preview(author, ask(OFFER, SECOND, *rest, made_up=made_up))
    assert (view["script"]["step_id"], view["path"], view["taken"]) == ("end", ["hello", "best", "where"], 5)
    assert await count_rows(author.hub) == before


async def test_who_is_not_gold_sees_fewer_choices_and_is_refused_what_the_step_refuses(author: Author) -> None:
    view = await preview(author, ask(OFFER, SECOND))
    assert [one["key"] for one in view["script"]["choices"]] == ["1"]
    assert (view["taken"], view["refusal"]["code"]) == (0, "unknown_choice")
    view = await preview(author, ask(OFFER, FIRST, {"action": "next"}))
    assert (view["taken"], view["refusal"]) == (1, {"code": "must_be_acknowledged", "field": "where.1"})
    assert len(view["script"]["owed"]) == 1
    acknowledged = {"action": "acknowledge", "name": "where.1"}
    view = await preview(author, ask(OFFER, FIRST, acknowledged, {"action": "next"}))
    assert (view["taken"], view["refusal"]) == (2, {"code": "required", "field": "city"})


async def test_it_follows_the_text_as_far_as_the_walk_goes(author: Author) -> None:
    view = await preview(author, ask(OFFER.replace("- [1] Go on -> where", "- [1] Go on -> best"), FIRST, FIRST))
    assert (view["taken"], view["script"]["step_id"]) == (1, "best")
    view = await preview(author, ask(OFFER.replace("- [1] Go on -> where", "- [1] Go on -> nowhere"), FIRST))
    assert (view["problem"], view["script"]) == ("broken", None)
    view = await preview(author, ask(OFFER, made_up={"values": {"since_year": "long", "city": "Lund"}}))
    assert (view["unread"], said(view)) == (["since_year"], "Good day and welcome, from Lund.")


async def test_an_author_alone_chooses_no_customer(author: Author) -> None:
    asked = ask(chosen={"id": "pia", "reason": REASON})
    assert await author.ask("/api/script-previews", asked) == (403, {"code": "forbidden"})
    assert await author.ask("/api/script-previews", asked, "tomasz") == (403, {"code": "needs_reason"})
    assert (await author.ask("/api/script-previews", asked, "ada"))[0] == 403
    for name, may in (("ines", False), ("tomasz", False), ("dot", True)):
        status, options = await author.ask("/api/script-previews", name=name)
        assert (status, options["may_choose"]) == (200, may)


async def test_a_chosen_customer_is_read_for_a_reason_and_the_look_is_in_the_trail(author: Author) -> None:
    asked = ask(chosen={"id": "pia"})
    assert await author.ask("/api/script-previews", asked, "dot") == (403, {"code": "needs_reason"})
    view = await preview(author, ask(chosen={"id": "pia", "reason": REASON}), "dot")
    assert said(view).startswith("Good day Pia Lindqvist, from ")
    assert (view["customer_name"], view["tier"]) == ("Pia Lindqvist", "platinum")
    trail = (await author.ask("/api/audit?customer=pia", name="tomasz"))[1]["lines"]
    look = next(one for one in trail if one["action"] == "customer.read")
    assert (look["staff_id"], look["subject"]) == ("dot", "pia")
    assert REASON in str(look)
    status, _ = await author.ask("/api/script-previews", ask(chosen={"id": "nobody", "reason": REASON}), "dot")
    assert status in (403, 404)


async def test_what_is_hidden_shows_in_no_word_and_decides_no_way(author: Author) -> None:
    """An author who may not see a value does not find it out by a condition either."""
    async with author.hub.db.read() as conn:
        document = (await get_newest_book(conn)).document
    city = replace(document.all_attributes["city"], seen_by=("administrator",))
    changed = replace(document, attributes={**document.attributes, "city": city})
    assert isinstance(city, AttributePolicy)
    assert await publish_policy(author.hub.db, changed, 1, "test") is not None
    asks = OFFER.replace('customer.tier == "gold"', "has(customer.city)")
    view = await preview(author, ask(asks, SECOND, chosen={"id": "pia", "reason": REASON}), "dot")
    assert said(view) == f"Good day Pia Lindqvist, from {HIDDEN}."
    assert ([one["key"] for one in view["script"]["choices"]], view["taken"]) == (["1"], 0)
    assert view["hidden"] == ["city"]
    view = await preview(author, ask(asks, SECOND, made_up={"values": {"city": "Lund"}}), "dot")
    assert (view["hidden"], view["taken"]) == ([], 1)


async def test_a_simulated_customer_walks_the_draft_to_its_end(author: Author) -> None:
    cards = (await author.ask("/api/script-previews"))[1]["cards"]
    assert {card["id"] for card in cards} >= {"angry", "worried"}
    for card in cards:
        whom = {"name": card["names"]["en"], "tier": card["tier"], "values": card["values"]}
        asked, moves, said_of = ask(made_up=whom, card=card["id"]), [], []
        for _ in range(9):
            view = await preview(author, asked | {"moves": moves})
            said_of.append(view["reply"]["says"])
            moves += view["reply"]["moves"]
            assert (view["refusal"], view["unread"]) == (None, [])
            if view["script"]["step_id"] == "end":
                break
        assert (view["script"]["step_id"], view["script"]["owed"]) == ("end", [])
        assert view["reply"]["moves"] == []
        assert len(set(said_of)) > 1
    assert (await preview(author, ask()))["reply"] is None


SUGGESTS = """+++
id = "offer"
version = 1
title = "An offer"
language = "en"
priority = -1
+++

## show: What fits

{{ proposals: products, 3 }}

-> thank if proposal.savings_plan == "accepted"
-> leave

## thank: Thank you

> Thank you.

-> end

## leave: Leave it

> Of course.

-> end
"""


def list_suggested(view: dict[str, Any]) -> dict[str, str]:
    return {one["id"]: one["reply"] for part in view["script"]["parts"] for one in part.get("proposals", ())}


async def test_a_preview_proposes_what_suits_its_customer_and_takes_the_reply(author: Author) -> None:
    before = await count_rows(author.hub)
    made_up = {"tier": "standard", "values": {}}
    view = await preview(author, ask(SUGGESTS, made_up=made_up))
    assert list_suggested(view) == {"savings-plan": "", "app-statements": "", "rate-letter": ""}
    gold = {"tier": "gold", "values": {"products": "Savings plan", "segments": "Travels often"}}
    assert list_suggested(await preview(author, ask(SUGGESTS, made_up=gold))) == {
        "travel-cover": "",
        "rate-letter": "",
    }
    yes = {"action": "reply", "name": "savings-plan", "choice": "accepted"}
    view = await preview(author, ask(SUGGESTS, yes, made_up=made_up))
    assert list_suggested(view)["savings-plan"] == "accepted"
    for moves, leads in (([yes], "thank"), ([], "leave")):
        view = await preview(author, ask(SUGGESTS, *moves, {"action": "next"}, made_up=made_up))
        assert view["script"]["step_id"] == leads
    view = await preview(author, ask(SUGGESTS, {**yes, "name": "travel-cover"}, made_up=made_up))
    assert (view["taken"], view["refusal"]["code"]) == (0, "unknown_proposal")
    assert await count_rows(author.hub) == before


async def test_a_simulated_customer_answers_what_is_proposed(author: Author) -> None:
    cards = {card["id"]: card for card in (await author.ask("/api/script-previews"))[1]["cards"]}
    for card, leads in (("angry", "leave"), ("hurried", "thank")):
        asked = ask(SUGGESTS, made_up={"tier": cards[card]["tier"]}, card=card)
        moves = (await preview(author, asked))["reply"]["moves"]
        view = await preview(author, asked | {"moves": moves})
        assert (view["refusal"], view["script"]["step_id"]) == (None, leads), card


async def test_a_catalogue_is_previewed_as_it_would_be_shown(author: Author) -> None:
    source = (LIBRARY / "products.en.md").read_text("utf-8")
    view = await preview(author, {**ask(source, made_up={"tier": "standard"}), "id": "products"})
    assert list(list_suggested(view)) == ["savings-plan", "app-statements", "rate-letter"]


async def test_odd_requests_are_refused(author: Author) -> None:
    for odd in ({"moves": [FIRST] * 201}, {"moves": [{"action": "fly"}]}, {"id": "Not a name"}, {"source": 1}):
        assert (await author.ask("/api/script-previews", ask() | odd))[0] == 400
