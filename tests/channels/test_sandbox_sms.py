"""The SMS adapter and the sandbox, each speaking the provider's protocol to the other."""

import base64
from collections.abc import AsyncIterator

import pytest

from channels.channel import ChannelError, DeliveryReported, DeliveryState, MessageReceived, Notice, TextOut
from channels.sandbox.sms_parts import count_parts
from channels.sms import SmsChannel, SmsSettings
from tests.channels.contract import MemoryHub
from tests.channels.sandbox_house import MING, PIA, SandboxHouse, build_sandbox_house
from tests.channels.twilio_cast import ACCOUNT_SID, HUB_SMS, build_account


@pytest.fixture
async def house() -> AsyncIterator[SandboxHouse]:
    async with build_sandbox_house() as house:
        yield house


def reply(text: str = "Hej Pia, ditt paket är på väg.", to: str = PIA.phone, outbox_id: str = "out-1") -> TextOut:
    return TextOut(outbox_id, to, HUB_SMS, text)


def states(notices: list[Notice]) -> list[DeliveryState]:
    return [notice.state for notice in notices if isinstance(notice, DeliveryReported)]


async def texts_of(house: SandboxHouse, customer_id: str = PIA.id) -> list[tuple[str, str, str]]:
    texts = (await house.get(f"/customers/{customer_id}/texts"))["texts"]
    return [(text["by"], text["text"], text["status"]) for text in texts]


async def test_a_customer_texts_and_reads_the_answer(house: SandboxHouse) -> None:
    written = await house.post(f"/customers/{MING.id}/texts", text="我的包裹在哪里？")
    assert (written["by"], written["parts"], written["problem"]) == ("customer", 1, "")
    (message,) = await house.hub.wait_until(bool)
    assert isinstance(message, MessageReceived)
    assert (message.text, message.from_address, message.to_address) == ("我的包裹在哪里？", MING.phone, HUB_SMS)
    assert message.provider_id == written["sid"]

    receipt = await house.sms.send(reply("您的包裹明天送达。", MING.phone))
    notices = await house.hub.wait_until(lambda notices: DeliveryState.DELIVERED in states(notices))
    assert states(notices) == [DeliveryState.SENT, DeliveryState.DELIVERED]
    for report in notices[1:]:
        assert isinstance(report, DeliveryReported)
        assert (report.outbox_id, report.provider_id) == ("out-1", receipt.provider_id)
    assert await texts_of(house, MING.id) == [
        ("customer", "我的包裹在哪里？", "received"),
        ("hub", "您的包裹明天送达。", "delivered"),
    ]


async def test_pictures_come_along(house: SandboxHouse) -> None:
    picture = {"name": "hund.jpg", "content_type": "image/jpeg", "base64": base64.b64encode(b"\xff\xd8woof").decode()}
    written = await house.post(f"/customers/{PIA.id}/texts", text="Min hund", media=[picture])
    (message,) = await house.hub.wait_until(bool)
    assert isinstance(message, MessageReceived) and not message.problem
    (medium,) = message.media
    assert (medium.content_type, medium.size, house.hub.media[medium.ref]) == ("image/jpeg", 6, b"\xff\xd8woof")
    assert message.key == f"sms:{ACCOUNT_SID}:{written['sid']}" and written["sid"].startswith("MM")


async def test_the_customer_sees_when_the_hub_did_not_take_the_text(house: SandboxHouse) -> None:
    house.hub.is_away = True
    written = await house.post(f"/customers/{PIA.id}/texts", text="Hej?")
    assert "503" in written["problem"]


@pytest.mark.parametrize("kind", ["429", "503"])
async def test_a_refusal_before_processing_may_be_tried_again(house: SandboxHouse, kind: str) -> None:
    await house.add_fault("rest", kind)
    with pytest.raises(ChannelError) as raised:
        await house.sms.send(reply())
    assert raised.value.retry and raised.value.outcome_known
    await house.sms.send(reply())
    assert len(await texts_of(house)) == 1


@pytest.mark.promise("P7")
@pytest.mark.parametrize(
    ("kind", "sent"), [("500", 0), ("drop", 0), ("nonsense", 0), ("drop_after", 1), ("timeout_after", 1)]
)
async def test_without_a_clear_answer_nobody_knows_whether_it_was_sent(
    house: SandboxHouse, kind: str, sent: int
) -> None:
    channel = SmsChannel(SmsSettings(build_account(house.url, public_url=house.url), (HUB_SMS,)), house.hub)
    if kind == "timeout_after":
        impatient = build_account(house.url, public_url=house.url, timeout_seconds=1)
        channel = SmsChannel(SmsSettings(impatient, (HUB_SMS,)), house.hub)
    await house.add_fault("rest", kind)
    try:
        with pytest.raises(ChannelError) as raised:
            await channel.send(reply())
    finally:
        await channel.stop()
    assert not raised.value.retry and not raised.value.outcome_known
    assert len(await texts_of(house)) == sent
    if sent:  # the callback tells what the answer did not
        (report, *_) = await house.hub.wait_until(bool)
        assert isinstance(report, DeliveryReported) and report.outbox_id == "out-1" and report.provider_id


async def test_a_provider_that_is_not_there_may_be_tried_again() -> None:
    channel = SmsChannel(SmsSettings(build_account("http://127.0.0.1:9"), (HUB_SMS,)), MemoryHub())
    with pytest.raises(ChannelError) as raised:
        await channel.send(reply())
    await channel.stop()
    assert (raised.value.code, raised.value.retry, raised.value.outcome_known) == ("unreachable", True, True)


@pytest.mark.parametrize(
    ("request_", "code", "whose"),
    [
        (reply(to="+15005550001"), "21211", "customer"),
        (reply(to="+15005550004"), "21610", "customer"),
        (reply(to="+15005550009"), "21614", "customer"),
        (reply(to="not a number"), "21211", "customer"),
        (reply(to="+15005550003"), "21408", "ours"),
        (reply(text=""), "21619", "ours"),
        (reply(text="x" * 1601), "21617", "ours"),
        (TextOut("out-1", PIA.phone, "+46709999999", "Hej"), "21606", "ours"),
    ],
)
async def test_a_refusal_says_whose_fault_it_is(
    house: SandboxHouse, request_: TextOut, code: str, whose: str
) -> None:
    with pytest.raises(ChannelError) as raised:
        await house.sms.send(request_)
    error = raised.value
    assert (error.code, error.whose, error.retry, error.outcome_known) == (code, whose, False, True)


async def test_wrong_credentials_are_our_fault(house: SandboxHouse) -> None:
    channel = SmsChannel(SmsSettings(build_account(house.url, token="wrong"), (HUB_SMS,)), house.hub)
    with pytest.raises(ChannelError) as raised:
        await channel.send(reply())
    await channel.stop()
    assert (raised.value.code, raised.value.whose) == ("20003", "ours")


async def test_who_says_stop_gets_nothing_until_start(house: SandboxHouse) -> None:
    await house.post(f"/customers/{PIA.id}/texts", text=" stop ")
    with pytest.raises(ChannelError) as raised:
        await house.sms.send(reply())
    assert (raised.value.code, raised.value.whose) == ("21610", "customer")
    await house.post(f"/customers/{PIA.id}/texts", text="START")
    await house.sms.send(reply())
    assert [by for by, _, _ in await texts_of(house)] == ["customer", "provider", "customer", "provider", "hub"]


@pytest.mark.parametrize(("kind", "code"), [("undelivered", "30005"), ("failed", "30008")])
async def test_a_text_that_does_not_arrive_is_reported_as_failed(house: SandboxHouse, kind: str, code: str) -> None:
    await house.add_fault("text", kind)
    await house.sms.send(reply())
    notices = await house.hub.wait_until(lambda notices: DeliveryState.FAILED in states(notices))
    (report,) = [n for n in notices if isinstance(n, DeliveryReported) and n.state is DeliveryState.FAILED]
    assert report.error_code == code


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" * 5, 2),
        ("a" * 152 + "€" + "a" * 151 + "€", 3),
        ("中" * 70, 1),
        ("中" * 71, 2),
        ("👍" * 35, 1),
        ("👍" * 36, 2),
        ("👍" * 67, 3),
        ("åäöÅÄÖéü", 1),
        ("ç" * 71, 2),
    ],
)
def test_parts_are_counted_as_they_are_billed(text: str, parts: int) -> None:
    assert count_parts(text) == parts


async def test_the_provider_keeps_no_more_than_it_was_told_to() -> None:
    async with build_sandbox_house(kept=3) as house:
        for number in range(5):
            await house.sms.send(reply(f"nummer {number}", outbox_id=f"out-{number}"))
        await house.hub.wait_until(lambda notices: states(notices).count(DeliveryState.DELIVERED) == 5)
        assert [text for _, text, _ in await texts_of(house)] == ["nummer 2", "nummer 3", "nummer 4"]
