"""The parser reads mails that others collected, and is compared with two other parsers."""

import base64
import hashlib
import json
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from channels.mail.headers import Mailbox, decode_words, parse_address, repair
from channels.mail.parsing import ParsedMail, parse_mail, tidy
from tests.channels.mail_house import write_mail

pytestmark = pytest.mark.corpora

# Where we decide otherwise, by the reason.
OTHERWISE = {
    "an attached mail is an attachment, so that an agent can open it": (
        "attachment_names attachment_sizes attachments",
        "flanker__messages_enclosed-bad-encoding mime4j__mimetools-testmsgs_ak-0696 "
        "mime4j__mimetools-testmsgs_mp-msg-rfc822 mime4j__testmsgs_base64encoded-rfc822message "
        "mime4j__testmsgs_multipartnestedemptyparts mimekit__multipart-digest "
        "mimekit__simple-embedded-message.anonymized sisimai__bsd_lhost-activehunter-02 "
        "sisimai__bsd_lhost-biglobe-01 sisimai__bsd_lhost-kddi-02 sisimai__bsd_lhost-kddi-03 "
        "sisimai__bsd_lhost-mailfoundry-01 "
        "sisimai__bsd_lhost-mailfoundry-02 sisimai__bsd_lhost-sendgrid-01 sisimai__bsd_lhost-sendgrid-02 "
        "sisimai__bsd_lhost-sendgrid-03 sisimai__bsd_lhost-trendmicro-02 sisimai__bsd_lhost-trendmicro-03 "
        "sisimai__bsd_lhost-x1-04 flanker__messages_message-external-body",
    ),
    "the machine-readable part of a bounce is none": ("attachment_names", "sisimai__bsd_lhost-mcafee-04"),
    "other parts with a file's name are": (
        "attachment_names",
        "mime4j__mimetools-testmsgs_multi-frag mime4j__mimetools-testmsgs_multi-nested",
    ),
    "a name has no folder": ("attachment_names attachments", "mime4j__mimetools-testmsgs_multi-2evil"),
    "a content type without a slash is none": ("attachments", "mimekit__missing-subtype"),
    "what cannot be told apart is shown as text rather than dropped": (
        "text subject has_html",
        "chatwoot__attachments_without_filename mikel__rfc2822_example13 mimekit__issue358 "
        "mime4j__testmsgs_basic-plain-with-bad-header-separator mime4j__testmsgs_missing-inner-boundary "
        "mime4j__testmsgs_malformedHeaderStartsBody-nocrlfcrlf",
    ),
    "a charset that is declared wrongly is guessed": (
        "text subject",
        "mikel__error_emails_invalid_subject_characters mikel__attachment_emails_attachment_pdf_non_ascii "
        "mikel__attachment_emails_attachment_pdf_non_ascii_lf "
        "sisimai__bsd_lhost-ezweb-05",
    ),
    "a line that ends between words keeps them apart": ("text", "mimekit__issue1130"),
    "a byte order mark hides no header": ("from from_names automatic", "mimekit__feedback-report"),
    "a comment in a date is no time zone": (
        "date",
        "flanker__messages_disposition-notification mimekit__disposition-notification.anonymized",
    ),
    "an empty group has no address": ("to to_names", "mikel__error_emails_missing_body"),
    "empty HTML is none": ("has_html", "sisimai__bsd_lhost-office365-13"),
    "a report is what says so in its structure": (
        "dsn_action dsn_status dsn_recipients",
        "flanker__messages_disposition-notification sisimai__bsd_lhost-amazonworkmail-05 "
        "sisimai__bsd_lhost-messagingserver-03 sisimai__bsd_lhost-x5-01 sisimai__bsd_rhost-google-02 "
        "sisimai__bsd_lhost-sendmail-25 sisimai__bsd_rhost-yahooinc-03",
    ),
}
DECIDED = {
    (field, mail) for fields, mails in OTHERWISE.values() for field in fields.split() for mail in mails.split()
}


def compare(
    mail: ParsedMail, expected: dict[str, Any], rules: dict[str, Any]
) -> Iterator[tuple[str, object, object]]:
    """(field, ours, theirs) of everything that the two other parsers agree about."""
    boxes = {"from": mail.from_, "to": mail.to, "cc": mail.cc, "reply_to": mail.reply_to}
    for field, all_boxes in boxes.items():
        found: list[Mailbox] = [box for box in all_boxes if box.address]
        yield field, [box.address for box in found], [address.lower() for address in expected[field]]
        yield f"{field}_names", [box.name for box in found], expected[f"{field}_names"]
    yield "date", mail.sent_at and mail.sent_at // 1_000_000, expected["date"]
    yield "message_id", mail.message_id.strip("<>"), expected["message_id"] or ""
    yield "in_reply_to", "".join(mail.in_reply_to[:1]).strip("<>"), expected["in_reply_to"] or ""
    yield "references", [each.strip("<>") for each in mail.references], expected["references"]
    yield "has_html", bool(mail.html), expected["has_html"]
    yield "automatic", bool(mail.automatic), rules["suppress_auto_reply"]
    bounce = mail.bounce
    yield "dsn_action", [bounce.action] if bounce and bounce.action else [], sorted(set(rules["dsn_action"]))
    yield "dsn_status", [bounce.status] if bounce and bounce.status else [], rules["dsn_status"][:1]
    yield "dsn_recipients", list(bounce.recipients) if bounce else [], rules["dsn_final_recipients"]
    if "subject" in expected:
        yield "subject", mail.subject, " ".join((expected["subject"] or "").split())
    if expected.get("text_sha256"):
        text = " ".join(unicodedata.normalize("NFC", mail.text).split())
        yield "text", hashlib.sha256(text.encode()).hexdigest(), expected["text_sha256"]
    if "attachment_names" in expected:
        names = sorted(each.name for each in mail.attachments if each.name)
        yield "attachment_names", names, sorted(expected["attachment_names"])
    if "attachment_sizes" in expected:
        yield "attachment_sizes", sorted(len(each.data) for each in mail.attachments), expected["attachment_sizes"]
    if "attachments" in expected:
        ours = [(a.content_type, a.name, hashlib.sha256(a.data).hexdigest()[:16]) for a in mail.attachments]
        theirs = [(a["ctype"], a["filename"] or "", a["sha256"]) for a in expected["attachments"]]
        yield "attachments", sorted(ours), sorted(theirs)


def test_real_mails_are_read_as_others_read_them(corpora: Path) -> None:
    expected = json.loads((corpora / "mail" / "expected.json").read_text(encoding="utf-8"))
    agree, total = Counter[str](), Counter[str]()
    differ: dict[tuple[str, str], object] = {}
    for name, entry in expected.items():
        mail = parse_mail((corpora / "mail" / "raw" / name).read_bytes())
        for field, ours, theirs in compare(mail, entry["expect"], entry["rules"]):
            total[field] += 1
            agree[field] += ours == theirs
            if ours != theirs:
                differ[field, name.removesuffix(".eml")] = (ours, theirs)
    print("\n".join(f"{field:18} {agree[field]:4} of {total[field]}" for field in sorted(total)))
    assert len(expected) == 254
    assert {key: value for key, value in differ.items() if key not in DECIDED} == {}


def test_the_encodings_of_east_asia(corpora: Path) -> None:
    vectors = json.loads((corpora / "mail" / "cjk_vectors.json").read_text(encoding="utf-8"))["vectors"]
    for vector in vectors:
        charset, text = vector["charset"], vector["whole_utf8"]
        head = write_mail("", Content_Type=f"text/plain; charset={charset}").rstrip()
        assert parse_mail(head + b"\r\n\r\n" + base64.b64decode(vector["whole_b64"])).text == tidy(text), charset
        if charset != "iso-2022-kr":  # its escape stands once, at the beginning of the whole
            for line in vector["lines"]:
                assert decode_words(f"=?{charset}?b?{line['b64']}?=") == line["utf8"], charset
    assert len(vectors) == 6


def test_addresses_are_plain_or_unusable(corpora: Path) -> None:
    """What is plain is taken as it stands; what is an error never is."""
    entries = json.loads((corpora / "identity" / "addresses.json").read_text(encoding="utf-8"))["addresses"]
    for entry in entries:
        address = parse_address(entry["address"])
        assert address in ("", entry["address"].lower()), entry
        assert address or not entry["plain_valid"], entry
        assert not (address and entry["error"]), entry


def test_strings_that_break_things_break_nothing(corpora: Path) -> None:
    strings = json.loads((corpora / "security" / "naughty_strings.json").read_text(encoding="utf-8"))["strings"]
    assert len(strings) == 258
    for string in strings:
        mail = parse_mail(write_mail(string, Subject=repair(string), From=f'"{repair(string)}" <pia@mail.example>'))
        assert mail.subject == " ".join(mail.subject.split())
        assert "\0" not in mail.text
