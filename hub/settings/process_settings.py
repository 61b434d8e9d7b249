"""The tables of `config.toml` that belong to the process, as frozen dataclasses; `config.toml` explains every key.

The rule of this file: data and their ranges, nothing that acts. A channel whose table is missing is switched off.
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from channels.wording import written
from hub.policies.names import Id, LanguageTag
from hub.settings.demo_data import Demo, Mailbox, PhoneNumber
from hub.settings.secret import Secret
from hub.toml_files.problems import Section


def _require_network(text: str) -> str:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        raise ValueError("must be a network such as 10.20.0.0/16, or one address such as 10.20.0.7") from None
    return text


LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
SANDBOX: Final = "sandbox"  # in the place of a provider's address: the local stand-in
Port = Annotated[int, Field(ge=0, le=65_535)]  # 0: any free one
Count = Annotated[int, Field(ge=1)]
Country = Annotated[str, written(r"[A-Z]{2}", "the two capital letters of a country, such as SE")]
BaseUrl = Annotated[
    str,
    written(
        r"https?://[^/?#\s]+(/[^?#\s]*[^/?#\s])?",
        "an address such as https://hub.example.org, without '?', '#', or a '/' at its end",
    ),
]
WebhookUrl = Annotated[
    str,
    written(
        r"https?://[A-Za-z0-9._:\[\]-]+(/[^#\s]*)?",
        "an address such as https://cards.example.org/status, without '#' and without a name or password",
    ),
]
QuietSpan = Annotated[
    str,
    written(
        r"([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]",
        "two times from 00:00 to 23:59, such as 21:00-08:00",
    ),
]  # also over midnight
Network = Annotated[str, AfterValidator(_require_network)]
Origin = Annotated[
    str, written(r"https?://[^/\s]+", "an address that ends with its host, such as https://www.example.org")
]
AccountSid = Annotated[
    str, written(r"AC[0-9a-f]{32}", "the Account SID of the provider's console: AC, then 32 digits or letters a to f")
]
DatabaseUrl = Annotated[
    str, written(r"(sqlite|postgresql)://(?s:.*)", "an address that begins with sqlite:// or postgresql://")
]
BusUrl = Annotated[
    str,
    written(r"|(rediss?|unix)://(?s:.*)", "an address that begins with redis://, rediss:// or unix://, or empty"),
]
ApiKeySid = Annotated[
    str,
    written(r"(SK[0-9a-f]{32})?", "the SID of an API key of the provider's: SK, then 32 digits or letters a to f"),
]
ApplicationSid = Annotated[
    str, written(r"(AP[0-9a-f]{32})?", "the SID of a TwiML application: AP, then 32 digits or letters a to f")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSection(Section):
    host: str = "127.0.0.1"
    port: Port = 8080
    public_url: BaseUrl | Literal[""] = ""
    data_folder: str = ".data"
    trusted_origins: tuple[Origin, ...] = ()
    trusted_proxies: tuple[Network, ...] = ("127.0.0.0/8", "::1/128")  # X-Forwarded-For is believed from these
    sockets: Count = 10_000  # open at once in one process; signed-in staff get in beyond it
    sockets_per_address: Count = 100
    unsent_packets: Count = 200  # the most that wait until the client of one socket reads
    unsent_bytes: Count = 8_388_608  # of all waiting packets of one socket
    max_body_bytes: Count = 1_048_576
    header_seconds: Count = 10
    body_seconds: Count = 30
    idle_seconds: Count = 60
    drain_seconds: Count = 15
    edges: Annotated[int, Field(ge=0, le=64)] = 0  # further processes, which serve while the first routes


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseSection(Section):
    url: DatabaseUrl = "sqlite:///hub.db"
    password: Secret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BusSection(Section):
    url: BusUrl = ""  # empty: inside the one process
    password: Secret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaSection(Section):
    folder: str = "media"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSection(Section):
    level: Literal["debug", "info", "warning", "error"] = "info"
    json: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SecuritySection(Section):
    session_hours: Count = 12
    idle_minutes: Annotated[int, Field(ge=0)] = 120  # 0: a session lasts its hours, used or not
    cookie_secure: bool = True
    metrics_token: Secret | None = None  # without it nobody reads /metrics
    reading_days: Count = 30
    audit_days: Count = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneSection(Section):
    account_sid: AccountSid
    auth_token: Secret
    numbers: Annotated[tuple[PhoneNumber, ...], Field(min_length=1)]
    countries: Annotated[tuple[Country, ...], Field(min_length=1)]  # that it may reach
    most_per_hour: Count
    most_per_customer_per_hour: Count
    most_per_agent_per_day: Count = 200
    quiet_hours: QuietSpan | Literal[""] = "21:00-08:00"
    detect_machines: bool = True
    api_key_sid: ApiKeySid = ""  # signs the tokens of agents' browsers; empty: they are no telephones
    api_key_secret: Secret | None = None
    echo_application_sid: ApplicationSid = ""  # empty: agents cannot hear themselves before a shift
    api_base_url: BaseUrl | Literal["sandbox"] = "https://api.twilio.com"

    @property
    def is_here(self) -> bool:
        """Whether the provider is the sandbox: in the hub, or in another process on this machine."""
        return self.api_base_url == SANDBOX or urlsplit(self.api_base_url).hostname in LOOPBACK

    @property
    def has_softphones(self) -> bool:
        """Whether the provider can ring an agent's browser. The sandbox answers even where there is none."""
        return self.is_here or bool(self.api_key_sid)


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsSection(Section):
    account_sid: AccountSid
    auth_token: Secret
    numbers: Annotated[tuple[PhoneNumber, ...], Field(min_length=1)]
    countries: Annotated[tuple[Country, ...], Field(min_length=1)]  # that it may reach
    most_per_hour: Count
    most_per_customer_per_hour: Count
    api_base_url: BaseUrl | Literal["sandbox"] = "https://api.twilio.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailSection(Section):
    listen_host: str = "127.0.0.1"
    listen_port: Port = 2525
    addresses: Annotated[tuple[Mailbox, ...], Field(min_length=1)]
    domain: str
    trusted_authserv_id: str = ""
    trusted_networks: tuple[Network, ...] = ("127.0.0.0/8", "::1/128")
    max_message_bytes: Count = 26_214_400
    connections: Count = 50
    stranger_connections: Count = 30  # of those outside trusted_networks
    connections_per_stranger: Count = 5
    command_seconds: Count = 60
    mail_seconds: Count = 300
    session_seconds: Count = 900
    auto_replies_per_address: Count = 3  # in 24 hours, as the next two
    auto_replies_per_domain: Count = 200
    auto_replies: Count = 5_000
    auto_reply_subject: Annotated[str, Field(min_length=1, max_length=200)] = "Automatic reply"
    smtp_host: str
    smtp_port: Port = 587
    smtp_tls: Literal["none", "starttls", "implicit"] = "starttls"
    smtp_user: str = ""
    smtp_password: Secret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebchatSection(Section):
    secret: Secret  # proves a chat to its page after a reload
    origins: tuple[Origin, ...] = ()
    identity_secret: Secret | None = None  # shared with the host site, which signs who its visitor is
    events_per_second: Annotated[float, Field(gt=0)] = 5.0
    burst: Count = 30
    messages_per_minute: Count = 120  # of one chat
    messages_per_hour: Count = 1_200
    chats_per_address_per_hour: Count = 60  # that begin
    chats_per_origin_per_minute: Count = 3_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelsSection(Section):
    """A channel whose table is missing is switched off."""

    phone: PhoneSection | None = None
    sms: SmsSection | None = None
    email: EmailSection | None = None
    webchat: WebchatSection | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxSection(Section):
    enabled: bool = False
    mailbox_port: Port = 0
    sound: bool = False
    sound_port: Port = 0
    hurry: Count = 1  # so many times as fast as people its calls speak and play


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptsSection(Section):
    folder: str = ""  # empty: the library that comes with the hub
    watch: bool = False  # publish each file as it is saved
    four_eyes: bool = False  # a second author reads what is published
    fallback_language: LanguageTag = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSection(Section):
    """Where a webhook of the policy is. What it is sent, and what it fills, says the policy."""

    url: WebhookUrl
    secret: Secret  # signs what is sent
    time_limit_seconds: Annotated[int, Field(ge=1, le=10)] = 5  # for the whole answer
    max_answer_bytes: Annotated[int, Field(ge=64, le=65_536)] = 8_192
    allowed_networks: tuple[Network, ...] = ()  # it may reach, beside public addresses
    ca_file: str = ""  # whose certificates count; empty: those that this machine trusts

    @property
    def is_plain(self) -> bool:
        """Whether it goes without TLS."""
        return urlsplit(self.url).scheme == "http"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(Section):
    server: ServerSection = ServerSection()
    database: DatabaseSection = DatabaseSection()
    bus: BusSection = BusSection()
    media: MediaSection = MediaSection()
    log: LogSection = LogSection()
    security: SecuritySection = SecuritySection()
    channels: ChannelsSection = ChannelsSection()
    sandbox: SandboxSection = SandboxSection()
    scripts: ScriptsSection = ScriptsSection()
    webhooks: Mapping[Id, WebhookSection] = field(default_factory=dict)  # by the name that scripts use
    demo: Demo | None = None
