"""Who waits in a chat and telephones: one place, held by the call; and what becomes of the chat."""

from typing import Any

import orjson

from channels.channel import IdentityLevel
from hub.batch.transcript import CHAT_STATES
from hub.storage import tables
from routing.model import InteractionState
from tests.hub.notices import PIA, SAM, agent_joined, call, chat_left, customer_left, line, text
from tests.hub.scenes import wrap_up
from tests.hub.stage import BOTH, Stage


async def wait_in_chat(stage: Stage, address: str = PIA) -> None:
    """The host site has signed whose number it is."""
    await stage.take(line("Mitt lån? 贷款", "chat-1", from_address=address, identity_level=IdentityLevel.VERIFIED))


async def chat(stage: Stage) -> dict[str, Any]:
    return await stage.interaction(channel="webchat")


async def phone(stage: Stage) -> dict[str, Any]:
    return await stage.interaction(channel="phone")


def told_of_chat(stage: Stage) -> list[str]:
    """What its customer was told of its state."""
    moves = (told.chats_moved.get("chat-1") for told in stage.told)
    return [moved.state for moved in moves if moved is not None]


@BOTH
async def test_the_call_takes_the_place_of_the_chat_which_is_paused(stage: Stage) -> None:
    await wait_in_chat(stage)
    await stage.turn(300)
    await stage.take(call("CA1", PIA))
    paused, calling = await chat(stage), await phone(stage)
    assert (paused["state"], calling["state"]) == ("paused", "waiting")
    assert calling["entered_at"] == paused["entered_at"]
    assert calling["rank_at"] == paused["rank_at"]  # the same head start
    assert (await stage.said(paused["id"], "fact"))[-1] == "paused"
    assert "linked" in await stage.said(calling["id"], "fact")
    assert told_of_chat(stage)[-1] == "paused"
    assert CHAT_STATES[InteractionState.PAUSED] == await stage.host.read_chat_state("chat-1")
    await stage.check_restored()


async def test_with_the_call_that_is_handled_the_chat_is_closed(stage: Stage) -> None:
    await wait_in_chat(stage)
    await stage.take(call("CA1", PIA))
    ada = await stage.seat("ada")
    held = await stage.accept("ada")
    assert held["channel"] == "phone"
    assert "linked" in [message["fact"] for message in held["messages"]]
    await stage.take(agent_joined("CA1", "CA-ada"))
    assert ada.offers == []  # the chat waits for nobody
    await wrap_up(stage, "ada", held["id"])
    closed = await chat(stage)
    assert (closed["state"], closed["closed_as"], closed["agent_id"]) == ("closed", "handled", None)
    assert (await stage.said(closed["id"], "fact"))[-1] == "closed_with_call"
    assert told_of_chat(stage)[-1] == "closed"


async def test_where_the_caller_hangs_up_unserved_the_chat_waits_again_at_its_place(stage: Stage) -> None:
    await wait_in_chat(stage)
    before = await chat(stage)
    await stage.turn(30)
    await stage.take(call("CA1", PIA))
    await stage.take(customer_left("CA1"))
    after = await chat(stage)
    assert (after["state"], after["rank_at"], after["rank_sequence"]) == (
        "waiting",
        before["rank_at"],
        before["rank_sequence"],
    )
    assert (await stage.said(after["id"], "fact"))[-1] == "waits_again"
    assert told_of_chat(stage)[-1] == "waiting"
    ada = await stage.seat("ada")
    assert [offer["channel"] for offer in ada.offers] == ["webchat"]


async def test_what_is_written_in_the_paused_chat_stands_before_the_agent_and_it_stays_paused(stage: Stage) -> None:
    await wait_in_chat(stage)
    await stage.take(call("CA1", PIA))
    ada = await stage.seat("ada")
    held = await stage.accept("ada")
    await stage.take(line("Ringde inte! 不是我", "chat-1", from_address=PIA, identity_level=IdentityLevel.VERIFIED))
    paused = await chat(stage)
    assert paused["state"] == "paused"
    assert (await stage.said(paused["id"]))[-1] == "Ringde inte! 不是我"
    last = ada.find(held["id"])["messages"][-1]
    assert (last["fact"], last["data"]["text"]) == ("wrote_elsewhere", "Ringde inte! 不是我")
    await stage.check_screens()


async def test_who_leaves_the_paused_chat_before_the_call_is_answered_gives_up_the_chat_alone(stage: Stage) -> None:
    await wait_in_chat(stage)
    await stage.turn(60)
    await stage.take(call("CA1", PIA))
    before = await phone(stage)
    await stage.take(chat_left("chat-1"))
    left, calling = await chat(stage), await phone(stage)
    assert (left["state"], left["closed_as"]) == ("closed", "abandoned")
    assert (calling["state"], calling["rank_at"]) == ("waiting", before["rank_at"])
    assert (await stage.said(calling["id"], "fact"))[-1] == "left_elsewhere"
    await stage.check_restored()


async def test_who_leaves_the_paused_chat_while_an_agent_talks_with_them_is_served(stage: Stage) -> None:
    await wait_in_chat(stage)
    await stage.turn(60)
    await stage.take(call("CA1", PIA))
    ada = await stage.seat("ada")
    held = await stage.accept("ada")
    await stage.take(chat_left("chat-1"))
    left = await chat(stage)
    assert (left["state"], left["closed_as"]) == ("closed", "handled")
    assert ada.find(held["id"])["messages"][-1]["fact"] == "left_elsewhere"
    assert (await phone(stage))["state"] == "active"


async def test_a_chat_that_an_agent_has_goes_on_beside_the_call(stage: Stage) -> None:
    await wait_in_chat(stage)
    await stage.seat("dot")
    await stage.accept("dot")
    await stage.take(call("CA1", PIA))
    assert (await chat(stage))["state"] == "active"
    assert "linked" not in await stage.said((await phone(stage))["id"], "fact")


async def test_nobody_elses_chat_and_no_text_is_paused(stage: Stage) -> None:
    await wait_in_chat(stage)
    await stage.take(line("Hej", "chat-2"), text("Hej", SAM))
    await stage.take(call("CA1", SAM))
    rows = await stage.interactions()
    assert {row["state"] for row in rows} == {"waiting"}


async def test_a_call_that_the_queue_does_not_take_leaves_the_chat_waiting(stage: Stage) -> None:
    """Its end comes before it was decided: the chat is not paused for it."""
    await wait_in_chat(stage)
    ended = customer_left("CA1")
    await stage.take(ended)
    await stage.take(call("CA1", PIA, over_keys=(ended.key,)))
    assert (await chat(stage))["state"] == "waiting"
    facts = await stage.rows(tables.message, tables.message.c.fact == "linked")
    assert [orjson.loads(row["data"]) for row in facts] == []
