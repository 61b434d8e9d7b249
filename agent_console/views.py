"""What the desk shows: one frozen model per thing.

The rule of this file: instants are integer milliseconds since 1970 UTC (what JavaScript counts in), durations
carry their unit; codes and numbers, never sentences: the screen has the words in its language.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from routing.model import AgentState, ChannelName, InteractionState
from scripts_library.model import NotSaid


class Wire(BaseModel):
    """Sent whole: the screens' types have every field, those with a default too."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_serialization_defaults_required=True)


Text = Annotated[str, Field(max_length=20_000)]
Id = Annotated[str, Field(min_length=1, max_length=64)]
Delivery = Literal["queued", "sending", "sent", "delivered", "read", "failed", "unknown"]
IdentityLevel = Literal["claimed", "proven", "verified"]
# What becomes of a call, in the order of its life: every word that the hub writes and the screens read. `voicemail`:
# the caller is asked for a message; `given_back`: they will be called; `connecting`: the agent's telephone is called.
CallState = Literal["waiting", "voicemail", "given_back", "dialling", "connecting", "talking", "held", "over"]
Names = dict[str, str]  # language tag -> name


class StaffView(Wire):
    id: str
    name: str
    roles: list[Literal["agent", "supervisor", "author", "administrator"]]
    language: str


class AgentView(Wire):
    """The signed-in agent's own state. `wish`: the state that follows when the hands are empty."""

    state: AgentState
    reason: str
    since: int
    wish: AgentState | None
    wish_reason: str = ""
    load: int = 0  # points of 100
    has_phone: bool = True  # without a telephone to answer with, no calls are offered


class CustomerView(Wire):
    id: str
    name: str
    tier: str
    language: str
    since_year: int | None = None
    value_past: float | None = None  # in the organisation's currency, over the whole relation
    value_now: float | None = None  # in the last twelve months
    value_potential: float | None = None
    currency: str = ""
    prefers: list[str] = []  # e.g. "sms", "after 18:00": the profile's own words
    early_sign: str = ""
    fields: dict[str, list[str]] = {}  # by the names of PolicyView.customer_fields: what the profile has of them
    addresses: list["AddressView"] = []
    stage: str = ""  # lifecycle stage


class AddressView(Wire):
    channel: ChannelName
    address: str
    identity_level: IdentityLevel


class ReasonView(Wire):
    """Why this offer came here: codes and numbers, rendered by the screen."""

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
    customer_name: str
    languages: list[str] = []
    subject: str = ""  # the mail's subject or the first words
    entered_at: int
    made_at: int
    deadline_at: int
    reason: ReasonView
    script_title: str = ""
    is_callback: bool = False  # who accepts it has the customer called


class MediaView(Wire):
    ref: str
    name: str
    content_type: str
    size: int
    url: str


class MessageView(Wire):
    """One line of a transcript: text of customer or agent, a note, or a fact told as a quiet line."""

    id: str
    kind: Literal["customer", "participant", "agent", "note", "fact"]  # participant: somebody else, by a reply token
    channel: ChannelName
    at: int
    author: str = ""
    address: str = ""  # that it came from
    identity_level: IdentityLevel | Literal[""] = ""  # of this very message
    text: str = ""
    subject: str = ""
    html_url: str = ""  # sanitised, to be shown in a sandboxed frame
    raw_url: str = ""
    media: list[MediaView] = []
    delivery: Delivery | None = None
    error: str = ""  # a code when delivery failed or is unknown
    is_automatic: bool = False
    problem: str = ""
    fact: str = ""  # entered, offered, accepted, returned, held, resumed, ended, script_picked, ...
    data: dict[str, str | int | float | None] = {}  # of a fact; of a mail: to, cc, reply_to, delivered_to


class CallView(Wire):
    """`dialling`: we call the customer, until the deadline."""

    state: CallState
    since: int
    number: str
    deadline_at: int | None = None


class Span(Wire):
    text: str
    style: Literal["plain", "strong", "emphasis", "filled"] = "plain"  # filled: from the customer's data


class BlockView(Wire):
    kind: Literal["paragraph", "bullet", "numbered"]
    spans: list[Span]


class ProseView(Wire):
    """A prompt: words to say; or guidance, for the agent's eyes."""

    kind: Literal["prompt", "guidance"]
    blocks: list[BlockView]


class ScriptChoiceView(Wire):
    key: str
    label: str
    chosen: bool = False


class ScriptFieldView(Wire):
    kind: Literal["field"] = "field"
    name: str
    label: str
    type: Literal["text", "choice", "date", "number", "amount", "yes_no"]
    required: bool
    options: list[str] = []  # of a choice: what the answer may be
    option_labels: list[str] = []  # beside `options`, in the script's language
    value: str = ""
    kept_in: Literal["interaction", "profile"] = "interaction"


class MustSayView(Wire):
    kind: Literal["must_say"] = "must_say"
    id: str
    text: str
    acknowledged: bool
    not_said: NotSaid | None = None  # why it was not
    note: str = ""


class OwedStatementView(Wire):
    """A statement that a script has shown, and that is neither acknowledged nor marked as not said."""

    script_id: str
    statement: str
    title: str  # of the script
    language: str
    text: str


ScriptPart = Annotated[ProseView | MustSayView | ScriptFieldView, Field(discriminator="kind")]


class ScriptView(Wire):
    """The current step of a script run. `ordinal` of `length`: how far the thin bar is."""

    script_id: str
    version: int
    title: str
    language: str
    applies: list[str] = []  # what made it the one: "platinum", "phone", "cards"
    step_id: str
    step_title: str
    ordinal: int
    length: int
    parts: list[ScriptPart] = []  # in the author's order
    choices: list[ScriptChoiceView] = []
    can_go_back: bool = False
    is_final: bool = False  # the last step: nothing follows
    languages: list[str] = []  # in which the script exists
    owed: list[OwedStatementView] = []  # of every script of this interaction


class ScriptOptionView(Wire):
    """A script that may be picked. `is_begun`: a run of it stands, and goes on where it was left."""

    id: str
    title: str
    language: str
    applies: list[str] = []
    is_begun: bool = False


class InteractionView(Wire):
    """One interaction that this agent holds. `version` grows with every change of state or holder; a command
    that carries an older one is refused as stale."""

    id: str
    version: int
    state: InteractionState
    channel: ChannelName
    queue: str
    tier: str
    language: str
    customer: CustomerView
    address: str
    reply_address: str = ""  # email: where an answer goes
    identity_level: IdentityLevel
    subject: str = ""
    entered_at: int
    accepted_at: int | None = None
    state_since: int
    wrap_up_deadline_at: int | None = None
    call: CallView | None = None
    reason: ReasonView | None = None
    messages: list[MessageView] = []  # the newest; what came before is in the customer's conversation, by page
    script: ScriptView | None = None
    is_customer_gone: bool = False


class QueueLine(Wire):
    queue: str
    waiting: int
    oldest_at: int | None
    expected_minutes: int | None = None  # of who waits longest from here on, on the phone or in a chat


class TodayView(Wire):
    """The agent's own figures. A state counts once it has ended: the screen adds the one that runs."""

    handled: int
    in_time: int  # of those handled
    handle_seconds: int = 0  # from accepted to closed, wrap-up included; over `handled` it is the AHT
    available_seconds: int = 0


class QueueView(Wire):
    id: str
    names: Names
    channels: list[ChannelName]
    agents_may_take: bool = False  # the first of what waits, without being offered it


class TierView(Wire):
    id: str
    names: Names
    order: int
    head_start_seconds: dict[str, float | None]  # channel -> seconds; None: always before


class DispositionView(Wire):
    code: str
    names: Names
    queues: list[str] = []  # empty: all


class CodeView(Wire):
    code: str
    names: Names


class ChannelView(Wire):
    """What a channel says of itself: the screens ask for these, never for its name."""

    name: ChannelName
    names: Names
    counted: Names  # "{count, plural, one {# call} other {# calls}}"; empty: its name after the count
    icon: str  # phone, smartphone, mail, chat, send, camera; another word: the picture for any other
    is_call: bool = False
    is_live: bool = False  # the customer waits there
    is_mail: bool = False
    stored_is_sent: bool = False  # a chat on a page: whoever types there sees each other typing
    texts_cost_money: bool = False  # by their parts
    soon_seconds: int  # after which an open answer is soon due
    late_seconds: int  # and late


class CustomerFieldView(Wire):
    name: str
    names: Names


class PolicyView(Wire):
    version: int
    organisation: str
    languages: list[str]
    channels: list[ChannelView]
    customer_fields: list[CustomerFieldView] = []  # in the order of the customer's card
    tiers: list[TierView]
    queues: list[QueueView]
    dispositions: list[DispositionView]
    unavailable_reasons: list[CodeView]
    boost_cap_seconds: int = 0  # how far one interaction may be moved ahead
    wall_ahead: int = 0  # milliseconds: what people's clocks show, less the instants that screens are told


class DeskSnapshot(Wire):
    number: int  # the event it stands at
    acting_desk: str = ""  # whose commands are obeyed; empty: whichever asks
    at: int  # the hub's clock, for countdowns
    staff: StaffView
    agent: AgentView
    offers: list[OfferView]
    interactions: list[InteractionView]
    queues: list[QueueLine]
    today: TodayView
    policy: PolicyView
