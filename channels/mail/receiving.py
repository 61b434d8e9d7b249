"""The SMTP server for incoming mail, in the hub's own event loop.

The rule of this file: `250` is said only after `deliver` has returned. Nobody holds a connection, memory or a task
for longer than `Patience` and the limits below allow. A failure on our side is a 451, so that the sender keeps the
mail and tries again. Only a mail that can never succeed gets a 5xx.

This server stands behind the organisation's own mail host, which filters spam and checks the senders.
Sources: RFC 5321; reply codes RFC 3463.
"""

import asyncio
import collections
import contextlib
import logging
import re
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session

from channels.mail.seats import Seats
from channels.waiting_connections import let_in_all

_MOST_RECIPIENTS: Final = 100
_STEP_BYTES: Final = 16_384  # a sender who brings fewer bytes of a mail in `IDLE_SECONDS` counts as idle
_LINE_BYTES: Final = 65_536  # RFC 5321 says 1,000, but longer lines are common, and refusing them would lose mail
_COMMAND_BYTES: Final = 1_024
_COMMAND_LIMITS: Final = {"MAIL": 1_000, "RCPT": 10_000, "DATA": 1_000, "RSET": 1_000, "*": 20}

_GOING_DOWN: Final = "421 4.3.2 Going down"
_FAREWELL: Final = f"{_GOING_DOWN}\r\n".encode()
_GOODBYE_SECONDS: Final = 0.5
_NO_SEAT: Final = b"421 4.3.2 Too many connections, please try again later\r\n"
_MAKE_ROOM: Final = b"421 4.4.2 Idle while others wait, please come again\r\n"
_CONTROLS: Final = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")  # in an address: no database stores all of them

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Limits in seconds. `command`: from one command to the end of the next, however slowly its bytes come. `mail`:
    from DATA to the end of the mail. `session`: for the whole connection, whatever it does."""

    command: float = 60.0  # RFC 5321 4.5.3.2.7 says 300; a working mail host needs one, and reconnects if it is cut
    mail: float = 300.0  # 26 MB at 90 kB/s
    session: float = 900.0  # mail hosts reuse a connection for 300


@dataclass(frozen=True, slots=True)
class Delivery:
    """One mail as it was handed in. `sender` is "" for the null return path."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes
    peer: str  # IP address


class MailServer:
    """`deliver` raises if the mail is not stored for good. `is_ours` says whether an address is a mailbox of ours."""

    def __init__(
        self,
        *,
        deliver: Callable[[Delivery], Awaitable[None]],
        is_ours: Callable[[str], bool],
        hostname: str,
        max_bytes: int,
        seats: Seats,
        patience: Patience,
    ) -> None:
        self._deliver = deliver
        self._is_ours = is_ours
        self._hostname = hostname
        self._max_bytes = max_bytes
        self._seats = seats
        self._patience = patience
        self._servers: list[asyncio.Server] = []
        self.port = 0  # where it listens, once started
        self._deliveries: set[asyncio.Task[str]] = set()
        self._is_stopping = False

    async def start(self, host: str, port: int) -> None:
        await self._take(asyncio.get_running_loop().create_server(lambda: _Door(self), host, port))

    async def start_at(self, doors: Sequence[socket.socket]) -> None:
        """Take connections from sockets that listen already, perhaps in several processes."""
        for door in doors:
            await self._take(asyncio.get_running_loop().create_server(lambda: _Door(self), sock=door))

    async def _take(self, opening: Awaitable[asyncio.Server]) -> None:
        logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd logs addresses and whole mails there
        self._servers.append(await opening)
        self.port = self._servers[0].sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Take no more mail, and stop once the mails that were handed in are stored and answered. Everybody who is
        connected is told, also those whom the loop has not yet seen."""
        self._is_stopping = True
        await let_in_all([door for server in self._servers for door in server.sockets])
        for server in self._servers:
            server.close()
        if self._deliveries:
            # The answers are written by then: each handler began to wait for its delivery before this does.
            await asyncio.wait(self._deliveries)
        await asyncio.gather(*(sitter.leave() for sitter in self._seats.sitters if isinstance(sitter, _Connection)))
        await asyncio.gather(*(server.wait_closed() for server in self._servers))

    def seat(self, peer: str) -> "_Connection | bytes":
        """A connection for this address. If there is no seat for it: what it is told."""
        loop = asyncio.get_running_loop()
        if self._is_stopping:
            return _FAREWELL
        if not self._seats.has_one_for(peer, loop.time()):
            return _NO_SEAT
        return _Connection(
            self,
            self._seats,
            peer,
            self._patience,
            hostname=self._hostname,
            ident="ESMTP",
            data_size_limit=self._max_bytes,
            enable_SMTPUTF8=True,
            timeout=self._patience.command,
            command_call_limit=_COMMAND_LIMITS,
            loop=loop,
        )

    async def handle_MAIL(
        self, connection: SMTP, session: Session, envelope: Envelope, address: str, options: Sequence[str]
    ) -> str:
        if _CONTROLS.search(address or ""):
            return "553 5.1.7 No such address"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(
        self, connection: SMTP, session: Session, envelope: Envelope, address: str, options: Sequence[str]
    ) -> str:
        if self._is_stopping:
            return _GOING_DOWN
        if _CONTROLS.search(address) or not self._is_ours(address):
            return "550 5.1.1 No such mailbox here"
        if len(envelope.rcpt_tos) >= _MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, connection: SMTP, session: Session, envelope: Envelope) -> str:
        if self._is_stopping:
            return _GOING_DOWN
        content = envelope.content
        assert isinstance(content, bytes)
        delivery = Delivery(
            sender=(envelope.mail_from or "").strip("<>"),
            recipients=tuple(envelope.rcpt_tos),
            content=content,
            peer=str(session.peer[0]) if isinstance(session.peer, tuple) else "",
        )
        task = asyncio.create_task(self._store(delivery))
        assert isinstance(connection, _Connection)
        connection.work()
        task.add_done_callback(lambda _: connection.rest())
        self._deliveries.add(task)
        task.add_done_callback(self._deliveries.discard)
        # If the sender hangs up, aiosmtpd cancels this handler. That must not interrupt a commit.
        return await asyncio.shield(task)

    async def handle_exception(self, error: Exception) -> str:
        """The answer if aiosmtpd itself fails, on a command that it cannot parse."""
        return f"451 4.3.0 Command failed ({type(error).__name__})"

    async def _store(self, delivery: Delivery) -> str:
        try:
            await self._deliver(delivery)
        except Exception as error:
            log.warning("mail_not_stored", error=repr(error))
            return "451 4.3.0 Not stored, please try again later"
        return "250 2.0.0 Stored"


class _Connection(SMTP):
    line_length_limit = _LINE_BYTES
    command_size_limit = _COMMAND_BYTES

    def __init__(self, handler: MailServer, seats: Seats, peer: str, patience: Patience, **settings: Any) -> None:
        # aiosmtpd shares this table between all connections, and every EHLO raises its limits.
        self.command_size_limits = collections.defaultdict(lambda: _COMMAND_BYTES)
        super().__init__(handler, **settings)
        self._seats, self.peer, self._patience = seats, peer, patience
        self.is_busy = False
        self.moved_at = self.loop.time()
        self._is_in_mail = False
        self._step = 0
        self._lifetime: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._seats.sitters.add(self)
        self._lifetime = self.loop.call_later(self._patience.session, _as_stream(transport).abort)

    def connection_lost(self, error: Exception | None) -> None:
        self._seats.sitters.discard(self)
        if self._lifetime is not None:
            self._lifetime.cancel()
        super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        self._step += len(data)
        if self._is_in_mail and self._step >= _STEP_BYTES:
            self._step, self.moved_at = 0, self.loop.time()
        super().data_received(data)

    async def smtp_DATA(self, arg: str) -> None:
        self._reset_timeout(self._patience.mail)
        self._is_in_mail, self._step = True, 0
        try:
            await super().smtp_DATA(arg)
        finally:
            self._is_in_mail = False
            if self.transport is not None:
                self._reset_timeout()

    def work(self) -> None:
        """Its mail is being stored. That time does not count against the client."""
        self.is_busy = True
        if self._timeout_handle is not None:
            self._timeout_handle.cancel()

    def rest(self) -> None:
        self.is_busy, self.moved_at = False, self.loop.time()

    def send_away(self) -> None:
        if self.transport is not None:
            _as_stream(self.transport).write(_MAKE_ROOM)
            _as_stream(self.transport).abort()  # the peer may not be reading

    def _timeout_cb(self) -> None:
        if self.transport is not None:
            _as_stream(self.transport).abort()  # close() would wait for a peer that does not read

    async def leave(self) -> None:
        """Say goodbye, and read on for a moment: a connection that is closed with bytes unread is reset, and the
        words may be lost to a client that is in the midst of its mail."""
        handler = self._handler_coroutine
        if self.transport is not None:
            stream, ear = _as_stream(self.transport), _Ear()
            stream.set_protocol(ear)
            try:
                stream.write(_FAREWELL)
                stream.write_eof()
            except OSError:  # the client has reset the connection, which the loop has not seen
                ear.has_gone.set()
            stream.resume_reading()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_GOODBYE_SECONDS):
                    await ear.has_gone.wait()
            stream.close()
            self.connection_lost(None)  # which the ear hears in its place
        if handler is not None:
            handler.cancel()
            await asyncio.gather(handler, return_exceptions=True)


class _Ear(asyncio.Protocol):
    """Reads what a client still says, and forgets it."""

    def __init__(self) -> None:
        self.has_gone = asyncio.Event()

    def eof_received(self) -> None:
        self.has_gone.set()

    def connection_lost(self, error: Exception | None) -> None:
        self.has_gone.set()


class _Door(asyncio.Protocol):
    """Asks for a seat as soon as the peer's address is known."""

    def __init__(self, server: MailServer) -> None:
        self._server = server

    def connection_made(self, stream: asyncio.BaseTransport) -> None:
        transport = _as_stream(stream)
        address = transport.get_extra_info("peername")
        connection = self._server.seat(str(address[0]) if isinstance(address, tuple) else "")
        if isinstance(connection, bytes):
            transport.write(connection)
            transport.close()
            return
        transport.set_protocol(connection)
        connection.connection_made(transport)


def _as_stream(transport: asyncio.BaseTransport) -> asyncio.Transport:
    """What a stream's protocol gets is a stream's transport, and uvloop's are no subclasses of asyncio's."""
    return cast(asyncio.Transport, transport)
