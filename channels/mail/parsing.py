"""Makes a `ParsedMail` from a mail's bytes.

The rule of this file: pure, with bytes in and data out. A stranger made the bytes, so it runs only inside the limited
process of `worker.py`. It raises `UnreadableMail` if a limit is passed. Bytes that nobody foresaw may raise any other
error: the caller has the raw mail and goes on.

`structure.py` reads the structure and `headers.py` the header values: under `email.policy.default` a malformed
Message-ID raises IndexError, and an unknown charset LookupError.
"""

import re
from dataclasses import dataclass
from datetime import UTC
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Final

from channels.mail.automatic import Bounce, find_bounce, find_notification, find_reasons
from channels.mail.charsets import decode_text
from channels.mail.folding import fold_quotes
from channels.mail.headers import (
    MAX_VALUE,
    Mailbox,
    clean_line,
    decode_words,
    is_one_mailbox,
    parse_addresses,
    parse_message_ids,
    parse_unstructured,
)
from channels.mail.html_reading import clean_html, read_text, read_text_roughly
from channels.mail.structure import UnreadableMail as UnreadableMail
from channels.mail.structure import list_leaves, read_structure, write_messages

MAX_TEXT: Final = 200_000  # so many characters reach a desk; the raw mail has the rest


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str  # "" if the mail gives none
    content_type: str
    content_id: str  # without angle brackets
    data: bytes


@dataclass(frozen=True, slots=True)
class ParsedMail:
    from_: tuple[Mailbox, ...]
    to: tuple[Mailbox, ...]
    cc: tuple[Mailbox, ...]
    reply_to: tuple[Mailbox, ...]
    subject: str
    sent_at: int | None  # microseconds since 1970, as the sender's Date says
    message_id: str  # with angle brackets, like all ids here; "" if there is none
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    text: str  # the whole text
    own_text: str  # the writer's own words, without quotes and signature; "" if nothing is left
    html: str  # safe to show; its `cid:N` is `attachments[N]`
    attachments: tuple[Attachment, ...]
    automatic: tuple[str, ...]  # signs that no person wrote it
    notification: str  # as `find_notification` says
    bounce: Bounce | None
    authentication_results: tuple[str, ...]  # values, topmost first
    dkim_signatures: tuple[str, ...]
    is_from_plain: bool  # it has one From with one address, which every program reads alike


def parse_mail(raw: bytes) -> ParsedMail:
    message = read_structure(raw)
    parts = _Parts(message)
    text = parts.text
    reasons = find_reasons(message)
    return ParsedMail(
        from_=parse_addresses(_first(message, "From")),
        to=_mailboxes(message, "To"),
        cc=_mailboxes(message, "Cc"),
        reply_to=_mailboxes(message, "Reply-To"),
        subject=parse_unstructured(_first(message, "Subject")),
        sent_at=_parse_date(_first(message, "Date")),
        message_id=next(iter(parse_message_ids(_first(message, "Message-ID"))), ""),
        in_reply_to=parse_message_ids(_first(message, "In-Reply-To")),
        references=parse_message_ids(_first(message, "References")),
        text=text,
        own_text=fold_quotes(text),
        html=parts.html,
        attachments=tuple(parts.attachments),
        automatic=reasons,
        notification=find_notification(message, reasons),
        bounce=find_bounce(message),
        authentication_results=tuple(message.get_all("Authentication-Results", [])[:20]),
        # all of them: `find_proven_addresses` looks at each
        dkim_signatures=tuple(message.get_all("DKIM-Signature", [])),
        is_from_plain=_is_from_plain(message),
    )


def _first(message: Message, name: str) -> str:
    return str(message.get(name, ""))[:MAX_VALUE]


def _is_from_plain(message: Message) -> bool:
    values = [value for name, value in message.raw_items() if name.lower() == "from"]
    return len(values) == 1 and len(values[0]) < MAX_VALUE and is_one_mailbox(_first(message, "From"))


def _mailboxes(message: Message, name: str) -> tuple[Mailbox, ...]:
    return parse_addresses(", ".join(message.get_all(name, []))[:MAX_VALUE])


def _parse_date(value: str) -> int | None:
    try:
        moment = parsedate_to_datetime(value)
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()) * 1_000_000
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


class _Parts:
    """The leaves of a mail in their order: text, HTML and attachments."""

    def __init__(self, message: Message) -> None:
        self.attachments: list[Attachment] = []
        plain: list[str] = []
        markup: list[str] = []
        for part in list_leaves(message):
            kind = _read_kind(part)
            if kind in ("message/delivery-status", "message/global-delivery-status"):
                continue  # `find_bounce` reads it
            if kind in ("text/plain", "text/html") and not _is_attached(part):
                (plain if kind == "text/plain" else markup).append(_read_text_part(part))
            else:
                self.attachments.append(_read_attachment(part))
        source = "\n".join(markup)
        numbers = {each.content_id: n for n, each in enumerate(self.attachments) if each.content_id}
        self.html = clean_html(source, numbers)
        text = "\n".join(plain)
        if not text.strip() and source:
            text = read_text(self.html) if self.html else read_text_roughly(source)
        self.text = tidy(text)[:MAX_TEXT]


def _read_kind(part: Message) -> str:
    kind = part.get_content_type()
    if kind.startswith("multipart/"):
        return "text/plain"  # a multipart without parts: shown as it stands
    said = str(part.get("Content-Type", "text/plain"))
    return "application/octet-stream" if kind == "text/plain" and "/" not in said and _find_name(part) else kind


def _is_attached(part: Message) -> bool:
    disposition = str(part.get("Content-Disposition", "")).partition(";")[0].strip().lower()
    return disposition == "attachment" or (disposition not in ("", "inline") and bool(_find_name(part)))


_META_CHARSET: Final = re.compile(rb"(?i)<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([a-z0-9_:.-]{2,40})")
_META_BYTES: Final = 1_024  # the HTML standard looks for it there


def _read_text_part(part: Message) -> str:
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return ""
    charset = _parameter(part, "charset")
    if not charset and part.get_content_type() == "text/html":
        found = _META_CHARSET.search(data, 0, _META_BYTES)
        charset = found[1].decode("ascii", "replace") if found else ""
    return decode_text(data, charset)


def _read_attachment(part: Message) -> Attachment:
    payload = part.get_payload()
    if isinstance(payload, list):  # message/rfc822 and message/delivery-status hold messages
        data = write_messages(part)
    else:
        decoded = part.get_payload(decode=True)
        data = decoded if isinstance(decoded, bytes) else b""
    content_id = str(part.get("Content-ID", "")).strip(" <>")[:200]
    return Attachment(_find_name(part), _read_kind(part), content_id, data)


def _find_name(part: Message) -> str:
    """The file name, without a path: by RFC 2231, by RFC 2047 (against the standard, but common), or from raw
    bytes."""
    name = _parameter(part, "filename", "Content-Disposition") or _parameter(part, "name")
    return clean_line(decode_words(name)).replace("\\", "/").rpartition("/")[2][:200]


def _parameter(part: Message, name: str, header: str = "Content-Type") -> str:
    value = part.get_param(name, "", header)
    if isinstance(value, tuple):  # RFC 2231: (charset, language, text with one character per byte)
        return decode_text(value[2].encode("latin-1", "replace"), value[0] or "")
    return str(value)


_LINE_END: Final = re.compile(r"\r\n?|\n")
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufeff\ud800-\udfff]")


def tidy(text: str) -> str:
    """The text with "\\n" as line end, without control characters, blanks at line ends and empty lines around it."""
    lines = [_CONTROLS.sub("", line).rstrip() for line in _LINE_END.split(text)]
    return "\n".join(lines).strip("\n")
