"""Mail that claims to be from somebody else."""

import pytest

from channels.channel import IdentityLevel
from channels.mail.parsing import parse_mail
from tests.channels.contract import MemoryHub
from tests.channels.mail_house import MX, PIA, hand_in, messages, only, running, write_mail

PASSED = "dmarc=pass header.from=mail.example"
FORGED = (
    f'{MX}; spf=pass smtp.mailfrom="x; {PASSED}"@evil.example',
    f'{MX}; spf=fail reason="a; {PASSED}"',
    f"{MX}; spf=fail (\\); {PASSED}) smtp.mailfrom=evil.example",
    f"{MX}; dkim=pass header.i=x=header.d=mail.example@evil.example",
    f'{MX}; dkim=pass header.i="x header.d=mail.example"@evil.example',
    f"{MX}; dkim=pass header.d=mail.example; dmarc=fail header.from=mail.example",
    f"{MX};\r\n\tspf=fail (;\r\n\t{PASSED})",
    f"{MX} 9; {PASSED}",
)
NOT_ON_TOP = (
    f"Authentication-Results: {MX}; dmarc=fail\r\nAuthentication-Results: {MX}; {PASSED}\r\n",
    f"Authentication-Results: {MX}; dmarc=fail (\r\nAuthentication-Results: {MX}; {PASSED}\r\n",
    f"Authentication-Results: {MX}; none\r\nno header\r\nAuthentication-Results: {MX}; {PASSED}\r\n",
    f"From: boss@bank.example\r\nAuthentication-Results: {MX}; {PASSED}\r\n",
    f"no header\r\nAuthentication-Results: {MX}; {PASSED}\r\n",
    f"no header\r\nX-Old: 1\r\nAuthentication-Results: {MX};\r\n {PASSED}\r\n",
    f"Authentication-Results : {MX}; {PASSED}\r\n",
    f"Authentication-Results\t:\r\n {MX}; {PASSED}\r\n",
    f"X-Old: 1\r\n Authentication-Results: {MX}; {PASSED}\r\n",
)


async def hand_in_all(*heads: str, **settings: object) -> list[tuple[str, IdentityLevel]]:
    """(from whom, how sure) of Pia's mail below each of these headers."""
    hub = MemoryHub()
    async with running(hub, **settings) as channel:
        for head in heads:
            await hand_in(channel, head.encode() + write_mail())
    return [(each.from_address, each.identity_level) for each in messages(hub)]


async def test_words_inside_the_hosts_verdict_forge_no_verdict() -> None:
    seen = await hand_in_all(*(f"Authentication-Results: {forged}\r\n" for forged in FORGED))
    assert seen == [(PIA, IdentityLevel.CLAIMED)] * len(FORGED)


async def test_a_verdict_that_the_host_did_not_write_on_top_counts_for_nothing() -> None:
    assert {level for _, level in await hand_in_all(*NOT_ON_TOP)} == {IdentityLevel.CLAIMED}


async def test_a_verdict_from_outside_the_trusted_networks_counts_for_nothing() -> None:
    honest = f"Authentication-Results: {MX} 1; {PASSED}\r\n"
    assert await hand_in_all(honest, trusted_networks=("192.0.2.0/24",)) == [(PIA, IdentityLevel.CLAIMED)]
    assert await hand_in_all(honest) == [(PIA, IdentityLevel.PROVEN)]


async def test_a_signed_mail_that_somebody_else_hands_in_again_sends_them_no_answer() -> None:
    """Pia wrote it to a list once; its signature is still good, and says nothing of Reply-To."""
    signed = "DKIM-Signature: v=1; d=mail.example; h=From:To:Subject:Date; b=x\r\nReply-To: thief@evil.example\r\n"
    verdict = f"Authentication-Results: {MX}; dkim=pass header.d=mail.example; {PASSED}\r\n"
    hub = MemoryHub()
    async with running(hub) as channel:
        await hand_in(channel, (verdict + signed).encode() + write_mail())
    (message,) = messages(hub)
    assert (message.identity_level, message.reply_to) == (IdentityLevel.PROVEN, "thief@evil.example")
    assert not message.is_reply_to_proven


# ---- a From that two programs read differently

UNCLEAR = (
    f"<{PIA}> <evil@evil.example>",
    f"<{PIA}>evil@evil.example",
    f"{PIA}, evil@evil.example",
    f"{PIA};evil@evil.example",
    f"{PIA},",
    f"Pia: {PIA};",
    f"evil@evil.example <{PIA}>",
    f"<@evil.example:{PIA}>",
    f'"Pia <{PIA}>',
    f"{PIA}{' ' * 17_000}, evil@evil.example",
)


@pytest.mark.parametrize("value", UNCLEAR)
async def test_a_from_that_is_not_one_plain_mailbox_proves_nothing(value: str) -> None:
    """The mail host vouches for the address that it has read, and says only that DMARC passed."""
    verdict = f"Authentication-Results: {MX}; dmarc=pass\r\n"
    hub = MemoryHub()
    async with running(hub) as channel:
        await hand_in(channel, verdict.encode() + write_mail(From=value), sender="evil@evil.example")
    assert only(hub).identity_level is IdentityLevel.CLAIMED


@pytest.mark.parametrize(
    "address",
    [
        "mi\u212ae@mail.example",  # the sign of Kelvin is k in lower case
        "pia@ban\u212a.example",
        "p\u200bia@mail.example",  # a blank of no width
        "\u202epia@mail.example",  # what follows is shown from right to left
        "pia\u00ad@mail.example",
        "pia\u2060@mail.example",
        "pia@m\u0430il.example",  # a Cyrillic letter among Latin ones
        "pi\u03b1@mail.example",  # a Greek one
    ],
)
async def test_an_address_that_only_looks_like_another_is_none(address: str) -> None:
    domain = "bank.example" if "ban" in address else address.rpartition("@")[2]
    verdict = f"Authentication-Results: {MX}; dmarc=pass header.from={domain}\r\n"
    hub = MemoryHub()
    async with running(hub) as channel:
        await hand_in(channel, verdict.encode() + write_mail(From=f"Mike <{address}>"), sender="evil@evil.example")
    message = only(hub)
    assert (message.from_address, message.identity_level) == ("evil@evil.example", IdentityLevel.CLAIMED)


@pytest.mark.parametrize(
    "name",
    [
        f'"{PIA}"',
        f"=?utf-8?q?{PIA.replace('@', '=40')}?=",
        f'"Pia Lindqvist <{PIA}>"',
        '"pia @ mail . example"',
        '"pia\uff20mail\uff0eexample"',
    ],
)
async def test_a_name_that_shows_an_address_is_not_shown(name: str) -> None:
    """The badge of the sender's own domain would stand beside the address of somebody else."""
    verdict = f"Authentication-Results: {MX}; dmarc=pass header.from=evil.example\r\n"
    hub = MemoryHub()
    async with running(hub) as channel:
        mail = write_mail(From=f"{name} <evil@evil.example>", Cc=f"{name} <evil@evil.example>")
        await hand_in(channel, verdict.encode() + mail, sender="evil@evil.example")
    message = only(hub)
    assert (message.from_address, message.identity_level) == ("evil@evil.example", IdentityLevel.PROVEN)
    assert (message.from_name, message.cc) == ("", "evil@evil.example")


@pytest.mark.parametrize("name", ["Anna @ Shop", "Pia (hello@)", "@pia"])
async def test_a_name_with_the_sign_alone_is_shown(name: str) -> None:
    hub = MemoryHub()
    async with running(hub) as channel:
        await hand_in(channel, write_mail(From=f'"{name}" <{PIA}>'))
    assert only(hub).from_name == name


# ---- other fields that name somebody


@pytest.mark.parametrize(
    "head",
    [
        f"Sender: {PIA}\r\n",
        f"Resent-From: {PIA}\r\nResent-Sender: {PIA}\r\n",
        f"Reply-To: Pia Lindqvist <{PIA}>\r\n",
        f"X-Original-From: {PIA}\r\nX-Sender: {PIA}\r\nReturn-Path: <{PIA}>\r\n",
        f"Apparently-From: {PIA}\r\nDisposition-Notification-To: {PIA}\r\n",
    ],
)
async def test_no_other_field_makes_somebody_the_sender(head: str) -> None:
    verdict = f"Authentication-Results: {MX}; dmarc=pass header.from=evil.example\r\n"
    hub = MemoryHub()
    async with running(hub) as channel:
        mail = write_mail(From="Eve <evil@evil.example>")
        await hand_in(channel, (verdict + head).encode() + mail, sender="evil@evil.example")
    message = only(hub)
    assert (message.from_address, message.from_name) == ("evil@evil.example", "Eve")


# ---- verdicts that are not the host's


@pytest.mark.parametrize(
    "head",
    [
        f"ARC-Authentication-Results: i=1; {MX}; {PASSED}\r\nARC-Seal: i=1; cv=pass; d={MX}\r\n",
        f"X-Authentication-Results: {MX}; {PASSED}\r\n",
        f"Original-Authentication-Results: {MX}; {PASSED}\r\n",
        f"Received-SPF: pass (domain of mail.example) envelope-from={PIA}; receiver={MX}\r\n",
        f"Authentication-Results: {MX}.evil.example; {PASSED}\r\n",
        f"Authentication-Results: evil.example (was {MX}); {PASSED}\r\n",
        f"Authentication-Results: evil.example;\r\n {MX}; {PASSED}\r\n",
        f"Authentication-Results:\r\n {MX.upper()};\r\n\tdmarc=fail\r\nAuthentication-Results: {MX}; {PASSED}\r\n",
        f'Authentication-Results: "{MX.title()}" (by (us)) 1;dmarc=(\r\n pass)fail\r\n'
        f"Authentication-Results: {MX}; {PASSED}\r\n",
        f"Authentication-Results: {MX.replace('k', chr(0x212A))}; {PASSED}\r\n",
        f"Authentication-Results: {MX}; dmarc=pass header.from=evil.example (header.from=mail.example)\r\n",
        f"Authentication-Results: {MX}; dkim=pass header.d=mail.example.evil.example header.i=@mail.example\r\n",
        f"Authentication-Results: {MX}; auth=pass smtp.auth={PIA}; arc=pass header.from=mail.example\r\n",
    ],
)
async def test_a_verdict_under_another_name_or_in_another_field_proves_nothing(head: str) -> None:
    assert await hand_in_all(head) == [(PIA, IdentityLevel.CLAIMED)]


async def test_a_verdict_in_a_part_or_an_attached_mail_proves_nothing() -> None:
    verdict = f"Authentication-Results: {MX}; {PASSED}"
    parts = (
        f"--b\r\n{verdict}\r\nContent-Type: text/plain\r\n\r\nHej\r\n"
        f"--b\r\nContent-Type: message/rfc822\r\n\r\n{verdict}\r\nFrom: {PIA}\r\n\r\nHej\r\n--b--\r\n"
    )
    hub = MemoryHub()
    async with running(hub) as channel:
        await hand_in(channel, write_mail(parts, Content_Type="multipart/mixed; boundary=b"))
    assert only(hub).identity_level is IdentityLevel.CLAIMED


def test_a_lone_return_hides_no_verdict_in_a_mail_without_a_body() -> None:
    """The mail host sees one long field there, and leaves it."""
    raw = f"X-Old: 1\rAuthentication-Results: {MX}; {PASSED}\r\nFrom: {PIA}\r\nTo: service@bank.example\r\n"
    assert parse_mail(raw.encode()).authentication_results == ()


# ---- a signed mail that somebody else hands in again

BY_KEY = f"spf=fail smtp.mailfrom=evil.example; dkim=pass header.d=mail.example; {PASSED}"
REPLAYED = f"Authentication-Results: {MX}; {BY_KEY}\r\n"
SIGNATURE = "DKIM-Signature: v=1; d=mail.example; h=From:To:Reply-To:Subject; bh=x; b=y{more}\r\n"


async def test_text_behind_what_the_signature_covers_is_not_its_senders() -> None:
    assert await hand_in_all(REPLAYED + SIGNATURE.format(more="; l=3")) == [(PIA, IdentityLevel.CLAIMED)]
    assert await hand_in_all(REPLAYED + SIGNATURE.format(more="")) == [(PIA, IdentityLevel.PROVEN)]


@pytest.mark.parametrize(("more", "level"), [({"Cc": "Cards <CARDS+x@bank.example>"}, "proven"), ({}, "claimed")])
async def test_a_signed_mail_to_somebody_else_is_not_written_to_us(more: dict[str, str], level: str) -> None:
    """Pia wrote "Yes, do it" to Eve, who hands it in to us."""
    hub = MemoryHub()
    async with running(hub) as channel:
        head = REPLAYED + SIGNATURE.format(more="")
        await hand_in(channel, head.encode() + write_mail("Ja, gör det", To="eve@evil.example", **more))
    assert only(hub).identity_level == level


async def test_what_her_own_server_delivers_may_be_addressed_to_anybody() -> None:
    """Pia put us in Bcc."""
    delivered = f"Authentication-Results: {MX}; spf=pass smtp.mailfrom=mail.example; {PASSED}\r\n"
    hub = MemoryHub()
    async with running(hub) as channel:
        head = delivered + SIGNATURE.format(more="")
        await hand_in(channel, head.encode() + write_mail(To="gus@mail.example"))
    assert only(hub).identity_level is IdentityLevel.PROVEN


async def test_many_made_up_signatures_hide_no_real_one() -> None:
    """The real one leaves Reply-To open; those on top of it say that they cover it."""
    made_up = "DKIM-Signature: v=1; d=mail.example; h=From:Reply-To; b=z\r\n" * 30
    real = "DKIM-Signature: v=1; d=mail.example; h=From:To; b=y\r\n"
    hub = MemoryHub()
    async with running(hub) as channel:
        head = REPLAYED + made_up + real + "Reply-To: thief@evil.example\r\n"
        await hand_in(channel, head.encode() + write_mail())
    message = only(hub)
    assert (message.identity_level, message.is_reply_to_proven) == (IdentityLevel.PROVEN, False)


# ---- tokens where none count


@pytest.mark.parametrize(
    "headers",
    [
        {"Cc": "service+t0ken@bank.example"},
        {"References": "<t0ken@bank.example> <service+t0ken@bank.example>", "In_Reply_To": "<token:t0ken>"},
        {"Reply_To": "service+t0ken@bank.example"},
        {"To": '"service+t0ken@bank.example" <service@bank.example>'},
        {"To": "service@bank.example (service+t0ken@bank.example)"},
        {"Subject": "service+t0ken@bank.example", "Resent_To": "service+t0ken@bank.example"},
        {"X_Original_To": "service+t0ken@bank.example", "Delivered_To": "service+t0ken@bank.example"},
    ],
)
async def test_a_token_that_the_mail_was_not_sent_to_joins_nothing(headers: dict[str, str]) -> None:
    hub = MemoryHub()
    async with running(hub) as channel:
        await hand_in(channel, write_mail(**headers))
    assert [join for join in only(hub).joins if join.startswith("token:")] == []


# ---- a copy that comes first


async def test_a_forged_copy_never_stands_for_the_proven_mail() -> None:
    """The same sender, Message-ID and body; or, called automatic so that it would be filed."""
    verdict = f"Authentication-Results: {MX}; {PASSED}\r\n".encode()
    hub = MemoryHub()
    async with running(hub) as channel:
        await hand_in(channel, write_mail(), sender="evil@evil.example")
        await hand_in(channel, write_mail(Auto_Submitted="auto-replied"), sender="evil@evil.example")
        await hand_in(channel, verdict + write_mail())
        await hand_in(channel, verdict + write_mail(), "cards@bank.example")
    forged, called_automatic, real, other_delivery = [message.same_mail for message in messages(hub)]
    assert real == other_delivery
    assert len({forged, called_automatic, real}) == 3
