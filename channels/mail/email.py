"""The email channel: SMTP in, SMTP out.

The rule of this file: a mail is first stored raw, then read, then reported, then answered with `250`. Reading may
fail; storing may not. A mail gives one notice for each mailbox of ours that it was sent to.
"""

import asyncio
import ipaddress
import mimetypes
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from channels.channel import (
    ChannelError,
    Hub,
    Media,
    Receipt,
    Request,
    Route,
    TextOut,
)
from channels.mail.composing import address_with_token, compose, message_id_of, wire_address
from channels.mail.identity import ProvenAddresses, find_proven_addresses
from channels.mail.notices import OwnMail, read_digests, report_mail, report_unreadable
from channels.mail.parsing import Attachment, ParsedMail, UnreadableMail
from channels.mail.reader import MailReader
from channels.mail.receiving import Delivery, MailServer, Patience
from channels.mail.seats import Seats
from channels.mail.sending import MailHost, MailSender, Tls


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailSettings:
    addresses: tuple[str, ...]  # our mailboxes; box@domain also gets mail to box+TOKEN@domain
    domain: str  # in our Message-IDs, and the SMTP server's own name

    listen_host: str = "127.0.0.1"
    listen_port: int = 2525
    max_message_bytes: int = 25 * 1024 * 1024
    max_connections: int = 50
    max_stranger_connections: int = 30  # from outside the trusted networks in all,
    max_connections_per_stranger: int = 5  # and from one address there
    patience: Patience = field(default_factory=Patience)

    trusted_authserv_id: str = ""  # the mail host whose Authentication-Results are believed; "": none
    trusted_networks: tuple[str, ...] = ("127.0.0.0/8", "::1/128")  # that host hands mail over from here

    parse_processes: int = 2
    parse_seconds: float = 10.0
    parse_memory_bytes: int = 768 * 1024 * 1024

    smtp_host: str
    smtp_port: int
    smtp_tls: Tls = Tls.STARTTLS
    smtp_user: str = ""
    smtp_password: str = field(default="", repr=False)
    smtp_timeout_seconds: float = 30.0  # for each answer of the mail host,
    smtp_answer_seconds: float = 120.0  # and for the last; if this is too short, sent mails count as unknown
    smtp_connections: int = 4


class MailPortTaken(Exception):
    """The SMTP server cannot listen. The message has the host, the port and the reason."""


class EmailChannel:
    name = "email"

    def __init__(
        self,
        settings: EmailSettings,
        hub: Hub,
        wall: Callable[[], float],
        doors: Sequence[socket.socket] | None = None,
    ) -> None:
        """`wall` gives seconds since 1970, as people's clocks show them. `doors`: listening sockets, which other
        processes may have too; mail is taken on these alone, on none if there are none. None: the channel opens
        the port of its settings."""
        self._doors = doors
        self._settings, self._hub, self._wall = settings, hub, wall
        self._own_mail = OwnMail(frozenset(address.lower() for address in settings.addresses), settings.domain)
        self._networks = tuple(ipaddress.ip_network(each) for each in settings.trusted_networks)
        self._reader = MailReader(
            processes=settings.parse_processes,
            seconds=settings.parse_seconds,
            memory_bytes=settings.parse_memory_bytes,
        )
        self._server = MailServer(
            deliver=self._deliver,
            is_ours=self._own_mail.is_ours,
            hostname=settings.domain,
            max_bytes=settings.max_message_bytes,
            seats=Seats(
                most=settings.max_connections,
                most_of_strangers=settings.max_stranger_connections,
                most_of_one=settings.max_connections_per_stranger,
                is_trusted=self._is_trusted,
            ),
            patience=settings.patience,
        )
        self._sender = MailSender(
            MailHost(
                host=settings.smtp_host,
                port=settings.smtp_port,
                tls=settings.smtp_tls,
                user=settings.smtp_user,
                password=settings.smtp_password,
                timeout_seconds=settings.smtp_timeout_seconds,
                answer_seconds=settings.smtp_answer_seconds,
                max_connections=settings.smtp_connections,
            )
        )

    def routes(self) -> Sequence[Route]:
        return ()

    async def start(self) -> None:
        if self._doors is not None:
            if self._doors:
                await self._server.start_at(self._doors)
                await self._reader.start()
            return
        host, port = self._settings.listen_host, self._settings.listen_port
        try:
            await self._server.start(host, port)
        except OSError as error:
            raise MailPortTaken(f"{host}:{port}: {error.strerror}") from error
        await self._reader.start()

    async def stop(self) -> None:
        await self._server.stop()
        await self._reader.stop()
        await self._sender.stop()

    @property
    def port(self) -> int:
        """The port on which the server listens, which the settings do not say if they say 0."""
        return self._server.port

    async def send(self, request: Request) -> Receipt:
        if not isinstance(request, TextOut):
            raise ChannelError(f"email cannot {type(request).__name__}", code="unsupported", whose="ours")
        mail = compose(request, self._settings.domain, int(self._wall() * 1_000_000))
        sender = request.from_address
        if request.reply_token:  # so that a bounce also finds its conversation
            sender = address_with_token(sender, request.reply_token)
        await self._sender.send(wire_address(sender, "ours"), wire_address(request.to_address, "customer"), mail)
        return Receipt(message_id_of(request, self._settings.domain))

    async def _deliver(self, delivery: Delivery) -> None:
        digests = await asyncio.to_thread(read_digests, delivery.content)
        raw = await self._hub.store_media(delivery.content, "mail.eml", "message/rfc822")
        try:
            mail = await self._reader.read(delivery.content)
        except UnreadableMail as error:
            await self._hub.accept(report_unreadable(delivery, digests, raw, str(error)))
            return
        media = tuple([await self._store(attachment) for attachment in mail.attachments])
        # The first call reads a long list.
        proven = await asyncio.to_thread(self._read_proven_addresses, mail, delivery.peer)
        await self._hub.accept(report_mail(delivery, digests, raw, mail, media, proven, self._own_mail))

    async def _store(self, attachment: Attachment) -> Media:
        name = attachment.name or f"attachment{mimetypes.guess_extension(attachment.content_type) or ''}"
        return await self._hub.store_media(attachment.data, name, attachment.content_type)

    def _read_proven_addresses(self, mail: ParsedMail, peer: str) -> ProvenAddresses:
        """What the mail host vouches for. Nothing, unless every program reads the From alike and the peer is
        trusted."""
        if not (mail.is_from_plain and self._is_trusted(peer)):
            return ProvenAddresses()
        return find_proven_addresses(
            mail.from_[0].address,
            mail.authentication_results,
            self._settings.trusted_authserv_id,
            mail.dkim_signatures,
            is_for_us=any(self._own_mail.is_ours(box.address) for box in (*mail.to, *mail.cc)),
        )

    def _is_trusted(self, peer: str) -> bool:
        try:
            address = ipaddress.ip_address(peer.partition("%")[0])
        except ValueError:
            return False
        return any(address in network for network in self._networks)
