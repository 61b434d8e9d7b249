"""Hands mails to the mail host, over connections that are kept for a short while.

The rule of this file: it is always known whether the message has left. Before the answer to DATA it has not, so after
a lost connection it may be sent again. From the first byte of the message until its answer, the host may have taken
the mail, so after a lost connection the outcome is unknown, and a person decides.
"""

import asyncio
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import aiosmtplib

from channels.channel import ChannelError

_IDLE_SECONDS: Final = 10.0
_DOT: Final = re.compile(rb"(?m)^\.")
_ENHANCED: Final = re.compile(r"[245]\.\d{1,3}\.\d{1,3}\b")


class Tls(StrEnum):
    NONE = "none"
    STARTTLS = "starttls"
    IMPLICIT = "implicit"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailHost:
    host: str
    port: int
    tls: Tls
    user: str
    password: str
    timeout_seconds: float
    answer_seconds: float  # for the answer to the message itself; RFC 5321 4.5.3.2.6 asks for ten minutes
    max_connections: int


class MailSender:
    def __init__(self, host: MailHost) -> None:
        self._host = host
        self._slots = asyncio.Semaphore(host.max_connections)
        self._idle: list[tuple[aiosmtplib.SMTP, asyncio.TimerHandle]] = []

    async def send(self, sender: str, recipient: str, mail: bytes) -> None:
        """Return when the host has taken the mail (lines ending in CRLF). Raises ChannelError."""
        async with self._slots:
            client = await self._open_envelope(sender, recipient)
            try:
                await self._send_data(client, mail)
            except BaseException:
                client.close()
                raise
            self._keep(client)

    async def stop(self) -> None:
        while self._idle:
            client, timer = self._idle.pop()
            timer.cancel()
            client.close()

    async def _open_envelope(self, sender: str, recipient: str) -> aiosmtplib.SMTP:
        """A connection that waits for DATA. If a kept one has died meanwhile, a new one is opened."""
        while True:
            is_new = not self._idle
            client = await self._connect() if is_new else self._take_idle()
            options = [] if (sender + recipient).isascii() else ["SMTPUTF8"]
            encoding = "utf-8" if options else "ascii"
            try:
                if options and not client.supports_extension("smtputf8"):
                    raise ChannelError("our mail host takes no such address", code="smtputf8", whose="customer")
                await client.mail(sender, options=options, encoding=encoding)
                await client.rcpt(recipient, encoding=encoding)
                answer = await client.execute_command(b"DATA")
                if answer.code != 354:
                    raise aiosmtplib.SMTPDataError(answer.code, answer.message)
                return client
            except OSError as error:
                client.close()
                if is_new:
                    raise _put_off("the mail host hung up before the message", error) from error
            except aiosmtplib.SMTPResponseException as error:
                client.close()
                raise _refused(error.code, error.message, _whose(error)) from error
            except BaseException:
                client.close()
                raise

    async def _connect(self) -> aiosmtplib.SMTP:
        host = self._host
        client = aiosmtplib.SMTP(
            hostname=host.host,
            port=host.port,
            use_tls=host.tls is Tls.IMPLICIT,
            start_tls=host.tls is Tls.STARTTLS,
            username=host.user or None,
            password=host.password or None,
            timeout=host.timeout_seconds,
        )
        try:
            await client.connect()
            if client.is_ehlo_or_helo_needed:
                await client.ehlo()
            return client
        except aiosmtplib.SMTPResponseException as error:
            client.close()
            raise _refused(error.code, error.message, "ours") from error
        except OSError as error:  # this includes aiosmtplib's errors of connection and time-out
            client.close()
            raise _put_off("the mail host cannot be reached", error) from error
        except aiosmtplib.SMTPException as error:
            client.close()
            raise ChannelError(
                f"the mail host cannot do what is configured: {error.message}", code="not_supported", whose="ours"
            ) from error

    async def _send_data(self, client: aiosmtplib.SMTP, mail: bytes) -> None:
        protocol = client.protocol
        if protocol is None or not protocol.is_connected:
            raise ChannelError("the mail host hung up before the message", code="unreachable", retry=True)
        try:
            protocol.write(_DOT.sub(b"..", mail) + b".\r\n")
            answer = await protocol.read_response(timeout=self._host.answer_seconds)
        except (aiosmtplib.SMTPException, OSError) as error:
            raise ChannelError(
                "no answer from the mail host after the message", code="no_answer", outcome_known=False
            ) from error
        if answer.code // 100 in (4, 5):
            raise _refused(answer.code, answer.message, "ours")
        if answer.code // 100 != 2:
            raise ChannelError("the mail host's answer makes no sense", code="no_answer", outcome_known=False)

    def _keep(self, client: aiosmtplib.SMTP) -> None:
        timer = asyncio.get_running_loop().call_later(_IDLE_SECONDS, self._drop, client)
        self._idle.append((client, timer))

    def _take_idle(self) -> aiosmtplib.SMTP:
        client, timer = self._idle.pop()
        timer.cancel()
        return client

    def _drop(self, client: aiosmtplib.SMTP) -> None:
        self._idle = [each for each in self._idle if each[0] is not client]
        client.close()


def _put_off(what: str, error: Exception) -> ChannelError:
    return ChannelError(f"{what} ({type(error).__name__})", code="unreachable", retry=True)


def _refused(code: int, message: str, whose: str) -> ChannelError:
    """The error for a refusal. A 5xx is final; after a 4xx or a nonsensical answer the request may succeed later."""
    enhanced = _ENHANCED.match(message)
    reason = enhanced[0] if enhanced else str(code)
    if reason.startswith(("5.1.", "5.2.")):
        whose = "customer"  # RFC 3463: it is about the address or the mailbox
    is_final = code // 100 == 5
    return ChannelError(
        f"the mail host answered {code}", code=reason, retry=not is_final, whose=whose if is_final else "provider"
    )


def _whose(error: aiosmtplib.SMTPResponseException) -> str:
    return "customer" if isinstance(error, aiosmtplib.SMTPRecipientRefused) else "ours"
