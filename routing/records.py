"""What the router holds in memory: the changeable twins of `InteractionRow` and `AgentRow`.

The rule of this file: everything that decides is in the row; the rest of a record (its rank, its lane, its
timer, the agent's seat) is found again from rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, cast

from routing.model import (
    AgentId,
    AgentProfile,
    AgentState,
    Callback,
    ChannelName,
    ClosedAs,
    InteractionId,
    InteractionState,
    Micros,
    Occasion,
    OfferId,
    QueueId,
    Requirement,
    TierId,
)
from routing.rank import RankKey, build_rank
from routing.requirements import meets

if TYPE_CHECKING:
    from routing.groups import Counts, Group, Idle, Seat
    from routing.lanes import Lane, Outlook, RankHeap


_AVAILABLE: Final = AgentState.AVAILABLE  # named once: see `routing.lifecycle`
_NO_RANK: Final = cast(RankKey, ())

Timer = tuple[Micros, int, int, str, "Interaction | Agent"]
"""When something is due for a record; of equal instants, interactions before agents, in the order of their places."""


@dataclass(slots=True, eq=False)
class Interaction:
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
    boost: Micros
    queued_at: Micros
    requirement: Requirement
    preferred: tuple[AgentId, ...] = ()
    rings_at: Micros | None = None
    agent_id: AgentId | None = None
    offer_id: OfferId | None = None
    offers_made: int = 0
    deadline_at: Micros | None = None
    excluded: tuple[tuple[AgentId, Micros], ...] = ()
    reserved_for: AgentId | None = None
    passed_at: Micros | None = None
    overflowed: tuple[Occasion, ...] = ()
    callback: Callback | None = None
    has_restarted: bool = False
    linked_to: InteractionId | None = None
    closed_as: ClosedAs | None = None

    rank: RankKey = field(init=False)
    lane: Lane | None = None  # while it waits
    place: RankHeap | None = None  # the lane's heap of all that waits
    watch: RankHeap | None = None  # the lane's heap of what has not been passed yet, or of what is overdue
    timer_at: Micros | None = None

    def __post_init__(self) -> None:
        self.renew_rank()

    def __lt__(self, other: Interaction) -> bool:
        """Of two that were given one place. Where an id is given again, heaps may hold entries of the one that
        closed: no order between the two."""
        return self.id < other.id

    def excludes(self, agent_id: AgentId) -> bool:
        return any(each[0] == agent_id for each in self.excluded)

    @property
    def asks_preferred(self) -> bool:
        """Whether its preferred agents alone are asked, before the rings."""
        return bool(self.preferred) and self.rings_at is None

    def renew_rank(self) -> None:
        self.rank = build_rank(self)

    def timer(self, at: Micros) -> Timer:
        return (at, 0, self.sequence, self.id, self)

    def forget_rank(self) -> None:
        """It is closed, and would be kept in memory by its rank, which holds it."""
        self.rank = _NO_RANK


@dataclass(slots=True, eq=False)
class Agent:
    id: AgentId
    profile: AgentProfile
    state: AgentState
    reason: str = ""
    state_since: Micros = 0
    idle_since: Micros = 0
    wish: AgentState | None = None
    wish_reason: str = ""
    lost_at: Micros | None = None

    group: Group = field(init=False)
    outlook: Outlook = field(init=False)  # the group's
    counts: Counts = field(init=False)  # held per channel
    held: dict[InteractionId, Interaction] = field(default_factory=dict)
    seat: Seat | None = None  # in the group, while open to any work that fits
    seated: tuple[Counts, Idle] = field(init=False)  # what put the agent on that seat
    reserved: Interaction | None = None  # the one interaction that this agent is kept for
    own_outlook: Outlook | None = None  # on what names this agent
    is_staffed: bool = False  # counted by the group as open
    timer_at: Micros | None = None

    def timer(self, at: Micros) -> Timer:
        return (at, 1, 0, self.id, self)

    @property
    def is_open(self) -> bool:
        """Open to offers, full or not: available, no wish to leave, the desk alive."""
        return self.state is _AVAILABLE and self.wish is None and self.lost_at is None

    def meets(self, lane: Lane) -> bool:
        """Whether this agent could take the lane's work with empty hands, whatever their state."""
        if self.group in lane.groups:
            return True
        return (
            self.id in lane.named
            and lane.queue in self.profile.queues
            and self.group.takes(lane.channel)
            and meets(lane.alternatives, self.id, self.profile)
        )

    def sit(self) -> None:
        self.seated = (self.counts, (self.idle_since, self.id))
        self.seat = self.group.sit(*self.seated)

    def rise(self) -> None:
        if self.seat is not None:
            self.seat = None
            self.group.rise(*self.seated)
