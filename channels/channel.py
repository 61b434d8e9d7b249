"""The Protocol of a channel, the notices it reports, and its one error type.

The rule of this file: plain data, and nothing here knows a provider. A notice is a fact with a delivery key;
the hub stores it (committed and flushed) before the adapter answers its provider. The same key twice is the
same fact. Instants are integer microseconds since 1970, UTC.

Errors: `ChannelError`, nothing else leaves an adapter.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from aiohttp import web

from channels.answers import AgentCall as AgentCall
from channels.answers import ChatMessage as ChatMessage
from channels.answers import OpenCall as OpenCall
from channels.answers import WaitingPlace as WaitingPlace
from channels.requests import After as After
from channels.requests import CallAgent as CallAgent
from channels.requests import CallCustomer as CallCustomer
from channels.requests import ConnectAgent as ConnectAgent
from channels.requests import FetchVoicemail as FetchVoicemail
from channels.requests import HangUp as HangUp
from channels.requests import HoldCall as HoldCall
from channels.requests import Request as Request
from channels.requests import Speak as Speak
from channels.requests import TextOut as TextOut


class IdentityLevel(StrEnum):
    CLAIMED = "claimed"
    PROVEN = "proven"
    VERIFIED = "verified"


class DeliveryState(StrEnum):
    """How far an outgoing message has come; it only moves forward."""

    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Media:
    """A stored file: raw mail, attachment. `ref` is what the media store gave back."""

    ref: str
    name: str
    content_type: str
    size: int  # bytes


@dataclass(frozen=True, slots=True)
class MessageReceived:
    key: str  # unique per delivery, e.g. "sms:AC..:SM.."
    from_address: str
    to_address: str
    text: str
    identity_level: IdentityLevel
    provider_id: str = ""  # the provider's id of this message: MessageSid, Message-ID
    subject: str = ""
    html: str = ""  # sanitised
    media: tuple[Media, ...] = ()
    raw: str = ""  # media ref of the message as it came
    from_name: str = ""
    joins: tuple[str, ...] = ()  # what it answers, surest first: reply token "token:..", then provider ids "id:.."
    is_automatic: bool = False  # an auto-reply, bounce or list mail (RFC 3834): never answered automatically
    notification: str = ""  # email: what a program only tells: bounce, absence, receipt, feedback, calendar; no work
    is_only_passed_on: bool = False  # email: automatic for the marks of lists alone, which a person's mail may have
    same_mail: str = ""  # email: alike in all deliveries of one mail, to whichever mailboxes of ours
    delivered_to: str = ""  # email: our mailbox that this delivery came to
    to: str = ""  # email: as its header lists them
    cc: str = ""
    reply_to: str = ""  # email: the one address that its sender wants the answer at, where it is not the sender's own
    is_reply_to_proven: bool = False  # written by the proven sender
    problem: str = ""  # why it could not be parsed; `raw` then holds all there is
    language: str = ""  # what the provider or the page says, e.g. "zh-CN"
    chat_id: str = ""  # webchat: the chat it belongs to
    name_claimed: str = ""
    wish: str = ""  # what the provider took it for, and has answered: "stop", "start" or "help"


@dataclass(frozen=True, slots=True)
class DeliveryReported:
    key: str
    state: DeliveryState
    outbox_id: str = ""  # ours, from the callback's address
    provider_id: str = ""
    error_code: str = ""


@dataclass(frozen=True, slots=True)
class CallArrived:
    """A call waits in its room: the conference is named by the call id."""

    key: str
    call_id: str
    from_address: str
    to_address: str
    identity_level: IdentityLevel = IdentityLevel.CLAIMED  # caller id can be forged
    country: str = ""
    over_keys: tuple[str, ...] = ()  # of the notices that would say that it is over: one may have come first


class LegRole(StrEnum):
    CUSTOMER = "customer"
    AGENT = "agent"


@dataclass(frozen=True, slots=True)
class LegJoined:
    key: str
    call_id: str  # of the customer's call: the room
    leg_id: str  # of the leg that joined
    role: LegRole
    outbox_id: str = ""  # of our request that called this leg


@dataclass(frozen=True, slots=True)
class LegLeft:
    """A leg is gone for good, or was never answered. `reason` is the provider's word: completed, no-answer,
    busy, failed, ..."""

    key: str
    call_id: str
    leg_id: str
    role: LegRole
    reason: str = ""
    outbox_id: str = ""  # of our request that called this leg


@dataclass(frozen=True, slots=True)
class CallbackWished:
    """A customer who waits on the line wants to be called back instead."""

    key: str
    call_id: str


@dataclass(frozen=True, slots=True)
class VoicemailLeft:
    """A customer has left a spoken message on the line."""

    key: str
    call_id: str
    media: Media
    seconds: int


@dataclass(frozen=True, slots=True)
class RecordingReported:
    """What is spoken in a call is recorded, or the recording is over. `began_at`: by the provider's clock."""

    key: str
    call_id: str
    recording_id: str
    began_at: int | None  # None: it is over


@dataclass(frozen=True, slots=True)
class CallAnswered:
    """A customer whom the hub called has answered: the call is theirs, and its room bears its name."""

    key: str
    call_id: str
    outbox_id: str  # of our request that called them


@dataclass(frozen=True, slots=True)
class ChatOpened:
    key: str
    chat_id: str
    language: str
    page: str = ""
    name_claimed: str = ""
    address: str = ""  # the chat identity: what the site says of its visitor, else the chat id
    identity_level: IdentityLevel = IdentityLevel.CLAIMED


@dataclass(frozen=True, slots=True)
class ChatLeft:
    """The customer ended the chat (a closed page alone is no end)."""

    key: str
    chat_id: str


Notice = (
    MessageReceived
    | DeliveryReported
    | CallArrived
    | CallbackWished
    | VoicemailLeft
    | RecordingReported
    | CallAnswered
    | LegJoined
    | LegLeft
    | ChatOpened
    | ChatLeft
)


@dataclass(frozen=True, slots=True)
class Receipt:
    provider_id: str


class ChannelError(Exception):
    """A request to the provider did not succeed.

    `retry`: the same request may be tried again later. `outcome_known`: False when the bytes left and no
    answer came, so that it may have happened (then `retry` is False). `code`: the provider's, or ours.
    `whose`: "ours" (configuration), "provider", "customer" (the address cannot be reached).
    """

    def __init__(
        self,
        what: str,
        *,
        code: str,
        retry: bool = False,
        outcome_known: bool = True,
        whose: str = "provider",
    ) -> None:
        super().__init__(what)
        self.what, self.code, self.retry, self.outcome_known, self.whose = (
            what,
            code,
            retry,
            outcome_known,
            whose,
        )


class Hub(Protocol):
    """What an adapter may ask of the hub, which it is built with."""

    async def accept(self, notices: Sequence[Notice]) -> None:
        """Return when the notices are stored for good. Raises when they are not: tell the provider so."""

    async def store_media(self, data: bytes, name: str, content_type: str) -> Media:
        """Return when the bytes are flushed to disk."""

    async def find_place(self, address: str) -> WaitingPlace | None:
        """The place of a call (by call id) or chat (by chat id)."""

    async def read_chat(self, chat_id: str, after: int, most: int) -> Sequence[ChatMessage]:
        """The first `most` messages of a chat with a number above `after`, in order."""

    async def read_chat_state(self, chat_id: str) -> str:
        """ "waiting", "paused", "active", "closed", or "" for a chat unknown so far."""

    async def read_open_calls(self) -> Sequence[OpenCall]:
        """The calls that are not over, as far as the hub was told."""

    async def find_agent_call(self, call_id: str, outbox_id: str) -> AgentCall | None:
        """The call for which this request of ours calls an agent's telephone; None where it is no longer theirs: the
        customer has gone, or a colleague has it."""

    async def find_request(self, outbox_id: str) -> Request | None:
        """What the hub has asked for under this id."""

    async def find_heard(self, keys: Collection[str]) -> Collection[str]:
        """Which of these delivery keys have come."""

    async def find_sent(self, provider_ids: Collection[str]) -> Mapping[str, str]:
        """The outbox ids of those of these messages that are ours and have not arrived as far as the hub was told."""


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Route:
    """An HTTP route of an adapter. `door` says who may come in: "provider" (signed), "public" or "sandbox"."""

    method: str
    path: str
    handler: Handler
    door: str


class Channel(Protocol):
    """What `app.py` builds, mounts, starts and stops. One instance per configured channel."""

    name: str

    def routes(self) -> Sequence[Route]: ...

    async def start(self) -> None:
        """Open what needs a running event loop. It is called once, before the first request and the first webhook."""

    async def stop(self) -> None: ...


@runtime_checkable
class Sends(Channel, Protocol):
    """A channel that carries requests out: every one except those whose customers read what is stored, as their
    `Traits.stored_is_sent` says."""

    async def send(self, request: Request) -> Receipt:
        """Carry out one request. Raises ChannelError."""


@runtime_checkable
class CatchesUp(Protocol):
    """A channel whose provider does not come again with what we missed, and can be asked for it."""

    name: str

    async def catch_up(self, since: int) -> None:
        """Hand to `Hub.accept` what has happened since then, under the keys of the provider's own deliveries, so that
        what has come is nothing new. Raises ChannelError, and what `accept` raises."""
