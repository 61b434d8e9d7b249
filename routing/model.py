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
ChannelName = NewType("ChannelName", str)  # whichever the policy has

Micros = int
SECOND: Final[Micros] = 1_000_000
DAY: Final[Micros] = 86_400 * SECOND
FULL_CAPACITY: Final = 100


class InteractionState(StrEnum):
    WAITING = "waiting"
    PAUSED = "paused"  # another channel of the same customer holds the place
    DIALLING = "dialling"  # a callback is being placed; the agent is held as by an offer
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
    UNFINISHED = "unfinished"  # handled, but something owed to the customer is open: said by the shell alone


class AgentState(StrEnum):
    OFFLINE = "offline"
    AVAILABLE = "available"
    UNAVAILABLE = "unavailable"
    NOT_RESPONDING = "not_responding"


class AgentChoice(StrEnum):
    """Which of several eligible agents is asked first; of equals the longest idle."""

    LEAST_LOAD = "least_load"  # the least share of capacity used
    MOST_PROFICIENT = "most_proficient"  # the highest levels in the skills asked for; then the least load


class OfferEnd(StrEnum):
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    AGENT_LOST = "agent_lost"


class Occasion(StrEnum):
    """When a queue cannot or should not keep an interaction waiting."""

    CLOSED = "closed"  # it enters outside the opening hours
    FULL = "full"  # it enters, and so many of its channel wait already
    UNSTAFFED = "unstaffed"  # it enters, and nobody who could take it at any ring is open to work, busy or free
    WAITED = "waited"  # it has waited in this queue for too long
    CLOSING = "closing"  # the queue closes while it waits


class OverflowAction(StrEnum):
    WAIT = "wait"
    QUEUE = "queue"  # to another queue, at the same place; that queue's rules then apply
    CALLBACK = "callback"  # the line is given back, the place is kept
    AUTO_REPLY = "auto_reply"  # it is told something, and waits on
    RELEASE = "release"  # it is told something, and closed


@value
class Requirement:
    """What an interaction needs of an agent. Empty parts ask for nothing; tuples are sorted."""

    skills: tuple[tuple[str, int], ...] = ()  # (skill, minimum level 1..5); all of them
    languages: tuple[str, ...] = ()  # the agent speaks at least one of them
    teams: tuple[str, ...] = ()  # the agent is in at least one of them
    agents: tuple[AgentId, ...] = ()  # the agent is one of them


ANYONE: Final = Requirement()


@value
class Ring:
    """One step of a queue's search. Rings accumulate: an agent needs to meet one ring reached."""

    requirement: Requirement = ANYONE
    duration: Micros | None = None  # None: the last ring, open for ever


@value
class Tier:
    """A customer's class. `head_start` per channel: how long they are treated as having waited already;
    None means "always": a band of their own before everyone of a lower order."""

    id: TierId
    order: int  # larger is better
    head_start: Mapping[ChannelName, Micros | None]


Period = tuple[Micros, Micros]
"""From the first until before the second."""


@value
class Hours:
    """Opening hours by the clock on the wall. Periods are since local midnight, in order, and do not overlap."""

    week: tuple[tuple[Period, ...], ...]  # seven, Monday's first
    days: tuple[tuple[int, tuple[Period, ...]], ...] = ()  # of single days (since 1970-01-01): holidays, long Fridays
    offsets: tuple[tuple[Micros, Micros], ...] = ((0, 0),)  # (since when, local time minus UTC), in order


@value
class OverflowRule:
    occasion: Occasion
    action: OverflowAction
    channels: tuple[ChannelName, ...] = ()  # empty: all
    queue: QueueId | None = None  # of the action `queue`
    message: str = ""  # what the customer is told: the shell knows the words
    after: Micros = 0  # of the occasion `waited`
    limit: int = 0  # of the occasion `full`


@value
class Dialling:
    """How a queue calls back."""

    agent_first: bool = False  # the agent accepts an offer, then the customer is dialled; else the other way round
    hours: Hours | None = None  # in which customers are called; None: at any time
    pause: Micros = 0  # how long a line that a rule of the queue gives back may still be busy
    duration: Micros = 30 * SECOND  # how long it rings, and the agent is held
    tries: int = 3  # then it is closed as failed
    retry_after: Micros = 600 * SECOND


@value
class Queue:
    id: QueueId
    rings: tuple[Ring, ...] = (Ring(),)
    offer_duration: Mapping[ChannelName, Micros] = field(default_factory=dict)  # falls back to the policy's
    wrap_up_limit: Micros | None = None  # falls back to the policy's
    preferred_duration: Micros = 0  # how long an interaction's preferred agents alone are asked, before the rings
    choice: AgentChoice = AgentChoice.LEAST_LOAD
    transfer_restarts: bool = False  # what is transferred here enters anew, at the end of its tier
    channels: tuple[ChannelName, ...] = ()  # that it takes; empty: all
    calls_back: bool = True  # False: nobody who waits to be called may wait here
    dialling: Dialling = Dialling()
    hours: Hours | None = None  # None: always open
    overflow: tuple[OverflowRule, ...] = ()  # the first that speaks of occasion and channel decides


@value
class Policy:
    """One numbered version of everything that decides. What already waits keeps the head start it has."""

    version: int
    tiers: Mapping[TierId, Tier]
    queues: Mapping[QueueId, Queue]
    points: Mapping[ChannelName, int]  # what one interaction takes of an agent's 100; every channel there is
    calls: tuple[ChannelName, ...]  # the channels whose customer is on the line
    interruptible_by: Mapping[ChannelName, tuple[ChannelName, ...]]  # held channel -> channels that may interrupt
    offer_duration: Mapping[ChannelName, Micros]
    wrap_up_limit: Micros
    boost_cap: Micros
    retry_after: Micros  # how long an agent who declined or let expire is excluded from that interaction
    lone_retry: Micros  # the same where no other staffed agent could take it
    reserve_after: Micros  # how long work that fits may pass an interaction before an agent is reserved
    agent_grace: Micros  # how long a lost desk keeps what it holds

    @property
    def channels(self) -> tuple[ChannelName, ...]:
        """All, in the order in which they are numbered and shown."""
        return tuple(self.points)


@value
class AgentProfile:
    """What an agent may and can do; tuples are sorted. `points` overrides the policy's."""

    queues: tuple[QueueId, ...]
    skills: tuple[tuple[str, int], ...] = ()
    languages: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    points: tuple[tuple[ChannelName, int], ...] = ()


@value
class Rank:
    """Smallest is served first. Time never changes it."""

    band: int
    at: Micros  # entered_at - head start - boost
    sequence: int


@value
class Callback:
    """Of an interaction whose customer is to be called back."""

    windows: tuple[Period, ...] = ()  # when the customer may be called; empty: at any time
    tries: int = 0  # made so far; the number of the present one
    not_before: Micros = 0
    is_given: bool = False  # to an agent, while nobody may be called: they have it in hand with nobody on the line


@value
class InteractionRow:
    """Everything the router knows of one open interaction: what the shell stores and restores."""

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
    queued_at: Micros | None = None  # when it entered this queue, or came back to it out of hand; None: at entered_at
    requirement: Requirement = ANYONE
    preferred: tuple[AgentId, ...] = ()  # who is asked before the rings: last agent, account owner
    rings_at: Micros | None = None  # when the first ring opened; None: at queued_at, or the preferred are asked still
    agent_id: AgentId | None = None  # who holds the offer, the conversation or the wrap-up
    offer_id: OfferId | None = None
    offers_made: int = 0
    deadline_at: Micros | None = None  # of the offer, or of the wrap-up
    excluded: tuple[tuple[AgentId, Micros], ...] = ()  # (agent, until)
    reserved_for: AgentId | None = None
    passed_at: Micros | None = None  # when work that fits first passed it
    overflowed: tuple[Occasion, ...] = ()  # what came up while it waited in this queue, and is done with
    callback: Callback | None = None
    has_restarted: bool = False  # by a transfer: `entered_at` is that of the transfer
    linked_to: InteractionId | None = None  # the paused one whose place this one holds
    closed_as: ClosedAs | None = None

    @property
    def rank(self) -> Rank:
        return Rank(self.band, self.entered_at - self.head_start - self.boost, self.sequence)


@value
class AgentRow:
    """Everything the router knows of one agent. What they hold follows from the interactions."""

    id: AgentId
    profile: AgentProfile
    state: AgentState
    reason: str = ""
    state_since: Micros = 0
    idle_since: Micros = 0  # when the last interaction ended, or when they became available first
    wish: AgentState | None = None  # "unavailable after this one": the agent's own, wins over the system's
    wish_reason: str = ""
    lost_at: Micros | None = None  # the desk's heartbeat is gone since


@value
class Snapshot:
    """All rows, ordered by id. `restore(policy, snapshot, now).snapshot() == snapshot`."""

    policy_version: int
    next_sequence: int
    now: Micros  # the latest instant handled; time never runs back behind it
    interactions: tuple[InteractionRow, ...]
    agents: tuple[AgentRow, ...]


@value
class Place:
    """Where a waiting interaction stands. `position` is 1 for the next one of its queue."""

    position: int
    waiting: int
    entered_at: Micros
