"""What the sandbox is told at construction.

The rule of this file: plain data. A telephone number belongs either to a sample customer, to the hub, or to nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SandboxCustomer:
    name: str
    phone: str  # E.164
    email: str
    language: str = "en"
    tier: str = ""  # as the page shows it; the providers know of none

    @property
    def id(self) -> str:
        return self.phone.removeprefix("+")


@dataclass(frozen=True, slots=True)
class SandboxLine:
    """A number of the hub that customers may call, and what the page calls it; the provider knows of no names."""

    number: str  # E.164
    names: Mapping[str, str] = field(default_factory=dict)  # by language
    language: str = ""  # spoken there, where that is one in particular


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """`hub_url` is the address that webhooks go to and are signed over: the hub's public address.

    The paths are what one enters for a number on the provider's own console. `*_seconds` say how long things take
    in a call; `statuses` which reports a delivered text causes.
    """

    customers: tuple[SandboxCustomer, ...]
    account_sid: str
    auth_token: str = field(repr=False)
    hub_url: str
    hub_phone: str
    hub_sms: str
    hub_mail: str
    identity_secret: str = field(default="", repr=False)  # the sample web site signs who its visitor is
    api_url: str = ""  # where the sandbox itself is reached; empty: it is mounted in the hub
    lines: tuple[SandboxLine, ...] = ()  # what customers may choose to call; none: `hub_phone` alone
    other_numbers: tuple[str, ...] = ()  # the hub's further numbers
    hub_smtp_host: str = "127.0.0.1"
    hub_smtp_port: int = 2525
    smtp_host: str = "127.0.0.1"
    smtp_port: int = 0  # of the customers' mail server; 0: any free one
    voice_path: str = "/channels/phone/inbound"
    voice_status_path: str = "/channels/phone/status"
    sms_path: str = "/channels/sms/inbound"
    statuses: tuple[str, ...] = ("queued", "sent", "delivered")
    say_seconds_per_character: float = 0.06
    play_seconds: float = 16.0
    typing_seconds: float = 15.0  # how much longer a silence lasts in a recording: people type slower than they speak
    kept: int = 20_000  # texts, calls, conferences and mails of each kind; older ones are forgotten

    @property
    def numbers(self) -> frozenset[str]:
        return frozenset((self.hub_phone, self.hub_sms, *self.phones, *self.other_numbers))

    @property
    def phones(self) -> tuple[str, ...]:
        return tuple(line.number for line in self.lines) or (self.hub_phone,)

    @property
    def media_base(self) -> str:
        """What the addresses of media begin with."""
        return f"{(self.api_url or self.hub_url).rstrip('/')}/2010-04-01/Accounts/{self.account_sid}"
