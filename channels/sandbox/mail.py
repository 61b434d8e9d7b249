"""Mail: an SMTP server with a mailbox for everybody, and customers who write to the hub.

The rule of this file: every address has a mailbox, and a mail is in it before `250` is said.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Any, Final, cast
from uuid import uuid4

import aiosmtplib
from aiosmtpd.smtp import SMTP, Envelope, Session

from channels.sandbox.call import Sleep
from channels.sandbox.faults import Faults
from channels.sandbox.settings import SandboxCustomer, SandboxSettings

MOST_BYTES: Final = 30 * 1024 * 1024
SECONDS: Final = 15.0
_REFUSALS: Final = {"451": "451 4.3.0 Try again later", "550": "550 5.1.1 No such user here"}


class MailRefused(Exception):
    """The hub's mail server refused a customer's mail. The message has its words."""


@dataclass(frozen=True, slots=True)
class File:
    name: str
    content_type: str
    data: bytes


@dataclass(slots=True, eq=False)
class Mail:
    owner: str  # the owner of the mailbox
    folder: str  # "inbox" or "sent"
    id: str = field(default_factory=lambda: uuid4().hex)
    at: float = field(default_factory=time.time)
    from_address: str = ""
    from_name: str = ""
    to_address: str = ""
    reply_to: str = ""
    subject: str = ""
    message_id: str = ""
    references: tuple[str, ...] = ()  # the mails that it answers, latest last
    text: str = ""
    html: str = ""
    files: tuple[File, ...] = ()
    answers: str | None = None  # our id of the mail that it answers
    is_read: bool = False


class Mails:
    def __init__(
        self, settings: SandboxSettings, faults: Faults, sleep: Sleep, changed: Callable[[Mail], None]
    ) -> None:
        self._settings, self._faults, self._sleep, self._changed = settings, faults, sleep, changed
        self._mailboxes: dict[str, dict[str, Mail]] = {}
        self._kept: deque[Mail] = deque()
        self._server: asyncio.Server | None = None
        self._connections: set[SMTP] = set()
        self.port = 0

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._connect, self._settings.smtp_host, self._settings.smtp_port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            for connection in self._connections:
                if connection.transport is not None:
                    connection.transport.close()
            await self._server.wait_closed()
            self._server = None

    def list_of(self, address: str) -> list[Mail]:
        """The mails of a mailbox, oldest first."""
        return list(self._mailboxes.get(address.lower(), {}).values())

    def find(self, address: str, mail_id: str) -> Mail | None:
        return self._mailboxes.get(address.lower(), {}).get(mail_id)

    def read(self, mail: Mail) -> None:
        if not mail.is_read:
            mail.is_read = True
            self._changed(mail)

    async def write(
        self, customer: SandboxCustomer, subject: str, text: str, files: Sequence[File], answered: Mail | None
    ) -> Mail:
        """Send a customer's mail to the hub, as a new one or as a reply. Raises MailRefused, and ValueError if a
        header would break the mail."""
        if any(character in subject for character in "\r\n\0"):
            raise ValueError("the subject has more than one line")
        message = EmailMessage(policy=policy.SMTP)
        to = self._settings.hub_mail
        if answered is not None:
            to = answered.reply_to or answered.from_address
            subject = subject or _answer_subject(answered.subject)
            text = f"{text}\n\n{_quote(answered, customer.language)}"
            message["In-Reply-To"] = answered.message_id
            message["References"] = " ".join((*answered.references, answered.message_id))
        message["From"] = Address(display_name=customer.name, addr_spec=customer.email)
        message["To"] = to
        message["Subject"] = subject
        message["Date"] = format_datetime(datetime.now(UTC))
        message["Message-ID"] = make_msgid(domain=customer.email.rpartition("@")[2])
        message.set_content(text)
        for file in files:
            main, _, sub = file.content_type.partition("/")
            message.add_attachment(file.data, maintype=main, subtype=sub, filename=file.name)
        try:
            await aiosmtplib.send(
                message,
                hostname=self._settings.hub_smtp_host,
                port=self._settings.hub_smtp_port,
                sender=customer.email,
                recipients=[to],
                start_tls=False,
                timeout=SECONDS,
            )
        except (aiosmtplib.SMTPException, OSError) as error:
            raise MailRefused(str(error)) from error
        mail = parse_mail(message.as_bytes(), customer.email, "sent")
        mail.answers, mail.is_read = answered.id if answered else None, True
        self._keep(mail)
        return mail

    def _connect(self) -> SMTP:
        connection = SMTP(self, data_size_limit=MOST_BYTES, enable_SMTPUTF8=True, hostname="sandbox", ident="Sandbox")
        self._connections = {c for c in self._connections if c.transport is not None and not c.transport.is_closing()}
        self._connections.add(connection)
        return connection

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        fault = self._faults.take("smtp")
        if fault and fault.kind in _REFUSALS:
            return _REFUSALS[fault.kind]
        if fault and fault.kind == "slow":
            await self._sleep(fault.seconds)
        for address in envelope.rcpt_tos:
            mail = parse_mail(cast(bytes, envelope.original_content), address, "inbox")
            if mail.references:
                sent = (sent for sent in self.list_of(address) if sent.message_id == mail.references[-1])
                mail.answers = next((answered.id for answered in sent), None)
            self._keep(mail)
        if fault and fault.kind == "drop_after" and server.transport is not None:
            server.transport.close()
        return "250 2.0.0 Stored"

    def _keep(self, mail: Mail) -> None:
        self._mailboxes.setdefault(mail.owner, {})[mail.id] = mail
        self._kept.append(mail)
        if len(self._kept) > self._settings.kept:
            oldest = self._kept.popleft()
            del self._mailboxes[oldest.owner][oldest.id]
        self._changed(mail)


def parse_mail(raw: bytes, owner: str, folder: str) -> Mail:
    """A mail as its reader sees it. If the parser fails, it is shown as it came."""
    mail = Mail(owner.lower(), folder)
    try:
        message = message_from_bytes(raw, policy=policy.default)
        mail.from_address, mail.from_name = _read_address(message["From"])
        mail.to_address, _ = _read_address(message["To"])
        mail.reply_to, _ = _read_address(message["Reply-To"])
        mail.subject = str(message["Subject"] or "")
        mail.message_id = str(message["Message-ID"] or "").strip()
        references = f"{message['References'] or ''} {message['In-Reply-To'] or ''}".split()
        mail.references = tuple(dict.fromkeys(references))
        plain, html = message.get_body(("plain",)), message.get_body(("html",))
        mail.text = plain.get_content() if plain is not None else ""
        mail.html = html.get_content() if html is not None else ""
        mail.files = tuple(_read_file(part) for part in message.iter_attachments())
    except (ValueError, LookupError, AttributeError, TypeError):
        mail.text = mail.text or raw.decode(errors="replace")
    return mail


def _read_address(header: Any) -> tuple[str, str]:
    """(address, name) of the first mailbox in a header."""
    if header is None or not header.addresses:
        return "", ""
    return header.addresses[0].addr_spec, header.addresses[0].display_name


def _read_file(part: EmailMessage) -> File:
    data = part.get_payload(decode=True)
    return File(
        part.get_filename() or "attachment", part.get_content_type(), data if isinstance(data, bytes) else b""
    )


def _answer_subject(subject: str) -> str:
    return subject if subject.lower().startswith(("re:", "回复：", "sv:")) else f"Re: {subject}"


def _quote(mail: Mail, language: str) -> str:
    """The quote that mail programs put below an answer."""
    at = datetime.fromtimestamp(mail.at, UTC)
    if language.startswith("zh"):
        head = f"在 {at:%Y年%m月%d日} {at:%H:%M}，{mail.from_name or mail.from_address} 写道："
    else:
        head = f"On {at:%a, %d %b %Y at %H:%M}, {mail.from_name} <{mail.from_address}> wrote:"
    return "\n".join([head, *(f"> {text}" for text in mail.text.rstrip().splitlines())])
