"""The mails that we send, byte by byte."""

from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from channels.channel import ChannelError, TextOut
from channels.mail.composing import address_with_token, compose, split_token, wire_address
from channels.mail.parsing import parse_mail
from tests.channels.mail_house import PIA, SERVICE, write_text

DOMAIN = "bank.example"
NOW = 1_795_338_000_000_000


def build(request: TextOut) -> EmailMessage:
    message: EmailMessage = message_from_bytes(compose(request, DOMAIN, NOW), policy=policy.default)
    return message


def test_a_retry_is_the_same_mail() -> None:
    request = write_text(reply_token="t0ken", author="Ada")
    assert compose(request, DOMAIN, NOW) == compose(request, DOMAIN, NOW + 3_600_000_000)
    assert build(request)["Message-ID"] == "<m01hub@bank.example>"


def test_a_mail_without_its_hour_is_dated_now() -> None:
    assert build(write_text(sent_at=0))["Date"] == "Sun, 22 Nov 2026 09:00:00 +0000"


@pytest.mark.parametrize("text", ["plain\n", "å" * 2_000, "您好\n" * 50, "x" * 5_000 + "\n", ".\n..\n", "\ud800", ""])
def test_every_line_is_short_and_ascii(text: str) -> None:
    raw = compose(write_text(text=text), DOMAIN, NOW)
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 78
    assert b"\n" not in raw.replace(b"\r\n", b"")


def test_long_ids_are_never_broken() -> None:
    ids = tuple(f"<{'x' * 150}{n}@mail.example>" for n in range(30))
    raw = compose(write_text(answers=ids), DOMAIN, NOW)
    mail = parse_mail(raw)
    assert mail.in_reply_to == (ids[-1],)
    assert mail.references == (ids[0], *ids[-20:])
    assert f"References: {ids[0]}\r\n {ids[10]}\r\n".encode() in raw


def test_an_id_that_is_none_is_left_out() -> None:
    answers = ("<1@mail.example>", "<x\r\nBcc: evil@x.example>", "no brackets", "<a b@x.example>", "<å@x.example>")
    message = build(write_text(answers=answers))
    assert (message["In-Reply-To"], message["References"], message["Bcc"]) == (
        "<1@mail.example>",
        "<1@mail.example>",
        None,
    )


@pytest.mark.parametrize(
    "evil", ["\r\nBcc: evil@x.example", "\nBcc: x", "\rBcc: x", "\0", "\x0bBcc: x", "\u2028Bcc: x", "\x85Bcc: x"]
)
def test_no_value_adds_a_header(evil: str) -> None:
    request = write_text(subject=f"Hej{evil}", author=f"Ada{evil}", text=f"{evil}\r\n\r\nhej")
    message = build(request)
    assert set(message.keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "Content-Type", "Content-Transfer-Encoding", "MIME-Version"
    }  # fmt: skip
    for field in ("to_address", "from_address", "outbox_id", "reply_token"):
        with pytest.raises(ChannelError) as raised:
            compose(write_text(**{field: f"ada@bank.example{evil}"}), DOMAIN, NOW)
        assert not raised.value.retry


@pytest.mark.parametrize(
    ("field", "value", "whose"),
    [
        ("to_address", "", "customer"),
        ("to_address", "pia", "customer"),
        ("to_address", "pia@x.example, gus@x.example", "customer"),
        ("to_address", "Pia <pia@x.example>", "customer"),
        ("to_address", "pia@" + "ü" * 60 + ".example", "customer"),
        ("from_address", "service", "ours"),
        ("outbox_id", "a b", "ours"),
        ("outbox_id", "a@b", "ours"),
        ("reply_token", "a+b@c", "ours"),
    ],
)
def test_what_cannot_be_mailed_is_refused(field: str, value: str, whose: str) -> None:
    with pytest.raises(ChannelError) as raised:
        compose(write_text(**{field: value}), DOMAIN, NOW)
    assert (raised.value.whose, raised.value.retry, raised.value.outcome_known) == (whose, False, True)


def test_addresses_of_the_whole_world() -> None:
    assert wire_address("pia@müller.example", "customer") == "pia@xn--mller-kva.example"
    assert build(write_text(to_address="pia@müller.example"))["To"] == "pia@xn--mller-kva.example"
    raw = compose(write_text(to_address="用户@例子.example"), DOMAIN, NOW)
    assert "To: 用户@xn--fsqu00a.example\r\n".encode() in raw


def test_a_token_goes_into_the_address_and_comes_out_again() -> None:
    assert address_with_token(SERVICE, "t0ken") == "service+t0ken@bank.example"
    assert split_token("service+t0ken@bank.example") == (SERVICE, "t0ken")
    assert split_token(SERVICE) == (SERVICE, "")
    assert build(write_text(reply_token="t0ken"))["Reply-To"] == "service+t0ken@bank.example"


def test_a_long_subject_and_name_come_through() -> None:
    request = write_text(subject="Ert paket " + "包裹" * 60, author='Ada "Å" Öberg, ' + "银行" * 20)
    mail = parse_mail(compose(request, DOMAIN, NOW))
    assert mail.subject == request.subject
    assert mail.from_[0].name == request.author
    assert mail.to[0].address == PIA
