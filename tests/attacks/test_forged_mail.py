"""Mail that claims to be from somebody else."""

from channels.channel import IdentityLevel
from tests.channels.contract import MemoryHub
from tests.channels.mail_house import MX, PIA, hand_in, messages, running, write_mail

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
