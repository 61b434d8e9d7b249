"""Mails that no person wrote: recognised, so that they are never answered automatically."""

import pytest

from channels.mail_automatic import Bounce
from channels.mail_parsing import parse_mail
from tests.channels.mail_house import write_mail

BOUNCE = b"""From: MAILER-DAEMON@mx.example\r
To: service+t0ken@bank.example\r
Subject: Undelivered\r
Auto-Submitted: auto-replied\r
Content-Type: multipart/report; report-type=delivery-status; boundary=b\r
\r
--b\r
\r
Kunde inte levereras.\r
--b\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; mx.example\r
\r
Final-Recipient: rfc822; gus@mail.example\r
Action: delayed\r
Status: 4.2.0\r
\r
Final-Recipient: rfc822; pia@mail.example\r
Action: failed\r
Status: 5.1.1 (unknown)\r
--b\r
%s\r
--b--\r
"""
ORIGINAL = (
    b"Content-Type: message/rfc822\r\n\r\nFrom: service@bank.example\r\nMessage-ID: <m01hub@bank.example>\r\n\r\nHej"
)
HEADERS = b"Content-Type: text/rfc822-headers\r\n\r\nSubject: Hej\r\nMessage-Id: <m01hub@bank.example>\r\n"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Auto-Submitted", "auto-replied"),
        ("Auto-Submitted", "auto-generated; owner-email=\"x\""),
        ("Auto-Submitted", "Auto-Notified"),
        ("Precedence", "bulk"),
        ("Precedence", "List"),
        ("Precedence", "junk"),
        ("Precedence", "auto_reply"),
        ("List-Id", "<news.shop.example>"),
        ("List-Unsubscribe", "<mailto:x@shop.example>"),
        ("X-Auto-Response-Suppress", "DR, OOF, AutoReply"),
        ("X-Auto-Response-Suppress", "All"),
        ("X-Autoreply", "yes"),
        ("Return-Path", "<>"),
        ("From", "MAILER-DAEMON@mx.example"),
        ("From", "Mail Delivery <postmaster@mx.example>"),
        ("From", "no-reply@shop.example"),
        ("From", "DoNotReply <donotreply+1@shop.example>"),
        ("From", "MAILER-DAEMON <>"),
        ("Content-Type", "multipart/report; report-type=delivery-status"),
    ],
)  # fmt: skip
def test_a_sign_is_enough(name: str, value: str) -> None:
    assert parse_mail(write_mail(**{name: value})).automatic


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Auto-Submitted", "no"),
        ("Auto-Submitted", "No (typed by hand)"),
        ("Precedence", "first-class"),
        ("X-Auto-Response-Suppress", "RN, NRN"),
        ("X-Auto-Response-Suppress", "None"),
        ("Return-Path", "<pia@mail.example>"),
        ("From", "Noreen Ply <noreen@mail.example>"),
        ("From", "Postmaster Pat <pat@mail.example>"),
        ("Subject", "Automatic reply: not a header that proves anything"),
    ],
)
def test_what_a_person_wrote_shows_none(name: str, value: str) -> None:
    assert parse_mail(write_mail(**{name: value})).automatic == ()


@pytest.mark.parametrize("original", [ORIGINAL, HEADERS])
def test_a_bounce_says_whose_mail_failed_and_why(original: bytes) -> None:
    mail = parse_mail(BOUNCE % original)
    assert mail.bounce == Bounce("failed", "5.1.1", ("gus@mail.example", "pia@mail.example"), "<m01hub@bank.example>")
    assert mail.text == "Kunde inte levereras."


def test_a_report_without_the_original_names_none() -> None:
    bounce = parse_mail(BOUNCE % b"\r\n").bounce
    assert bounce is not None and bounce.message_id == ""


def test_another_mail_is_no_bounce() -> None:
    assert parse_mail(write_mail()).bounce is None
    attached = write_mail((BOUNCE % ORIGINAL).decode(), Content_Type="message/rfc822")
    assert parse_mail(attached).bounce is None
