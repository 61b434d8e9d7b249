"""The wire types of the desk: one frozen model for each thing that it shows.

The rule of this file: instants are integer milliseconds since 1970 UTC, as in JavaScript, and a duration's name has
its unit. The models have codes and numbers, not sentences, because the screen has the words in its language.
"""

from typing import Annotated, Literal

from pydantic import Field

from agent_console.call_words import CallState, PartyRole, PartyState, RecordingState
from agent_console.hand_over import ConsultView, HandOverView
from agent_console.listening_views import ListeningView
from agent_console.private_data import Address, ByAttribute, FileUrl, OfAttribute, Private, Words
from agent_console.script_views import ScriptView
from agent_console.wire_model import Wire as Wire
from routing.model import AgentState, ChannelName, InteractionState

Text = Annotated[str, Field(max_length=20_000)]
Id = Annotated[str, Field(min_length=1, max_length=64)]
Delivery = Literal["queued", "sending", "sent", "delivered", "read", "failed", "unknown"]
IdentityLevel = Literal["claimed", "proven", "verified"]
Names = dict[str, str]  # language tag -> name


class StaffView(Wire):
    id: str
    name: str
    roles: list[Literal["agent", "supervisor", "author", "administrator"]]
    language: str


class AgentView(Wire):
    """The signed-in agent's own state. `wish` is the state that they chose for when their hands are empty."""

    state: AgentState
    reason: str
    since: int
    wish: AgentState | None
    wish_reason: str = ""
    load: int = 0  # how many of the 100 points are taken
    has_phone: bool = True  # False: the agent is offered no calls, because they have no telephone


class CustomerView(Wire):
    id: str
    name: str
    tier: str
    language: str
    since_year: Annotated[int | None, OfAttribute("since_year")] = None
    # in the organisation's currency, over all their time as a customer
    value_past: Annotated[float | None, OfAttribute("value_past")] = None
    value_now: Annotated[float | None, OfAttribute("value_now")] = None  # in the last twelve months
    value_potential: Annotated[float | None, OfAttribute("value_potential")] = None
    currency: str = ""
    # e.g. "sms", "after 18:00": the profile's own words
    prefers: Annotated[list[str], OfAttribute("prefers")] = []
    early_sign: Annotated[str, OfAttribute("early_sign")] = ""
    # name in PolicyView.attributes -> its value, or the texts of a list
    attributes: Annotated[dict[str, list[str]], ByAttribute()] = {}
    addresses: list["AddressView"] = []
    stage: Annotated[str, OfAttribute("stage")] = ""  # lifecycle stage


class AddressView(Wire):
    channel: ChannelName
    address: Address
    identity_level: IdentityLevel


class ReasonView(Wire):
    """Why the agent was offered this: codes and numbers that the screen puts into words."""

    chosen_by: str  # routing.decisions.ChosenBy
    eligible: int
    waited_seconds: float
    head_start_seconds: float
    boost_seconds: float = 0
    policy_version: int


class OfferView(Wire):
    id: str
    interaction_id: str
    channel: ChannelName
    queue: str
    tier: str
    customer_name: Address
    languages: list[str] = []
    subject: Words = ""  # the mail's subject or the first words
    entered_at: int
    made_at: int
    deadline_at: int
    reason: ReasonView
    script_title: str = ""
    is_callback: bool = False  # accepting the offer has the customer called
    hand_over: HandOverView | None = None  # a colleague handed it on


class MediaView(Wire):
    ref: str
    name: str
    content_type: str
    size: int
    url: str
    is_recording: bool = False  # of a call: `url` is not the sound, but what the player shows of it


class MessageView(Wire):
    """One entry of a transcript: a text of the customer or the agent, a note, or a fact."""

    id: str
    kind: Literal["customer", "participant", "agent", "note", "fact"]  # participant: another sender, by a reply token
    channel: ChannelName
    at: int
    author: Address = ""
    address: Address = ""  # the address that it came from
    identity_level: IdentityLevel | Literal[""] = ""  # of this message, not of the customer
    text: Words = ""
    subject: Words = ""
    html_url: FileUrl = ""  # sanitised; show it in a sandboxed frame
    raw_url: FileUrl = ""
    media: list[MediaView] = []
    delivery: Delivery | None = None
    error: str = ""  # a code if delivery failed or is unknown
    is_automatic: bool = False
    problem: str = ""
    fact: str = ""  # a FactKind; what is stored under an older name is shown by that name
    # of a fact; of a mail: to, cc, reply_to, delivered_to
    data: Annotated[dict[str, str | int | float | None], Private.ADDRESSES, Private.TEXTS] = {}


class PartyView(Wire):
    """Somebody in a call beside its customer and the agent who holds it."""

    id: str
    role: PartyRole
    state: PartyState
    name: str  # the agent's; empty: somebody outside
    agent_id: str = ""
    address: Address = ""  # the number of somebody outside
    since: int
    deadline_at: int | None = None  # until when an answer is waited for
    is_muted: bool = False
    takes_over: bool = False  # the call is theirs as soon as they are in it


class RecordingView(Wire):
    """The recording of a call. Only in the state `paused` is nothing recorded; in `asked` and `failed`, not for all
    that is known."""

    state: RecordingState
    since: int
    problem: Literal["", "begin", "pause", "resume"] = ""  # what the provider did not do, for all that is known
    is_by_script: bool = False  # the script paused it, and goes on with it after its step


class CallView(Wire):
    """The call of an interaction. In the state `dialling`, the customer is called until the deadline."""

    state: CallState
    since: int
    number: Address
    deadline_at: int | None = None
    parties: list[PartyView] = []  # in the order in which they were asked
    recording: RecordingView | None = None  # None: it is not recorded


class AppointmentView(Wire):
    """A call that is agreed with a customer. `local_at` is by the clock of the organisation: 2026-11-24T10:00."""

    id: str
    local_at: str
    agent_id: str = ""  # who is asked first; "": anybody
    note: Words = ""


class InteractionView(Wire):
    """One interaction that this agent has. `version` grows with every change of its state or its agent. A command
    with an older version is refused as stale."""

    id: str
    version: int
    state: InteractionState
    channel: ChannelName
    queue: str
    tier: str
    language: str
    customer: CustomerView
    address: Address
    direction: Literal["in", "out"] = "in"  # out: the agent called the customer
    reply_address: Address = ""  # email: the address that an answer goes to
    identity_level: IdentityLevel
    subject: Words = ""
    entered_at: int
    accepted_at: int | None = None
    state_since: int
    wrap_up_deadline_at: int | None = None
    call: CallView | None = None
    listeners: list[PartyView] = []  # of texts: the supervisors who read along. Those of a call are its parties
    reason: ReasonView | None = None
    messages: list[MessageView] = []  # the newest ones; older ones are in the pages of the conversation
    script: ScriptView | None = None
    is_customer_gone: bool = False
    appointments: list[AppointmentView] = []  # of its customer


class QueueLine(Wire):
    queue: str
    waiting: int
    oldest_at: int | None
    expected_minutes: int | None = None  # the longest estimated wait of a call or chat in the queue


class TodayView(Wire):
    """The agent's own figures. A state counts when it has ended; the screen adds the present one."""

    handled: int
    in_time: int  # how many of those handled
    handle_seconds: int = 0  # from accepted to closed, wrap-up included; divided by `handled`, it is the AHT
    available_seconds: int = 0


class QueueView(Wire):
    id: str
    names: Names
    channels: list[ChannelName]
    agents_may_take: bool = False  # an agent may take the first that waits for them, without an offer


class TierView(Wire):
    id: str
    names: Names
    order: int
    head_start_seconds: dict[str, float | None]  # channel -> seconds; None: "always"


class DispositionView(Wire):
    code: str
    names: Names
    queues: list[str] = []  # empty: all
    promises_callback: bool = False  # True: it needs an agreed time


class CodeView(Wire):
    code: str
    names: Names


class ChannelView(Wire):
    """The traits of a channel. The screens ask for these and do not know any channel by name."""

    name: ChannelName
    names: Names
    counted: Names  # "{count, plural, one {# call} other {# calls}}"; empty: the count and the name
    icon: str  # phone, smartphone, mail, chat, send, camera; for another word, a general picture is shown
    is_call: bool = False
    is_live: bool = False  # the customer stays there while they wait
    is_mail: bool = False
    stored_is_sent: bool = False  # a chat on a page; both sides see the other one typing
    texts_cost_money: bool = False  # for each of their parts
    soon_seconds: int  # after this time, an answer is shown as due soon
    late_seconds: int  # after this time, an answer is shown as late


class AttributeView(Wire):
    """An attribute of customers, as the card shows it."""

    name: str
    type: Literal["text", "number", "money", "date", "choice", "yes_no", "list"]
    names: Names
    help: Names = {}
    unit: str = ""  # of a number
    choices: list[CodeView] = []


class PolicyView(Wire):
    version: int
    organisation: str
    languages: list[str]
    channels: list[ChannelView]
    attributes: list[AttributeView] = []  # those on the card, in the order in which it shows them
    currency: str = ""
    tiers: list[TierView]
    queues: list[QueueView]
    dispositions: list[DispositionView]
    unavailable_reasons: list[CodeView]
    purposes: list[CodeView] = []  # what callers may choose in menus
    boost_cap_seconds: int = 0  # how far one interaction may be moved ahead
    wall_ahead: int = 0  # in milliseconds: people's clocks minus the instants that screens get


class DeskSnapshot(Wire):
    number: int  # the number of the last event that it includes
    acting_desk: str = ""  # the desk whose commands are obeyed; empty: any desk's
    at: int  # the hub's time, for countdowns
    staff: StaffView
    agent: AgentView
    offers: list[OfferView]
    interactions: list[InteractionView]
    consults: list[ConsultView] = []  # colleagues' questions to this agent
    listening: list[ListeningView] = []  # where this agent, who is a supervisor too, listens in
    queues: list[QueueLine]
    today: TodayView
    policy: PolicyView
