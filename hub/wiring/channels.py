"""Builds the channels that the settings switch on, and the sandbox where it stands in for their providers.

The rule of this file: an adapter is handed what it needs and never sees the settings as a whole. A channel that
brings its own settings (`channels/traits.py`) needs no block here.
"""

import contextlib
import socket
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import partial

import socketio
from aiohttp import web

from channels.channel import Channel, Route
from channels.mail.email import EmailChannel, EmailSettings
from channels.mail.receiving import Patience
from channels.mail.sending import Tls
from channels.phone.phone import PhoneChannel, PhoneSettings
from channels.phone.rooms import ECHO
from channels.phone.traits import PHONE
from channels.sandbox.sandbox import Sandbox
from channels.sandbox.settings import SandboxCustomer, SandboxLine, SandboxSettings
from channels.sms import SmsChannel, SmsSettings
from channels.twilio.account import TwilioAccount
from channels.twilio.softphone_tokens import SoftphoneKey
from channels.webchat.webchat import WebchatChannel, WebchatSettings
from hub.api.own_phone import SayCode
from hub.api.softphone import Softphones
from hub.clock import Clock
from hub.doors.client_address import ClientAddresses
from hub.doors.socket_server import SocketServer
from hub.screens.channel_host import ChannelHost
from hub.settings.config import Config
from hub.settings.process_settings import SANDBOX, EmailSection, PhoneSection, SmsSection, WebchatSection
from hub.wiring.listening import Shared
from hub.wiring.storage import Storage
from hub.wiring.webhook_building import build_webhooks
from routing.model import SECOND


@dataclass(slots=True)
class Setup:
    host: ChannelHost
    channels: list[Channel] = field(default_factory=list)
    sandbox: Sandbox | None = None
    mail_port: int = 0
    softphones: Softphones | None = None  # None: agents' browsers are no telephones
    say_code: SayCode | None = None  # to a number that an agent has chosen

    @property
    def sound_url(self) -> str:
        """Where browsers connect for the sound of the sandbox's calls; empty: there is none."""
        return self.sandbox.sound_url if self.sandbox else ""

    def routes(self) -> Sequence[Route]:
        routes = [route for channel in self.channels for route in channel.routes()]
        return [*routes, *(self.sandbox.routes() if self.sandbox else ())]


def build_sockets(shared: Shared) -> SocketServer:
    server, webchat = shared.config.server, shared.config.channels.webchat
    origins = {*shared.address.origins, *(webchat.origins if webchat else ())}
    return SocketServer(sorted(origins), server.unsent_packets, server.unsent_bytes)


async def build_channels(
    shared: Shared,
    storage: Storage,
    sockets: SocketServer,
    addresses: ClientAddresses,
    stack: contextlib.AsyncExitStack,
) -> Setup:
    address = shared.address
    return await build(
        ChannelHost(storage.db, storage.inbox, storage.media, shared.clock, storage.way_in, shared.signals.arrived),
        shared.config,
        address.url,
        address.port,
        sockets,
        address.origins,
        stack,
        addresses.find_share,
        shared.clock,
        shared.signals.customer_types,
        address.mail,
    )


async def build(
    host: ChannelHost,
    config: Config,
    url: str,
    port: int,
    server: socketio.AsyncServer,
    origins: Collection[str],
    stack: contextlib.AsyncExitStack,
    find_share: Callable[[web.Request], str | None],
    clock: Clock,
    heard_typing: Callable[[str], Awaitable[None]],
    mail_doors: Sequence[socket.socket] | None,
) -> Setup:
    """`url`: the public address. `port`: the bound port; the sandbox is reached there. `heard_typing` gets the id of
    the chat in which the customer types. `mail_doors`: where mail comes in; None: the channel opens its own port."""
    setup = Setup(host)
    channels = config.channels

    def wall() -> float:
        return (clock.now() + clock.ahead()) / SECOND

    here = f"http://127.0.0.1:{port}" if config.server.host == "127.0.0.1" else url
    if mail_doors:
        setup.mail_port = mail_doors[0].getsockname()[1]
    elif channels.email is not None:
        setup.mail_port = channels.email.listen_port or _free_port(channels.email.listen_host)
    if config.sandbox.enabled:
        setup.sandbox = Sandbox(_sandbox_settings(config, url, setup.mail_port))
        await setup.sandbox.start()
        stack.push_async_callback(setup.sandbox.stop)
    if channels.phone is not None:
        phone = PhoneSettings(
            _account(config, channels.phone, url, here),
            channels.phone.numbers,
            detects_machines=channels.phone.detect_machines,
        )
        channel = PhoneChannel(phone, host)
        setup.channels.append(channel)
        setup.say_code = partial(channel.say_code, phone.numbers[0])
        setup.softphones = _softphones(config, channels.phone, phone.account, setup.sound_url)
    if channels.sms is not None:
        account = _account(config, channels.sms, url, here)
        setup.channels.append(SmsChannel(SmsSettings(account, channels.sms.numbers), host))
    if channels.email is not None:
        settings = _email_settings(config, channels.email, setup.mail_port, setup.sandbox)
        setup.channels.append(EmailChannel(settings, host, wall, mail_doors))
    if channels.webchat is not None:
        settings_ = _webchat_settings(config, channels.webchat, origins)
        setup.channels.append(
            WebchatChannel(
                settings_,
                host,
                server,
                clock=lambda: clock.now() / SECOND,
                wall=wall,
                heard_typing=heard_typing,
                find_share=find_share,
            )
        )
    setup.channels += [config.build_channel(name, host, url) for name in config.own_tables]
    setup.channels.append(build_webhooks(config, wall))
    return setup


def _account(config: Config, section: PhoneSection | SmsSection, url: str, here: str) -> TwilioAccount:
    return TwilioAccount(
        account_sid=section.account_sid,
        auth_token=config.reveal(section.auth_token),
        public_url=url,
        api_url=here if section.api_base_url == SANDBOX else section.api_base_url,
    )


def _softphones(config: Config, section: PhoneSection, account: TwilioAccount, sound_url: str) -> Softphones | None:
    if not section.api_key_sid or section.api_key_secret is None:
        return None
    key = SoftphoneKey(
        account_sid=account.account_sid,
        sid=section.api_key_sid,
        secret=config.reveal(section.api_key_secret),
        api_url=account.api_url,
        echo_application_sid=section.echo_application_sid,
    )
    return Softphones(key, is_sandbox=section.is_here, sound_url=sound_url)


def _email_settings(config: Config, section: EmailSection, port: int, sandbox: Sandbox | None) -> EmailSettings:
    is_sandbox = section.smtp_host == SANDBOX and sandbox is not None
    return EmailSettings(
        addresses=section.addresses,
        listen_host=section.listen_host,
        listen_port=port,
        domain=section.domain,
        max_message_bytes=section.max_message_bytes,
        max_connections=section.connections,
        max_stranger_connections=section.stranger_connections,
        max_connections_per_stranger=section.connections_per_stranger,
        patience=Patience(
            command=section.command_seconds, mail=section.mail_seconds, session=section.session_seconds
        ),
        trusted_authserv_id=section.trusted_authserv_id,
        trusted_networks=section.trusted_networks,
        smtp_host="127.0.0.1" if is_sandbox else section.smtp_host,
        smtp_port=sandbox.smtp_port if is_sandbox and sandbox else section.smtp_port,
        smtp_tls=Tls.NONE if is_sandbox else Tls(section.smtp_tls),
        smtp_user=section.smtp_user,
        smtp_password=config.reveal(section.smtp_password) if section.smtp_password else "",
    )


def _webchat_settings(config: Config, section: WebchatSection, origins: Collection[str]) -> WebchatSettings:
    return WebchatSettings(
        secret=config.reveal(section.secret),
        origins=tuple(sorted({*origins, *section.origins})),
        identity_secret=config.reveal(section.identity_secret) if section.identity_secret else "",
        events_per_second=section.events_per_second,
        burst=section.burst,
        messages_per_minute=section.messages_per_minute,
        messages_per_hour=section.messages_per_hour,
        chats_per_address_per_hour=section.chats_per_address_per_hour,
        chats_per_origin_per_minute=section.chats_per_origin_per_minute,
    )


def _identity_secret(config: Config) -> str:
    """The secret that the sample web site shares with the web chat. Empty if there is none."""
    webchat = config.channels.webchat
    return config.reveal(webchat.identity_secret) if webchat and webchat.identity_secret else ""


def _sandbox_settings(config: Config, url: str, mail_port: int) -> SandboxSettings:
    phone, sms, email = config.channels.phone, config.channels.sms, config.channels.email
    account = phone or sms
    customers = config.demo.customers if config.demo else ()
    return SandboxSettings(
        customers=tuple(SandboxCustomer(c.name, c.phone, c.email, c.language, c.tier) for c in customers),
        account_sid=account.account_sid if account else "AC" + "0" * 32,
        auth_token=config.reveal(account.auth_token) if account else "unused",
        hub_url=url,
        hub_phone=phone.numbers[0] if phone else "",
        hub_sms=sms.numbers[0] if sms else "",
        hub_mail=email.addresses[0] if email else "",
        lines=_sandbox_lines(config),
        other_numbers=sms.numbers[1:] if sms else (),
        identity_secret=_identity_secret(config),
        hub_smtp_host=email.listen_host if email else "127.0.0.1",
        hub_smtp_port=mail_port,
        smtp_port=config.sandbox.mailbox_port,
        api_key_sid=phone.api_key_sid if phone else "",
        api_key_secret=config.reveal(phone.api_key_secret) if phone and phone.api_key_secret else "",
        applications={phone.echo_application_sid: url + ECHO} if phone and phone.echo_application_sid else {},
        has_sound=config.sandbox.sound,
        sound_host=config.server.host,
        sound_port=config.sandbox.sound_port,
        hurry=config.sandbox.hurry,
    )


def _sandbox_lines(config: Config) -> tuple[SandboxLine, ...]:
    """Our telephone numbers, each with the names of its menu, or else of the queue that its calls enter."""
    policy, phone = config.policy_document, config.channels.phone
    names = {queue.id: queue.names for queue in policy.queues}
    entries = [(number, policy.find_entry(PHONE.name, number)) for number in (phone.numbers if phone else ())]
    menus = {name: menu.names for name, menu in policy.menus.items()}
    return tuple(
        SandboxLine(number, dict(menus.get(entry.menu) or names[entry.queue]), entry.language)
        for number, entry in entries
        if entry
    )


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port
