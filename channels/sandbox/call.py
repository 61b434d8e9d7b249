"""A call as the provider knows it, with its transcript and its leg in a conference.

The rule of this file: plain state. `calls.py` moves it, and `conference.py` brings calls together. Neither changes a
call that is over.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from secrets import token_urlsafe
from typing import Final
from uuid import uuid4

import phonenumbers

Sleep = Callable[[float], Awaitable[None]]

FINAL: Final = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
MOST_SPOKEN: Final = 500
_EVENTS: Final = {"queued": "initiated", "ringing": "ringing", "in-progress": "answered"}


@dataclass(frozen=True, slots=True)
class Fetch:
    """The address of the next instructions."""

    url: str
    method: str = "POST"
    more: Mapping[str, str] = field(default_factory=dict)  # parameters beyond those that describe the call


@dataclass(frozen=True, slots=True)
class StatusCallback:
    """The address for a call's progress, and the events that it gets."""

    url: str = ""
    method: str = "POST"
    events: frozenset[str] = frozenset({"completed"})


@dataclass(frozen=True, slots=True)
class Spoken:
    number: int
    at: float
    who: str  # "hub", "customer", "agent", "provider"
    kind: str
    text: str
    language: str


@dataclass(slots=True, eq=False)
class Call:
    from_address: str
    to_address: str
    direction: str  # "inbound", "outbound-api"
    changed: Callable[["Call"], None]
    callback: StatusCallback = field(default_factory=StatusCallback)
    sid: str = field(default_factory=lambda: "CA" + uuid4().hex)
    status: str = "queued"
    created_at: float = field(default_factory=time.time)
    updated_at: float = field(default_factory=time.time)
    answered_at: float | None = None
    ended_at: float | None = None
    reports: int = 0
    secret: str = field(default_factory=token_urlsafe, repr=False)  # with it a page hears the call and speaks
    playing: str = ""  # the address of what it hears in place of its conference; "music" is the provider's own
    answered_by: str = ""  # "human" or "machine_start", if the hub asked; else empty
    detects: str = ""  # the hub's MachineDetection; empty if it does not ask
    answered_by_later: StatusCallback | None = None  # hears who answered, if the hub asked not to wait for it
    leg: "Leg | None" = None  # its place in a conference
    task: asyncio.Task[None] | None = None
    has_fallen_back: bool = False  # to the TwiML for when the hub gives none
    picked_up: asyncio.Event = field(default_factory=asyncio.Event)
    typed: asyncio.Queue[tuple[str, str]] = field(
        default_factory=asyncio.Queue
    )  # (kind, text): "speech", "digits", "voice", "hiss"
    is_listening: bool = False  # a Gather or Record waits for what is typed
    characters_said: int = 0  # since it listens
    transcript: list[Spoken] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        return self.status in FINAL

    @property
    def started_at(self) -> float | None:
        """When it was dialled; None while it is queued."""
        return None if self.status == "queued" else self.created_at

    @property
    def duration(self) -> int:
        """Whole seconds since it was answered."""
        if self.answered_at is None:
            return 0
        return int((self.ended_at or time.time()) - self.answered_at)

    @property
    def customer_address(self) -> str:
        return self.from_address if self.direction == "inbound" else self.to_address

    @property
    def is_to_telephone(self) -> bool:
        """Whether the hub calls somebody over the telephone network."""
        return self.direction != "inbound" and self.to_address.startswith("+")

    def note(self, who: str, kind: str, text: str = "", language: str = "") -> None:
        """Add a line to the transcript, but none for music that goes on."""
        if kind == "music" and self.transcript and self.transcript[-1].kind == "music":
            return
        number = self.transcript[-1].number + 1 if self.transcript else 1
        self.transcript.append(Spoken(number, time.time(), who, kind, text, language))
        del self.transcript[:-MOST_SPOKEN]
        self.changed(self)

    def play(self, address: str) -> None:
        """Hear a sound file. Empty: none."""
        self.playing = address
        self.changed(self)

    def move(self, status: str) -> str:
        """Enter a status. Return the name of the event that reports it."""
        self.status, self.updated_at = status, time.time()
        if status == "in-progress":
            self.answered_at = self.updated_at
        if self.is_over:
            self.ended_at = self.updated_at
        return _EVENTS.get(status, "completed")

    def describe(self, account_sid: str) -> dict[str, str]:
        """The fields of a call that every voice webhook has."""
        return {
            "CallSid": self.sid,
            "AccountSid": account_sid,
            "From": self.from_address,
            "To": self.to_address,
            "Caller": self.from_address,
            "Called": self.to_address,
            "CallStatus": self.status,
            "Direction": self.direction,
            "FromCountry": find_country(self.from_address),
            "ToCountry": find_country(self.to_address),
            "ApiVersion": "2010-04-01",
            **({"AnsweredBy": self.answered_by} if self.answered_by else {}),
        }

    def describe_progress(self, account_sid: str) -> dict[str, str]:
        form = {
            **self.describe(account_sid),
            "Timestamp": formatdate(usegmt=False),
            "SequenceNumber": str(self.reports),
            "CallbackSource": "call-progress-events",
        }
        self.reports += 1
        if self.is_over:
            form |= {"CallDuration": str(self.duration), "Duration": str(-(-self.duration // 60))}
        return form


def find_country(address: str) -> str:
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(address)) or ""
    except phonenumbers.NumberParseException:
        return ""


@dataclass(slots=True, eq=False)
class Leg:
    call: Call
    label: str = ""
    starts: bool = True
    ends: bool = False
    wait: Fetch | None = None
    hold: Fetch | None = None  # what it hears while on hold
    is_muted: bool = False
    is_on_hold: bool = False
    coaches: str = ""  # the call it whispers to
    status: str = "queued"  # queued, ringing, connected, complete, failed
    created_at: float = field(default_factory=time.time)
    updated_at: float = field(default_factory=time.time)
    conference: "Conference | None" = None
    out: asyncio.Event = field(default_factory=asyncio.Event)
    sound: asyncio.Task[None] | None = None

    @property
    def who(self) -> str:
        return self.call.from_address if self.call.direction == "inbound" else self.call.to_address


@dataclass(slots=True, eq=False)
class Conference:
    name: str
    sid: str = field(default_factory=lambda: "CF" + uuid4().hex)
    status: str = "init"
    created_at: float = field(default_factory=time.time)
    updated_at: float = field(default_factory=time.time)
    callback: StatusCallback = field(default_factory=StatusCallback)
    legs: dict[str, Leg] = field(default_factory=dict)  # by call
    reports: int = 0
    ended_because: str | None = None
    ended_by: str | None = None

    @property
    def connected(self) -> list[Leg]:
        return [leg for leg in self.legs.values() if leg.status == "connected"]

    def find_leg(self, sid_or_label: str) -> Leg | None:
        return self.legs.get(sid_or_label) or next(
            (leg for leg in self.legs.values() if leg.label and leg.label == sid_or_label), None
        )
