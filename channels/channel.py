"""The Protocol of a channel, the notices it reports, and its one error type.

The rule of this file: plain data, and nothing here knows a provider. A notice is a fact with a delivery key. The hub
stores it (committed and flushed) before the adapter answers its provider. Two notices with the same key are the same
fact. Instants are integer microseconds since 1970, UTC.

Errors: an adapter raises `ChannelError` and nothing else.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from aiohttp import web

from channels.answers import AgentCall as AgentCall
from channels.answers import Announcement as Announcement
from channels.answers import AppointmentCancelled as AppointmentCancelled
from channels.answers import AppointmentWished as AppointmentWished
from channels.answers import AskedCall as AskedCall
from channels.answers import ChatMessage as ChatMessage
from channels.answers import ChosenTime as ChosenTime
from channels.answers import ConsentAnswered as ConsentAnswered
from channels.answers import ConsentQuestion as ConsentQuestion
from channels.answers import IdentityLevel as IdentityLevel
from channels.answers import Media as Media
from channels.answers import MenuPage as MenuPage
from channels.answers import MenuState as MenuState
from channels.answers import MenuTurn as MenuTurn
from channels.answers import MenuWords as MenuWords
from channels.answers import OpenCall as OpenCall
from channels.answers import WaitingPlace as WaitingPlace
from channels.requests import After as After
from channels.requests import AnswerKind as AnswerKind
from channels.requests import AnswerValue as AnswerValue
from channels.requests import BringAgent as BringAgent
from channels.requests import CallAgent as CallAgent
from channels.requests import CallCustomer as CallCustomer
from channels.requests import CallWebhook as CallWebhook
from channels.requests import ChangeRecording as ChangeRecording
from channels.requests import ChannelError as ChannelError
from channels.requests import ConnectAgent as ConnectAgent
from channels.requests import ConnectParty as ConnectParty
from channels.requests import DeleteRecording as DeleteRecording
from channels.requests import DetectMachine as DetectMachine
from channels.requests import FetchRecordings as FetchRecordings
from channels.requests import FetchVoicemail as FetchVoicemail
from channels.requests import HangUp as HangUp
from channels.requests import HoldCall as HoldCall
from channels.requests import ReachAgent as ReachAgent
from channels.requests import Receipt as Receipt
from channels.requests import RecordingChange as RecordingChange
from channels.requests import Request as Request
from channels.requests import Speak as Speak
from channels.requests import StartRecording as StartRecording
from channels.requests import TextOut as TextOut
from channels.requests import UpdateParty as UpdateParty


class DeliveryState(StrEnum):
    """How far an outgoing message has come. It only moves forward."""

    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


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
    joins: tuple[str, ...] = ()  # what it answers, surest first: a reply token "token:..", then "id:.."
    is_automatic: bool = False  # an auto-reply, bounce or list mail (RFC 3834): never answered automatically
    notification: str = ""  # email: bounce, absence, receipt, feedback, calendar: nobody has to answer it
    is_only_passed_on: bool = False  # email: its automatic signs only mean that a list or the like passed it on
    same_mail: str = ""  # email: the same in all deliveries of one mail, to any of our mailboxes
    delivered_to: str = ""  # email: the mailbox of ours that this delivery came to
    to: str = ""  # email: the addresses as its header lists them
    cc: str = ""
    reply_to: str = ""  # email: where its sender wants the answer; empty: at the sender's own address
    is_reply_to_proven: bool = False  # the proven sender wrote `reply_to`
    problem: str = ""  # why it could not be parsed; then `raw` alone has its content
    language: str = ""  # what the provider or the page says, e.g. "zh-CN"
    chat_id: str = ""  # webchat: the chat it belongs to
    name_claimed: str = ""
    wish: str = ""  # "stop", "start" or "help", if the provider recognised and answered it


@dataclass(frozen=True, slots=True)
class DeliveryReported:
    key: str
    state: DeliveryState
    outbox_id: str = ""  # our id of the message, from the callback's address
    provider_id: str = ""
    error_code: str = ""


@dataclass(frozen=True, slots=True)
class CallArrived:
    """A call waits in its room, the conference that is named by the call id. The instants are by the provider's
    clock, and only given for a call that began while the hub could not be reached."""

    key: str
    call_id: str
    from_address: str
    to_address: str
    identity_level: IdentityLevel = IdentityLevel.CLAIMED  # caller id can be forged
    country: str = ""
    over_keys: tuple[str, ...] = ()  # keys of the notices that would end this call: one may have come before it
    began_at: int | None = None
    ended_at: int | None = None  # None: the customer is on the line
    menu: str = ""  # the menu that the caller hears first; empty: they wait at once
    language: str = ""  # of that menu
    announced: str = ""  # the policy's message that the caller hears first: the call is recorded


@dataclass(frozen=True, slots=True)
class MenuAnswered:
    """A caller has chosen in a menu. `option`: the key; empty if nobody understood them, so that a person must."""

    key: str
    call_id: str
    menu: str
    option: str
    language: str  # that the caller hears from here on
    announced: str = ""  # as in CallArrived


class LegRole(StrEnum):
    CUSTOMER = "customer"
    AGENT = "agent"


@dataclass(frozen=True, slots=True)
class LegJoined:
    key: str
    call_id: str  # the customer's call, which names the room
    leg_id: str  # the leg that joined
    role: LegRole
    outbox_id: str = ""  # our request that called this leg


@dataclass(frozen=True, slots=True)
class LegLeft:
    """A leg has ended, or was never answered. `reason` is the provider's word: completed, no-answer, busy, failed."""

    key: str
    call_id: str
    leg_id: str
    role: LegRole
    reason: str = ""
    outbox_id: str = ""  # our request that called this leg


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
    recording_id: str = ""  # the provider's


@dataclass(frozen=True, slots=True)
class RecordingReported:
    """The recording of a call has begun or is over. `began_at` is by the provider's clock."""

    key: str
    call_id: str
    recording_id: str
    began_at: int | None  # None: the recording is over


@dataclass(frozen=True, slots=True)
class RecordingFetched:
    """The sound of a call's recording is stored. The provider still has it too."""

    key: str
    call_id: str
    recording_id: str
    media: Media
    duration_ms: int
    channels: int


@dataclass(frozen=True, slots=True)
class CallAnswered:
    """A customer whom the hub called has answered. `call_id` is their call, and names its room."""

    key: str
    call_id: str
    outbox_id: str  # our request that called them
    announced: str = ""  # what that request announced, if they hear it before they come into the room


@dataclass(frozen=True, slots=True)
class AgentReady:
    """The agent who calls out is on the line and hears the ringing tone."""

    key: str
    leg_id: str
    outbox_id: str  # our request that called them


@dataclass(frozen=True, slots=True)
class MachineAnswered:
    """A machine has answered our call to a customer, as the provider found out while somebody listened. `may_speak`:
    it records from here on."""

    key: str
    call_id: str
    outbox_id: str  # our request that called the customer
    may_speak: bool


@dataclass(frozen=True, slots=True)
class ChatOpened:
    key: str
    chat_id: str
    language: str
    page: str = ""
    name_claimed: str = ""
    address: str = ""  # the chat identity: the one that the site signed, else the chat id
    identity_level: IdentityLevel = IdentityLevel.CLAIMED


@dataclass(frozen=True, slots=True)
class ChatLeft:
    """The customer ended the chat. Closing the page does not end it."""

    key: str
    chat_id: str


Notice = (
    MessageReceived
    | DeliveryReported
    | CallArrived
    | MenuAnswered
    | CallbackWished
    | VoicemailLeft
    | RecordingReported
    | RecordingFetched
    | CallAnswered
    | AgentReady
    | MachineAnswered
    | LegJoined
    | LegLeft
    | ChatOpened
    | ChatLeft
    | ConsentAnswered
    | AppointmentWished
    | AppointmentCancelled
)


class Hub(Protocol):
    """The hub as an adapter sees it. Each adapter is built with it."""

    async def accept(self, notices: Sequence[Notice]) -> None:
        """Return when the notices are stored for good. If it raises, they are not: the adapter tells its provider."""

    async def store_media(self, data: bytes, name: str, content_type: str, key: str = "") -> Media:
        """Return when the bytes are flushed to disk. What is stored under the same `key` again takes the place of the
        first, so what is fetched again after a crash is there once. Without a key each is a file of its own."""

    async def store_stream(self, chunks: AsyncIterator[bytes], name: str, content_type: str, key: str = "") -> Media:
        """As `store_media`, for what need not fit into memory. What `chunks` raises comes out; nothing is kept."""

    async def is_media_whole(self, ref: str, sha256: str) -> bool:
        """Whether the stored file is there and has this checksum."""

    async def find_announcement(
        self, arrival: CallArrived, choice: MenuAnswered | None = None
    ) -> Announcement | None:
        """What the caller is to hear before they wait, because the call is recorded in the queue that they enter.
        `choice`: theirs in a menu. None: nothing."""

    async def find_place(self, address: str) -> WaitingPlace | None:
        """The place of a call or chat in the order. `address`: its call id or chat id."""

    async def open_menu(self, arrival: CallArrived) -> MenuPage | None:
        """The first page of the menu for this call. None if the caller goes straight into the call's room."""

    async def answer_menu(self, state: MenuState, keys: str, speech: str, arrival: CallArrived) -> MenuTurn:
        """What becomes of a caller's answer. Both empty: they were silent."""

    async def list_call_times(self, channel: str, chat_id: str) -> Sequence[int]:
        """The times by the wall clock, in order, at which the customer of this chat may ask to be called."""

    async def list_asked_calls(self, chat_id: str) -> Sequence[AskedCall]:
        """The calls that were asked for in this chat and are still to come."""

    async def find_asked_call(self, asked_in: str, wish_id: str) -> AskedCall | None:
        """What became of this wish. None if it is not decided."""

    async def list_consent_questions(
        self, channel: str, address: str, level: IdentityLevel, language: str
    ) -> Sequence[ConsentQuestion]:
        """What the customer of a chat is to be asked: what they have not answered yet."""

    async def read_chat(self, chat_id: str, after: int, most: int) -> Sequence[ChatMessage]:
        """At most `most` messages of a chat, in order, from the first with a number above `after`."""

    async def read_chat_state(self, chat_id: str) -> str:
        """The state of a chat: "waiting", "paused", "active", "closed", or "" if the hub has not heard of it."""

    async def read_open_calls(self) -> Sequence[OpenCall]:
        """The calls that the hub believes to be under way."""

    async def find_agent_call(self, call_id: str, outbox_id: str) -> AgentCall | None:
        """The call for which this request of ours calls an agent's telephone. None if the agent can no longer have
        it, because the customer has gone or a colleague has it."""

    async def find_request(self, outbox_id: str) -> Request | None:
        """The request with this id. None if the hub has made none."""

    async def find_heard(self, keys: Collection[str]) -> Collection[str]:
        """Those of these delivery keys that the hub has accepted already."""

    async def find_sent(self, provider_ids: Collection[str]) -> Mapping[str, str]:
        """Our messages among these that the hub does not know to have arrived: provider id -> outbox id."""


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Route:
    """An HTTP route of an adapter. `door` says who may use it: "provider" (signed), "public" or "sandbox"."""

    method: str
    path: str
    handler: Handler
    door: str


class Channel(Protocol):
    """An adapter. The hub builds one for each configured channel, mounts its routes, starts and stops it."""

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
    """A channel whose provider never repeats what we missed, but lists it when asked."""

    name: str

    async def catch_up(self, since: int) -> None:
        """Give `Hub.accept` what has happened since that instant. Each notice has the key that its webhook would have
        had, so nothing counts twice. Raises ChannelError, and what `accept` raises."""
