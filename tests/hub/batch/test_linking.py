"""Who waits in a chat and telephones: one place, held by the call; and what becomes of the chat."""

from typing import Any

import orjson

from channels.channel import IdentityLevel
from hub.batch.transcript import CHAT_STATES
from hub.storage import tables
from routing.model import InteractionState
from tests.hub.flows import wrap_up
from tests.hub.house import BOTH, House
from tests.hub.notices import PIA, SAM, agent_joined, call, chat_left, customer_left, line, text


async def wait_in_chat(house: House, address: str = PIA) -> None:
    """The host site has signed whose number it is."""
    await house.take(line("Mitt lån? 贷款", "chat-1", from_address=address, identity_level=IdentityLevel.VERIFIED))


async def chat(house: House) -> dict[str, Any]:
    return await house.interaction(channel="webchat")


async def phone(house: House) -> dict[str, Any]:
    return await house.interaction(channel="phone")


def told_of_chat(house: House) -> list[str]:
    """What its customer was told of its state."""
    moves = (told.chats_moved.get("chat-1") for told in house.told)
    return [moved.state for moved in moves if moved is not None]


@BOTH
async def test_the_call_takes_the_place_of_the_chat_which_is_paused(house: House) -> None:
    await wait_in_chat(house)
    await house.turn(300)
    await house.take(call("CA1", PIA))
    paused, calling = await chat(house), await phone(house)
    assert (paused["state"], calling["state"]) == ("paused", "waiting")
    assert calling["entered_at"] == paused["entered_at"]
    assert calling["rank_at"] == paused["rank_at"]  # the same head start
    assert (await house.said(paused["id"], "fact"))[-1] == "paused"
    assert "linked" in await house.said(calling["id"], "fact")
    assert told_of_chat(house)[-1] == "paused"
    assert CHAT_STATES[InteractionState.PAUSED] == await house.host.read_chat_state("chat-1")
    await house.check_restored()


async def test_with_the_call_that_is_handled_the_chat_is_closed(house: House) -> None:
    await wait_in_chat(house)
    await house.take(call("CA1", PIA))
    ada = await house.seat("ada")
    held = await house.accept("ada")
    assert held["channel"] == "phone"
    assert "linked" in [message["fact"] for message in held["messages"]]
    await house.take(agent_joined("CA1", "CA-ada"))
    assert ada.offers == []  # the chat waits for nobody
    await wrap_up(house, "ada", held["id"])
    closed = await chat(house)
    assert (closed["state"], closed["closed_as"], closed["agent_id"]) == ("closed", "handled", None)
    assert (await house.said(closed["id"], "fact"))[-1] == "closed_with_call"
    assert told_of_chat(house)[-1] == "closed"


async def test_where_the_caller_hangs_up_unserved_the_chat_waits_again_at_its_place(house: House) -> None:
    await wait_in_chat(house)
    before = await chat(house)
    await house.turn(30)
    await house.take(call("CA1", PIA))
    await house.take(customer_left("CA1"))
    after = await chat(house)
    assert (after["state"], after["rank_at"], after["rank_sequence"]) == (
        "waiting",
        before["rank_at"],
        before["rank_sequence"],
    )
    assert (await house.said(after["id"], "fact"))[-1] == "waits_again"
    assert told_of_chat(house)[-1] == "waiting"
    ada = await house.seat("ada")
    assert [offer["channel"] for offer in ada.offers] == ["webchat"]


async def test_what_is_written_in_the_paused_chat_stands_before_the_agent_and_it_stays_paused(house: House) -> None:
    await wait_in_chat(house)
    await house.take(call("CA1", PIA))
    ada = await house.seat("ada")
    held = await house.accept("ada")
    await house.take(line("Ringde inte! 不是我", "chat-1", from_address=PIA, identity_level=IdentityLevel.VERIFIED))
    paused = await chat(house)
    assert paused["state"] == "paused"
    assert (await house.said(paused["id"]))[-1] == "Ringde inte! 不是我"
    last = ada.find(held["id"])["messages"][-1]
    assert (last["fact"], last["data"]["text"]) == ("wrote_elsewhere", "Ringde inte! 不是我")
    await house.check_screens()


async def test_who_leaves_the_paused_chat_before_the_call_is_answered_gives_up_the_chat_alone(house: House) -> None:
    await wait_in_chat(house)
    await house.turn(60)
    await house.take(call("CA1", PIA))
    before = await phone(house)
    await house.take(chat_left("chat-1"))
    left, calling = await chat(house), await phone(house)
    assert (left["state"], left["closed_as"]) == ("closed", "abandoned")
    assert (calling["state"], calling["rank_at"]) == ("waiting", before["rank_at"])
    assert (await house.said(calling["id"], "fact"))[-1] == "left_elsewhere"
    await house.check_restored()


async def test_who_leaves_the_paused_chat_while_an_agent_talks_with_them_is_served(house: House) -> None:
    await wait_in_chat(house)
    await house.turn(60)
    await house.take(call("CA1", PIA))
    ada = await house.seat("ada")
    held = await house.accept("ada")
    await house.take(chat_left("chat-1"))
    left = await chat(house)
    assert (left["state"], left["closed_as"]) == ("closed", "handled")
    assert ada.find(held["id"])["messages"][-1]["fact"] == "left_elsewhere"
    assert (await phone(house))["state"] == "active"


async def test_a_chat_that_an_agent_has_goes_on_beside_the_call(house: House) -> None:
    await wait_in_chat(house)
    await house.seat("dot")
    await house.accept("dot")
    await house.take(call("CA1", PIA))
    assert (await chat(house))["state"] == "active"
    assert "linked" not in await house.said((await phone(house))["id"], "fact")


async def test_nobody_elses_chat_and_no_text_is_paused(house: House) -> None:
    await wait_in_chat(house)
    await house.take(line("Hej", "chat-2"), text("Hej", SAM))
    await house.take(call("CA1", SAM))
    rows = await house.interactions()
    assert {row["state"] for row in rows} == {"waiting"}


async def test_a_call_that_the_queue_does_not_take_leaves_the_chat_waiting(house: House) -> None:
    """Its end comes before it was decided: the chat is not paused for it."""
    await wait_in_chat(house)
    ended = customer_left("CA1")
    await house.take(ended)
    await house.take(call("CA1", PIA, over_keys=(ended.key,)))
    assert (await chat(house))["state"] == "waiting"
    facts = await house.rows(tables.message, tables.message.c.fact == "linked")
    assert [orjson.loads(row["data"]) for row in facts] == []
