"""Callers who may leave a message: it is heard by an agent, who calls back; who says nothing has left."""

from dataclasses import replace
from typing import Any

import pytest

from channels.channel import After, FetchVoicemail, VoicemailLeft
from hub.policies.document import CallbackPolicy, MessagePolicy, OverflowPolicy
from hub.policies.stored_versions import publish_policy
from hub.storage import tables
from hub.storage.documents import PolicyPublished
from routing.model import Occasion
from tests.channel_names import PHONE
from tests.hub.house import House
from tests.hub.notices import PIA, call, call_answered, customer_left, voicemail

MESSAGES = (
    MessagePolicy(id="tone", texts={"en": "Leave a message after the tone.", "zh-CN": "请在提示音后留言。"}),
    MessagePolicy(id="greeting", texts={"en": "You left us a message.", "zh-CN": "您给我们留言了。"}),
)


async def adopt(house: House, occasion: Occasion = Occasion.UNSTAFFED, **callback: Any) -> None:
    """Who calls the queue "service" and cannot be kept waiting is asked for a message."""
    before = house.state.book.document
    after = 30 if occasion is Occasion.WAITED else 0
    rule = OverflowPolicy(
        occasion=occasion, action="voicemail", channels=(PHONE,), message="tone", after_seconds=after
    )
    hours = {"hours": "office"} if occasion is Occasion.CLOSED else {}
    queue = replace(
        before.queues[0], overflow=(rule,), callback=CallbackPolicy(greeting="greeting", **callback), **hours
    )
    document = replace(before, queues=(queue, *before.queues[1:]), messages=(*before.messages, *MESSAGES))
    version = await publish_policy(house.db, document, house.clock.now(), "test")
    assert version is not None
    await house.take(PolicyPublished(version))


async def ask_for_message(house: House, sender: str = PIA) -> str:
    """A caller who hears the tone; the interaction's id."""
    await house.take(call("CA1", sender))
    return str((await house.interactions())[-1]["id"])


async def tell_what_was_found(house: House, held: str, provider_id: str, state: str = "sent") -> None:
    (request,) = await house.requests("FetchVoicemail")
    more = {"interaction_id": held, "provider_id": provider_id}
    await house.take(house.result(request.outbox_id, "phone", state, kind="FetchVoicemail", **more))


async def test_a_message_waits_at_the_callers_place_and_the_agent_hears_it_while_calling_back(house: House) -> None:
    await adopt(house)
    held = await ask_for_message(house)
    (told,) = await house.requests("Speak")
    assert (told.text, told.then) == ("Leave a message after the tone.", After.RECORD)
    entered_at = (await house.interaction(id=held))["entered_at"]
    await house.take(voicemail("CA1", seconds=12), customer_left("CA1"))
    row = await house.interaction(id=held)
    assert (row["state"], row["call_state"], row["entered_at"]) == ("waiting", "given_back", entered_at)
    assert await house.said(held, "fact") == ["entered", "overflow_voicemail", "voicemail_left"]
    assert await house.requests("FetchVoicemail") == []
    ada = await house.seat("ada")
    shown = ada.find(held)
    assert shown["state"] == "dialling"
    (message,) = [m for m in shown["messages"] if m["media"]]
    assert (message["kind"], message["media"][0]["content_type"]) == ("customer", "audio/wav")
    (request,) = await house.requests("CallCustomer")
    await house.take(call_answered(request.outbox_id))
    assert ada.find(held)["state"] == "active"
    await house.check_screens()
    await house.check_restored()


async def test_who_hangs_up_without_a_word_has_abandoned(house: House) -> None:
    await adopt(house)
    held = await ask_for_message(house)
    await house.turn(20)
    await house.take(customer_left("CA1"))
    assert (await house.interaction(id=held))["state"] == "waiting", "nobody knows yet"
    (request,) = await house.requests("FetchVoicemail")
    assert request == FetchVoicemail(request.outbox_id, "CA1")
    await tell_what_was_found(house, held, "")
    row = await house.interaction(id=held)
    assert (row["state"], row["closed_as"]) == ("closed", "abandoned")
    assert await house.requests("HangUp") == []


async def test_a_message_that_is_told_after_the_line_has_ended_is_no_less_a_message(house: House) -> None:
    await adopt(house)
    held = await ask_for_message(house)
    await house.take(customer_left("CA1"))
    await house.seat("ada")
    assert await house.requests("CallCustomer") == []
    await tell_what_was_found(house, held, "RE1")
    assert (await house.interaction(id=held))["call_state"] == "voicemail", "the message itself is on its way"
    await house.take(voicemail("CA1"))
    assert len(await house.requests("CallCustomer")) == 1


@pytest.mark.parametrize("state", ["sent", "failed"])
async def test_what_the_list_did_not_show_does_not_undo_a_message_that_has_come(house: House, state: str) -> None:
    await adopt(house)
    held = await ask_for_message(house)
    await house.take(customer_left("CA1"))
    await house.take(voicemail("CA1"))
    await tell_what_was_found(house, held, "", state)
    row = await house.interaction(id=held)
    assert (row["state"], row["call_state"]) == ("waiting", "given_back")
    assert "voicemail_lost" not in await house.said(held, "fact")


@pytest.mark.promise("P2")
async def test_the_same_message_twice_is_one(house: House) -> None:
    await adopt(house)
    held = await ask_for_message(house)
    message = voicemail("CA1")
    await house.take(message, message)
    await house.take(message)
    assert len(await house.rows(tables.message, tables.message.c.media != "[]")) == 1
    assert (await house.said(held, "fact")).count("voicemail_left") == 1


async def test_a_message_that_cannot_be_had_is_called_back_all_the_same(house: House) -> None:
    await adopt(house)
    held = await ask_for_message(house)
    await house.take(customer_left("CA1"))
    await tell_what_was_found(house, held, "", state="failed")
    assert "voicemail_lost" in await house.said(held, "fact")
    await house.seat("ada")
    assert len(await house.requests("CallCustomer")) == 1


async def test_a_closed_queue_takes_messages_though_an_agent_is_there(house: House) -> None:
    await adopt(house, Occasion.CLOSED, hours="office")
    ada = await house.seat("ada")
    await ask_for_message(house)
    await house.take(voicemail("CA1"), customer_left("CA1"))
    assert (ada.offers, ada.held, await house.requests("CallCustomer")) == ([], [], [])
    assert ada.shown["agent"]["load"] == 0
    await house.turn(19 * 3600 + 60)  # Monday, eight o'clock in Stockholm
    assert len(await house.requests("CallCustomer")) == 1
    await house.check_screens()
    await house.check_restored()


async def test_a_message_from_a_withheld_number_is_handed_to_an_agent_with_nobody_on_the_line(house: House) -> None:
    await adopt(house)
    held = await ask_for_message(house, "anonymous:CA1")
    await house.take(voicemail("CA1"), customer_left("CA1"))
    ada = await house.seat("ada")
    shown = ada.find(held)
    assert (shown["state"], shown["call"]["state"], shown["is_customer_gone"]) == ("active", "over", True)
    assert await house.requests("CallCustomer") == await house.requests("ConnectAgent") == []
    assert not (await house.about("ada", held, "end_interaction")).code
    assert not (await house.about("ada", held, "complete_wrap_up", disposition="solved")).code
    assert (await house.interaction(id=held))["closed_as"] == "handled"
    await house.check_screens()


async def test_a_message_that_comes_when_all_is_over_is_kept_in_the_conversation(house: House) -> None:
    await adopt(house)
    held = await ask_for_message(house)
    await house.take(customer_left("CA1"))
    await tell_what_was_found(house, held, "")
    late: VoicemailLeft = voicemail("CA1")
    await house.take(late)
    (row,) = await house.rows(tables.message, tables.message.c.media != "[]")
    assert (row["interaction_id"], row["customer_id"]) == (held, "pia")
