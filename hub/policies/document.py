"""The policy: tiers, queues, rings, capacity, dispositions, entries. Stored as numbered versions.

The rule of this file: data and their ranges; `document_text.py` reads, checks and writes them. Durations are whole
seconds and say so in their names; microseconds begin at the router, whose policy `routing_form.py` makes from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from channels.registry import REGISTRY, traits_of
from channels.wording import written
from hub.policies.activity_kinds import STANDARD_KINDS, ActivityKind, ActivityPolicy
from hub.policies.agent_requirements import Duration, RequirementPolicy, RingPolicy
from hub.policies.attributes import STANDARD, AttributeName, AttributePolicy
from hub.policies.consents import STANDARD_CONSENTS, ConsentPolicy, Purpose
from hub.policies.customer_rules import EarlyWarningPolicy, StagePolicy, TierRulePolicy
from hub.policies.masking import MaskingPolicy
from hub.policies.names import Id, LanguageTag, Names
from hub.policies.opening_hours import HoursPolicy
from hub.policies.phone_menus import MenuPolicy
from hub.policies.webhook_policies import WebhookPolicy
from hub.toml_files.problems import Section
from routing import model
from routing.model import ChannelName
from scripts_library.webhook_parts import Webhook


def _require_channel(name: str) -> ChannelName:
    if name not in REGISTRY:
        *others, last = (f"'{one}'" for one in REGISTRY)
        raise ValueError(f"must be {', '.join(others)} or {last}")
    return ChannelName(name)


KnownChannel = Annotated[ChannelName, AfterValidator(_require_channel)]
Seconds = Annotated[int, Field(ge=0, le=366 * 86_400)]
CALLED_BACK = ("callback", "voicemail")  # the actions after which a customer is called
GIVING_BACK_SECONDS = 60  # longest time for our words to a customer; then their line counts as ended
NO_TIME_ZONE = "is not a time zone: write a name of the IANA database, such as Europe/Berlin"
ANSWER_SECONDS = 10  # time for the provider to place the call and to report the answer
Listening = Literal["monitor", "whisper", "barge", "take_over"]
CallDirection = Literal["arriving", "called_out"]  # called_out: by an agent; arriving: also if we call back
PhoneKey = Annotated[str, written(r"[0-9]?", "one digit from 0 to 9, or empty")]
Points = Annotated[int, Field(ge=1, le=model.FULL_CAPACITY)]


@dataclass(frozen=True, slots=True, kw_only=True)
class TierPolicy(Section):
    id: Id
    names: Names
    order: Annotated[int, Field(ge=0, le=1000)]  # larger is better
    head_start_seconds: Mapping[KnownChannel, Seconds | Literal["always"]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLevelPolicy(Section):
    """The share `target` (0..1) of the interactions should be answered within `seconds`."""

    target: Annotated[float, Field(gt=0, le=1)]
    seconds: Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class BoostPolicy(Section):
    """A rule that boosts an interaction. All that hold are added, up to timing.boost_cap_seconds."""

    when: Literal["repeat", "stage"]
    seconds: Duration
    within_seconds: Seconds = 0  # repeat: an agent handled an interaction of this customer within this time
    stage: Literal["", "prospect", "new", "established", "at_risk", "lapsed"] = (
        ""  # stage: the customer's lifecycle stage
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OverflowPolicy(Section):
    """A rule for interactions that a queue cannot or should not keep waiting."""

    occasion: model.Occasion
    action: Literal["wait", "queue", "voicemail", "callback", "auto_reply", "release"]
    channels: tuple[KnownChannel, ...] = ()  # empty: all
    queue: Id | Literal[""] = ""  # of the action "queue"
    message: Id | Literal[""] = ""  # the text that the customer gets, or hears on the phone
    after_seconds: Seconds = 0  # of the occasion "waited"
    limit: Annotated[int, Field(ge=0, le=1_000_000)] = 0  # of the occasion "full": how many wait

    def build(self) -> model.OverflowRule:
        """To the router a voicemail is a callback: the line ends, the place is kept, and the customer is called. The
        interaction stays open: if it entered the queue again, it would be sent to the voicemail again."""
        return model.OverflowRule(
            occasion=self.occasion,
            action=model.OverflowAction("callback" if self.action == "voicemail" else self.action),
            channels=self.channels,
            queue=model.QueueId(self.queue) if self.queue else None,
            message=self.message,
            after=self.after_seconds * model.SECOND,
            limit=self.limit,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePolicy(Section):
    """A text that the hub says or writes by itself, in each language."""

    id: Id
    texts: Annotated[Mapping[LanguageTag, Annotated[str, Field(min_length=1, max_length=1000)]], Field(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackPolicy(Section):
    """How a queue calls back customers who have given their line back."""

    greeting: Id  # the message for a customer who answers
    key: Annotated[str, written(r"[0-9]?", "one digit from 0 to 9, or empty")] = (
        ""  # a waiting customer may press it to be called back
    )
    message: Id | Literal[""] = ""  # the message for a customer who pressed the key
    appointment_key: Annotated[str, written(r"[0-9]?", "one digit from 0 to 9, or empty")] = (
        ""  # a waiting customer may press it to choose when to be called
    )
    hours: Id | Literal[""] = ""  # the hours in which customers are called; empty: at any time
    agent_first: bool = False  # True: the customer is called after an agent accepts; False: at once
    ring_seconds: Annotated[int, Field(ge=5, le=60)] = 25
    tries: Annotated[int, Field(ge=1, le=20)] = 3
    retry_after_seconds: Annotated[int, Field(ge=60, le=7 * 86_400)] = 600

    def build(self, hours: model.Hours | None) -> model.Dialling:
        return model.Dialling(
            agent_first=self.agent_first,
            hours=hours,
            pause=GIVING_BACK_SECONDS * model.SECOND,
            duration=(self.ring_seconds + ANSWER_SECONDS) * model.SECOND,
            tries=self.tries,
            retry_after=self.retry_after_seconds * model.SECOND,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingPolicy(Section):
    """Calls of one direction are recorded, once their customers have heard that they are."""

    announcement: Id  # the message that the customer hears before anything is recorded
    keep_days: Annotated[int, Field(ge=1, le=36_600)]  # then the sound is deleted, and its row stays


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePolicy(Section):
    id: Id
    names: Names
    channels: Annotated[tuple[KnownChannel, ...], Field(min_length=1)]
    service_level: Mapping[KnownChannel, ServiceLevelPolicy]
    rings: tuple[RingPolicy, ...] = ()  # empty: one ring that asks for nothing
    offer_seconds: Mapping[KnownChannel, Duration] = field(default_factory=dict)
    wrap_up_seconds: Duration | None = None
    preferred_seconds: Seconds = 0  # how long only the customer's last agent is asked; 0: they are not preferred
    return_seconds: Seconds = 0  # a customer who leaves and returns within this time gets the old place
    agents_may_take: bool = False  # agents may take the first waiting one without an offer
    transfer_restarts: bool = False  # a transferred interaction enters anew and loses its place
    agent_choice: model.AgentChoice = model.AgentChoice.LEAST_LOAD
    hours: Id | Literal[""] = ""  # empty: always open
    overflow: tuple[OverflowPolicy, ...] = ()  # the first rule for the occasion and the channel decides
    callback: CallbackPolicy | None = None  # None: nobody is called back
    machine_message: Id | Literal[""] = ""  # left where a machine answers our call; empty: it is hung up
    recording: Mapping[CallDirection, RecordingPolicy] = field(default_factory=dict)  # others are not recorded
    voicemail_keep_days: Annotated[int, Field(ge=0, le=36_600)] = 0  # of customers' messages; 0: for good

    @property
    def takes_calls(self) -> bool:
        return any(traits_of(channel).is_call for channel in self.channels)

    @property
    def has_call_hours(self) -> bool:
        """Whether it calls customers back, and in certain hours alone."""
        return self.callback is not None and bool(self.hours or self.callback.hours)


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityPolicy(Section):
    points: Mapping[KnownChannel, Points]  # of an agent's 100, per interaction; default: the channel's
    interruptible_by: Mapping[KnownChannel, tuple[KnownChannel, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimingPolicy(Section):
    offer_seconds: Mapping[KnownChannel, Duration]  # default: the channel's
    wrap_up_seconds: Duration
    retry_after_seconds: Duration  # an agent who declined or did not answer is not asked again before
    lone_retry_seconds: Duration  # the same, if nobody else could take it
    reserve_after_seconds: Duration  # how long smaller work may pass an interaction
    agent_grace_seconds: Seconds  # how long a lost desk keeps what it holds
    line_grace_seconds: Seconds = 30  # how long an agent whose line is lost in a call still has the call
    boost_cap_seconds: Seconds
    disabled_in_call: Literal["at_once", "at_call_end"] = "at_once"  # when a talk of who is no agent any more ends


@dataclass(frozen=True, slots=True, kw_only=True)
class ListeningPolicy(Section):
    """Who may listen in on work in the queues that they supervise, each way by itself, and whether the agent is told;
    who may hear the recordings of those queues. `everyone`: every supervisor."""

    shown_to_agent: Literal["always", "whisper_and_barge", "never"] = "always"  # a supervisor who barges always is
    monitor: Literal["everyone"] | tuple[Id, ...] = "everyone"  # or the ids of those who may
    whisper: Literal["everyone"] | tuple[Id, ...] = "everyone"
    barge: Literal["everyone"] | tuple[Id, ...] = "everyone"
    take_over: Literal["everyone"] | tuple[Id, ...] = "everyone"

    hear_recordings: Literal["everyone"] | tuple[Id, ...] = "everyone"
    download_recordings: Literal["everyone"] | tuple[Id, ...] = ()  # also of those who hold the work

    def may_hear(self, staff_id: str) -> bool:
        """Whether this supervisor may hear recordings. Agents need no right for those of their own work."""
        return self.hear_recordings == "everyone" or staff_id in self.hear_recordings

    def may_download(self, staff_id: str) -> bool:
        return self.download_recordings == "everyone" or staff_id in self.download_recordings

    def allows(self, way: Listening, staff_id: str) -> bool:
        by_way = {
            "monitor": self.monitor,
            "whisper": self.whisper,
            "barge": self.barge,
            "take_over": self.take_over,
        }
        return by_way[way] == "everyone" or staff_id in by_way[way]

    def is_shown(self, way: Listening) -> bool:
        """Whether the agent is told that a supervisor listens in this way."""
        if self.shown_to_agent == "whisper_and_barge":
            return way != "monitor"
        return self.shown_to_agent == "always" or way not in ("monitor", "whisper")


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionPolicy(Section):
    """How long customers' data is kept; 0: for good. Recordings have a term of their own in each queue."""

    messages_days: Annotated[int, Field(ge=0, le=36_600)] = 0  # after the interaction has closed; 0: for good
    scripts_days: Annotated[int, Field(ge=0, le=36_600)] = 0  # the same, of what scripts asked and proved
    activities_days: Annotated[int, Field(ge=0, le=36_600)] = 0
    past_values_days: Annotated[int, Field(ge=0, le=36_600)] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DispositionPolicy(Section):
    code: Id
    names: Names
    queues: tuple[Id, ...] = ()  # empty: all
    promises_callback: bool = False  # True: it needs a time that was agreed with the customer
    activity: ActivityKind | Literal[""] = ""  # what has happened to the customer, such as a complaint


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonPolicy(Section):
    code: Id
    names: Names


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPolicy(Section):
    """Interactions for `address` enter `queue`. An empty `address`: every other address of the channel."""

    channel: KnownChannel
    queue: Id
    address: str = ""  # E.164 number or mailbox in lower case
    language: LanguageTag | Literal[""] = ""  # of customers who write here, if theirs is unknown
    requirement: RequirementPolicy = field(default_factory=RequirementPolicy)
    menu: Id | Literal[""] = ""  # phone: callers hear it first; whom it does not understand enters `queue`


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyDocument(Section):
    organisation: Annotated[str, Field(min_length=1, max_length=120)]
    time_zone: str
    languages: Annotated[tuple[LanguageTag, ...], Field(min_length=1)]  # the first is the default
    currency: Annotated[str, written(r"[A-Z]{3}", "the three capital letters of a currency, such as EUR")]
    default_tier: Id  # of unknown customers
    tiers: Annotated[tuple[TierPolicy, ...], Field(min_length=1)]
    queues: Annotated[tuple[QueuePolicy, ...], Field(min_length=1)]
    entries: Annotated[tuple[EntryPolicy, ...], Field(min_length=1)]
    capacity: CapacityPolicy
    timing: TimingPolicy
    dispositions: Annotated[tuple[DispositionPolicy, ...], Field(min_length=1)]
    unavailable_reasons: Annotated[tuple[ReasonPolicy, ...], Field(min_length=1)]
    boosts: tuple[BoostPolicy, ...] = ()
    hours: tuple[HoursPolicy, ...] = ()
    messages: tuple[MessagePolicy, ...] = ()
    menus: Mapping[Id, MenuPolicy] = field(default_factory=dict)
    attributes: Mapping[AttributeName, AttributePolicy] = field(default_factory=dict)  # beside the standard ones
    activities: Mapping[ActivityKind, ActivityPolicy] = field(default_factory=dict)  # beside the standard kinds
    tier_rules: tuple[TierRulePolicy, ...] = ()  # without any, only people change tiers
    stages: tuple[StagePolicy, ...] = ()
    early_warnings: tuple[EarlyWarningPolicy, ...] = ()
    listening: ListeningPolicy = ListeningPolicy()
    retention: RetentionPolicy = RetentionPolicy()
    masking: MaskingPolicy = field(default_factory=MaskingPolicy)
    consents: Mapping[Purpose, ConsentPolicy] = field(default_factory=dict)  # others have their standard meaning
    webhooks: Mapping[Id, WebhookPolicy] = field(default_factory=dict)  # that scripts may call

    @property
    def all_consents(self) -> Mapping[str, ConsentPolicy]:
        return {**STANDARD_CONSENTS, **{str(purpose): rule for purpose, rule in self.consents.items()}}

    @property
    def all_attributes(self) -> Mapping[str, AttributePolicy]:
        return {**STANDARD, **self.attributes}

    @property
    def all_activities(self) -> Mapping[str, ActivityPolicy]:
        return {**STANDARD_KINDS, **self.activities}

    @property
    def all_webhooks(self) -> Mapping[str, Webhook]:
        """As scripts know them."""
        return {name: webhook.build() for name, webhook in self.webhooks.items()}

    @property
    def purposes(self) -> Mapping[str, Names]:
        """What callers may want, with the names of the first option of a menu that says so."""
        found: dict[str, Names] = {}
        for option in (option for menu in self.menus.values() for option in menu.options if option.purpose):
            found.setdefault(option.purpose, option.names)
        return found

    def name_sign(self, warning: EarlyWarningPolicy) -> str:
        """What the profile says while this early warning holds: its name in the first language."""
        return warning.names[self.languages[0]]

    def channels_of(self, queue: QueuePolicy) -> tuple[ChannelName, ...]:
        """The channels that the queue takes. The first queue takes every channel that no queue names."""
        if queue.id != self.queues[0].id:
            return queue.channels
        named = {channel for one in self.queues for channel in one.channels}
        return (*queue.channels, *(ChannelName(one) for one in REGISTRY if one not in named))

    def find_entry(self, channel: str, address: str) -> EntryPolicy | None:
        """The entry of this address, else the channel's entry for every other address."""
        of_channel = [entry for entry in self.entries if entry.channel == channel]
        exact = (entry for entry in of_channel if entry.address and entry.address == address.lower())
        return next(exact, next((entry for entry in of_channel if not entry.address), None))
