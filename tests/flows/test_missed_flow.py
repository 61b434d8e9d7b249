"""What happens outside while the hub is down: nobody tells it afterwards, so it asks."""

import pytest

from tests.flows.cast import Cast, OpenCast
from tests.flows.desk import Desk, find_held


@pytest.fixture
async def cast(open_live_cast: OpenCast) -> Cast:
    return await open_live_cast()


def die(cast: Cast) -> None:
    assert cast.house.hub is not None
    cast.house.hub.kill()


async def rise(cast: Cast, desk: Desk) -> None:
    await cast.house.start()
    await desk.reconnect()


@pytest.mark.promise("P12")
async def test_a_caller_who_hung_up_meanwhile_waits_no_more_and_a_text_is_not_lost(cast: Cast) -> None:
    sam, pia = cast.customer("sam"), cast.customer("pia")
    await sam.call()
    await sam.hears("say", "You are next")
    ada = await cast.desk("ada", is_available=False)
    die(cast)
    await sam.hang_up()
    await pia.text("Är ni borta? 你们在吗？")
    await pia.text("Hallå?")
    await rise(cast, ada)
    await cast.waiting("Pia Lindqvist")
    await ada.go_available()
    held = await ada.accept()
    assert (held["channel"], held["customer"]["name"]) == ("sms", "Pia Lindqvist")
    await ada.sees(held["id"], "Hallå?")
    messages = find_held(ada.screen, held["id"])["messages"]
    assert [m["text"] for m in messages if m["kind"] == "customer"] == ["Är ni borta? 你们在吗？", "Hallå?"]
    await ada.wrap_up(held["id"])
    await ada.until(lambda screen: screen["agent"]["load"] == 0 and not screen["offers"])


@pytest.mark.promise("P12")
async def test_an_agent_whose_customer_hung_up_meanwhile_wraps_up(cast: Cast) -> None:
    ada, sam = await cast.desk("ada"), cast.customer("sam")
    await sam.call()
    held = await ada.accept()
    await ada.talks(held["id"])
    die(cast)
    await sam.hang_up()
    await rise(cast, ada)
    over = await ada.holds(held["id"], state="wrap_up", is_customer_gone=True)
    assert over["call"]["state"] == "over"
    await ada.wrap_up(held["id"])
    await ada.until(lambda screen: screen["agent"]["load"] == 0)
