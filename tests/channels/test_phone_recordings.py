"""Customers leave messages on the phone. The provider records them; they are fetched, stored and told once."""

import asyncio
import io
import wave
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from channels.channel import (
    After,
    ChannelError,
    FetchVoicemail,
    LegJoined,
    LegLeft,
    Notice,
    RecordingReported,
    Speak,
    VoicemailLeft,
)
from channels.phone.recordings import parse_progress, parse_recording
from channels.phone.rooms import RECORDED, RECORDING
from channels.twilio.webhook import BadForm
from tests.channels.sandbox_house import MING, SandboxHouse, build_sandbox_house
from tests.channels.twilio_cast import ACCOUNT_SID, CALL, post_signed, read_payloads

SID = "RE" + "33" * 16
WORDS = "我的银行卡丢了，请尽快给我回电话，谢谢。我今天下午都在。"


@pytest.fixture
async def house() -> AsyncIterator[SandboxHouse]:
    async with build_sandbox_house() as house:
        yield house


def build_form(**more: str) -> dict[str, str]:
    form = {"AccountSid": ACCOUNT_SID, "CallSid": CALL, "RecordingSid": SID, "RecordingStatus": "completed"}
    return {**form, "RecordingDuration": "53", "RecordingUrl": "https://elsewhere.example/x", **more}


async def heard(house: SandboxHouse, kind: str, text: str = "") -> None:
    """Let time pass until Ming hears this."""
    async with asyncio.timeout(60):
        while True:
            call = (await house.get(f"/customers/{MING.id}"))["call"]
            if any(one["kind"] == kind and text in one["text"] for one in call["transcript"]):
                return
            house.time.advance(0.2)


async def reach_the_tone(house: SandboxHouse) -> str:
    """Ming has called, was asked for a message, and hears the tone. Gives the call's id."""
    call_id = str((await house.post(f"/customers/{MING.id}/call"))["sid"])
    await house.hub.wait_until(lambda notices: any(isinstance(n, LegJoined) for n in notices))
    await house.phone.send(Speak("out-1", call_id, "请在提示音后留言。", "zh-CN", After.RECORD))
    await heard(house, "record")
    return call_id


def messages(notices: Any) -> list[VoicemailLeft]:
    return [n for n in notices if isinstance(n, VoicemailLeft)]


def has_ended(notices: list[Notice]) -> bool:
    return any(isinstance(n, LegLeft) for n in notices)


async def test_a_message_is_fetched_with_our_credentials_stored_and_told(house: SandboxHouse) -> None:
    call_id = await reach_the_tone(house)
    await house.post(f"/customers/{MING.id}/call/say", text=WORDS)
    await house.post(f"/customers/{MING.id}/call/digits", digits="#")
    await heard(house, "say", "谢谢，您的留言已收到。再见。")
    (message,) = messages(await house.hub.wait_until(messages))
    assert (message.call_id, message.seconds, message.media.content_type) == (call_id, len(WORDS) // 12, "audio/wav")
    with wave.open(io.BytesIO(house.hub.media[message.media.ref])) as sound:
        assert sound.getnframes() == message.seconds * sound.getframerate()


async def test_who_hangs_up_when_all_is_said_has_left_a_message(house: SandboxHouse) -> None:
    call_id = await reach_the_tone(house)
    await house.post(f"/customers/{MING.id}/call/say", text=WORDS)
    await house.post(f"/customers/{MING.id}/call/hangup")
    await house.hub.wait_until(lambda notices: bool(messages(notices)) and has_ended(notices))
    receipt = await house.phone.send(FetchVoicemail("out-2", call_id))
    assert receipt.provider_id.startswith("RE")
    assert len(messages(house.hub.notices.values())) == 1
    assert len(house.hub.media) == 1, "what is known is not fetched again"


async def test_words_that_were_said_just_before_hanging_up_are_in_the_message(house: SandboxHouse) -> None:
    await reach_the_tone(house)
    calls = house.sandbox._calls
    call = calls.find_latest(MING.phone)
    assert call is not None
    calls.speak(call, "speech", WORDS)
    calls.finish(call)  # before anything else has run
    (message,) = messages(await house.hub.wait_until(messages))
    assert message.seconds == len(WORDS) // 12


async def test_a_message_whose_webhook_was_lost_is_asked_for(house: SandboxHouse) -> None:
    call_id = await reach_the_tone(house)
    await house.post(f"/customers/{MING.id}/call/say", text=WORDS)
    house.hub.is_away = True
    await house.post(f"/customers/{MING.id}/call/hangup")
    async with asyncio.timeout(60):
        while house.sandbox._calls._webhooks._last:
            await asyncio.sleep(0)
    house.hub.is_away = False
    assert messages(house.hub.notices.values()) == []
    await house.phone.send(FetchVoicemail("out-2", call_id))
    (message,) = messages(house.hub.notices.values())
    assert message.call_id == call_id


@pytest.mark.parametrize("how", ["silence", "hangs up"])
async def test_who_says_nothing_has_left_no_message(house: SandboxHouse, how: str) -> None:
    call_id = await reach_the_tone(house)
    if how == "silence":
        async with asyncio.timeout(60):
            while not has_ended(list(house.hub.notices.values())):
                house.time.advance(1)
                await asyncio.sleep(0)
    else:
        await house.post(f"/customers/{MING.id}/call/hangup")
        await house.hub.wait_until(has_ended)
    receipt = await house.phone.send(FetchVoicemail("out-2", call_id))
    assert (receipt.provider_id, messages(house.hub.notices.values())) == ("", [])


async def test_a_recording_that_is_not_ready_is_asked_for_again(house: SandboxHouse) -> None:
    call_id = await reach_the_tone(house)
    with pytest.raises(ChannelError) as raised:
        await house.phone.send(FetchVoicemail("out-2", call_id))
    assert raised.value.retry


async def test_without_credentials_nobody_hears_a_message(house: SandboxHouse) -> None:
    await reach_the_tone(house)
    (sid,) = house.sandbox._calls.recordings.by_sid
    async with house.client.get(f"/2010-04-01/Accounts/{ACCOUNT_SID}/Recordings/{sid}") as answer:
        assert answer.status == 401


# ---- the webhook itself


def test_a_recorded_report_is_understood(corpora: Path) -> None:
    (form,) = read_payloads(corpora, "recording")
    assert form["RecordingSource"] == "DialVerb"  # of a talk: it is over, and is no message
    talk = parse_progress(form)
    assert talk is not None and (talk.recording_id, talk.began_at, parse_recording(form)) == (SID, None, None)
    recorded = parse_recording({**form, "RecordingSource": "RecordVerb"})
    assert recorded is not None
    assert (recorded.call_id, recorded.recording_id, recorded.seconds) == (form["CallSid"], SID, 53)
    assert recorded.key == f"phone:{ACCOUNT_SID}:{SID}:completed"


def test_a_recording_of_silence_or_one_that_goes_on_is_no_message() -> None:
    for status in ("absent", "in-progress", "processing", "failed", "a word of tomorrow"):
        assert parse_recording(build_form(RecordingStatus=status)) is None


STARTED = "Tue, 14 Jul 2026 09:13:05 +0000"


def test_a_talk_that_is_recorded_is_no_message_and_its_beginning_is_understood() -> None:
    talk = {"RecordingSource": "StartCallRecordingAPI", "RecordingStartTime": STARTED}
    begun, over = (parse_progress(build_form(RecordingStatus=one, **talk)) for one in ("in-progress", "completed"))
    assert begun is not None and over is not None
    assert (begun.call_id, begun.recording_id, begun.began_at) == (CALL, SID, 1_784_020_385_000_000)
    assert (over.key, over.began_at) == (f"phone:{ACCOUNT_SID}:{SID}:over", None)
    assert parse_progress(build_form(RecordingStatus="paused", **talk)) is None
    assert parse_recording(build_form(**talk)) is None
    assert parse_progress(build_form(RecordingStatus="in-progress", RecordingStartTime=STARTED)) is None  # a message


async def test_the_beginning_of_a_recording_is_stored_before_the_provider_hears_so(house: SandboxHouse) -> None:
    talk = {"RecordingSource": "Conference", "RecordingStartTime": STARTED, "RecordingStatus": "in-progress"}
    answer = await post_signed(house.client, RECORDING, build_form(**talk), public_url=house.url)
    assert answer.status == 204
    (begun,) = house.hub.notices.values()
    assert isinstance(begun, RecordingReported) and (begun.call_id, begun.recording_id) == (CALL, SID)
    bad = build_form(**{**talk, "RecordingStartTime": "yesterday"})
    assert (await post_signed(house.client, RECORDING, bad, public_url=house.url)).status == 400


def test_the_recording_of_a_conference_is_of_the_call_in_the_address() -> None:
    form = build_form(RecordingStatus="in-progress", RecordingSource="Conference", RecordingStartTime=STARTED)
    del form["CallSid"]
    begun = parse_progress(form, CALL)
    assert begun is not None and begun.call_id == CALL
    assert parse_recording(form) is None
    for call_id in ("", "CA1"):
        with pytest.raises(BadForm):
            parse_progress(form, call_id)
    for started in ("", "yesterday", "五"):
        with pytest.raises(BadForm):
            parse_progress({**form, "RecordingStartTime": started}, CALL)


def test_reports_that_are_not_the_providers_are_refused() -> None:
    for wrong in ({"RecordingSid": "RE1"}, {"CallSid": ""}, {"RecordingDuration": "五"}):
        with pytest.raises(BadForm):
            parse_recording(build_form(**wrong))


@pytest.mark.promise("P1")
async def test_a_message_that_cannot_be_fetched_is_not_acknowledged(house: SandboxHouse) -> None:
    """The address is the provider's API, whatever the form says: our credentials go nowhere else."""
    answer = await post_signed(house.client, RECORDING, build_form(), public_url=house.url)
    assert answer.status == 503
    assert not house.hub.notices
    assert (
        await post_signed(house.client, RECORDING, {"AccountSid": ACCOUNT_SID}, public_url=house.url)
    ).status == 400


async def test_who_has_left_a_message_hears_thanks_in_their_language(house: SandboxHouse) -> None:
    answer: web.Response | Any = await post_signed(
        house.client, f"{RECORDED}?language=zh-CN", build_form(), public_url=house.url
    )
    assert "谢谢，您的留言已收到。再见。" in await answer.text()
