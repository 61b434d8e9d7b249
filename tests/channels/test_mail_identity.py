"""The senders for whom the mail host in front vouches."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.mail.identity import Finding, Unreadable, find_proven_addresses, parse_results

PIA, MX = "pia@mail.example", "mx.bank.example"


def is_proven(from_address: str, results: Sequence[str], host: str) -> bool:
    return find_proven_addresses(from_address, results, host).of_sender


@pytest.mark.parametrize(
    "value",
    [
        f"{MX}; dmarc=pass header.from=mail.example",
        f"{MX} 1; spf=fail smtp.mailfrom=x.example; dmarc=pass (p=REJECT sp=NONE) header.from=mail.example",
        f"{MX}; dkim=pass header.d=mail.example header.s=a",
        f"{MX}; dkim=pass (2048-bit key) header.i=@news.mail.example",
        f"{MX}; dkim=fail header.d=mail.example; dkim=pass header.d=mail.example",
        f"{MX}; spf=pass smtp.mailfrom=bounce@mail.example",
        f"{MX}; dkim=pass header.d=news.mail.example; spf=none",
        f'{MX}; dkim/1=pass header.b="a;b=(" header.d=mail.example',
        f"{MX};\r\n\tdkim=pass\r\n\theader.b=ab+/c= header.d=mail.example",
        f'"{MX}" 1 (by (us)); dmarc = pass (p=none dis=none) policy.dmarc=none header.from = mail.example',
        f"{MX}; dmarc=none header.from=mail.example; dkim=pass header.d=mail.example",
        f'{MX}; spf=pass smtp.mailfrom="a\\";b"@mail.example',
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
        f"{MX}; dkim=pass header.d=mail.example; dmarc=fail header.from=mail.example",
        f"{MX}; dmarc=pass header.from=mail.example; dmarc = FAIL (p=reject)",
        f"{MX}; dmarc / 1 = fail; dkim=pass header.d=mail.example",
        f"{MX}; dmarc?fail; dkim=pass header.d=mail.example",
        f"{MX} 2; dmarc=pass header.from=mail.example",
        f"{MX}; dkim=pass header.d=evil.example header.d=mail.example",
        f"{MX}; spf=fail reason=\"; dmarc=pass header.from=mail.example",
        f"{MX}; dkim=pass header.d=mail.example (",
        f"{MX}; dkim=pass header.d=mail.example)",
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


@pytest.mark.parametrize(
    ("checked", "sender"),
    [
        ("co.uk", "pia@shop.co.uk"),
        ("evil.co.uk", "pia@shop.co.uk"),
        ("evil.github.io", "pia@github.io"),
        ("evil.github.io", "pia@bank.github.io"),
        ("com", "pia@mail.com"),
    ],
)
def test_a_public_suffix_is_no_organisation(checked: str, sender: str) -> None:
    assert not is_proven(sender, [f"{MX}; dkim=pass header.d={checked}"], MX)


def test_the_domains_of_one_organisation_vouch_for_each_other() -> None:
    assert is_proven("pia@news.shop.co.uk", [f"{MX}; dkim=pass header.d=mail.shop.co.uk"], MX)


def test_what_cannot_be_read_hides_what_stands_below_it() -> None:
    passed = f"{MX}; dmarc=pass header.from=mail.example"
    assert not is_proven(PIA, [f"{MX}; dmarc=fail (", passed], MX)
    assert is_proven(PIA, ["other.example; spf=pass (", passed], MX)


# ---- Reply-To

BY_DKIM = (
    f"{MX}; spf=fail smtp.mailfrom=evil.example; dkim=pass header.d=mail.example; dmarc=pass header.from=mail.example"
)
BY_SPF = f"{MX}; spf=pass smtp.mailfrom=mail.example; dkim=pass header.d=mail.example"
OPEN = "v=1; a=rsa-sha256; d=mail.example; s=a; h=From:To:Subject; bh=x; b=y"
COVERED = "v=1; d=news.mail.example; h=From : To :\r\n\tReply-To : Subject; b=y"


@pytest.mark.parametrize(
    ("results", "signatures", "is_theirs"),
    [
        (BY_DKIM, [COVERED], True),
        (BY_DKIM, [COVERED, "d=list.example; h=from"], True),
        (BY_SPF, [OPEN], True),
        (f"{MX}; dmarc=pass header.from=mail.example", [], True),
        (BY_DKIM, [OPEN], False),
        (BY_DKIM, ["d=mail.example; h=from:reply-to; b=made up", OPEN], False),
        (BY_DKIM, ["d=evil.example; h=from:reply-to; b=theirs"], False),
        (f"{MX}; dmarc=fail", [COVERED], False),
        ("", [COVERED], False),
    ],
)
def test_a_signed_mail_that_is_handed_in_again_brings_no_reply_to_of_its_own(
    results: str, signatures: list[str], is_theirs: bool
) -> None:
    assert find_proven_addresses(PIA, [results], MX, signatures).of_reply_to is is_theirs


# ---- whatever is written, it is read back


_WORD = st.text(st.characters(codec="ascii", exclude_characters='\r\n\0"\\'), min_size=1, max_size=20)
_NAME = st.sampled_from(["header.d", "header.i", "smtp.mailfrom", "header.from", "reason", "policy.x"])
_METHOD = st.sampled_from(["dkim", "spf", "auth", "x-arc"])
_BLANK = st.sampled_from([" ", "\r\n\t", ' (a; b=c " ) ', "(x (y) \\) z)"])


@given(
    st.lists(
        st.tuples(_METHOD, st.sampled_from(["pass", "fail"]), st.lists(st.tuples(_NAME, _WORD), max_size=4)),
        max_size=4,
    ),
    _BLANK,
)
def test_quoted_values_say_nothing_but_themselves(
    said: list[tuple[str, str, list[tuple[str, str]]]], blank: str
) -> None:
    statements = [
        f"{method}={result}" + "".join(f'{blank}{name}="{value}"' for name, value in properties)
        for method, result, properties in said
    ]
    authserv_id, findings = parse_results("; ".join([MX, *statements]))
    assert authserv_id == MX
    assert [(each.method, each.result) for each in findings] == [(method, result) for method, result, _ in said]
    for finding, (_, _, properties) in zip(findings, said, strict=True):
        written = sorted((name, value.lower()) for name, value in properties)
        assert sorted((name, v) for name, values in finding.properties.items() for v in values) == written


@given(st.text(st.characters(codec="ascii"), max_size=200))
def test_any_header_is_read_or_refused(value: str) -> None:
    try:
        _, findings = parse_results(value)
    except Unreadable:
        return
    assert all(isinstance(each, Finding) for each in findings)


@given(_WORD)
def test_nobody_proves_anything_by_the_name_of_their_mailbox(local: str) -> None:
    forged = f'{MX}; spf=pass smtp.mailfrom="{local}; dmarc=pass header.from=mail.example"@evil.example'
    assert not is_proven(PIA, [forged], MX)
