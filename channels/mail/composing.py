"""Makes the bytes of a mail from a `TextOut`.

The rule of this file: the same request always gives the same Message-ID, and no value can add a header. Free text
loses its control characters. An address or id with an unusual character is refused. The finished header is read again
and compared, because Python before 3.11.15 lets crafted values inject headers.

Sources: RFC 5322, RFC 3834 (automatic answers), RFC 5233 (detail after "+"), RFC 3676 (plain text).
"""

import contextlib
import re
from datetime import UTC, datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from typing import Final

from channels.channel import ChannelError, TextOut
from channels.mail.headers import clean_line, parse_address

_ID_FIELDS: Final = ("message-id", "in-reply-to", "references")
_MESSAGE_ID: Final = re.compile(r"<[\x21-\x3b\x3d\x3f-\x7e]{1,500}>")
_OUTBOX_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,200}")
_TOKEN: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_MOST_REFERENCES: Final = 20


class _Wire(policy.EmailPolicy):
    """Breaks lines only between ids. The standard library would encode a long id, which then matches nothing."""

    def fold_binary(self, name: str, value: str) -> bytes:
        if name.lower() in _ID_FIELDS:
            return (f"{name}: " + "\r\n ".join(value.split()) + "\r\n").encode("ascii")
        return super().fold_binary(name, value)


_WIRE: Final = _Wire(linesep="\r\n", cte_type="7bit")


def compose(request: TextOut, domain: str, now: int) -> bytes:
    """The mail, with CRLF line ends. It is ASCII, unless a mailbox's own name is not (RFC 6532).

    `domain`: of the Message-ID. `now`: microseconds since 1970; a request without `sent_at` gets this Date.
    """
    sender, recipient = wire_address(request.from_address, "ours"), wire_address(request.to_address, "customer")
    message = EmailMessage(policy=_WIRE if (sender + recipient).isascii() else _WIRE.clone(utf8=True))
    message["From"] = _mailbox(sender, clean_line(request.author)[:200])
    message["To"] = _mailbox(recipient)
    message["Subject"] = clean_line(request.subject)[:500]
    message["Date"] = datetime.fromtimestamp((request.sent_at or now) // 1_000_000, UTC)
    message["Message-ID"] = message_id_of(request, domain)
    if request.reply_token:
        message["Reply-To"] = _mailbox(address_with_token(request.from_address, request.reply_token))
    answers = [each for each in request.answers if _MESSAGE_ID.fullmatch(each)]
    if answers:
        message["In-Reply-To"] = answers[-1]
        message["References"] = " ".join(dict.fromkeys([answers[0], *answers[-_MOST_REFERENCES:]]))
    if request.is_automatic:
        message["Auto-Submitted"] = "auto-replied"
        message["X-Auto-Response-Suppress"] = "All"
    text = request.text.replace("\r\n", "\n").encode("utf-8", "replace").decode()
    message.set_content(text, charset="utf-8")
    raw = message.as_bytes()
    if BytesHeaderParser(policy=policy.compat32).parsebytes(raw).keys() != message.keys():
        raise ChannelError("a header value would change the mail", code="bad_header", whose="ours")
    return raw


def _mailbox(address: str, name: str = "") -> Address:
    local, _, domain = address.rpartition("@")
    return Address(name, local, domain)


def message_id_of(request: TextOut, domain: str) -> str:
    """The Message-ID. It is made from the outbox id alone, so a retry is the same mail to everyone."""
    if not _OUTBOX_ID.fullmatch(request.outbox_id):
        raise ChannelError("the outbox id cannot be part of a Message-ID", code="bad_outbox_id", whose="ours")
    return f"<{request.outbox_id}@{domain}>"


def address_with_token(address: str, token: str) -> str:
    """`service@x` -> `service+TOKEN@x`. An answer to this address finds its conversation by the token."""
    if not _TOKEN.fullmatch(token):
        raise ChannelError("the reply token cannot be part of an address", code="bad_token", whose="ours")
    local, _, domain = wire_address(address, "ours").rpartition("@")
    return f"{local}+{token}@{domain}"


def split_token(address: str) -> tuple[str, str]:
    """The reverse: (address without the token, token or "")."""
    local, _, domain = address.rpartition("@")
    mailbox, _, token = local.partition("+")
    return f"{mailbox}@{domain}", token


def wire_address(address: str, whose: str) -> str:
    """The address as SMTP servers need it, with an ASCII domain. Raises ChannelError if it is not plain."""
    if address and parse_address(address) == address.lower():
        local, _, domain = address.rpartition("@")
        with contextlib.suppress(UnicodeError):  # an IDNA label may grow too long
            return f"{local}@{domain.encode('idna').decode()}"
    raise ChannelError("the address cannot be mailed to", code="bad_address", whose=whose)
