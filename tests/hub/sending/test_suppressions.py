"""To whom no texts leave, why, and for how long: what customers wish, and what the provider says of their numbers."""

import pytest

from channels.channel import DeliveryState
from hub.storage import tables
from tests.hub.house import BOTH, House
from tests.hub.notices import SAM, report, text

DAY_SECONDS = 86_400


async def write(house: House, words: str = "Hej") -> str:
    """Ada answers Sam; how the hub answers her."""
    held = next(one for one in house.screens["ada"].held if one["address"] == SAM)
    return (await house.about("ada", held["id"], "send_message", text=words)).code


async def fail(house: House, error: str, *, reported: bool) -> None:
    """What Ada wrote has failed: the provider refused it, or reported so later."""
    sent = (await house.requests("TextOut"))[-1]
    if reported:
        await house.take(house.result(sent.outbox_id, "sms", "sent", provider_id="SM9"))
        await house.take(report(sent.outbox_id, DeliveryState.FAILED, error))
    else:
        await house.take(house.result(sent.outbox_id, "sms", "failed", error=error))


@pytest.fixture
async def written(house: House) -> House:
    """Ada has Sam's text in hand, and has answered it."""
    await house.seat("ada")
    await house.take(text("Hej"))
    await house.accept("ada")
    assert await write(house) == ""
    return house


@BOTH
async def test_after_21610_nothing_leaves_until_the_customer_writes_start(written: House) -> None:
    await fail(written, "21610", reported=False)
    (row,) = await written.rows(tables.suppression)
    assert (row["channel"], row["address"], row["cause"]) == ("sms", SAM, "customer")
    assert await write(written) == "customer_said_stop"
    await written.turn(3 * DAY_SECONDS)
    assert await write(written) == "customer_said_stop"
    await written.take(text("START"))
    assert await write(written) == ""


@BOTH
@pytest.mark.parametrize(
    ("error", "reported"), [("21614", False), ("21211", False), ("30005", True), ("30006", True)]
)
async def test_a_number_that_gets_no_texts_is_spared_for_a_day(written: House, error: str, reported: bool) -> None:
    await fail(written, error, reported=reported)
    assert await write(written) == "no_texts"
    messages = [m for m in written.screens["ada"].held[0]["messages"] if m["kind"] == "agent"]
    assert [m["error"] for m in messages] == [error], "the agent sees why"
    await written.turn(DAY_SECONDS + 1)
    assert await write(written) == ""


async def test_a_text_from_a_number_shows_that_it_gets_texts(written: House) -> None:
    await fail(written, "30006", reported=True)
    await written.take(text("Jag fick inget"))
    assert await write(written) == ""
    assert await written.count(tables.suppression) == 0


@pytest.mark.parametrize("error", ["30003", "30004", "30007", "30008", "21408", ""])
async def test_what_says_nothing_of_the_next_text_keeps_none_back(written: House, error: str) -> None:
    await fail(written, error, reported=True)
    assert await write(written) == ""


@BOTH
async def test_what_is_known_of_a_number_takes_back_no_wish(written: House) -> None:
    await written.take(text("STOP"))
    await fail(written, "30006", reported=True)
    await written.turn(2 * DAY_SECONDS)
    assert await write(written) == "customer_said_stop"


@pytest.mark.parametrize("words", ["sluta nu", "退出吧"])
async def test_what_the_provider_took_for_stop_is_stop_in_any_language(written: House, words: str) -> None:
    await written.take(text(words, wish="stop"))
    assert await write(written) == "customer_said_stop"
    await written.take(text("börja", wish="start"))
    assert await write(written) == ""


async def test_a_wish_for_help_that_the_provider_has_answered_is_nobodys_work(house: House) -> None:
    ada = await house.seat("ada")
    await house.take(text("HELP", wish="help"))
    assert ada.offers == []
    closed = await house.interaction(address=SAM)
    assert (closed["state"], closed["closed_as"]) == ("closed", "self_served")
    assert await house.said(closed["id"]) == ["HELP"]
    await house.take(text("HELP"))
    assert len(ada.offers) == 1, "without the provider's answer somebody has to give one"
