"""Broken headers and unusual trees of parts."""

import pytest

from channels.mail.parsing import parse_mail
from channels.mail.structure import mend_headers
from tests.channels.mail_house import PIA, SERVICE, write_mail

BROKEN = (
    "this line is no header",
    "X-Spam Report: a name with a blank",
    "Ämne: not ASCII",
    "=?utf-8?b?w4TDhA==?=",
    "<html>",
    "----",
    "X-Loose",
)


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("place", range(6))
def test_a_malformed_line_ends_only_itself(broken: str, place: int) -> None:
    head, body = write_mail("Var är paketet?").decode().split("\r\n\r\n", 1)
    lines = head.split("\r\n")
    mail = parse_mail("\r\n".join([*lines[:place], broken, *lines[place:]]).encode() + f"\r\n\r\n{body}".encode())
    whole = parse_mail(write_mail("Var är paketet?"))
    assert mail == whole


def test_several_of_them_and_what_is_folded_below_end_only_themselves() -> None:
    raw = write_mail().replace(b"Subject:", b"broken one\r\n and its fold\r\nbroken two\r\nSubject:")
    assert parse_mail(raw) == parse_mail(write_mail())


@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r\r\n"])
def test_line_ends_of_any_kind_are_read(line_end: str) -> None:
    raw = write_mail("Hej").replace(b"\r\n", line_end.encode())
    mail = parse_mail(raw.replace(b"Date:", b"broken" + line_end.encode() + b"Date:"))
    assert (mail.from_[0].address, mail.to[0].address, mail.text, mail.subject) == (PIA, SERVICE, "Hej", "包裹")


def test_blanks_before_a_colon_hide_no_header() -> None:
    raw = write_mail().replace(b"Subject:", b"Subject :").replace(b"From:", b"From\t:")
    assert parse_mail(raw) == parse_mail(write_mail())


def test_a_body_without_an_empty_line_before_it_is_the_body() -> None:
    mail = parse_mail(b"From: pia@mail.example\r\nSubject: Kort\r\nHej, mitt kort.\r\nTill: er\r\n\r\nMvh Pia\r\n")
    assert (mail.subject, mail.text) == ("Kort", "Hej, mitt kort.\nTill: er\n\nMvh Pia")


def test_a_malformed_line_in_a_parts_headers_ends_only_itself() -> None:
    raw = (
        b"From: pia@mail.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
        b"oops no header\r\nContent-Type: text/plain; charset=koi8-r\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        b"8NLJ18XU\r\n--b\r\nContent-Type: application/pdf; name=a.pdf\r\nbroken\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\nJVBERg==\r\n--b--\r\n"
    )
    mail = parse_mail(raw)
    assert (mail.text, [(each.name, each.data) for each in mail.attachments]) == ("Привет", [("a.pdf", b"%PDF")])


def test_an_honest_header_stays_as_it_is() -> None:
    raw = write_mail(X_Folded="a\r\n b: c\r\n\td")
    assert mend_headers(raw) is raw
    assert mend_headers(b"From pia Sun Nov 22\r\n" + raw) == b"From pia Sun Nov 22\r\n" + raw


@pytest.mark.parametrize("raw", [b"", b"\r\n", b"broken", b"broken\r\n\r\n", b"\r\r\r", b" \r\n", b":\r\n\r\nx"])
def test_what_is_hardly_a_header_does_no_harm(raw: bytes) -> None:
    parse_mail(raw)
    assert mend_headers(mend_headers(raw)) == mend_headers(raw)


def test_signs_that_only_spell_are_kept_in_headers_and_text() -> None:
    words = "Donau\u00addampf می\u200cخواهم क्\u200dष"
    mail = parse_mail(write_mail(words, Subject=words, From=f'"{words}" <{PIA}>'))
    assert (mail.subject, mail.from_[0].name, mail.text) == (words, words, words)
    assert parse_mail(write_mail(f"<p>{words}</p>", Content_Type="text/html; charset=utf-8")).text == words


@pytest.mark.parametrize(
    "hidden",
    [
        "X-Old: 1\rAuthentication-Results: mx; dmarc=pass",
        "no header\r\nAuthentication-Results: mx; dmarc=pass",
        "no header\r\nX-Old: 1\r\nAuthentication-Results: mx;\r\n dmarc=pass",
        "Authentication-Results : mx; dmarc=pass",
    ],
)
def test_mending_brings_no_verdict_to_light(hidden: str) -> None:
    """The mail host may not have seen it as a header, and so not have removed it."""
    raw = b"Authentication-Results: mx; none\r\n" + hidden.encode() + b"\r\n" + write_mail()
    mail = parse_mail(raw)
    assert mail.authentication_results == ("mx; none",)
    assert mail.subject == "包裹"


def test_raw_bytes_in_a_part_with_broken_headers_are_kept() -> None:
    raw = (
        b"From: pia@mail.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
        b"Content-Type: text/plain; charset=koi8-r\r\n\xf0\xd2 broken\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        + "Привет".encode("koi8-r")
        + b"\r\n--b--\r\n"
    )
    assert parse_mail(raw).text == "Привет"


def test_an_attached_mail_that_cannot_be_written_again_hides_nothing_else() -> None:
    inner = b"From: gus@mail.example\r\nContent-Type: multipart/mixed; charset=us-ascii\r\n\r\n\xff\xfe no parts\r\n"
    raw = (
        b"From: pia@mail.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSe bilaga.\r\n"
        b"--b\r\nContent-Type: message/rfc822\r\n\r\n" + inner + b"--b--\r\n"
    )
    mail = parse_mail(raw)
    assert mail.text == "Se bilaga."
    assert b"gus@mail.example" in mail.attachments[0].data


@pytest.mark.parametrize("charset", ["us-asc fri, 29 jul", "x-no-such", "\udcff"])
def test_nothing_in_no_charset_is_nothing(charset: str) -> None:
    raw = write_mail("", Content_Type=f'text/plain; charset="{charset}"').rstrip() + b"\r\n\r\n"
    assert parse_mail(raw).text == ""
