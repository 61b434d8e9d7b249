"""The hub asks the provider for events that it missed while it was away."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from channels import sms
from channels.channel import (
    ChannelError,
    ConnectAgent,
    DeliveryReported,
    DeliveryState,
    LegJoined,
    LegLeft,
    LegRole,
    MessageReceived,
    Notice,
    OpenCall,
    TextOut,
)
from channels.sms import SmsChannel, SmsSettings
from tests.channels.sandbox_house import PIA, SandboxHouse, build_sandbox_house, until
from tests.channels.twilio_cast import ACCOUNT_SID, HUB_PHONE, HUB_SMS, build_account

LONG_AGO = 0


@pytest.fixture
async def house() -> AsyncIterator[SandboxHouse]:
    async with build_sandbox_house() as house:
        yield house


async def write(house: SandboxHouse, words: str, **more: Any) -> str:
    """Pia writes; the provider's id of her text."""
    return str((await house.post(f"/customers/{PIA.id}/texts", text=words, **more))["sid"])


def texts(house: SandboxHouse) -> list[str]:
    return [notice.text for notice in house.hub.notices.values() if isinstance(notice, MessageReceived)]


async def until_quiet(house: SandboxHouse) -> None:
    """The provider has told all that it has to tell."""
    await until(lambda: not house.sandbox._calls._webhooks._last)


# ---- texts


async def test_a_text_that_could_not_be_stored_arrives_as_its_webhook_would_have_brought_it(
    house: SandboxHouse,
) -> None:
    await write(house, "Hör ni mig? 听得到吗？")
    house.hub.is_away = True
    sid = await write(house, "Hallå?")
    house.hub.is_away = False
    assert texts(house) == ["Hör ni mig? 听得到吗？"]
    await house.sms.catch_up(LONG_AGO)
    heard, missed = house.hub.notices.values()
    assert isinstance(heard, MessageReceived) and isinstance(missed, MessageReceived)
    assert (missed.key, missed.text, missed.provider_id) == (f"sms:{ACCOUNT_SID}:{sid}", "Hallå?", sid)
    assert (missed.from_address, missed.to_address, missed.identity_level) == (
        heard.from_address,
        heard.to_address,
        heard.identity_level,
    )


@pytest.mark.promise("P2")
async def test_what_was_heard_is_not_brought_again(house: SandboxHouse) -> None:
    await write(house, "En gång")
    for _ in range(2):
        await house.sms.catch_up(LONG_AGO)
    assert house.hub.deliveries == 1


async def test_many_missed_texts_arrive_in_the_order_in_which_they_were_written(
    house: SandboxHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sms, "LISTED_AT_ONCE", 2)
    house.hub.is_away = True
    for number in range(5):
        await write(house, f"nummer {number}")
    house.hub.is_away = False
    await house.sms.catch_up(LONG_AGO)
    assert texts(house) == [f"nummer {number}" for number in range(5)]


async def test_a_missed_picture_is_fetched(house: SandboxHouse) -> None:
    house.hub.is_away = True
    file = {"name": "kvitto.png", "content_type": "image/png", "base64": "iVBORw0KGgo="}
    await write(house, "Mitt kvitto", media=[file])
    house.hub.is_away = False
    await house.sms.catch_up(LONG_AGO)
    (message,) = house.hub.notices.values()
    assert isinstance(message, MessageReceived) and message.problem == ""
    (medium,) = message.media
    assert (medium.content_type, house.hub.media[medium.ref]) == ("image/png", b"\x89PNG\r\n\x1a\n")


async def test_what_was_written_before_is_not_asked_for(house: SandboxHouse) -> None:
    house.hub.is_away = True
    await write(house, "Hej")
    house.hub.is_away = False
    await house.sms.catch_up(4_102_444_800_000_000)  # 2100
    assert not house.hub.notices


async def test_another_number_of_the_account_is_not_ours(house: SandboxHouse) -> None:
    house.hub.is_away = True
    await write(house, "Till någon annan")
    house.hub.is_away = False
    other = SmsChannel(SmsSettings(build_account(house.url, public_url=house.url), ("+46700000009",)), house.hub)
    await other.start()
    await other.catch_up(LONG_AGO)
    await other.stop()
    assert not house.hub.notices


async def test_what_became_of_a_text_of_ours_is_told(house: SandboxHouse) -> None:
    house.hub.is_away = True
    await house.add_fault("text", "undelivered")
    sid = (await house.sms.send(TextOut("out-1", PIA.phone, HUB_SMS, "Hej Pia"))).provider_id
    unknown = (await house.sms.send(TextOut("out-2", PIA.phone, HUB_SMS, "Hej igen"))).provider_id
    await until(lambda: house.sandbox._messages.by_sid[unknown].status == "delivered")
    await until_quiet(house)
    house.hub.is_away = False
    house.hub.sent = {sid: "out-1"}
    await house.sms.catch_up(LONG_AGO)
    key = f"sms:{ACCOUNT_SID}:{sid}:failed"
    assert list(house.hub.notices.values()) == [DeliveryReported(key, DeliveryState.FAILED, "out-1", sid, "30005")]


# ---- calls


async def call(house: SandboxHouse) -> str:
    """Pia calls and waits; the call's id."""
    sid = str((await house.post(f"/customers/{PIA.id}/call"))["sid"])
    await house.hub.wait_until(lambda notices: any(isinstance(n, LegJoined) for n in notices))
    return sid


def legs(notices: list[Notice], role: LegRole) -> list[tuple[str, str]]:
    """Of each report of such a leg: what happened, and by which request of ours."""
    reports = [notice for notice in notices if isinstance(notice, LegJoined | LegLeft) and notice.role is role]
    return [(type(notice).__name__, notice.outbox_id) for notice in reports]


async def test_a_caller_who_hung_up_unheard_has_left(house: SandboxHouse) -> None:
    call_id = await call(house)
    house.hub.is_away = True
    await house.post(f"/customers/{PIA.id}/call/hangup")
    await until_quiet(house)
    house.hub.is_away = False
    house.hub.open_calls = [OpenCall(call_id)]
    await house.phone.catch_up(LONG_AGO)
    key = f"phone:{ACCOUNT_SID}:{call_id}:completed"  # the webhook's own
    assert house.hub.notices[key] == LegLeft(key, call_id, call_id, LegRole.CUSTOMER, "completed")
    deliveries = house.hub.deliveries
    await house.phone.catch_up(LONG_AGO)
    assert house.hub.deliveries == deliveries


async def test_a_call_of_which_the_provider_knows_nothing_is_over(house: SandboxHouse) -> None:
    gone = "CA" + "77" * 16
    house.hub.open_calls = [OpenCall(gone)]
    await house.phone.catch_up(LONG_AGO)
    (left,) = house.hub.notices.values()
    assert isinstance(left, LegLeft) and (left.call_id, left.reason) == (gone, "completed")


async def test_a_call_under_way_is_no_news(house: SandboxHouse) -> None:
    house.hub.open_calls = [OpenCall(await call(house))]
    deliveries = house.hub.deliveries
    await house.phone.catch_up(LONG_AGO)
    assert house.hub.deliveries == deliveries


async def test_an_agent_who_joined_and_left_unheard_is_told_once(house: SandboxHouse) -> None:
    call_id = await call(house)
    house.hub.is_away = True
    leg_id = (await house.phone.send(ConnectAgent("out-1", call_id, "client:ada", HUB_PHONE))).provider_id
    await until(lambda: house.sandbox._calls.by_sid[leg_id].status == "in-progress")
    await until_quiet(house)
    house.hub.is_away = False
    house.hub.open_calls = [OpenCall(call_id, leg_id, is_connecting=True)]
    for _ in range(2):
        await house.phone.catch_up(LONG_AGO)
    assert legs(list(house.hub.notices.values()), LegRole.AGENT) == [("LegJoined", "out-1")]
    house.hub.is_away = True
    house.sandbox._calls.finish(house.sandbox._calls.by_sid[leg_id])
    await until_quiet(house)
    house.hub.is_away = False
    await house.phone.catch_up(LONG_AGO)
    assert legs(list(house.hub.notices.values()), LegRole.AGENT)[1:] == [("LegLeft", "")]


@pytest.mark.promise("P2")
async def test_the_webhook_and_the_list_say_one_and_the_same(house: SandboxHouse) -> None:
    call_id = await call(house)
    leg_id = (await house.phone.send(ConnectAgent("out-1", call_id, "client:ada", HUB_PHONE))).provider_id
    await house.hub.wait_until(lambda notices: len(legs(notices, LegRole.AGENT)) == 1)
    heard = {key: notice for key, notice in house.hub.notices.items() if isinstance(notice, LegJoined)}
    for key in heard:
        del house.hub.notices[key]
    house.hub.open_calls = [OpenCall(call_id, leg_id, is_connecting=True)]
    await house.phone.catch_up(LONG_AGO)
    assert {key: house.hub.notices[key] for key in heard} == heard


# ---- a provider in trouble


@pytest.mark.parametrize("kind", ["500", "503", "429", "nonsense"])
async def test_a_provider_in_trouble_is_an_error_that_the_hub_can_wait_out(house: SandboxHouse, kind: str) -> None:
    house.hub.open_calls = [OpenCall("CA" + "77" * 16)]
    for channel in (house.sms, house.phone):
        await house.add_fault("rest", kind)
        with pytest.raises(ChannelError):
            await channel.catch_up(LONG_AGO)
    assert not house.hub.notices


async def test_who_cannot_store_what_was_missed_hears_it_the_next_time(house: SandboxHouse) -> None:
    house.hub.is_away = True
    await write(house, "Hallå?")
    with pytest.raises(ConnectionError):
        await house.sms.catch_up(LONG_AGO)
    house.hub.is_away = False
    await asyncio.gather(*(house.sms.catch_up(LONG_AGO) for _ in range(2)))
    assert texts(house) == ["Hallå?"]
