"""Mails that no person wrote are recognised, so that the hub never answers them automatically."""

from pathlib import Path

import pytest

from channels.mail.automatic import Bounce, is_only_passed_on
from channels.mail.parsing import parse_mail
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

SIGNS = ({"Auto_Submitted": "auto-generated"}, {"X_Auto_Response_Suppress": "All"}, {"Precedence": "bulk"})


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


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_a_report_below_the_top_level_is_read_as_well(depth: int) -> None:
    """A list or a virus scanner wraps it."""
    head, _, body = (BOUNCE % ORIGINAL).partition(b"Content-Type: multipart/report")
    inner = b"Content-Type: multipart/report" + body
    for level in range(depth):
        mark = b"wrap%d" % level
        start = b"Content-Type: multipart/mixed; boundary=" + mark + b"\r\n\r\n--" + mark + b"\r\n"
        inner = start + inner + b"--" + mark + b"\r\n\r\nScanned.\r\n--" + mark + b"--\r\n"
    mail = parse_mail(head + inner)
    assert mail.bounce == Bounce("failed", "5.1.1", ("gus@mail.example", "pia@mail.example"), "<m01hub@bank.example>")
    assert mail.notification == "bounce"


def test_another_mail_is_no_bounce() -> None:
    assert parse_mail(write_mail()).bounce is None
    attached = write_mail((BOUNCE % ORIGINAL).decode(), Content_Type="message/rfc822")
    assert parse_mail(attached).bounce is None


def report(kind: str, part: str) -> bytes:
    body = (
        f"--b\r\n\r\nSe nedan.\r\n--b\r\nContent-Type: {part}\r\n\r\nVersion: 1\r\nFeedback-Type: abuse\r\n--b--\r\n"
    )
    return write_mail(body, Content_Type=f"multipart/report; report-type={kind}; boundary=b")


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (BOUNCE % ORIGINAL, "bounce"),
        (write_mail(From="MAILER-DAEMON@mx.example", Subject="failure notice"), "bounce"),
        (write_mail(From="Postmaster <postmaster@mx.example>", Subject="Undeliverable: Hej"), "bounce"),
        (write_mail(X_Failed_Recipients="gus@mail.example"), "bounce"),
        (report("feedback-report", "message/feedback-report"), "feedback"),
        (report("disposition-notification", "message/disposition-notification"), "receipt"),
        (write_mail(Auto_Submitted="auto-replied"), "absence"),
        (write_mail(Precedence="auto_reply"), "absence"),
        (write_mail(X_Autoreply="yes"), "absence"),
        (write_mail(X_Autogenerated="Reply"), "absence"),
        (write_mail(Auto_Submitted="auto-generated", Subject="Automatic reply: Hej"), "absence"),
        (write_mail(X_Auto_Response_Suppress="All", Subject="自动答复: Hej"), "absence"),
        (
            write_mail(
                Auto_Submitted="auto-generated", X_Auto_Response_Suppress="All", In_Reply_To="<1@bank.example>"
            ),
            "absence",
        ),
        (write_mail("BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\n", Content_Type="text/calendar; charset=utf-8"), "calendar"),
        (write_mail("BEGIN:VCALENDAR\r\n", Content_Type="text/calendar; method=REPLY"), "calendar"),
    ],
)
def test_what_only_tells_something_is_a_notification(raw: bytes, kind: str) -> None:
    assert parse_mail(raw).notification == kind


@pytest.mark.parametrize(
    "raw",
    [
        write_mail(),
        write_mail(Subject="Automatic reply: says nothing by itself"),
        write_mail(Precedence="bulk"),
        write_mail(List_Id="<news.shop.example>", Subject="Out of office culture: a question to you"),
        write_mail(From="no-reply@shop.example", Subject="Er faktura"),
        write_mail(Auto_Submitted="auto-generated", Subject="Kontaktformulär"),
        write_mail("METHOD:REQUEST", Content_Type="text/calendar; method=REQUEST"),
        write_mail(From="postmaster@mx.example", Subject="Fråga om vår domän"),
    ],
)
def test_what_may_ask_for_something_is_none(raw: bytes) -> None:
    assert parse_mail(raw).notification == ""


def test_bounces_of_many_vendors_are_notifications(corpora: Path) -> None:
    """But for one that shows no sign in its headers, and one that is no bounce at all."""
    others = set()
    for path in sorted((corpora / "mail" / "raw").glob("sisimai__*.eml")):
        if not parse_mail(path.read_bytes()).notification:
            others.add(path.stem)
    assert others == {"sisimai__bsd_lhost-verizon-02", "sisimai__not_is-not-bounce-01"}


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply: Hej",
        "Automatisch antwoord: Hej",
        "Automatische Antwort: Hej",
        "Automatiskt svar: Hej",
        "Autosvar: Hej",
        "Automaattinen vastaus: Hej",
        "Automatická odpověď: Hej",
        "Automatikus válasz: Hej",
        "Automatyczna odpowiedź: Hej",
        "Otomatik yanıt: Hej",
        "Réponse automatique : Hej",
        "Respuesta automática: Hej",
        "Risposta automatica: Hej",
        "Resposta automática: Hej",
        "Răspuns automat: Hej",
        "Автоматический ответ: Hej",
        "Αυτόματη απάντηση: Hej",
        "自动答复: Hej",
        "自動回覆: Hej",
        "자동 회신: Hej",
        "Abwesenheitsnotiz: Hej",
        "Pia Lindqvist is out of the office",
        "[Auto-Reply] Hej",
        "Balasan otomatis: Hej",
        "Thư trả lời tự động: Hej",
        "Trả lời tự động: Hej",
        "การตอบกลับอัตโนมัติ: Hej",
        "ตอบกลับอัตโนมัติ: Hej",
        "Автоматична відповідь: Hej",
        "Automatski odgovor: Hej",
        "Аутоматски одговор: Hej",
        "Samodejni odgovor: Hej",
        "Автоматичен отговор: Hej",
        "Automatinis atsakymas: Hej",
        "Automātiska atbilde: Hej",
        "Automaatvastus: Hej",
        "स्वचालित उत्तर: Hej",
        "پاسخ خودکار: Hej",
        "Sjálfvirkt svar: Hej",
        "Εκτός γραφείου: Hej",
        "ΕΚΤΟΣ ΓΡΑΦΕΙΟΥ",
        "Εκτός γραφείου έως 3/12",
        "Automatisk svar: Hej",
        "Reponse automatique: Hej",
        "תשובה אוטומטית: Hej",
        "رد تلقائي: Hej",
        "自動返信：Hej",
        "부재중 알림: Hej",
        "[EXTERNAL] Automatic reply: Hej",
        "Re: Automatic reply",
        "AW: Automatische Antwort: Hej",
        "回复：自动回复：Hej",
        "Out of Office AutoReply: Hej",
        "Out of office until Monday",
        "Away from my mail",
        "Abwesenheit vom 3. bis 5. Mai",
        "Pia Lindqvist is out of the office (returning 2026-12-01)",
        "I will be out of the office starting 11/20/2026 and will not return until 11/30/2026.",
        "Pia Lindqvist ist außer Haus.",
    ],
)
def test_an_absence_note_is_known_in_its_senders_language_beside_a_sign(subject: str) -> None:
    for headers in SIGNS:
        assert parse_mail(write_mail(**headers, Subject=subject)).notification == "absence"
    assert parse_mail(write_mail(Subject=subject)).notification == ""


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic payment of your invoice",
        "Automatic reply does not work",
        "Autohaus Meyer: Angebot",
        "Auto: Versicherung kündigen",
        "Autumn sale",
        "Out of office hours question",
        "Out of office hours: when do you open",
        "Out of office 24 hour support",
        "Out of office until when?",
        "Where do I switch off out of office?",
        "My courier is out of the office, where is my parcel",
        "On holiday - can I pay later",
        "On leave policy",
        "Absence of a receipt",
        "Fwd: Automatic reply: Hej",
        "外出险理赔",
        "不在者投票について",
        "Αυτόματη πληρωμή",
        "Автоматична оплата рахунку",
    ],
)
def test_other_automatic_mail_may_ask_for_something(subject: str) -> None:
    for headers in SIGNS:
        assert parse_mail(write_mail(**headers, Subject=subject)).notification == ""


@pytest.mark.parametrize("passed_on", [{"List_Id": "<cards.shop.example>"}, {"Precedence": "list"}])
def test_who_answers_our_automatic_reply_through_a_list_may_ask_for_something(passed_on: dict[str, str]) -> None:
    assert parse_mail(write_mail(**passed_on, Subject="Re: Automatic reply")).notification == ""


def test_a_note_that_is_only_called_automatic_has_to_answer_something() -> None:
    signs = {"Auto_Submitted": "auto-generated", "X_Auto_Response_Suppress": "All", "Subject": "Auto: Hej"}
    assert parse_mail(write_mail(**signs, In_Reply_To="<1@bank.example>")).notification == "absence"
    assert parse_mail(write_mail(**signs)).notification == ""


@pytest.mark.parametrize(
    ("headers", "is_it"),
    [
        ({}, False),
        ({"List_Id": "<cards.shop.example>", "Precedence": "list", "List_Unsubscribe": "<mailto:x@y.example>"}, True),
        ({"Precedence": "bulk"}, True),
        ({"X_Auto_Response_Suppress": "OOF, AutoReply"}, True),
        ({"Feedback_ID": "1:shop"}, True),
        ({"Precedence": "auto_reply"}, False),
        ({"List_Id": "<cards.shop.example>", "Auto_Submitted": "auto-generated"}, False),
        ({"Precedence": "bulk", "From": "no-reply@shop.example"}, False),
        ({"Precedence": "bulk", "Return_Path": "<>"}, False),
    ],
)
def test_the_marks_of_lists_alone_leave_open_that_a_person_wrote(headers: dict[str, str], is_it: bool) -> None:
    assert is_only_passed_on(parse_mail(write_mail(**headers)).automatic) is is_it


def test_persons_wrote_most_of_the_real_mails_that_show_the_marks_of_lists_alone(corpora: Path) -> None:
    """The fourth is a service's notice; what programs answered shows another sign as well."""
    found = {}
    for path in sorted((corpora / "mail" / "raw").glob("*.eml")):
        mail = parse_mail(path.read_bytes())
        if is_only_passed_on(mail.automatic):
            found[path.stem] = mail.notification
    assert found == {
        "chatwoot__notification": "",
        "flanker__messages_apache-message-news-mime": "",
        "flanker__messages_message-external-body": "",
        "mikel__error_emails_empty_in_reply_to": "",
    }
