"""The words of the router: policy, agents, interactions, rows.

The rule of this file: plain frozen data. An instant is integer microseconds since 1970 (UTC), a duration
integer microseconds; both are `Micros`. Every collection has a fixed order, so that the same data always
gives the same decisions, whatever the hash seed.
"""

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import Final, NewType

from routing.values import value

InteractionId = NewType("InteractionId", str)
AgentId = NewType("AgentId", str)
OfferId = NewType("OfferId", str)
QueueId = NewType("QueueId", str)
TierId = NewType("TierId", str)
ChannelName = NewType("ChannelName", str)  # the policy says which there are

Micros = int
SECOND: Final[Micros] = 1_000_000
DAY: Final[Micros] = 86_400 * SECOND
FULL_CAPACITY: Final = 100


class InteractionState(StrEnum):
    WAITING = "waiting"
    PAUSED = "paused"  # another interaction of the same customer has its place
    DIALLING = "dialling"  # the customer of a callback is being called; it takes the agent's points, as an offer does
    OFFERED = "offered"
    ACTIVE = "active"
    WRAP_UP = "wrap_up"
    CLOSED = "closed"


class ClosedAs(StrEnum):
    HANDLED = "handled"
    ABANDONED = "abandoned"
    SHORT_ABANDONED = "short_abandoned"
    SELF_SERVED = "self_served"
    VOICEMAIL = "voicemail"
    FAILED = "failed"
    UNFINISHED = "unfinished"  # handled, but a required statement is open; only the shell closes as this


class AgentState(StrEnum):
    OFFLINE = "offline"
    AVAILABLE = "available"
    UNAVAILABLE = "unavailable"
    NOT_RESPONDING = "not_responding"


class AgentChoice(StrEnum):
    """How a queue chooses among eligible agents. Among equals, the longest idle is asked."""

    LEAST_LOAD = "least_load"  # the fewest points held
    MOST_PROFICIENT = "most_proficient"  # the largest sum of levels in the skills asked for, then the least load


class OfferEnd(StrEnum):
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    AGENT_LOST = "agent_lost"


class Occasion(StrEnum):
    """When an overflow rule of a queue can apply to an interaction."""

    CLOSED = "closed"  # it enters outside the opening hours
    FULL = "full"  # it enters when the rule's limit of its channel wait in the queue already
    UNSTAFFED = "unstaffed"  # it enters when no agent who could take it at some ring is open to work, busy or free
    WAITED = "waited"  # it has waited in this queue for as long as the rule says
    CLOSING = "closing"  # the queue closes while it waits


class OverflowAction(StrEnum):
    WAIT = "wait"
    QUEUE = "queue"  # it goes to another queue and keeps its place; that queue's rules then apply
    CALLBACK = "callback"  # it becomes a callback and keeps its place
    AUTO_REPLY = "auto_reply"  # the customer is told something and goes on waiting
    RELEASE = "release"  # the customer is told something and the interaction is closed


@value
class Requirement:
    """What an interaction needs of an agent. An empty part asks for nothing. Tuples are sorted."""

    skills: tuple[tuple[str, int], ...] = ()  # (skill, minimum level 1..5); all of them
    languages: tuple[str, ...] = ()  # the agent speaks at least one of them
    teams: tuple[str, ...] = ()  # the agent is in at least one of them
    agents: tuple[AgentId, ...] = ()  # the agent is one of them


ANYONE: Final = Requirement()


@value
class Ring:
    """One step of a queue's search. An agent is asked when they meet any of the rings that have opened."""

    requirement: Requirement = ANYONE
    duration: Micros | None = None  # None: it stays open for ever, so it must be the last


@value
class Tier:
    """A customer's class. `head_start` says, for each channel, how long the customer is treated as having waited
    already. None means "always": the tier has a band of its own, before every tier of a lower order."""

    id: TierId
    order: int  # larger is better
    head_start: Mapping[ChannelName, Micros | None]


Period = tuple[Micros, Micros]
"""(begin, end): the begin is part of the period, the end is not."""


@value
class Hours:
    """Opening hours in local time. Periods count from local midnight, are in order, and do not overlap."""

    week: tuple[tuple[Period, ...], ...]  # seven days, Monday first
    days: tuple[tuple[int, tuple[Period, ...]], ...] = ()  # (days since 1970-01-01, periods): holidays
    offsets: tuple[tuple[Micros, Micros], ...] = ((0, 0),)  # (since when, local time minus UTC), in order of time


@value
class OverflowRule:
    occasion: Occasion
    action: OverflowAction
    channels: tuple[ChannelName, ...] = ()  # empty: all
    queue: QueueId | None = None  # for the action `queue`: where the interaction goes
    message: str = ""  # a key for what the customer is told; the shell has the words
    after: Micros = 0  # for the occasion `waited`: after how long a wait
    limit: int = 0  # for the occasion `full`: how many may wait


@value
class Dialling:
    """How a queue calls back."""

    agent_first: bool = False  # True: the agent must accept an offer first; False: the customer is dialled first
    hours: Hours | None = None  # when customers are called; None: at any time
    pause: Micros = 0  # how long the customer's line may still be busy after an overflow rule has ended their call
    duration: Micros = 30 * SECOND  # how long the call rings; it takes the agent's points meanwhile
    tries: int = 3  # after so many calls without an answer it is closed as failed
    retry_after: Micros = 600 * SECOND  # how long it waits between two calls


@value
class Queue:
    id: QueueId
    rings: tuple[Ring, ...] = (Ring(),)
    offer_duration: Mapping[ChannelName, Micros] = field(default_factory=dict)  # falls back to the policy's
    wrap_up_limit: Micros | None = None  # falls back to the policy's
    preferred_duration: Micros = 0  # how long only the preferred agents are asked, before the rings open
    choice: AgentChoice = AgentChoice.LEAST_LOAD
    transfer_restarts: bool = False  # True: a transfer here sets `entered_at` to the instant of the transfer
    channels: tuple[ChannelName, ...] = ()  # the channels that it takes; empty: all
    calls_back: bool = True  # False: it takes no callbacks
    dialling: Dialling = Dialling()
    hours: Hours | None = None  # None: always open
    overflow: tuple[OverflowRule, ...] = ()  # the first rule for the occasion and channel decides


@value
class Policy:
    """One numbered version of everything that decides. A new version does not change the head start of an interaction
    that has entered already."""

    version: int
    tiers: Mapping[TierId, Tier]
    queues: Mapping[QueueId, Queue]
    points: Mapping[ChannelName, int]  # how many of an agent's 100 points one interaction takes; has every channel
    calls: tuple[ChannelName, ...]  # the channels on which the customer is on a line
    interruptible_by: Mapping[ChannelName, tuple[ChannelName, ...]]  # held channel -> channels that may interrupt
    offer_duration: Mapping[ChannelName, Micros]
    wrap_up_limit: Micros
    boost_cap: Micros
    retry_after: Micros  # how long an agent is excluded from what they declined, let expire or transferred
    lone_retry: Micros  # the same, when no other agent who is open to work could take it
    reserve_after: Micros  # how long smaller work may be taken past an interaction before an agent is reserved for it
    agent_grace: Micros  # how long an agent whose desk has disconnected keeps their work

    @property
    def channels(self) -> tuple[ChannelName, ...]:
        """All channels, in the order in which they are numbered and shown."""
        return tuple(self.points)


@value
class AgentProfile:
    """Which work an agent may take and what they can do. Tuples are sorted. `points` overrides the policy's."""

    queues: tuple[QueueId, ...]
    skills: tuple[tuple[str, int], ...] = ()
    languages: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    points: tuple[tuple[ChannelName, int], ...] = ()


@value
class Rank:
    """The place in the order: the smallest is served first. The passing of time does not change it."""

    band: int
    at: Micros  # entered_at - head start - boost
    sequence: int


@value
class Callback:
    """An interaction has one while its customer is to be called back."""

    windows: tuple[Period, ...] = ()  # when the customer may be called; empty: at any time
    tries: int = 0  # how many calls have been made; during a call, its number
    not_before: Micros = 0  # the earliest instant of the next call
    is_given: bool = False  # an agent has it without a call: outside the hours, or no call could be made


@value
class InteractionRow:
    """Everything that the router knows of one open interaction. The shell stores it and restores from it."""

    id: InteractionId
    queue: QueueId
    channel: ChannelName
    tier: TierId
    state: InteractionState
    state_since: Micros
    entered_at: Micros
    sequence: int
    band: int
    head_start: Micros
    boost: Micros = 0
    queued_at: Micros | None = None  # when it entered this queue or came back from an agent; None: entered_at
    requirement: Requirement = ANYONE
    preferred: tuple[AgentId, ...] = ()  # agents asked before the rings: last agent, account owner
    rings_at: Micros | None = None  # when the first ring opened; None: at queued_at, or not yet (preferred agents)
    agent_id: AgentId | None = None  # the agent with the offer, the conversation or the wrap-up
    offer_id: OfferId | None = None
    offers_made: int = 0
    deadline_at: Micros | None = None  # when the offer, the call to the customer or the wrap-up ends
    excluded: tuple[tuple[AgentId, Micros], ...] = ()  # (agent, until when they are not asked)
    reserved_for: AgentId | None = None  # the agent who is reserved for it
    passed_at: Micros | None = None  # when other work was first taken past it by an agent without room for it
    overflowed: tuple[Occasion, ...] = ()  # the occasions `waited` and `closing` that were handled in this queue
    callback: Callback | None = None
    has_restarted: bool = False  # a transfer set `entered_at` to its own instant
    linked_to: InteractionId | None = None  # the paused interaction of the same customer whose place this one holds
    closed_as: ClosedAs | None = None
    consulted: tuple[AgentId, ...] = ()  # agents in it beside the one who has it; it takes their points too
    answered: Callback | None = None  # the callback whose call was answered: if a machine did, it is one again
    given_by: tuple[AgentId, QueueId] | None = None  # who transferred the call here, and the queue it came from

    @property
    def rank(self) -> Rank:
        return Rank(self.band, self.entered_at - self.head_start - self.boost, self.sequence)


@value
class AgentRow:
    """Everything that the router knows of one agent. The interactions say what the agent holds."""

    id: AgentId
    profile: AgentProfile
    state: AgentState
    reason: str = ""
    state_since: Micros = 0
    idle_since: Micros = 0  # when their last interaction ended, else when they became available; 0: neither
    wish: AgentState | None = None  # the state that the agent chose for when their hands are empty
    wish_reason: str = ""
    lost_at: Micros | None = None  # since when the desk's heartbeat is missing


@value
class Snapshot:
    """All rows, ordered by id. `restore(policy, snapshot, now).snapshot() == snapshot`."""

    policy_version: int
    next_sequence: int
    now: Micros  # the latest instant handled; an earlier `now` counts as this one
    interactions: tuple[InteractionRow, ...]
    agents: tuple[AgentRow, ...]


@value
class Place:
    """The place of a waiting interaction in its queue. `position` is 1 for the one with the smallest rank."""

    position: int
    waiting: int
    entered_at: Micros
