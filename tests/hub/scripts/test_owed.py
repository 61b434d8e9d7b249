"""A statement that was shown and is open is never forgotten: not when the work is given back, nor when the customer
leaves before the next agent takes it."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
import pytest_asyncio

from channels.channel import IdentityLevel, Notice
from hub.reports.wallboard_figures import read_board
from hub.storage import tables
from tests.hub.house import BOTH, House
from tests.hub.notices import SAM, agent_joined, agent_left, call, chat_left, customer_left, line
from tests.hub.scripts.binding import FIRST, SECOND, bind, complete, end, owed_of, proofs_of, settle
from tests.hub.scripts.test_desk_scripts import step

WORDS = "Dear Sam Okoye, it costs 5. · It is recorded."
Way = Callable[[House, dict[str, Any]], Awaitable[None]]
Begin = Callable[[House], Awaitable[dict[str, Any]]]


@pytest_asyncio.fixture(autouse=True)
async def bound(house: House, tmp_path: Path) -> None:
    await bind(house, tmp_path)


async def hold_chat(house: House) -> dict[str, Any]:
    """Ada with Sam's chat, at the step with two statements. A supervisor has moved it into her queue."""
    await house.seat("ada")
    await house.take(says("Hej"))
    waiting = await house.interaction(provider_ref="chat-1")
    await house.open("dot")
    about = {"interaction_id": waiting["id"], "version": waiting["version"]}
    await house.do("dot", "move_interaction", queue="service", **about)
    return await _show_terms(house)


def says(words: str) -> Notice:
    """Sam, in the chat."""
    return line(words, "chat-1", from_address=SAM, identity_level=IdentityLevel.VERIFIED)


async def hold_call(house: House) -> dict[str, Any]:
    """The same with Sam on the line."""
    await house.seat("ada")
    await house.take(call("CA1"))
    held = await _show_terms(house)
    await house.take(agent_joined("CA1", "CA-ada"))
    return held


async def _show_terms(house: House) -> dict[str, Any]:
    held = await house.accept("ada")
    assert not (await step(house, held, "choose", choice="1")).code
    return held


def leaving(held: dict[str, Any]) -> Notice:
    return chat_left("chat-1") if held["channel"] == "webchat" else customer_left("CA1")


async def hand_on(house: House, held: dict[str, Any]) -> None:
    """To a queue whose agents are away."""
    assert not (await house.about("ada", held["id"], "transfer_interaction", queue="cards")).code


async def lose_the_desk(house: House, held: dict[str, Any]) -> None:
    await house.close("ada")
    await house.turn(21)


async def give_to_another(house: House, held: dict[str, Any]) -> None:
    """A supervisor takes it from Ada, and Cleo is offered it."""
    await house.seat("cleo")
    if "dot" not in house.screens:
        await house.open("dot")
    version = house.screens["ada"].find(held["id"])["version"]
    asked = {"interaction_id": held["id"], "version": version, "agent_id": "cleo", "overrides_fit": True}
    await house.do("dot", "assign_interaction", **asked)
    assert len(house.screens["cleo"].offers) == 1


async def give_then_decline(house: House, held: dict[str, Any]) -> None:
    await give_to_another(house, held)
    await house.do("ada", "set_state", state="unavailable", reason="lunch")
    await house.do("cleo", "decline_offer", offer_id=house.screens["cleo"].offers[0]["id"])


async def check_unfinished(house: House, interaction_id: str, agent: str | None) -> None:
    row = await house.interaction(id=interaction_id)
    assert (row["state"], row["closed_as"], row["agent_id"]) == ("closed", "unfinished", agent)
    m = tables.message
    (fact,) = await house.rows(m, m.c.interaction_id == interaction_id, m.c.fact == "closed_unfinished")
    assert orjson.loads(fact["data"])["text"] == WORDS
    assert "closed" not in await house.said(interaction_id, "fact")
    async with house.db.read() as conn:
        board = await read_board(conn, house.state.book, house.clock.now())
    assert (board.total.counts["unfinished"], board.total.abandoned, board.short_abandoned) == (1, 0, 0)
    assert [one[:3] for one in await proofs_of(house, {"id": interaction_id})][:2] == [
        (FIRST, "shown", "ada"),
        (SECOND, "shown", "ada"),
    ]


@BOTH
@pytest.mark.parametrize("begin", [hold_chat, hold_call])
@pytest.mark.parametrize("give_back", [hand_on, give_to_another, give_then_decline])
async def test_who_leaves_before_anybody_takes_what_was_given_back_leaves_it_unfinished(
    house: House, begin: Begin, give_back: Way
) -> None:
    held = await begin(house)
    await give_back(house, held)
    assert (await house.interaction(id=held["id"]))["state"] in ("waiting", "offered")
    await house.take(leaving(held))
    await check_unfinished(house, held["id"], None)


async def test_a_chat_whose_agents_desk_was_lost_is_unfinished_where_its_customer_leaves_it_waiting(
    house: House,
) -> None:
    held = await hold_chat(house)
    await lose_the_desk(house, held)
    await house.take(leaving(held))
    await check_unfinished(house, held["id"], None)


async def test_a_call_whose_agents_desk_was_lost_is_unfinished_when_its_customer_hangs_up(house: House) -> None:
    held = await hold_call(house)
    await lose_the_desk(house, held)
    await house.take(leaving(held))
    await check_unfinished(house, held["id"], "ada")


async def test_a_call_that_comes_back_since_the_agents_telephone_failed_is_unfinished(house: House) -> None:
    await house.seat("ada")
    await house.take(call("CA1"))
    held = await _show_terms(house)
    await house.take(agent_left("CA1", "CA-ada", "busy"))
    assert (await house.interaction(id=held["id"]))["state"] == "waiting"
    await house.take(leaving(held))
    await check_unfinished(house, held["id"], None)


@pytest.mark.parametrize("begin", [hold_chat, hold_call])
async def test_what_is_owed_waits_over_a_restart(house: House, begin: Begin) -> None:
    held = await begin(house)
    await hand_on(house, held)
    await house.check_restored()
    await house.dispatcher._restore()  # as another process does that takes over
    await house.take(leaving(held))
    await check_unfinished(house, held["id"], None)


@pytest.mark.parametrize("begin", [hold_chat, hold_call])
async def test_what_was_settled_before_it_was_given_back_is_abandoned_as_ever(house: House, begin: Begin) -> None:
    held = await begin(house)
    await settle(house, held, FIRST)
    await settle(house, held, SECOND, is_said=False, reason="customer_declined")
    await hand_on(house, held)
    await house.turn(11)
    await house.take(leaving(held))
    assert (await house.interaction(id=held["id"]))["closed_as"] == "abandoned"


async def test_who_comes_back_after_leaving_it_unfinished_has_the_old_place(house: House) -> None:
    held = await hold_call(house)
    left = await house.interaction(id=held["id"])
    await house.about("ada", held["id"], "transfer_interaction", queue="service")
    await house.take(leaving(held))
    await house.turn(30)
    await house.take(call("CA2"))
    back = await house.interaction(provider_ref="CA2")
    assert (back["rank_at"], back["rank_sequence"]) == (left["rank_at"], left["rank_sequence"])


# ---- chats, as texts and calls


@BOTH
async def test_the_wrap_up_of_a_chat_is_not_completed_while_a_statement_is_open(house: House) -> None:
    held = await hold_chat(house)
    await end(house, held)
    assert ((await complete(house, held)).code, (await complete(house, held)).field) == ("statement_owed", FIRST)
    await settle(house, held, FIRST)
    await settle(house, held, SECOND, is_said=False, reason="customer_hung_up")
    assert not (await complete(house, held)).code
    assert (await house.interaction(id=held["id"]))["closed_as"] == "handled"


async def test_a_chat_that_its_customer_ends_is_unfinished_where_nobody_says_what_became_of_it(house: House) -> None:
    held = await hold_chat(house)
    await house.take(leaving(held))
    assert (await house.interaction(id=held["id"]))["state"] == "wrap_up"
    assert (await complete(house, held)).code == "statement_owed"
    await house.turn(121)
    await check_unfinished(house, held["id"], "ada")


async def test_the_next_agent_of_a_chat_owes_what_the_first_left_open(house: House) -> None:
    held = await hold_chat(house)
    await settle(house, held, FIRST)
    await hand_on(house, held)
    await house.seat("cleo")
    taken = await house.accept("cleo")
    assert owed_of(house, taken, "cleo") == [SECOND]
    await house.take(leaving(held))
    assert (await complete(house, taken, "cleo")).field == SECOND
    await settle(house, taken, SECOND, "cleo", is_said=False, reason="customer_hung_up")
    assert not (await complete(house, taken, "cleo")).code
    assert [one for one in await proofs_of(house, held) if one[1] != "shown"] == [
        (FIRST, "acknowledged", "ada", None, ""),
        (SECOND, "not_said", "cleo", "customer_hung_up", ""),
    ]


async def test_the_agent_of_the_call_that_pauses_a_chat_reads_what_the_chat_owes(house: House) -> None:
    """The chat closes with the call, so nobody else could say it."""
    held = await hold_chat(house)
    await settle(house, held, FIRST)
    await hand_on(house, held)
    await house.take(call("CA1", SAM))
    assert (await house.interaction(id=held["id"]))["state"] == "paused"
    taken = await house.accept("ada")
    told = [one["data"] for one in taken["messages"] if one["fact"] == "owed_elsewhere"]
    assert [(one["channel"], one["text"]) for one in told] == [("webchat", "It is recorded.")]


async def test_a_customer_who_writes_again_in_a_chats_wrap_up_is_told_then(house: House) -> None:
    held = await hold_chat(house)
    await house.take(leaving(held))
    await house.take(says("En sak till"))
    assert house.screens["ada"].find(held["id"])["state"] == "active"
    for statement in (FIRST, SECOND):
        assert not (await step(house, held, "acknowledge", must_say=statement)).code
    await end(house, held)
    assert not (await complete(house, held)).code
