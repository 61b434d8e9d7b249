"""Interactions in memory: the changeable twin of `InteractionRow`, and the lanes and heaps in which it waits.

The rules of this file:
1. Everything that decides is in the row; the rest of an interaction is found again from rows.
2. Nothing is removed from the middle of a heap. An entry is checked when it comes to the top, and a heap is rebuilt
   when more than half of it is stale.

A `RankHeap` has interactions by rank; a `Lane` has three of them. `Heads` is a heap of the firsts of many such
heaps: what one group of agents, or one named agent, could take on one channel. Whom an interaction excludes is
looked at when that agent looks: few are excluded from anything, and only from what they declined a moment ago.
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
"""`model.Rank` as a plain tuple: what the heaps compare. The record saves every heap a tuple of its own, and keeps
two apart that were given one place: by their ids."""

_NO_RANK: Final = cast(RankKey, ())

# The heaps of a lane.
ALL: Final = 0  # all that waits in it
UNPASSED: Final = 1  # of these, what work that fits has not passed yet
OVERDUE: Final = 2  # of these, what was passed for longer than the policy allows and nobody is kept for
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
        at = self.entered_at - self.head_start - self.boost
        self.rank = (self.band, at, self.sequence, self)

    def timer(self, at: Micros) -> tuple[Micros, int, int, str, Interaction]:
        return (at, 0, self.sequence, self.id, self)

    def forget_rank(self) -> None:
        """It is closed, and would be kept in memory by its rank, which holds it."""
        self.rank = _NO_RANK


class RankHeap:
    __slots__ = ("_entries", "_kind", "_lane", "size")

    def __init__(self, lane: Lane, kind: int) -> None:
        self._entries: list[RankKey] = []
        self._kind = kind
        self._lane = lane
        self.size = 0

    def __lt__(self, other: RankHeap) -> bool:
        """Of two heaps of one kind that are listed with the same rank."""
        return self._lane.number < other._lane.number

    def add(self, interaction: Interaction) -> None:
        """The caller points the interaction's `place` or `watch` here first."""
        rank = interaction.rank
        self.size += 1
        heappush(self._entries, rank)
        if self._entries[0] is rank:
            for outlook in self._lane.outlooks:
                self._heads_of(outlook).note(rank, self)

    def discard(self) -> None:
        """One that was in it has been pointed elsewhere by the caller."""
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
        """The first that does not exclude this agent."""
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
        """Each once. Where a rank was made anew, a stale entry may equal a valid one: they are told apart first."""
        return list(dict.fromkeys(entry for entry in self._entries if self._holds(entry)))

    def _holds(self, rank: RankKey) -> bool:
        interaction = rank[-1]
        return interaction.rank is rank and (interaction.place is self or interaction.watch is self)


class Heads:
    """Each heap is listed with a rank that is never greater than its first's, so that only heaps that come to
    the top are looked into."""

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
        """The smallest rank that does not exclude this agent, where it is smaller than `before`."""
        entries, listed = self._entries, self._listed
        best: Interaction | None = None
        aside: list[tuple[RankKey, RankHeap]] = []  # heaps whose first excludes the agent
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
    """What a group, or a named agent, could take: the heads of its lanes, by the lanes' heaps and by channel."""

    __slots__ = ("heads",)

    def __init__(self, channels: int) -> None:
        """`channels`: how many there are; the lanes and the seats number them."""
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
    """The requirement of its own, joined with the preferred agents and the rings reached; no ring: the preferred
    alone are asked."""

    requirement: Requirement
    preferred: tuple[AgentId, ...]
    reached: int


class Lane:
    """One (queue, channel, wanted), and those who look at it."""

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
        """`number` is its own; `like` is the same one of another channel, whose alternatives serve for both."""
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
        self.ranking = tuple(sorted(skills))  # whose levels say which agent is asked first
        self.named = tuple(sorted({agent for one in self.alternatives for agent in one.agents or ()}))
        self.groups: dict[Group, None] = {}  # whose every member meets it
        self.outlooks: dict[Outlook, None] = {}  # of these groups, and of those named who meet it
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
