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
from tests.hub.notices import PIA, call, call_answered, customer_left, voicemail
from tests.hub.stage import Stage

MESSAGES = (
    MessagePolicy(id="tone", texts={"en": "Leave a message after the tone.", "zh-CN": "请在提示音后留言。"}),
    MessagePolicy(id="greeting", texts={"en": "You left us a message.", "zh-CN": "您给我们留言了。"}),
)


async def adopt(stage: Stage, occasion: Occasion = Occasion.UNSTAFFED, **callback: Any) -> None:
    """Who calls the queue "service" and cannot be kept waiting is asked for a message."""
    before = stage.state.book.document
    rule = OverflowPolicy(occasion=occasion, action="voicemail", channels=(PHONE,), message="tone")
    hours = {"hours": "office"} if occasion is Occasion.CLOSED else {}
    queue = replace(
        before.queues[0], overflow=(rule,), callback=CallbackPolicy(greeting="greeting", **callback), **hours
    )
    document = replace(before, queues=(queue, *before.queues[1:]), messages=(*before.messages, *MESSAGES))
    version = await publish_policy(stage.db, document, stage.clock.now(), "test")
    assert version is not None
    await stage.take(PolicyPublished(version))


async def ask_for_message(stage: Stage, sender: str = PIA) -> str:
    """A caller who hears the tone; the interaction's id."""
    await stage.take(call("CA1", sender))
    return str((await stage.interactions())[-1]["id"])


async def tell_what_was_found(stage: Stage, held: str, provider_id: str, state: str = "sent") -> None:
    (request,) = await stage.requests("FetchVoicemail")
    more = {"interaction_id": held, "provider_id": provider_id}
    await stage.take(stage.result(request.outbox_id, "phone", state, kind="FetchVoicemail", **more))


async def test_a_message_waits_at_the_callers_place_and_the_agent_hears_it_while_calling_back(stage: Stage) -> None:
    await adopt(stage)
    held = await ask_for_message(stage)
    (told,) = await stage.requests("Speak")
    assert (told.text, told.then) == ("Leave a message after the tone.", After.RECORD)
    entered_at = (await stage.interaction(id=held))["entered_at"]
    await stage.take(voicemail("CA1", seconds=12), customer_left("CA1"))
    row = await stage.interaction(id=held)
    assert (row["state"], row["call_state"], row["entered_at"]) == ("waiting", "given_back", entered_at)
    assert await stage.said(held, "fact") == ["entered", "overflow_voicemail", "voicemail_left"]
    assert await stage.requests("FetchVoicemail") == []
    ada = await stage.seat("ada")
    shown = ada.find(held)
    assert shown["state"] == "dialling"
    (message,) = [m for m in shown["messages"] if m["media"]]
    assert (message["kind"], message["media"][0]["content_type"]) == ("customer", "audio/wav")
    (request,) = await stage.requests("CallCustomer")
    await stage.take(call_answered(request.outbox_id))
    assert ada.find(held)["state"] == "active"
    await stage.check_screens()
    await stage.check_restored()


async def test_who_hangs_up_without_a_word_has_abandoned(stage: Stage) -> None:
    await adopt(stage)
    held = await ask_for_message(stage)
    await stage.turn(20)
    await stage.take(customer_left("CA1"))
    assert (await stage.interaction(id=held))["state"] == "waiting", "nobody knows yet"
    (request,) = await stage.requests("FetchVoicemail")
    assert request == FetchVoicemail(request.outbox_id, "CA1")
    await tell_what_was_found(stage, held, "")
    row = await stage.interaction(id=held)
    assert (row["state"], row["closed_as"]) == ("closed", "abandoned")
    assert await stage.requests("HangUp") == []


async def test_a_message_that_is_told_after_the_line_has_ended_is_no_less_a_message(stage: Stage) -> None:
    await adopt(stage)
    held = await ask_for_message(stage)
    await stage.take(customer_left("CA1"))
    await stage.seat("ada")
    assert await stage.requests("CallCustomer") == []
    await tell_what_was_found(stage, held, "RE1")
    assert (await stage.interaction(id=held))["call_state"] == "voicemail", "the message itself is on its way"
    await stage.take(voicemail("CA1"))
    assert len(await stage.requests("CallCustomer")) == 1


@pytest.mark.parametrize("state", ["sent", "failed"])
async def test_what_the_list_did_not_show_does_not_undo_a_message_that_has_come(stage: Stage, state: str) -> None:
    await adopt(stage)
    held = await ask_for_message(stage)
    await stage.take(customer_left("CA1"))
    await stage.take(voicemail("CA1"))
    await tell_what_was_found(stage, held, "", state)
    row = await stage.interaction(id=held)
    assert (row["state"], row["call_state"]) == ("waiting", "given_back")
    assert "voicemail_lost" not in await stage.said(held, "fact")


@pytest.mark.promise("P2")
async def test_the_same_message_twice_is_one(stage: Stage) -> None:
    await adopt(stage)
    held = await ask_for_message(stage)
    message = voicemail("CA1")
    await stage.take(message, message)
    await stage.take(message)
    assert len(await stage.rows(tables.message, tables.message.c.media != "[]")) == 1
    assert (await stage.said(held, "fact")).count("voicemail_left") == 1


async def test_a_message_that_cannot_be_had_is_called_back_all_the_same(stage: Stage) -> None:
    await adopt(stage)
    held = await ask_for_message(stage)
    await stage.take(customer_left("CA1"))
    await tell_what_was_found(stage, held, "", state="failed")
    assert "voicemail_lost" in await stage.said(held, "fact")
    await stage.seat("ada")
    assert len(await stage.requests("CallCustomer")) == 1


async def test_a_closed_queue_takes_messages_though_an_agent_is_there(stage: Stage) -> None:
    await adopt(stage, Occasion.CLOSED, hours="office")
    ada = await stage.seat("ada")
    await ask_for_message(stage)
    await stage.take(voicemail("CA1"), customer_left("CA1"))
    assert (ada.offers, ada.held, await stage.requests("CallCustomer")) == ([], [], [])
    assert ada.shown["agent"]["load"] == 0
    await stage.turn(19 * 3600 + 60)  # Monday, eight o'clock in Stockholm
    assert len(await stage.requests("CallCustomer")) == 1
    await stage.check_screens()
    await stage.check_restored()


async def test_a_message_from_a_withheld_number_is_handed_to_an_agent_with_nobody_on_the_line(stage: Stage) -> None:
    await adopt(stage)
    held = await ask_for_message(stage, "anonymous:CA1")
    await stage.take(voicemail("CA1"), customer_left("CA1"))
    ada = await stage.seat("ada")
    shown = ada.find(held)
    assert (shown["state"], shown["call"]["state"], shown["is_customer_gone"]) == ("active", "over", True)
    assert await stage.requests("CallCustomer") == await stage.requests("ConnectAgent") == []
    assert not (await stage.about("ada", held, "end_interaction")).code
    assert not (await stage.about("ada", held, "complete_wrap_up", disposition="solved")).code
    assert (await stage.interaction(id=held))["closed_as"] == "handled"
    await stage.check_screens()


async def test_a_message_that_comes_when_all_is_over_is_kept_in_the_conversation(stage: Stage) -> None:
    await adopt(stage)
    held = await ask_for_message(stage)
    await stage.take(customer_left("CA1"))
    await tell_what_was_found(stage, held, "")
    late: VoicemailLeft = voicemail("CA1")
    await stage.take(late)
    (row,) = await stage.rows(tables.message, tables.message.c.media != "[]")
    assert (row["interaction_id"], row["customer_id"]) == (held, "pia")
