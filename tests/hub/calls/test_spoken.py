"""What a caller is told by the hub itself when a queue does not keep them waiting as they are."""

from dataclasses import replace
from typing import Any

from sqlalchemy import update

from channels.channel import After, Speak
from hub.policies.document import MessagePolicy, OverflowPolicy
from hub.policies.stored_versions import publish_policy
from hub.storage import tables
from hub.storage.documents import PolicyPublished
from routing.model import Occasion
from tests.channel_names import PHONE
from tests.hub.house import House
from tests.hub.notices import SAM, call, customer_left

LIN = "+46701740102"  # she reads and speaks Chinese
BUSY = MessagePolicy(id="lines_busy", texts={"en": "All lines are busy. Goodbye.", "zh-CN": "线路繁忙，再见。"})


async def adopt(house: House, *rules: OverflowPolicy, **queue: Any) -> None:
    """The queue "service" gets these rules, and whatever else is said of it."""
    before = house.state.book.document
    changed = replace(before.queues[0], overflow=rules, **queue)
    document = replace(before, queues=(changed, *before.queues[1:]), messages=(*before.messages, BUSY))
    version = await publish_policy(house.db, document, house.clock.now(), "test")
    assert version is not None
    await house.take(PolicyPublished(version))


def rule(occasion: Occasion, action: Any, **more: Any) -> OverflowPolicy:
    return OverflowPolicy(occasion=occasion, action=action, channels=(PHONE,), message=BUSY.id, **more)


async def test_a_released_caller_hears_why_in_their_language_and_the_call_ends_with_it(house: House) -> None:
    await adopt(house, rule(Occasion.UNSTAFFED, "release"))
    await house.take(call("CA1", LIN))
    (told,) = await house.requests("Speak")
    assert told == Speak(told.outbox_id, "CA1", "线路繁忙，再见。", "zh-CN", After.END)
    assert await house.requests("HangUp") == []  # nobody cuts the words short
    row = await house.interaction(customer_id="lin")
    assert (row["state"], row["closed_as"], row["call_state"]) == ("closed", "failed", "over")
    assert await house.said(row["id"], "agent") == ["线路繁忙，再见。"]
    await house.take(customer_left("CA1"))
    assert await house.said(row["id"], "fact") == ["entered", "overflow_release", "closed"]


async def test_a_release_without_a_message_ends_the_call(house: House) -> None:
    await adopt(house, replace(rule(Occasion.UNSTAFFED, "release"), message=""))
    await house.take(call("CA1"))
    assert [(one.call_id, one.leg_id) for one in await house.requests("HangUp")] == [("CA1", "CA1")]
    assert await house.requests("Speak") == []


async def test_a_caller_may_be_told_something_and_waits_on(house: House) -> None:
    await adopt(house, rule(Occasion.WAITED, "auto_reply", after_seconds=60))
    await house.take(call("CA1"))
    await house.turn(61)
    (told,) = await house.requests("Speak")
    assert (told.text, told.then) == ("All lines are busy. Goodbye.", After.RETURN)
    row = await house.interaction(provider_ref="CA1")
    assert (row["state"], row["call_state"]) == ("waiting", "waiting")
    ada = await house.seat("ada")
    assert [offer["channel"] for offer in ada.offers] == ["phone"]
    await house.check_restored()


async def test_who_is_sent_on_to_another_queue_may_be_told_so(house: House) -> None:
    await adopt(house, rule(Occasion.UNSTAFFED, "queue", queue="cards"))
    await house.take(call("CA1", SAM))
    (told,) = await house.requests("Speak")
    assert told.then is After.RETURN
    assert (await house.interaction(provider_ref="CA1"))["queue"] == "cards"


async def test_a_text_is_read_by_the_voice_of_the_language_that_it_has(house: House) -> None:
    """The policy has no text in the caller's language, so they hear it in the first one, read as such."""
    await adopt(house, rule(Occasion.UNSTAFFED, "release"))
    customer = update(tables.customer).where(tables.customer.c.id == "lin").values(language="sv")
    await house.db.write(lambda conn: conn.execute(customer))
    await house.take(call("CA1", LIN))
    (told,) = await house.requests("Speak")
    assert (told.text, told.language) == ("All lines are busy. Goodbye.", "en")
