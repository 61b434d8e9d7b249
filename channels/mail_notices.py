"""What a delivered mail tells the hub: one notice for each mailbox of ours that it was sent to.

The rule of this file: pure. Only where the mail was delivered to and whom its sender answers decides what it
joins: a reply token in the recipient, else in To, then In-Reply-To and References. Being in Cc joins nothing.
The delivery key is recipient and content: a Message-ID is the sender's word and never a key.
"""

from typing import Final

from channels.channel import (
    DeliveryReported,
    DeliveryState,
    IdentityLevel,
    Media,
    MessageReceived,
    Notice,
)
from channels.mail_automatic import Bounce
from channels.mail_composing import split_token
from channels.mail_headers import parse_address
from channels.mail_parsing import ParsedMail
from channels.mail_receiving import Delivery

_MOST_JOINS: Final = 50
_REPORTED: Final = {"failed": DeliveryState.FAILED, "delivered": DeliveryState.DELIVERED}


def report_mail(
    delivery: Delivery,
    digest: str,
    raw: Media,
    mail: ParsedMail,
    media: tuple[Media, ...],
    level: IdentityLevel,
    domain: str,
) -> tuple[Notice, ...]:
    """`digest` is the SHA-256 of the content in hex; `media` are the stored attachments, in order; `domain` is
    that of our Message-IDs."""
    writer = mail.from_[0] if mail.from_ else None
    from_address = writer.address if writer and writer.address else parse_address(delivery.sender)
    notices: list[Notice] = [
        MessageReceived(
            key=_key(recipient, digest),
            from_address=from_address,
            to_address=split_token(recipient)[0],
            text=mail.own_text or mail.text,
            identity_level=level,
            provider_id=mail.message_id,
            subject=mail.subject,
            html=mail.html,
            media=media,
            raw=raw.ref,
            from_name=writer.name if writer else "",
            joins=_find_joins(recipient, mail),
            is_automatic=bool(mail.automatic) or not delivery.sender,
        )
        for recipient in _list_mailboxes(delivery)
    ]
    if mail.bounce is not None:
        notices.extend(_report_bounce(mail.bounce, delivery, digest, domain))
    return tuple(notices)


def report_unreadable(delivery: Delivery, digest: str, raw: Media, problem: str) -> tuple[Notice, ...]:
    """The mail as it came, for a person to look at."""
    return tuple(
        MessageReceived(
            key=_key(recipient, digest),
            from_address=parse_address(delivery.sender),
            to_address=split_token(recipient)[0],
            text="",
            identity_level=IdentityLevel.CLAIMED,
            raw=raw.ref,
            joins=_token_joins([recipient]),
            is_automatic=not delivery.sender,
            problem=problem,
        )
        for recipient in _list_mailboxes(delivery)
    )


def _key(recipient: str, digest: str) -> str:
    return f"email:{recipient}:{digest}"


def _list_mailboxes(delivery: Delivery) -> list[str]:
    """The recipients, each once. Who writes to `box+TOKEN` and `box` alike has written to one box."""
    recipients = list(dict.fromkeys(recipient.lower() for recipient in delivery.recipients))
    with_token = {split_token(each)[0] for each in recipients if split_token(each)[1]}
    return [each for each in recipients if split_token(each)[1] or each not in with_token]


def _find_joins(recipient: str, mail: ParsedMail) -> tuple[str, ...]:
    """Surest first: tokens, then the mail answered, then those before it from the latest on."""
    mailbox = split_token(recipient)[0]
    to = [box.address for box in mail.to if split_token(box.address)[0] == mailbox]
    ids = [*mail.in_reply_to, *reversed(mail.references)]
    if mail.bounce is not None and mail.bounce.message_id:
        ids.insert(0, mail.bounce.message_id)
    return tuple(dict.fromkeys([*_token_joins([recipient, *to]), *(f"id:{each}" for each in ids)]))[:_MOST_JOINS]


def _token_joins(addresses: list[str]) -> tuple[str, ...]:
    tokens = (split_token(address)[1] for address in addresses)
    return tuple(dict.fromkeys(f"token:{token}" for token in tokens if token))


def _report_bounce(bounce: Bounce, delivery: Delivery, digest: str, domain: str) -> list[DeliveryReported]:
    """How a mail of ours fared: its Message-ID is its outbox id at our domain."""
    outbox_id, _, at = bounce.message_id.strip("<>").partition("@")
    if bounce.action not in _REPORTED or not outbox_id or at.lower() != domain.lower():
        return []
    key = f"email:{_list_mailboxes(delivery)[0]}:{digest}:report"
    return [DeliveryReported(key, _REPORTED[bounce.action], outbox_id, bounce.message_id, bounce.status)]
