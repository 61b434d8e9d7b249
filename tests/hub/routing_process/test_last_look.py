"""What a customer wishes at the moment of sending, by the sender's own order: against the sandbox, over real HTTP."""

import pytest

from channels.sandbox.faults import Fault
from hub.routing_process.send_again import RETRY_SECONDS
from tests.hub.notices import GUS, SAM, text
from tests.hub.routing_process.test_sender import Post, until_tried
from tests.hub.routing_process.test_sender import post as post  # the fixture


@pytest.mark.promise("P7")
@pytest.mark.parametrize("words", ["STOP", ""])
async def test_a_text_that_waits_is_not_sent_once_its_customer_wants_no_more(post: Post, words: str) -> None:
    """Its first try found the provider busy, so it was let through by the gate and is still here."""
    post.sandbox.faults.add(Fault("rest", "429"))
    message = await post.reply("Strax")
    await until_tried(post.house, message, 1)
    held = next(one for one in post.house.screens["ada"].held if one["address"] == SAM)
    if words:
        await post.house.take(text(words))
    else:
        no = {"address": SAM, "purpose": "service", "is_given": False}
        assert not (await post.house.about("ada", held["id"], "keep_consent", **no)).code
    await post.later(RETRY_SECONDS[0])
    assert await post.becomes(message, "failed") == "consent_withdrawn"
    await post.later(3600)
    await post.has_nothing_to_do()
    assert post.arrived() == [] and post.shown(message) == ("failed", "consent_withdrawn")


async def test_what_a_customer_took_back_before_a_yes_stops_nothing_that_was_queued_after_it(post: Post) -> None:
    held = next(one for one in post.house.screens["ada"].held if one["address"] == SAM)
    for is_given in (False, True):
        said = {"address": SAM, "purpose": "service", "is_given": is_given}
        assert not (await post.house.about("ada", held["id"], "keep_consent", **said)).code
    assert await post.becomes(await post.reply("Hej"), "delivered") == ""


async def test_what_is_taken_back_for_another_purpose_or_address_stops_no_text_that_waits(post: Post) -> None:
    post.sandbox.faults.add(Fault("rest", "429"))
    message = await post.reply("Strax")
    await until_tried(post.house, message, 1)
    held = {one["address"]: one["id"] for one in post.house.screens["ada"].held}
    for customer, purpose in ((SAM, "marketing"), (GUS, "service")):
        no = {"address": customer, "purpose": purpose, "is_given": False}
        assert not (await post.house.about("ada", held[customer], "keep_consent", **no)).code
    await post.later(RETRY_SECONDS[0])
    assert await post.becomes(message, "delivered") == ""
