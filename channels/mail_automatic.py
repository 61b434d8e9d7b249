"""Which mails no person wrote, and what a bounce says.

The rule of this file: a sign is a fact from a header, and one sign is enough. A mail with a sign still reaches
an agent's desk; it is only never answered automatically, because two programs that answer each other never stop.

Sources: RFC 3834 (Auto-Submitted, the null return path), RFC 3464 (delivery reports), RFC 2919 (List-Id),
RFC 2369 (List-*), MS-OXCMAIL 2.2.3.1 (X-Auto-Response-Suppress). Precedence has no standard but is old and common.
"""

import re
from dataclasses import dataclass
from email.message import Message
from typing import Final

from channels.mail_headers import Mailbox, parse_addresses, parse_message_ids

_DAEMON: Final = re.compile(
    r"(mailer-?daemon|postmaster|no-?_?reply|do-?_?not-?_?reply|(mail)?delivery-?_?(subsystem|status)|bounces?)([-+.=].*)?"
)
_STATUS: Final = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
_PRECEDENCES: Final = frozenset({"bulk", "list", "junk", "auto_reply"})
_LIST_FIELDS: Final = ("List-Id", "List-Unsubscribe", "List-Post", "Feedback-ID")


@dataclass(frozen=True, slots=True)
class Bounce:
    """A delivery report (RFC 3464). `action` and `status` are those of the first recipient whom it failed, if any."""

    action: str
    status: str  # e.g. "5.1.1"; "" where the report gives none
    recipients: tuple[str, ...]
    message_id: str  # of the mail that it is about; "" where the report does not hold it


def find_reasons(message: Message) -> tuple[str, ...]:
    """The signs found, as short words; empty for a mail that a person seems to have written."""
    reasons: list[str] = []
    submitted = _word(message, "Auto-Submitted")
    if submitted and submitted != "no":
        reasons.append(submitted)
    if _word(message, "Precedence") in _PRECEDENCES:
        reasons.append(f"precedence {_word(message, 'Precedence')}")
    reasons.extend(field.lower() for field in _LIST_FIELDS if message.get(field))
    if set(_words(message, "X-Auto-Response-Suppress")) & {"all", "oof", "autoreply"}:
        reasons.append("x-auto-response-suppress")
    if message.get("X-Autoreply") or message.get("X-Autorespond") or message.get("X-Autoresponder"):
        reasons.append("x-autoreply")
    if message.get_content_type() == "multipart/report":
        reasons.append("report")
    if str(message.get("Return-Path", "-")).strip() == "<>":
        reasons.append("null return path")
    if any(_is_daemon(box) for box in parse_addresses(str(message.get("From", "")))):
        reasons.append("daemon")
    return tuple(reasons)


def _is_daemon(box: Mailbox) -> bool:
    return any(_DAEMON.fullmatch(word) for word in (box.address.partition("@")[0], box.name.lower()))


def _word(message: Message, name: str) -> str:
    """The value's first word, without comment and parameters."""
    return re.split(r"[\s;(]", str(message.get(name, "")).strip().lower(), maxsplit=1)[0]


def _words(message: Message, name: str) -> list[str]:
    return [word.strip().lower() for word in str(message.get(name, "")).split(",")]


def find_bounce(message: Message) -> Bounce | None:
    """What a delivery report says; None for any other mail."""
    reports = [part for part in parts_of(message) if part.get_content_type() == "message/delivery-status"]
    if not reports:
        return None
    blocks = [block for report in reports for block in parts_of(report)]
    by_action = {_word(block, "Action"): block for block in reversed(blocks)}
    action = "failed" if "failed" in by_action else next((_word(b, "Action") for b in blocks if b.get("Action")), "")
    said = [by_action[action], *blocks] if action else blocks
    status = _STATUS.search(" ".join(str(block.get("Status", "")) for block in said))
    recipients = (str(block.get("Final-Recipient", "")).rpartition(";")[2].strip(" <>") for block in blocks)
    return Bounce(action, status[0] if status else "", tuple(filter(None, recipients)), _find_original_id(message))


def _find_original_id(message: Message) -> str:
    for part in parts_of(message):
        kind = part.get_content_type()
        if kind == "message/rfc822" and part.is_multipart():
            ids = parse_message_ids(str(parts_of(part)[0].get("Message-ID", "")))
        elif kind in ("text/rfc822-headers", "message/rfc822-headers"):
            found = re.search(r"(?im)^message-id:\s*(<[^<>\s]{1,990}>)", str(part.get_payload()))
            ids = parse_message_ids(found[1]) if found else ()
        else:
            continue
        if ids:
            return ids[0]
    return ""


def parts_of(message: Message) -> list[Message]:
    """The mail's own parts; of an attached mail, that mail."""
    parts = message.get_payload()
    return [part for part in parts if isinstance(part, Message)] if isinstance(parts, list) else []
