"""SMS: incoming texts and delivery reports."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient

from channels.channel import DeliveryReported, DeliveryState, IdentityLevel, MessageReceived, TextOut
from channels.sms import INBOUND, STATUS, SmsChannel, SmsSettings
from channels.twilio.webhook import compute_signature
from tests.channels.contract import ChannelContract, MemoryHub, serve
from tests.channels.twilio_cast import (
    ACCOUNT_SID,
    HUB_SMS,
    PIA,
    PUBLIC_URL,
    TOKEN,
    build_account,
    build_text,
    post_signed,
    read_payloads,
)


class TestSmsIsAChannel(ChannelContract):
    requests: Sequence[type] = (TextOut,)

    @pytest.fixture
    def channel(self, hub: MemoryHub) -> SmsChannel:
        return SmsChannel(SmsSettings(build_account(), (HUB_SMS,)), hub)


@pytest.fixture
async def hub() -> MemoryHub:
    return MemoryHub()


@pytest.fixture
async def client(hub: MemoryHub) -> AsyncIterator[TestClient]:
    channel = SmsChannel(SmsSettings(build_account(), (HUB_SMS,)), hub)
    await channel.start()
    client = await serve(channel)
    yield client
    await client.close()
    await channel.stop()


async def test_a_text_is_stored_and_answered_with_an_empty_document(client: TestClient, hub: MemoryHub) -> None:
    answer = await post_signed(client, INBOUND, build_text("Var är mitt paket? 我的包裹在哪里？"))
    assert (answer.status, answer.content_type, await answer.text()) == (200, "text/xml", "<Response/>")
    sid = f"SM{1:032x}"
    assert list(hub.notices.values()) == [
        MessageReceived(
            key=f"sms:{ACCOUNT_SID}:{sid}",
            from_address=PIA,
            to_address=HUB_SMS,
            text="Var är mitt paket? 我的包裹在哪里？",
            identity_level=IdentityLevel.CLAIMED,
            provider_id=sid,
        )
    ]


async def test_recorded_texts_are_understood(client: TestClient, hub: MemoryHub, corpora: Path) -> None:
    plain, with_media = ({**form, "To": HUB_SMS} for form in read_payloads(corpora, "sms-in"))
    assert (await post_signed(client, INBOUND, plain)).status == 200
    (message,) = hub.notices.values()
    assert isinstance(message, MessageReceived)
    assert (message.from_address, message.to_address, message.text) == ("+14133881111", HUB_SMS, "Msg")
    assert not message.problem
    with_media["MessageSid"] = "MM" + "e2" * 16
    assert (await post_signed(client, INBOUND, with_media)).status == 200
    message = list(hub.notices.values())[1]
    assert isinstance(message, MessageReceived)
    assert message.text == "Msg"  # our credentials do not go to the address that a webhook names
    assert message.problem.count("foreign_media") == 2


@pytest.mark.promise("P2")
async def test_the_same_text_delivered_at_once_and_again_is_one_message(client: TestClient, hub: MemoryHub) -> None:
    await asyncio.gather(*(post_signed(client, INBOUND, build_text()) for _ in range(5)))
    await post_signed(client, INBOUND, build_text())
    assert (len(hub.notices), hub.deliveries) == (1, 6)


@pytest.mark.promise("P1")
async def test_what_is_not_stored_is_not_acknowledged(client: TestClient, hub: MemoryHub) -> None:
    hub.is_away = True
    assert (await post_signed(client, INBOUND, build_text())).status == 503
    assert (await post_signed(client, STATUS, build_text(MessageStatus="sent"))).status == 503


async def test_a_wrong_signature_is_403_and_stores_nothing(client: TestClient, hub: MemoryHub) -> None:
    form = build_text()
    for headers in ({}, {"X-Twilio-Signature": ""}, {"X-Twilio-Signature": "é" * 28}, {"X-Twilio-Signature": "x"}):
        assert (await client.post(INBOUND, data=form, headers=headers)).status == 403
    assert (await post_signed(client, INBOUND, form, token="another")).status == 403
    assert (await post_signed(client, INBOUND, form, public_url="https://evil.example")).status == 403
    assert (await post_signed(client, INBOUND, {**form, "AccountSid": "AC" + "ff" * 16})).status == 403
    assert not hub.notices


async def test_the_host_header_signs_nothing(client: TestClient, hub: MemoryHub) -> None:
    signed = await post_signed(client, INBOUND, build_text(), public_url="https://evil.example")
    headers = {**signed.request_info.headers, "Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    assert (await client.post(INBOUND, data=build_text(), headers=headers)).status == 403


@pytest.mark.parametrize(
    "change",
    [
        {"MessageSid": ""},
        {"MessageSid": "SM123"},
        {"MessageSid": "SM" + "0G" * 16},
        {"From": ""},
        {"NumMedia": "x"},
        {"NumMedia": "²"},
        {"NumMedia": "11"},
        {"NumMedia": "1"},
    ],
)
async def test_a_form_that_is_not_the_providers_is_400(
    client: TestClient, hub: MemoryHub, change: dict[str, str]
) -> None:
    answer = await post_signed(client, INBOUND, build_text(**change))
    assert answer.status == 400
    assert not hub.notices
    value = next(iter(change.values()))
    assert not value or value not in await answer.text()  # names the field, echoes nothing


async def test_what_is_no_form_is_400_and_what_is_too_large_413(client: TestClient, hub: MemoryHub) -> None:
    headers = {"X-Twilio-Signature": compute_signature(TOKEN.encode(), PUBLIC_URL + INBOUND).decode()}
    assert (await client.post(INBOUND, json={"Body": "Hej"}, headers=headers)).status == 400
    assert (await client.post(INBOUND, json={"Body": "Hej"}, headers={"X-Twilio-Signature": "x"})).status == 403
    assert (await client.post(INBOUND, data={"Body": "x" * 200_000}, headers=headers)).status == 413

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * 10_000

    form_headers = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
    assert (await client.post(INBOUND, data=chunks(), headers=form_headers)).status == 413
    assert (await client.post(INBOUND, data=b"&&", headers=form_headers)).status == 400
    assert not hub.notices


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("queued", DeliveryState.SENT),
        ("sent", DeliveryState.SENT),
        ("delivered", DeliveryState.DELIVERED),
        ("read", DeliveryState.READ),
        ("undelivered", DeliveryState.FAILED),
        ("failed", DeliveryState.FAILED),
    ],
)
async def test_a_delivery_report_names_our_outbox_id(
    client: TestClient, hub: MemoryHub, status: str, state: DeliveryState
) -> None:
    form = build_text(MessageStatus=status, **({"ErrorCode": "30005"} if status == "failed" else {}))
    assert (await post_signed(client, STATUS + "?o=out-7", form)).status == 204
    (report,) = hub.notices.values()
    assert isinstance(report, DeliveryReported)
    assert (report.state, report.outbox_id, report.provider_id) == (state, "out-7", f"SM{1:032x}")
    assert report.error_code == ("30005" if status == "failed" else "")


async def test_queued_and_sent_are_one_fact(client: TestClient, hub: MemoryHub) -> None:
    for status in ("queued", "sent", "sent"):
        await post_signed(client, STATUS + "?o=out-7", build_text(MessageStatus=status))
    assert len(hub.notices) == 1


async def test_an_outbox_id_put_into_the_address_by_others_is_refused(client: TestClient, hub: MemoryHub) -> None:
    form = build_text(MessageStatus="sent")
    signed = await post_signed(client, STATUS + "?o=out-7", form)
    headers = {"X-Twilio-Signature": signed.request_info.headers["X-Twilio-Signature"]}
    assert (await client.post(STATUS + "?o=out-8", data=form, headers=headers)).status == 403
    assert (await post_signed(client, STATUS + "?o=out%208", form)).status == 400
    assert len(hub.notices) == 1


async def test_a_status_that_nobody_knows_yet_is_acknowledged_and_says_nothing(
    client: TestClient, hub: MemoryHub
) -> None:
    assert (await post_signed(client, STATUS + "?o=out-7", build_text(MessageStatus="lost"))).status == 204
    assert not hub.notices
    assert (await post_signed(client, STATUS, build_text())).status == 400, "without one it is no report"


@pytest.mark.parametrize("kind", ["STOP", "START", "HELP"])
async def test_the_providers_own_reading_of_a_wish_is_kept(client: TestClient, hub: MemoryHub, kind: str) -> None:
    """twilio.com/docs/messaging/tutorials/advanced-opt-out: the account's own words, in any language."""
    assert (await post_signed(client, INBOUND, build_text("sluta nu", OptOutType=kind))).status == 200
    (message,) = hub.notices.values()
    assert isinstance(message, MessageReceived)
    assert (message.text, message.wish) == ("sluta nu", kind.lower())


async def test_a_message_of_media_alone_may_come_without_a_body(client: TestClient, hub: MemoryHub) -> None:
    form = build_text(NumMedia="1", MediaUrl0="http://127.0.0.1:9/x", MediaContentType0="image/png")
    del form["Body"]
    assert (await post_signed(client, INBOUND, form)).status == 200
    (message,) = hub.notices.values()
    assert isinstance(message, MessageReceived)
    assert (message.text, "attachment 1" in message.problem) == ("", True)


async def test_a_text_to_a_number_that_is_not_ours_is_refused(client: TestClient, hub: MemoryHub) -> None:
    answer = await post_signed(client, INBOUND, build_text(To="+46850009999"))
    assert (answer.status, await answer.text()) == (404, "To is none of channels.sms.numbers")
    assert not hub.notices


@pytest.mark.parametrize("sender", ["whatsapp:+46701740601", "messenger:1234", "sip:pia@x.example", "client:pia"])
async def test_an_address_of_another_channel_is_no_telephone_number(
    client: TestClient, hub: MemoryHub, sender: str
) -> None:
    assert (await post_signed(client, INBOUND, build_text(From=sender))).status == 400
    assert not hub.notices


async def test_a_recorded_delivery_report_is_understood(client: TestClient, hub: MemoryHub, corpora: Path) -> None:
    (form,) = read_payloads(corpora, "sms-status")
    assert (await post_signed(client, STATUS + "?o=out-7", form)).status == 204
    (report,) = hub.notices.values()
    assert isinstance(report, DeliveryReported) and report.state is DeliveryState.DELIVERED
