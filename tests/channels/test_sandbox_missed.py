"""What the hub did not hear of, because it was away, is found by asking the provider."""

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
from tests.channels.sandbox_cast import PIA, Stage, build_stage, until
from tests.channels.twilio_cast import ACCOUNT_SID, HUB_PHONE, HUB_SMS, build_account

LONG_AGO = 0


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with build_stage() as stage:
        yield stage


async def write(stage: Stage, words: str, **more: Any) -> str:
    """Pia writes; the provider's id of her text."""
    return str((await stage.post(f"/customers/{PIA.id}/texts", text=words, **more))["sid"])


def texts(stage: Stage) -> list[str]:
    return [notice.text for notice in stage.hub.notices.values() if isinstance(notice, MessageReceived)]


async def until_quiet(stage: Stage) -> None:
    """The provider has told all that it has to tell."""
    await until(lambda: not stage.sandbox._calls._webhooks._last)


# ---- texts


async def test_a_text_that_could_not_be_stored_arrives_as_its_webhook_would_have_brought_it(stage: Stage) -> None:
    await write(stage, "Hör ni mig? 听得到吗？")
    stage.hub.is_away = True
    sid = await write(stage, "Hallå?")
    stage.hub.is_away = False
    assert texts(stage) == ["Hör ni mig? 听得到吗？"]
    await stage.sms.catch_up(LONG_AGO)
    heard, missed = stage.hub.notices.values()
    assert isinstance(heard, MessageReceived) and isinstance(missed, MessageReceived)
    assert (missed.key, missed.text, missed.provider_id) == (f"sms:{ACCOUNT_SID}:{sid}", "Hallå?", sid)
    assert (missed.from_address, missed.to_address, missed.identity_level) == (
        heard.from_address,
        heard.to_address,
        heard.identity_level,
    )


@pytest.mark.promise("P2")
async def test_what_was_heard_is_not_brought_again(stage: Stage) -> None:
    await write(stage, "En gång")
    for _ in range(2):
        await stage.sms.catch_up(LONG_AGO)
    assert stage.hub.deliveries == 1


async def test_many_missed_texts_arrive_in_the_order_in_which_they_were_written(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sms, "LISTED_AT_ONCE", 2)
    stage.hub.is_away = True
    for number in range(5):
        await write(stage, f"nummer {number}")
    stage.hub.is_away = False
    await stage.sms.catch_up(LONG_AGO)
    assert texts(stage) == [f"nummer {number}" for number in range(5)]


async def test_a_missed_picture_is_fetched(stage: Stage) -> None:
    stage.hub.is_away = True
    file = {"name": "kvitto.png", "content_type": "image/png", "base64": "iVBORw0KGgo="}
    await write(stage, "Mitt kvitto", media=[file])
    stage.hub.is_away = False
    await stage.sms.catch_up(LONG_AGO)
    (message,) = stage.hub.notices.values()
    assert isinstance(message, MessageReceived) and message.problem == ""
    (medium,) = message.media
    assert (medium.content_type, stage.hub.media[medium.ref]) == ("image/png", b"\x89PNG\r\n\x1a\n")


async def test_what_was_written_before_is_not_asked_for(stage: Stage) -> None:
    stage.hub.is_away = True
    await write(stage, "Hej")
    stage.hub.is_away = False
    await stage.sms.catch_up(4_102_444_800_000_000)  # 2100
    assert not stage.hub.notices


async def test_another_number_of_the_account_is_not_ours(stage: Stage) -> None:
    stage.hub.is_away = True
    await write(stage, "Till någon annan")
    stage.hub.is_away = False
    other = SmsChannel(SmsSettings(build_account(stage.url, public_url=stage.url), ("+46700000009",)), stage.hub)
    await other.start()
    await other.catch_up(LONG_AGO)
    await other.stop()
    assert not stage.hub.notices


async def test_what_became_of_a_text_of_ours_is_told(stage: Stage) -> None:
    stage.hub.is_away = True
    await stage.add_fault("text", "undelivered")
    sid = (await stage.sms.send(TextOut("out-1", PIA.phone, HUB_SMS, "Hej Pia"))).provider_id
    unknown = (await stage.sms.send(TextOut("out-2", PIA.phone, HUB_SMS, "Hej igen"))).provider_id
    await until(lambda: stage.sandbox._messages.by_sid[unknown].status == "delivered")
    await until_quiet(stage)
    stage.hub.is_away = False
    stage.hub.sent = {sid: "out-1"}
    await stage.sms.catch_up(LONG_AGO)
    key = f"sms:{ACCOUNT_SID}:{sid}:failed"
    assert list(stage.hub.notices.values()) == [DeliveryReported(key, DeliveryState.FAILED, "out-1", sid, "30005")]


# ---- calls


async def call(stage: Stage) -> str:
    """Pia calls and waits; the call's id."""
    sid = str((await stage.post(f"/customers/{PIA.id}/call"))["sid"])
    await stage.hub.wait_until(lambda notices: any(isinstance(n, LegJoined) for n in notices))
    return sid


def legs(notices: list[Notice], role: LegRole) -> list[tuple[str, str]]:
    """Of each report of such a leg: what happened, and by which request of ours."""
    reports = [notice for notice in notices if isinstance(notice, LegJoined | LegLeft) and notice.role is role]
    return [(type(notice).__name__, notice.outbox_id) for notice in reports]


async def test_a_caller_who_hung_up_unheard_has_left(stage: Stage) -> None:
    call_id = await call(stage)
    stage.hub.is_away = True
    await stage.post(f"/customers/{PIA.id}/call/hangup")
    await until_quiet(stage)
    stage.hub.is_away = False
    stage.hub.open_calls = [OpenCall(call_id)]
    await stage.phone.catch_up(LONG_AGO)
    key = f"phone:{ACCOUNT_SID}:{call_id}:completed"  # the webhook's own
    assert stage.hub.notices[key] == LegLeft(key, call_id, call_id, LegRole.CUSTOMER, "completed")
    deliveries = stage.hub.deliveries
    await stage.phone.catch_up(LONG_AGO)
    assert stage.hub.deliveries == deliveries


async def test_a_call_of_which_the_provider_knows_nothing_is_over(stage: Stage) -> None:
    gone = "CA" + "77" * 16
    stage.hub.open_calls = [OpenCall(gone)]
    await stage.phone.catch_up(LONG_AGO)
    (left,) = stage.hub.notices.values()
    assert isinstance(left, LegLeft) and (left.call_id, left.reason) == (gone, "completed")


async def test_a_call_under_way_is_no_news(stage: Stage) -> None:
    stage.hub.open_calls = [OpenCall(await call(stage))]
    deliveries = stage.hub.deliveries
    await stage.phone.catch_up(LONG_AGO)
    assert stage.hub.deliveries == deliveries


async def test_an_agent_who_joined_and_left_unheard_is_told_once(stage: Stage) -> None:
    call_id = await call(stage)
    stage.hub.is_away = True
    leg_id = (await stage.phone.send(ConnectAgent("out-1", call_id, "client:ada", HUB_PHONE))).provider_id
    await until(lambda: stage.sandbox._calls.by_sid[leg_id].status == "in-progress")
    await until_quiet(stage)
    stage.hub.is_away = False
    stage.hub.open_calls = [OpenCall(call_id, leg_id, is_connecting=True)]
    for _ in range(2):
        await stage.phone.catch_up(LONG_AGO)
    assert legs(list(stage.hub.notices.values()), LegRole.AGENT) == [("LegJoined", "out-1")]
    stage.hub.is_away = True
    stage.sandbox._calls.finish(stage.sandbox._calls.by_sid[leg_id])
    await until_quiet(stage)
    stage.hub.is_away = False
    await stage.phone.catch_up(LONG_AGO)
    assert legs(list(stage.hub.notices.values()), LegRole.AGENT)[1:] == [("LegLeft", "")]


@pytest.mark.promise("P2")
async def test_the_webhook_and_the_list_say_one_and_the_same(stage: Stage) -> None:
    call_id = await call(stage)
    leg_id = (await stage.phone.send(ConnectAgent("out-1", call_id, "client:ada", HUB_PHONE))).provider_id
    await stage.hub.wait_until(lambda notices: len(legs(notices, LegRole.AGENT)) == 1)
    heard = {key: notice for key, notice in stage.hub.notices.items() if isinstance(notice, LegJoined)}
    stage.hub.notices.clear()
    stage.hub.open_calls = [OpenCall(call_id, leg_id, is_connecting=True)]
    await stage.phone.catch_up(LONG_AGO)
    assert stage.hub.notices == heard


# ---- a provider in trouble


@pytest.mark.parametrize("kind", ["500", "503", "429", "nonsense"])
async def test_a_provider_in_trouble_is_an_error_that_the_hub_can_wait_out(stage: Stage, kind: str) -> None:
    stage.hub.open_calls = [OpenCall("CA" + "77" * 16)]
    for channel in (stage.sms, stage.phone):
        await stage.add_fault("rest", kind)
        with pytest.raises(ChannelError):
            await channel.catch_up(LONG_AGO)
    assert not stage.hub.notices


async def test_who_cannot_store_what_was_missed_hears_it_the_next_time(stage: Stage) -> None:
    stage.hub.is_away = True
    await write(stage, "Hallå?")
    with pytest.raises(ConnectionError):
        await stage.sms.catch_up(LONG_AGO)
    stage.hub.is_away = False
    await asyncio.gather(*(stage.sms.catch_up(LONG_AGO) for _ in range(2)))
    assert texts(stage) == ["Hallå?"]
