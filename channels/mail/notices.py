"""Makes notices of a delivered mail, one for each mailbox of ours that it was sent to.

The rule of this file: pure. A mail joins a conversation by a reply token in its recipient, else in To, and then by
In-Reply-To and References. Being in Cc joins nothing. The delivery key is made from recipient and content: a
Message-ID is the sender's word and never a key. The hub decides from `same_mail` which deliveries are one mail.
"""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from channels.channel import (
    DeliveryReported,
    DeliveryState,
    IdentityLevel,
    Media,
    MessageReceived,
    Notice,
)
from channels.mail.automatic import Bounce, is_machine, is_only_passed_on
from channels.mail.composing import split_token
from channels.mail.headers import Mailbox, parse_address
from channels.mail.identity import ProvenAddresses
from channels.mail.parsing import ParsedMail
from channels.mail.receiving import Delivery

_MOST_JOINS: Final = 50
_MOST_SHOWN: Final = 20  # addresses of a header
_HEADER_END: Final = re.compile(rb"\r?\n\r?\n")
_ADDRESS_SHOWN: Final = re.compile(r"[^\s@]\s{0,5}@\s{0,5}[^\s@.]+\s{0,5}\.\s{0,5}\S")
_REPORTED: Final = {"failed": DeliveryState.FAILED, "delivered": DeliveryState.DELIVERED}


@dataclass(frozen=True, slots=True)
class Digests:
    """SHA-256 in hex, of the whole delivery and of the part below its headers."""

    content: str
    body: str


@dataclass(frozen=True, slots=True)
class OwnMail:
    """What is ours: the mailboxes, in lower case, and the domain of our Message-IDs."""

    mailboxes: frozenset[str]
    domain: str

    def is_ours(self, address: str) -> bool:
        """Whether the address is a mailbox of ours, with any tag and in any case."""
        return split_token(address.lower())[0] in self.mailboxes


def read_digests(content: bytes) -> Digests:
    end = _HEADER_END.search(content)
    body = content[end.end() :] if end else b""
    return Digests(hashlib.sha256(content).hexdigest(), hashlib.sha256(body.rstrip()).hexdigest())


def report_mail(
    delivery: Delivery,
    digests: Digests,
    raw: Media,
    mail: ParsedMail,
    media: tuple[Media, ...],
    proven: ProvenAddresses,
    own_mail: OwnMail,
) -> tuple[Notice, ...]:
    """The notices of a mail that was read. `media`: the stored attachments, in order."""
    writer = mail.from_[0] if mail.from_ else None
    reply_to = _find_reply_to(mail, own_mail)
    level = IdentityLevel.PROVEN if proven.of_sender else IdentityLevel.CLAIMED
    if writer and is_machine(writer.address) and reply_to and not mail.notification:
        # A form on a web site: Reply-To names the person who filled it in, without any proof.
        writer, level = Mailbox(reply_to.name or writer.name, reply_to.address), IdentityLevel.CLAIMED
    from_address = writer.address if writer and writer.address else parse_address(delivery.sender)
    is_by_program = not delivery.sender or own_mail.is_ours(from_address)
    # Notifications have the null return path (RFC 5321 4.5.5). Without another sign it may be a mailer's mistake.
    notification = mail.notification or ("bounce" if mail.automatic and not delivery.sender else "")
    is_automatic = bool(mail.automatic) or is_by_program
    is_passed_on = is_only_passed_on(mail.automatic) and not (is_by_program or notification)
    asks = not is_automatic or is_passed_on
    notices: list[Notice] = [
        MessageReceived(
            key=_key(recipient, digests.content),
            from_address=from_address,
            to_address=_find_first_of_ours(mail, own_mail) or split_token(recipient)[0],
            text=mail.own_text or mail.text,
            identity_level=level,
            provider_id=mail.message_id,
            subject=mail.subject,
            html=mail.html,
            media=media,
            raw=raw.ref,
            from_name=_name_of(writer) if writer else "",
            joins=_find_joins(recipient, delivery, mail),
            is_automatic=is_automatic,
            is_only_passed_on=is_passed_on,
            notification=notification,
            same_mail=_name_mail(digests, from_address, level, asks=asks, message_id=mail.message_id),
            delivered_to=split_token(recipient)[0],
            to=_list_boxes(mail.to),
            cc=_list_boxes(mail.cc),
            reply_to=reply_to.address if reply_to and reply_to.address != from_address else "",
            is_reply_to_proven=proven.of_reply_to and level is IdentityLevel.PROVEN,
        )
        for recipient in _list_mailboxes(delivery)
    ]
    if mail.bounce is not None:
        notices.extend(_report_bounce(mail.bounce, delivery, digests.content, own_mail.domain))
    return tuple(notices)


def report_unreadable(delivery: Delivery, digests: Digests, raw: Media, problem: str) -> tuple[Notice, ...]:
    """The notices of a mail that could not be read, for a person to look at as it came."""
    return tuple(
        MessageReceived(
            key=_key(recipient, digests.content),
            from_address=parse_address(delivery.sender),
            to_address=split_token(recipient)[0],
            text="",
            identity_level=IdentityLevel.CLAIMED,
            raw=raw.ref,
            joins=_token_joins([recipient]),
            is_automatic=not delivery.sender,
            problem=problem,
            delivered_to=split_token(recipient)[0],
            same_mail=_name_mail(digests, delivery.sender, IdentityLevel.CLAIMED, asks=bool(delivery.sender)),
        )
        for recipient in _list_mailboxes(delivery)
    )


def _key(recipient: str, digest: str) -> str:
    return f"email:{recipient}:{digest}"


def _name_mail(digests: Digests, sender: str, level: IdentityLevel, *, asks: bool, message_id: str = "") -> str:
    """A name that all deliveries of one mail share. The Message-ID is the sender's word, but only a mail that says
    the same can repeat it together with sender and body. Without a Message-ID, the whole mail must be the same.

    The name also holds the identity level and whether the mail `asks` for anything. Otherwise a forged copy that
    comes first would take the place of the sender's own mail, or have it filed.
    """
    words = (sender, level, "asks" if asks else "tells", message_id, digests.body if message_id else digests.content)
    return hashlib.sha256("\0".join(words).encode("utf-8", "replace")).hexdigest()


def _find_first_of_ours(mail: ParsedMail, own_mail: OwnMail) -> str:
    """Our mailbox that stands first in To, then in Cc. It decides the queue, whichever delivery comes first."""
    found = (box.address for box in (*mail.to, *mail.cc) if own_mail.is_ours(box.address))
    return next((split_token(address)[0] for address in found), "")


def _find_reply_to(mail: ParsedMail, own_mail: OwnMail) -> Mailbox | None:
    """The address for answers, if there is exactly one that a person may read and that is not ours."""
    boxes = [box for box in mail.reply_to if box.address]
    if len(boxes) != 1 or is_machine(boxes[0].address) or own_mail.is_ours(boxes[0].address):
        return None
    return boxes[0]


def _name_of(box: Mailbox) -> str:
    """The name for display. "" if it looks like an address, since a reader would take that for the sender's."""
    return "" if _ADDRESS_SHOWN.search(unicodedata.normalize("NFKC", box.name)) else box.name


def _list_boxes(boxes: Sequence[Mailbox]) -> str:
    """The first few mailboxes, for a person to read."""
    names = [(_name_of(box), box.address) for box in boxes if box.address]
    said = [f"{name} <{address}>" if name else address for name, address in names]
    return ", ".join(said[:_MOST_SHOWN]) + (f", +{len(said) - _MOST_SHOWN}" if len(said) > _MOST_SHOWN else "")


def _list_mailboxes(delivery: Delivery) -> list[str]:
    """The recipients, each once. `box+TOKEN` and `box` are one mailbox."""
    recipients = list(dict.fromkeys(recipient.lower() for recipient in delivery.recipients))
    with_token = {split_token(each)[0] for each in recipients if split_token(each)[1]}
    return [each for each in recipients if split_token(each)[1] or each not in with_token]


def _find_joins(recipient: str, delivery: Delivery, mail: ParsedMail) -> tuple[str, ...]:
    """What the mail joins, surest first: the tokens, with those of other recipients last; then the answered mail;
    then the mails before it, latest first."""
    mailbox = split_token(recipient)[0]
    others = [each.lower() for each in delivery.recipients if split_token(each.lower())[0] == mailbox]
    to = [box.address for box in mail.to if split_token(box.address)[0] == mailbox]
    ids = [*mail.in_reply_to, *reversed(mail.references)]
    if mail.bounce is not None and mail.bounce.message_id:
        ids.insert(0, mail.bounce.message_id)
    return tuple(dict.fromkeys([*_token_joins([recipient, *to, *others]), *(f"id:{each}" for each in ids)]))[
        :_MOST_JOINS
    ]


def _token_joins(addresses: list[str]) -> tuple[str, ...]:
    tokens = (split_token(address)[1] for address in addresses)
    return tuple(dict.fromkeys(f"token:{token}" for token in tokens if token))


def _report_bounce(bounce: Bounce, delivery: Delivery, digest: str, domain: str) -> list[DeliveryReported]:
    """The report on a mail of ours, if it is one: its Message-ID is its outbox id at our domain."""
    outbox_id, _, at = bounce.message_id.strip("<>").partition("@")
    if bounce.action not in _REPORTED or not outbox_id or at.lower() != domain.lower():
        return []
    key = f"email:{_list_mailboxes(delivery)[0]}:{digest}:report"
    return [DeliveryReported(key, _REPORTED[bounce.action], outbox_id, bounce.message_id, bounce.status)]
