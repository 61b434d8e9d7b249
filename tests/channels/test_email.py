"""Email comes in and goes out over real SMTP."""

import asyncio
from collections.abc import Sequence
from email import message_from_bytes, policy

import aiosmtplib
import pytest

from channels.channel import Channel, ChannelError, IdentityLevel, MessageReceived, TextOut
from channels.mail.email import EmailChannel
from tests.channels.contract import ChannelContract, MemoryHub
from tests.channels.mail_house import (
    CARDS,
    MX,
    NOW,
    PIA,
    SERVICE,
    build_settings,
    hand_in,
    messages,
    only,
    outside_host,
    running,
    write_mail,
    write_text,
)


class TestEmailIsAChannel(ChannelContract):
    requests: Sequence[type] = (TextOut,)

    @pytest.fixture
    def channel(self, hub: MemoryHub) -> EmailChannel:
        return EmailChannel(build_settings(smtp_port=1), hub, lambda: NOW)

    async def test_a_provider_out_of_reach_is_tried_again(self, channel: Channel) -> None:
        with pytest.raises(ChannelError) as raised:
            await channel.send(write_text())
        assert raised.value.retry and raised.value.outcome_known


@pytest.fixture
async def hub() -> MemoryHub:
    return MemoryHub()


async def test_a_mail_is_stored_raw_and_reported_before_250(hub: MemoryHub) -> None:
    raw = write_mail()
    async with running(hub) as channel:
        await hand_in(channel, raw)
    message = only(hub)
    assert message.text == "Var är mitt paket? 我的包裹在哪里？"
    assert (message.from_address, message.from_name, message.to_address) == (PIA, "Pia Lindqvist", SERVICE)
    assert (message.subject, message.provider_id) == ("包裹", "<1@mail.example>")
    assert hub.media[message.raw] == raw
    assert message.identity_level is IdentityLevel.CLAIMED
    assert not message.is_automatic and not message.problem


@pytest.mark.promise("P2")
async def test_the_same_mail_delivered_at_once_and_again_is_one_message(hub: MemoryHub) -> None:
    async with running(hub) as channel:
        await asyncio.gather(*(hand_in(channel, write_mail()) for _ in range(5)))
        await hand_in(channel, write_mail())
        assert hub.deliveries == 6
        assert len(hub.notices) == 1
        await hand_in(channel, write_mail("Samma Message-ID, annat innehåll."))
    assert len(hub.notices) == 2


@pytest.mark.promise("P1")
async def test_a_mail_that_cannot_be_stored_is_put_off(hub: MemoryHub) -> None:
    async with running(hub) as channel:
        hub.is_away = True
        with pytest.raises(aiosmtplib.SMTPDataError) as refused:
            await hand_in(channel, write_mail())
        assert refused.value.code == 451
        hub.is_away = False
        await hand_in(channel, write_mail())
    assert only(hub).text


async def test_mail_for_others_is_refused(hub: MemoryHub) -> None:
    async with running(hub) as channel:
        for address in ("service@elsewhere.example", "nobody@bank.example", "bank.example", "@bank.example"):
            with pytest.raises((aiosmtplib.SMTPRecipientsRefused, ValueError)) as refused:
                await hand_in(channel, write_mail(), address)
            if isinstance(refused.value, aiosmtplib.SMTPRecipientsRefused):
                assert refused.value.recipients[0].code in (550, 553)
    assert not hub.notices


async def test_a_mail_to_two_mailboxes_of_ours_is_two_deliveries_of_one_mail(hub: MemoryHub) -> None:
    async with running(hub) as channel:
        await hand_in(channel, write_mail(), SERVICE, CARDS)
        await hand_in(channel, b"Received: by another way\r\n" + write_mail(), "cards+x@bank.example")
    assert [message.key.split(":")[1] for message in messages(hub)] == [SERVICE, CARDS, "cards+x@bank.example"]
    assert {message.to_address for message in messages(hub)} == {SERVICE}  # as To says
    assert len({message.same_mail for message in messages(hub)}) == 1


async def test_a_reply_joins_by_its_token_and_by_what_it_answers(hub: MemoryHub) -> None:
    raw = write_mail(In_Reply_To="<m2@bank.example>", References="<m1@bank.example> <m2@bank.example>")
    async with running(hub) as channel:
        await hand_in(channel, raw, "Service+t0ken@Bank.example", SERVICE)
    message = only(hub)
    assert message.to_address == SERVICE
    assert message.joins == ("token:t0ken", "id:<m2@bank.example>", "id:<m1@bank.example>")


async def test_being_in_cc_joins_nothing(hub: MemoryHub) -> None:
    async with running(hub) as channel:
        await hand_in(channel, write_mail(Cc="service+t0ken@bank.example"))
    assert only(hub).joins == ()


async def test_attachments_are_stored_with_their_names(hub: MemoryHub) -> None:
    raw = write_mail(
        "--b\r\n\r\nSe bilaga.\r\n--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment;"
        " filename*=UTF-8''%E5%8F%91%E7%A5%A8.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERg==\r\n--b--",
        Content_Type="multipart/mixed; boundary=b",
    )
    async with running(hub) as channel:
        await hand_in(channel, raw)
    (invoice,) = only(hub).media
    assert (invoice.name, invoice.content_type, invoice.size) == ("发票.pdf", "application/pdf", 4)
    assert hub.media[invoice.ref] == b"%PDF"


async def test_a_sender_is_proven_only_by_the_mail_host_in_front(hub: MemoryHub) -> None:
    passed = f"{MX}; dmarc=pass header.from=mail.example"
    async with running(hub) as channel:
        await hand_in(channel, write_mail(Authentication_Results=passed))
    assert only(hub).identity_level is IdentityLevel.PROVEN
    elsewhere = MemoryHub()
    async with running(elsewhere, trusted_networks=("10.0.0.0/8",)) as channel:
        await hand_in(channel, write_mail(Authentication_Results=passed))
    assert only(elsewhere).identity_level is IdentityLevel.CLAIMED


async def test_what_cannot_be_parsed_is_kept_and_said(hub: MemoryHub) -> None:
    raw = b"From: pia@mail.example\r\n" + b"Content-Type: message/rfc822\r\n\r\n" * 3000
    async with running(hub) as channel:
        await hand_in(channel, raw)
        await hand_in(channel, write_mail())
    unread, message = messages(hub)
    assert isinstance(unread, MessageReceived)
    assert unread.problem == "it makes the parser fail (RecursionError)"
    assert (unread.from_address, unread.text, hub.media[unread.raw]) == (PIA, "", raw)
    assert not message.problem


async def test_the_null_return_path_marks_a_mail_as_automatic(hub: MemoryHub) -> None:
    async with running(hub) as channel:
        await hand_in(channel, write_mail(), sender="")
    assert only(hub).is_automatic


async def test_an_answer_goes_out_as_a_mail(hub: MemoryHub) -> None:
    request = write_text(
        author="Ada, Nordpost 银行", reply_token="t0ken", answers=("<0@mail.example>", "<1@mail.example>")
    )
    async with outside_host() as host, running(hub, host.port) as channel:
        receipt = await channel.send(request)
    (envelope,) = host.mails
    assert (envelope.mail_from, envelope.rcpt_tos) == ("service+t0ken@bank.example", [PIA])
    assert isinstance(envelope.content, bytes)
    mail = message_from_bytes(envelope.content, policy=policy.default)
    assert receipt.provider_id == mail["Message-ID"] == "<m01hub@bank.example>"
    assert mail["From"].addresses[0].display_name == "Ada, Nordpost 银行"
    assert (mail["Reply-To"], mail["Subject"]) == ("service+t0ken@bank.example", "Re: 包裹")
    assert (mail["In-Reply-To"], mail["References"]) == ("<1@mail.example>", "<0@mail.example> <1@mail.example>")
    assert mail["Auto-Submitted"] is None
    body = mail.get_body()
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == "Hej Pia, 您的包裹明天到。\n"


async def test_an_automatic_mail_says_so(hub: MemoryHub) -> None:
    async with outside_host() as host, running(hub, host.port) as channel:
        await channel.send(write_text(is_automatic=True, reply_token="t0ken"))
    (envelope,) = host.mails
    assert isinstance(envelope.content, bytes)
    assert message_from_bytes(envelope.content)["Auto-Submitted"] == "auto-replied"


async def test_a_burst_shares_connections(hub: MemoryHub) -> None:
    async with outside_host() as host, running(hub, host.port, smtp_connections=2) as channel:
        await asyncio.gather(*(channel.send(write_text(outbox_id=f"m{n}")) for n in range(12)))
    assert len(host.mails) == 12
    assert host.connections <= 2


async def test_what_goes_out_comes_back_in_as_it_was(hub: MemoryHub) -> None:
    """Our own composer and our own parser, joined by two real SMTP servers."""
    text = "Hej Åsa!\n\n.en punkt först\nFrom här\n\n您好，" + "很长" * 200
    async with outside_host() as host, running(hub, host.port) as channel:
        await channel.send(write_text(text=text, author="Björn"))
        assert isinstance(host.mails[0].content, bytes)
        await hand_in(channel, host.mails[0].content, CARDS)
    message = only(hub)
    assert (message.text, message.from_name, message.from_address) == (text, "Björn", SERVICE)
