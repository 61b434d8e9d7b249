"""The settings of the sandbox.

The rule of this file: plain data. A telephone number belongs to a sample customer, to the hub, or to nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SandboxCustomer:
    name: str
    phone: str  # E.164
    email: str
    language: str = "en"
    tier: str = ""  # for the page alone: providers know no tiers

    @property
    def id(self) -> str:
        return self.phone.removeprefix("+")


@dataclass(frozen=True, slots=True)
class SandboxLine:
    """A number of the hub that customers may call, with its names for the page. Providers know no names."""

    number: str  # E.164
    names: Mapping[str, str] = field(default_factory=dict)  # by language
    language: str = ""  # the language spoken there; empty: no particular one


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """`hub_url` is the hub's public address. Webhooks go there and are signed over it.

    The paths are those that one enters for a number on the provider's console. `*_seconds` say how long the steps of
    a call take; `statuses` are the reports that a delivered text causes.
    """

    customers: tuple[SandboxCustomer, ...]
    account_sid: str
    auth_token: str = field(repr=False)
    hub_url: str
    hub_phone: str
    hub_sms: str
    hub_mail: str
    identity_secret: str = field(default="", repr=False)  # the sample web site signs its visitor's identity with it
    api_key_sid: str = ""  # signs the tokens with which agents' browsers register; empty: none can
    api_key_secret: str = field(default="", repr=False)
    api_url: str = ""  # the address of the sandbox itself; empty: the hub serves it
    lines: tuple[SandboxLine, ...] = ()  # customers may choose among these; none: they call `hub_phone`
    other_numbers: tuple[str, ...] = ()  # the hub's further numbers
    hub_smtp_host: str = "127.0.0.1"
    hub_smtp_port: int = 2525
    smtp_host: str = "127.0.0.1"
    smtp_port: int = 0  # the port of the customers' mail server; 0: any free one
    has_sound: bool = False  # whether a process of its own mixes the sound of calls
    sound_host: str = "127.0.0.1"
    sound_port: int = 0  # 0: any free one
    applications: Mapping[str, str] = field(default_factory=dict)  # that softphones may call: sid -> address of TwiML
    voice_path: str = "/channels/phone/inbound"
    voice_fallback: str = ""  # TwiML that a caller gets if the hub gives none; empty: the provider's own apology
    voice_status_path: str = "/channels/phone/status"
    sms_path: str = "/channels/sms/inbound"
    statuses: tuple[str, ...] = ("queued", "sent", "delivered")
    say_seconds_per_character: float = 0.06
    play_seconds: float = 16.0
    hurry: int = 1  # so many times as fast are both
    typing_seconds: float = 15.0  # added to a silence in a recording, since people type slower than they speak
    kept: int = 20_000  # so many texts, calls, conferences and mails each; older ones are forgotten

    @property
    def numbers(self) -> frozenset[str]:
        return frozenset((self.hub_phone, self.hub_sms, *self.phones, *self.other_numbers))

    @property
    def phones(self) -> tuple[str, ...]:
        return tuple(line.number for line in self.lines) or (self.hub_phone,)

    @property
    def media_base(self) -> str:
        """The beginning of every address of a medium."""
        return f"{(self.api_url or self.hub_url).rstrip('/')}/2010-04-01/Accounts/{self.account_sid}"
