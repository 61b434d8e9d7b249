"""A statement that was shown and is open is never forgotten: not when the work is given back, nor when the customer
leaves before the next agent takes it."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
import pytest_asyncio

from channels.channel import IdentityLevel, Notice
from hub.reports.wallboard import read_board
from hub.storage import tables
from tests.hub.notices import SAM, agent_joined, agent_left, call, chat_left, customer_left, line
from tests.hub.scripts.binding import FIRST, SECOND, bind, complete, end, owed_of, proofs_of, settle
from tests.hub.scripts.test_desk_scripts import step
from tests.hub.stage import BOTH, Stage

WORDS = "Dear Sam Okoye, it costs 5. · It is recorded."
Way = Callable[[Stage, dict[str, Any]], Awaitable[None]]
Begin = Callable[[Stage], Awaitable[dict[str, Any]]]


@pytest_asyncio.fixture(autouse=True)
async def bound(stage: Stage, tmp_path: Path) -> None:
    await bind(stage, tmp_path)


async def hold_chat(stage: Stage) -> dict[str, Any]:
    """Ada with Sam's chat, at the step with two statements. A supervisor has moved it into her queue."""
    await stage.seat("ada")
    await stage.take(says("Hej"))
    waiting = await stage.interaction(provider_ref="chat-1")
    await stage.open("dot")
    about = {"interaction_id": waiting["id"], "version": waiting["version"]}
    await stage.do("dot", "move_interaction", queue="service", **about)
    return await _show_terms(stage)


def says(words: str) -> Notice:
    """Sam, in the chat."""
    return line(words, "chat-1", from_address=SAM, identity_level=IdentityLevel.VERIFIED)


async def hold_call(stage: Stage) -> dict[str, Any]:
    """The same with Sam on the line."""
    await stage.seat("ada")
    await stage.take(call("CA1"))
    held = await _show_terms(stage)
    await stage.take(agent_joined("CA1", "CA-ada"))
    return held


async def _show_terms(stage: Stage) -> dict[str, Any]:
    held = await stage.accept("ada")
    assert not (await step(stage, held, "choose", choice="1")).code
    return held


def leaving(held: dict[str, Any]) -> Notice:
    return chat_left("chat-1") if held["channel"] == "webchat" else customer_left("CA1")


async def hand_on(stage: Stage, held: dict[str, Any]) -> None:
    """To a queue whose agents are away."""
    assert not (await stage.about("ada", held["id"], "transfer_interaction", queue="cards")).code


async def lose_the_desk(stage: Stage, held: dict[str, Any]) -> None:
    await stage.close("ada")
    await stage.turn(21)


async def give_to_another(stage: Stage, held: dict[str, Any]) -> None:
    """A supervisor takes it from Ada, and Cleo is offered it."""
    await stage.seat("cleo")
    if "dot" not in stage.screens:
        await stage.open("dot")
    version = stage.screens["ada"].find(held["id"])["version"]
    asked = {"interaction_id": held["id"], "version": version, "agent_id": "cleo", "overrides_fit": True}
    await stage.do("dot", "assign_interaction", **asked)
    assert len(stage.screens["cleo"].offers) == 1


async def give_then_decline(stage: Stage, held: dict[str, Any]) -> None:
    await give_to_another(stage, held)
    await stage.do("ada", "set_state", state="unavailable", reason="lunch")
    await stage.do("cleo", "decline_offer", offer_id=stage.screens["cleo"].offers[0]["id"])


async def check_unfinished(stage: Stage, interaction_id: str, agent: str | None) -> None:
    row = await stage.interaction(id=interaction_id)
    assert (row["state"], row["closed_as"], row["agent_id"]) == ("closed", "unfinished", agent)
    m = tables.message
    (fact,) = await stage.rows(m, m.c.interaction_id == interaction_id, m.c.fact == "closed_unfinished")
    assert orjson.loads(fact["data"])["text"] == WORDS
    assert "closed" not in await stage.said(interaction_id, "fact")
    async with stage.db.read() as conn:
        board = await read_board(conn, stage.state.book, stage.clock.now())
    assert (board.total.counts["unfinished"], board.total.abandoned, board.short_abandoned) == (1, 0, 0)
    assert [one[:3] for one in await proofs_of(stage, {"id": interaction_id})][:2] == [
        (FIRST, "shown", "ada"),
        (SECOND, "shown", "ada"),
    ]


@BOTH
@pytest.mark.parametrize("begin", [hold_chat, hold_call])
@pytest.mark.parametrize("give_back", [hand_on, give_to_another, give_then_decline])
async def test_who_leaves_before_anybody_takes_what_was_given_back_leaves_it_unfinished(
    stage: Stage, begin: Begin, give_back: Way
) -> None:
    held = await begin(stage)
    await give_back(stage, held)
    assert (await stage.interaction(id=held["id"]))["state"] in ("waiting", "offered")
    await stage.take(leaving(held))
    await check_unfinished(stage, held["id"], None)


async def test_a_chat_whose_agents_desk_was_lost_is_unfinished_where_its_customer_leaves_it_waiting(
    stage: Stage,
) -> None:
    held = await hold_chat(stage)
    await lose_the_desk(stage, held)
    await stage.take(leaving(held))
    await check_unfinished(stage, held["id"], None)


async def test_a_call_whose_agents_desk_was_lost_is_unfinished_when_its_customer_hangs_up(stage: Stage) -> None:
    held = await hold_call(stage)
    await lose_the_desk(stage, held)
    await stage.take(leaving(held))
    await check_unfinished(stage, held["id"], "ada")


async def test_a_call_that_comes_back_since_the_agents_telephone_failed_is_unfinished(stage: Stage) -> None:
    await stage.seat("ada")
    await stage.take(call("CA1"))
    held = await _show_terms(stage)
    await stage.take(agent_left("CA1", "CA-ada", "busy"))
    assert (await stage.interaction(id=held["id"]))["state"] == "waiting"
    await stage.take(leaving(held))
    await check_unfinished(stage, held["id"], None)


@pytest.mark.parametrize("begin", [hold_chat, hold_call])
async def test_what_is_owed_waits_over_a_restart(stage: Stage, begin: Begin) -> None:
    held = await begin(stage)
    await hand_on(stage, held)
    await stage.check_restored()
    await stage.dispatcher._restore()  # as another process does that takes over
    await stage.take(leaving(held))
    await check_unfinished(stage, held["id"], None)


@pytest.mark.parametrize("begin", [hold_chat, hold_call])
async def test_what_was_settled_before_it_was_given_back_is_abandoned_as_ever(stage: Stage, begin: Begin) -> None:
    held = await begin(stage)
    await settle(stage, held, FIRST)
    await settle(stage, held, SECOND, is_said=False, reason="customer_declined")
    await hand_on(stage, held)
    await stage.turn(11)
    await stage.take(leaving(held))
    assert (await stage.interaction(id=held["id"]))["closed_as"] == "abandoned"


async def test_who_comes_back_after_leaving_it_unfinished_has_the_old_place(stage: Stage) -> None:
    held = await hold_call(stage)
    left = await stage.interaction(id=held["id"])
    await stage.about("ada", held["id"], "transfer_interaction", queue="service")
    await stage.take(leaving(held))
    await stage.turn(30)
    await stage.take(call("CA2"))
    back = await stage.interaction(provider_ref="CA2")
    assert (back["rank_at"], back["rank_sequence"]) == (left["rank_at"], left["rank_sequence"])


# ---- chats, as texts and calls


@BOTH
async def test_the_wrap_up_of_a_chat_is_not_completed_while_a_statement_is_open(stage: Stage) -> None:
    held = await hold_chat(stage)
    await end(stage, held)
    assert ((await complete(stage, held)).code, (await complete(stage, held)).field) == ("statement_owed", FIRST)
    await settle(stage, held, FIRST)
    await settle(stage, held, SECOND, is_said=False, reason="customer_hung_up")
    assert not (await complete(stage, held)).code
    assert (await stage.interaction(id=held["id"]))["closed_as"] == "handled"


async def test_a_chat_that_its_customer_ends_is_unfinished_where_nobody_says_what_became_of_it(stage: Stage) -> None:
    held = await hold_chat(stage)
    await stage.take(leaving(held))
    assert (await stage.interaction(id=held["id"]))["state"] == "wrap_up"
    assert (await complete(stage, held)).code == "statement_owed"
    await stage.turn(121)
    await check_unfinished(stage, held["id"], "ada")


async def test_the_next_agent_of_a_chat_owes_what_the_first_left_open(stage: Stage) -> None:
    held = await hold_chat(stage)
    await settle(stage, held, FIRST)
    await hand_on(stage, held)
    await stage.seat("cleo")
    taken = await stage.accept("cleo")
    assert owed_of(stage, taken, "cleo") == [SECOND]
    await stage.take(leaving(held))
    assert (await complete(stage, taken, "cleo")).field == SECOND
    await settle(stage, taken, SECOND, "cleo", is_said=False, reason="customer_hung_up")
    assert not (await complete(stage, taken, "cleo")).code
    assert [one for one in await proofs_of(stage, held) if one[1] != "shown"] == [
        (FIRST, "acknowledged", "ada", None, ""),
        (SECOND, "not_said", "cleo", "customer_hung_up", ""),
    ]


async def test_a_customer_who_writes_again_in_a_chats_wrap_up_is_told_then(stage: Stage) -> None:
    held = await hold_chat(stage)
    await stage.take(leaving(held))
    await stage.take(says("En sak till"))
    assert stage.screens["ada"].find(held["id"])["state"] == "active"
    for statement in (FIRST, SECOND):
        assert not (await step(stage, held, "acknowledge", must_say=statement)).code
    await end(stage, held)
    assert not (await complete(stage, held)).code
