"""Interactions in memory, and the lanes and heaps in which they wait. `Interaction` is `InteractionRow` made
changeable.

The rules of this file:
1. The row has everything that a decision depends on; the other fields of an interaction can be found from rows.
2. Nothing is removed from the middle of a heap. An entry is checked when it comes to the top, and a heap is rebuilt
   when more than half of it is stale.

A `RankHeap` holds interactions by rank, and a `Lane` has three of these heaps. `Heads` is a heap over the first
entries of many of them: the work that one group of agents, or one named agent, could take on one channel. Lanes
ignore exclusions: an agent who is excluded from the first of a heap looks at the next one. That is seldom needed,
because agents are excluded only for a while, from what they have just had.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush, heapreplace
from typing import Final, NamedTuple, cast

from routing.groups import Group
from routing.model import (
    AgentChoice,
    AgentId,
    AgentProfile,
    Callback,
    ChannelName,
    ClosedAs,
    InteractionId,
    InteractionState,
    Micros,
    Occasion,
    OfferId,
    Queue,
    QueueId,
    Requirement,
    TierId,
)
from routing.requirements import Alternative, alternatives_of

RankKey = tuple[int, Micros, int, "Interaction"]
"""`model.Rank` as a plain tuple, which the heaps compare, with its interaction at the end. So a heap needs no tuple
of its own, and two interactions with the same rank are ordered by their ids."""

_NO_RANK: Final = cast(RankKey, ())

# The heaps of a lane.
ALL: Final = 0  # every interaction that waits in the lane
UNPASSED: Final = 1  # those of them past which no agent has taken other work yet
OVERDUE: Final = 2  # those of them that were passed `reserve_after` ago or earlier, and have no agent reserved
_HEAPS: Final = (ALL, UNPASSED, OVERDUE)


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
    consulted: tuple[AgentId, ...] = ()
    answered: Callback | None = None
    given_by: tuple[AgentId, QueueId] | None = None

    rank: RankKey = field(init=False)
    lane: Lane | None = None  # None while it does not wait, or is a callback on hold
    place: RankHeap | None = None  # the heap `ALL` of the lane
    watch: RankHeap | None = None  # the heap `UNPASSED` or `OVERDUE` of the lane, if it is in one of them
    timer_at: Micros | None = None

    def __post_init__(self) -> None:
        self.renew_rank()

    def __lt__(self, other: Interaction) -> bool:
        """Order two interactions with the same rank. Heaps may still hold a closed interaction whose id was given
        again; neither of these two is less than the other."""
        return self.id < other.id

    def excludes(self, agent_id: AgentId) -> bool:
        return any(each[0] == agent_id for each in self.excluded)

    @property
    def asks_preferred(self) -> bool:
        """Whether only its preferred agents are asked, because the rings have not opened."""
        return bool(self.preferred) and self.rings_at is None

    def renew_rank(self) -> None:
        at = self.entered_at - self.head_start - self.boost
        self.rank = (self.band, at, self.sequence, self)

    def timer(self, at: Micros) -> tuple[Micros, int, int, str, Interaction]:
        return (at, 0, self.sequence, self.id, self)

    def forget_rank(self) -> None:
        """Break the circle of references between a closed interaction and its rank, so that its memory is freed."""
        self.rank = _NO_RANK


class RankHeap:
    __slots__ = ("_entries", "_kind", "_lane", "size")

    def __init__(self, lane: Lane, kind: int) -> None:
        self._entries: list[RankKey] = []
        self._kind = kind
        self._lane = lane
        self.size = 0

    def __lt__(self, other: RankHeap) -> bool:
        """Order two heaps of one kind that `Heads` has listed with the same rank."""
        return self._lane.number < other._lane.number

    def add(self, interaction: Interaction) -> None:
        """Before the call, the caller sets the interaction's `place` or `watch` to this heap."""
        rank = interaction.rank
        self.size += 1
        heappush(self._entries, rank)
        if self._entries[0] is rank:
            for outlook in self._lane.outlooks:
                self._heads_of(outlook).note(rank, self)

    def discard(self) -> None:
        """Count one less. Before the call, the caller sets the interaction's `place` or `watch` to something else."""
        self.size -= 1
        if len(self._entries) > 2 * self.size + 16:
            self._entries = self._valid()
            heapify(self._entries)

    def first(self) -> Interaction | None:
        entries = self._entries
        while entries:
            rank = entries[0]
            interaction = rank[-1]
            if interaction.rank is rank and (interaction.place is self or interaction.watch is self):
                return interaction
            heappop(entries)
        return None

    def first_for(self, agent_id: AgentId) -> Interaction | None:
        """Return the first interaction from which this agent is not excluded."""
        aside: list[RankKey] = []
        while (first := self.first()) is not None and first.excludes(agent_id):
            aside.append(heappop(self._entries))
        for entry in aside:
            heappush(self._entries, entry)
        return first

    def list_all(self) -> list[Interaction]:
        return [entry[-1] for entry in self._valid()]

    def show_to(self, outlook: Outlook) -> None:
        first = self.first()
        if first is not None:
            self._heads_of(outlook).note(first.rank, self)

    def hide_from(self, outlook: Outlook) -> None:
        self._heads_of(outlook).forget(self)

    def _heads_of(self, outlook: Outlook) -> Heads:
        return outlook.heads[self._kind][self._lane.channel]

    def _valid(self) -> list[RankKey]:
        """Return each valid entry once. An interaction that left and came back has two entries of the same rank
        tuple; one whose rank was renewed has a stale entry that may equal the valid one, so it is filtered out
        first."""
        return list(dict.fromkeys(entry for entry in self._entries if self._holds(entry)))

    def _holds(self, rank: RankKey) -> bool:
        interaction = rank[-1]
        return interaction.rank is rank and (interaction.place is self or interaction.watch is self)


class Heads:
    """A heap of heaps. Each heap is listed with a rank that is at most the rank of its first entry, so that only a
    heap that comes to the top must be looked into."""

    __slots__ = ("_entries", "_listed")

    def __init__(self) -> None:
        self._entries: list[tuple[RankKey, RankHeap]] = []
        self._listed: dict[RankHeap, RankKey] = {}

    def note(self, rank: RankKey, heap: RankHeap) -> None:
        known = self._listed.get(heap)
        if known is None or rank < known:
            self._listed[heap] = rank
            heappush(self._entries, (rank, heap))
            if len(self._entries) > 2 * len(self._listed) + 16:
                self._tidy()

    def forget(self, heap: RankHeap) -> None:
        if self._listed.pop(heap, None) is not None:
            self._tidy()

    def first_for(self, agent_id: AgentId, before: RankKey | None) -> Interaction | None:
        """Return the interaction with the smallest rank from which this agent is not excluded, or None if that rank
        is not smaller than `before`."""
        entries, listed = self._entries, self._listed
        best: Interaction | None = None
        aside: list[tuple[RankKey, RankHeap]] = []  # the heaps from whose first entry the agent is excluded
        while entries:
            rank, heap = entries[0]
            if before is not None and not rank < before:
                break
            if listed.get(heap) is not rank:
                heappop(entries)
                continue
            first = heap.first()
            if first is None:
                heappop(entries)
                del listed[heap]
            elif first.rank is not rank:
                listed[heap] = first.rank
                heapreplace(entries, (first.rank, heap))
            elif first.excluded and first.excludes(agent_id):
                aside.append(heappop(entries))
                first = heap.first_for(agent_id)
                if first is not None and (before is None or first.rank < before):
                    best, before = first, first.rank
            else:
                best = first
                break
        for entry in aside:
            heappush(entries, entry)
        return best

    def _tidy(self) -> None:
        self._entries = [(rank, heap) for heap, rank in self._listed.items()]
        heapify(self._entries)


class Outlook:
    """The lanes that a group or a named agent can serve: one `Heads` for each kind of heap and each channel."""

    __slots__ = ("heads",)

    def __init__(self, channels: int) -> None:
        """`channels` is how many channels the policy has. Lanes and seats use their numbers, from 0."""
        self.heads = tuple(tuple(Heads() for _ in range(channels)) for _ in _HEAPS)

    def first_for(
        self, agent_id: AgentId, heap: int, channels: tuple[int, ...], before: RankKey | None
    ) -> Interaction | None:
        best: Interaction | None = None
        heads = self.heads[heap]
        for channel in channels:
            first = heads[channel].first_for(agent_id, before)
            if first is not None:
                best, before = first, first.rank
        return best


class Wanted(NamedTuple):
    """What the interactions of a lane need of an agent: their requirement, the preferred agents, and how many rings
    have opened. With 0 rings, only the preferred agents are asked."""

    requirement: Requirement
    preferred: tuple[AgentId, ...]
    reached: int


class Lane:
    """All that waits for the same (queue, channel, wanted), and the outlooks of the agents who can take it."""

    __slots__ = (
        "alternatives",
        "asks_preferred",
        "channel",
        "groups",
        "heaps",
        "named",
        "number",
        "outlooks",
        "queue",
        "ranking",
    )

    def __init__(self, number: int, queue: Queue, channel: int, wanted: Wanted, like: Lane | None) -> None:
        """`number` is unique to the lane. `like` is a lane of the same queue and `wanted` on another channel, if
        there is one: the two share their alternatives."""
        self.number = number
        self.queue = queue.id
        self.channel = channel
        self.alternatives: tuple[Alternative, ...] = (
            alternatives_of(queue, wanted.requirement, wanted.preferred, wanted.reached)
            if like is None
            else like.alternatives
        )
        self.asks_preferred = not wanted.reached
        by_level = queue.choice is AgentChoice.MOST_PROFICIENT
        skills = {skill for one in self.alternatives for skill, _ in one.skills} if by_level else ()
        self.ranking = tuple(sorted(skills))  # the skills whose levels say which agent is asked first
        self.named = tuple(sorted({agent for one in self.alternatives for agent in one.agents or ()}))
        self.groups: dict[Group, None] = {}  # the groups of which every member meets the lane
        self.outlooks: dict[Outlook, None] = {}  # those of these groups, and of the named agents who meet the lane
        self.heaps = tuple(RankHeap(self, kind) for kind in _HEAPS)

    def proficiency_of(self, profile: AgentProfile) -> int:
        levels = dict(profile.skills)
        return sum(levels.get(skill, 0) for skill in self.ranking)

    def show_to(self, outlook: Outlook) -> None:
        self.outlooks[outlook] = None
        for heap in self.heaps:
            heap.show_to(outlook)

    def hide_from(self, outlook: Outlook) -> None:
        if outlook in self.outlooks:
            del self.outlooks[outlook]
            for heap in self.heaps:
                heap.hide_from(outlook)
