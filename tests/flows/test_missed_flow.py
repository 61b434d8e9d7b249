"""What happens outside while the hub is down: nobody tells it afterwards, so it asks."""

import signal
from pathlib import Path

import aiohttp
import pytest

from tests.channels.twiml_rules import read_twiml
from tests.flows.cast import Cast, OpenCast
from tests.flows.desk import Desk, find_held
from tests.flows.house import build_house, settings_with_sandbox_inside
from tests.flows.process_starter import ProcessStarter

DYING = "tests.flows.hub_that_dies_before_it_answers"
ALONE = "tests.flows.hub_that_asks_nobody"  # the sandbox within it does not know the call


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


@pytest.mark.promise("P1")
@pytest.mark.promise("P2")
async def test_a_call_whose_hub_dies_before_it_answers_waits_once_when_the_provider_tries_again(
    process_starter: ProcessStarter, seeded: Path, tmp_path: Path
) -> None:
    """The call is stored, and the provider hears nothing."""
    house = build_house(tmp_path, process_starter, seeded, settings_with_sandbox_inside(), module=DYING)
    try:
        dying = await house.start()
        async with Cast(house) as cast:
            provider = cast.provider
            call = {
                "AccountSid": provider.account,
                "CallSid": "CA" + "1" * 32,
                "From": "+46701740301",
                "To": provider.phone_number,
                "CallStatus": "ringing",
            }
            with pytest.raises(aiohttp.ClientError):
                await provider.post("/channels/phone/inbound", call)
            assert await dying.ended() == -signal.SIGKILL
            house.module = ALONE
            await house.start()
            await cast.waiting("Sam Okoye")  # it is decided without another word of the provider
            async with cast.session.post(
                house.url + "/channels/phone/inbound",
                data=call,
                headers=provider.sign("/channels/phone/inbound", call),
            ) as answer:
                (dial,) = read_twiml(await answer.text())
            assert dial[0].tag == "Conference"
            await cast.waiting("Sam Okoye")
    finally:
        house.close()
