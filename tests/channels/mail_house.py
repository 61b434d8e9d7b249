"""The surroundings of the email channel: the mail host that takes our mail, and people who write to us.

`OutsideHost` is a real SMTP server on loopback that keeps the mail it gets. `hand_in` delivers a mail to the hub, as
the mail host in front of it would.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiosmtplib
from aiosmtpd.smtp import SMTP, Envelope

from channels.channel import MessageReceived, TextOut
from channels.mail.email import EmailChannel, EmailSettings
from channels.mail.sending import Tls
from tests.channels.contract import MemoryHub

PIA = "pia@mail.example"
GUS = "gus@mail.example"
SERVICE = "service@bank.example"
CARDS = "cards@bank.example"
MX = "mx.bank.example"
NOW = 1_795_000_000.0  # on the wall


@dataclass
class OutsideHost:
    mails: list[Envelope] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    async def handle_DATA(self, server: SMTP, session: object, envelope: Envelope) -> str:
        self.mails.append(envelope)
        return "250 2.0.0 Taken"

    def connect(self) -> SMTP:
        self.connections += 1
        return SMTP(self, hostname="outside.example", enable_SMTPUTF8=True, loop=asyncio.get_running_loop())


@asynccontextmanager
async def outside_host() -> AsyncIterator[OutsideHost]:
    host = OutsideHost()
    connections: list[SMTP] = []

    def connect() -> SMTP:
        connections.append(host.connect())
        return connections[-1]

    server = await asyncio.get_running_loop().create_server(connect, "127.0.0.1", 0)
    host.port = server.sockets[0].getsockname()[1]
    yield host
    server.close()
    await close_all(connections)
    await server.wait_closed()


async def close_all(connections: list[SMTP]) -> None:
    for connection in connections:
        if connection.transport is not None:
            connection.transport.close()
        task = connection._handler_coroutine
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def build_settings(smtp_port: int, **changes: Any) -> EmailSettings:
    given: dict[str, Any] = {
        "addresses": (SERVICE, CARDS),
        "domain": "bank.example",
        "listen_port": 0,
        "trusted_authserv_id": MX,
        "parse_processes": 1,
        "smtp_host": "127.0.0.1",
        "smtp_port": smtp_port,
        "smtp_tls": Tls.NONE,
        "smtp_timeout_seconds": 5.0,
        "smtp_answer_seconds": 5.0,
    }
    return EmailSettings(**{**given, **changes})


@asynccontextmanager
async def running(hub: MemoryHub, smtp_port: int = 1, **changes: Any) -> AsyncIterator[EmailChannel]:
    channel = EmailChannel(build_settings(smtp_port, **changes), hub, lambda: NOW)
    await channel.start()
    try:
        yield channel
    finally:
        await channel.stop()


async def hand_in(channel: EmailChannel, raw: bytes, *recipients: str, sender: str = PIA) -> None:
    """Raises what aiosmtplib raises when the hub does not take it."""
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=channel.port, start_tls=False, timeout=30) as client:
        await client.sendmail(sender, recipients or (SERVICE,), raw)


def write_mail(text: str = "Var är mitt paket? 我的包裹在哪里？", **headers: str) -> bytes:
    """A plain mail; headers are given as Message_ID="<..>", and "" leaves one out."""
    given = {
        "From": f"Pia Lindqvist <{PIA}>",
        "To": SERVICE,
        "Subject": "=?utf-8?b?5YyF6KO5?=",
        "Message-ID": "<1@mail.example>",
        "Date": "Sun, 22 Nov 2026 10:00:00 +0100",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in given.items() if value)
    return f"{head}\r\n{text}\r\n".encode("utf-8", "surrogateescape")


def write_text(**changes: Any) -> TextOut:
    given: dict[str, Any] = {
        "outbox_id": "m01hub",
        "to_address": PIA,
        "from_address": SERVICE,
        "text": "Hej Pia, 您的包裹明天到。\n",
        "subject": "Re: 包裹",
        "sent_at": 1_795_341_600_000_000,
    }
    return TextOut(**{**given, **changes})


def messages(hub: MemoryHub) -> list[MessageReceived]:
    return [notice for notice in hub.notices.values() if isinstance(notice, MessageReceived)]


def only(hub: MemoryHub) -> MessageReceived:
    (message,) = messages(hub)
    return message
