"""Whom the mail host in front vouches for."""

import pytest

from channels.mail_identity import is_proven

PIA, MX = "pia@mail.example", "mx.bank.example"


@pytest.mark.parametrize(
    "value",
    [
        f"{MX}; dmarc=pass header.from=mail.example",
        f"{MX} 1; spf=fail smtp.mailfrom=x.example; dmarc=pass (p=REJECT sp=NONE) header.from=mail.example",
        f"{MX}; dkim=pass header.d=mail.example header.s=a",
        f"{MX}; dkim=pass (2048-bit key) header.i=@news.mail.example",
        f"{MX}; dkim=fail header.d=mail.example; dkim=pass header.d=mail.example",
        f"{MX}; spf=pass smtp.mailfrom=bounce@mail.example",
        "MX.Bank.Example (a (nested) comment); DMARC = Pass header.from=Mail.Example",
    ],
)
def test_the_host_vouches(value: str) -> None:
    assert is_proven(PIA, [value], MX)


@pytest.mark.parametrize(
    "value",
    [
        "",
        MX,
        f"{MX}; none",
        f"{MX}; dmarc=fail header.from=mail.example",
        f"{MX}; dmarc=pass header.from=evil.example",
        f"{MX}; dkim=pass header.d=evil.example",
        f"{MX}; dkim=pass header.d=evilmail.example",
        f"{MX}; dkim=pass header.d=example",
        f"{MX}; dkim=pass",
        f"{MX}; spf=pass smtp.helo=mail.example",
        f"{MX}; spf=pass smtp.mailfrom=evil.example",
        f"{MX}; x-dmarc=pass header.from=mail.example",
        f"{MX}; spf=fail reason=\"dmarc=pass header.from=mail.example\"",
        f"{MX}; spf=fail (; dmarc=pass header.from=mail.example)",
        f"{MX}; spf=fail (((((; dmarc=pass header.from=mail.example)))))",
        "evil.example; dmarc=pass header.from=mail.example",
        f"{MX}.evil.example; dmarc=pass header.from=mail.example",
        f"evil.example ({MX}); dmarc=pass header.from=mail.example",
    ],
)  # fmt: skip
def test_the_host_does_not(value: str) -> None:
    assert not is_proven(PIA, [value], MX)


def test_only_the_hosts_topmost_word_counts() -> None:
    passed, failed = f"{MX}; dmarc=pass header.from=mail.example", f"{MX}; dmarc=fail header.from=mail.example"
    elsewhere = "other.example; dmarc=fail"
    assert is_proven(PIA, [elsewhere, passed, failed], MX)
    assert not is_proven(PIA, [failed, passed], MX)


def test_without_a_trusted_host_or_an_address_nothing_is_proven() -> None:
    passed = "; dmarc=pass"
    assert not is_proven(PIA, [passed], "")
    assert not is_proven("", [f"{MX}{passed}"], MX)
    assert not is_proven(PIA, [], MX)
