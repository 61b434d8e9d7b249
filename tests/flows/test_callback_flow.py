"""Customers who give their line back and are called when their turn has come."""

import json
from typing import Any

from tests.flows.cast import OpenCast
from tests.flows.house import repository_settings

KEPT = {"en": "We keep your place and call you back. Goodbye.", "zh-CN": "我们为您保留位置并给您回电，再见。"}
GREETING = {"en": "This is Nordpost Bank. You asked us to call.", "zh-CN": "这里是北邮银行，您要求我们回电。"}


def with_callback(*rules: dict[str, Any], **callback: Any) -> dict[str, Any]:
    """The sample policy, whose first queue calls back those of whom these rules speak."""
    policy = repository_settings()["policy"]
    first, *others = policy["queues"]
    queue = {**first, "overflow": list(rules), "callback": {"greeting": "greeting", **callback}}
    messages = [*policy["messages"], {"id": "kept", "texts": KEPT}, {"id": "greeting", "texts": GREETING}]
    return {"queues": [queue, *others], "messages": messages}


UNSTAFFED = {"occasion": "unstaffed", "action": "callback", "channels": ["phone"], "message": "kept"}


async def test_a_customer_is_called_back_answers_and_talks_with_the_agent(open_cast: OpenCast) -> None:
    cast = await open_cast(policy=with_callback(UNSTAFFED))
    lin = cast.customer("lin")
    await lin.call()
    await lin.hears("say", KEPT["zh-CN"])
    await lin.call_is(is_over=True, direction="outgoing")
    ada = await cast.desk("ada")
    held = await ada.until(lambda screen: screen["interactions"] and screen["interactions"][0])
    assert (held["state"], held["call"]["state"], held["customer"]["name"]) == ("dialling", "dialling", "林嘉怡")
    assert held["script"] is not None
    await lin.call_is(direction="incoming", status="ringing")
    await lin.answer()
    await lin.hears("say", GREETING["zh-CN"])
    await ada.talks(held["id"])
    await lin.call_is(**{"with": ["client:ada"], "is_on_hold": False})
    await ada.wrap_up(held["id"])
    await lin.call_is(is_over=True)
    assert await ada.is_what_a_fresh_one_shows()


async def test_a_customer_who_declines_is_called_again_and_the_agent_is_free_meanwhile(open_cast: OpenCast) -> None:
    cast = await open_cast(policy=with_callback(UNSTAFFED, agent_first=True))
    pia = cast.customer("pia")
    await pia.call()
    await pia.call_is(is_over=True, direction="outgoing")
    ada = await cast.desk("ada")
    offer = await ada.is_offered()
    assert offer["is_callback"]
    await ada.accept()
    await pia.call_is(direction="incoming", status="ringing")
    await pia.hang_up()
    await ada.until(lambda screen: not screen["interactions"] and screen["agent"]["load"] == 0)
    conversation = await cast.get("/api/customers/pia/conversation", await cast.cookie("ada"))
    assert '"callback_unanswered"' in json.dumps(conversation)
    assert await ada.is_what_a_fresh_one_shows()


async def test_who_waits_presses_a_key_and_is_called_back_in_their_turn(open_cast: OpenCast) -> None:
    cast = await open_cast(policy=with_callback(key="1", message="kept"))
    sam, pia = cast.customer("sam"), cast.customer("pia")
    await sam.call()
    await sam.hears("gather")
    await sam.press("1")
    await sam.hears("say", KEPT["en"])
    await sam.call_is(is_over=True, direction="outgoing")
    await pia.call()
    await cast.waiting("Pia Lindqvist", "Sam Okoye")
    ben = await cast.desk("ben")
    assert (await ben.is_offered())["customer_name"] == "Pia Lindqvist", "a better tier still goes first"
    await ben.accept()
    ada = await cast.desk("ada")
    held = await ada.until(lambda screen: screen["interactions"] and screen["interactions"][0])
    assert (held["state"], held["customer"]["name"]) == ("dialling", "Sam Okoye")
    await sam.call_is(direction="incoming", status="ringing")
    await sam.answer()
    await ada.talks(held["id"])


async def test_who_is_handed_on_hears_their_place_and_gives_the_line_back_by_the_new_queues_key(
    open_cast: OpenCast,
) -> None:
    """Put on hold for another queue, a caller is as anyone who waits there."""
    cast = await open_cast()
    sam = cast.customer("sam")
    ada = await cast.desk("ada")
    await sam.call()
    await ada.is_offered()
    held = await ada.accept()
    await ada.talks(held["id"])
    await ada.do("set_state", state="unavailable", reason="lunch", after_current=True)
    await ada.about(held["id"], "hold_call", on=True)
    await sam.call_is(is_on_hold=True)
    await ada.about(held["id"], "transfer_interaction", queue="cards")
    await sam.hears("gather")
    await sam.press("1")
    await sam.hears("say", "We keep your place")
    await sam.call_is(is_over=True, direction="outgoing")
    cleo = await cast.desk("cleo")
    await cleo.until(lambda screen: screen["interactions"] and screen["interactions"][0]["state"] == "dialling")
    await sam.call_is(direction="incoming", status="ringing")
    await sam.answer()
    await cleo.talks(held["id"])
