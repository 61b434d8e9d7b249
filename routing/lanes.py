"""Lanes: what waits for the same (queue, channel, wanted), by rank, and who looks at it.

The rule of this file: nothing is removed from the middle of a heap. An entry is checked when it comes to the
top, and a heap is rebuilt when more than half of it is stale.

A `RankHeap` has interactions by rank; a `Lane` has three of them. `Heads` is a heap of the firsts of many such
heaps: what one group of agents, or one named agent, could take on one channel.
"""

from __future__ import annotations

from enum import IntEnum
from heapq import heapify, heappop, heappush, heapreplace
from typing import TYPE_CHECKING, Final

from routing.model import AgentId, ChannelName, QueueId
from routing.rank import RankKey
from routing.records import Agent, Interaction
from routing.requirements import Alternative, meets

if TYPE_CHECKING:
    from routing.groups import Group

CHANNELS: Final = tuple(ChannelName)
INDEX: Final = {channel: index for index, channel in enumerate(CHANNELS)}


class RankHeap:
    __slots__ = ("_entries", "_followers", "excluded", "number", "size")

    def __init__(self, excluded: tuple[AgentId, ...], number: int, followers: list[Heads]) -> None:
        self._entries: list[tuple[RankKey, Interaction]] = []
        self._followers = followers
        self.excluded = excluded
        self.number = number  # orders two heaps that are listed with the same rank
        self.size = 0

    def add(self, interaction: Interaction) -> None:
        """The caller points the interaction's `place` or `watch` here first."""
        entry = (interaction.rank, interaction)
        self.size += 1
        heappush(self._entries, entry)
        if self._entries[0] is entry:
            for heads in self._followers:
                heads.note(interaction.rank, self)

    def discard(self) -> None:
        """One that was in it has been pointed elsewhere by the caller."""
        self.size -= 1
        if len(self._entries) > 2 * self.size + 16:
            self._entries = [entry for entry in dict.fromkeys(self._entries) if self._holds(*entry)]
            heapify(self._entries)

    def first(self) -> Interaction | None:
        entries = self._entries
        while entries:
            rank, interaction = entries[0]
            if self._holds(rank, interaction):
                return interaction
            heappop(entries)
        return None

    def show_to(self, heads: Heads) -> None:
        first = self.first()
        if first is not None:
            heads.note(first.rank, self)

    def hide(self) -> None:
        for heads in self._followers:
            heads.forget(self)

    def _holds(self, rank: RankKey, interaction: Interaction) -> bool:
        return interaction.rank is rank and (interaction.place is self or interaction.watch is self)


class Heads:
    """Each heap is listed with a rank that is never greater than its first's, so that only heaps that come to
    the top are looked into."""

    __slots__ = ("_entries", "_listed")

    def __init__(self) -> None:
        self._entries: list[tuple[RankKey, int, RankHeap]] = []
        self._listed: dict[RankHeap, RankKey] = {}

    def note(self, rank: RankKey, heap: RankHeap) -> None:
        known = self._listed.get(heap)
        if known is None or rank < known:
            self._listed[heap] = rank
            heappush(self._entries, (rank, heap.number, heap))
            self._tidy()

    def forget(self, heap: RankHeap) -> None:
        if self._listed.pop(heap, None) is not None:
            self._tidy()

    def first_for(self, agent_id: AgentId) -> Interaction | None:
        """The smallest rank among the heaps that do not exclude this agent."""
        entries, listed = self._entries, self._listed
        aside: list[tuple[RankKey, int, RankHeap]] = []
        found: Interaction | None = None
        while entries:
            rank, number, heap = entries[0]
            if listed.get(heap) is not rank:
                heappop(entries)
                continue
            first = heap.first()
            if first is None:
                heappop(entries)
                del listed[heap]
            elif first.rank is not rank:
                listed[heap] = first.rank
                heapreplace(entries, (first.rank, number, heap))
            elif agent_id in heap.excluded:
                aside.append(heappop(entries))
            else:
                found = first
                break
        for entry in aside:
            heappush(entries, entry)
        return found

    def _tidy(self) -> None:
        if len(self._entries) > 2 * len(self._listed) + 16:
            self._entries = [(rank, heap.number, heap) for heap, rank in self._listed.items()]
            heapify(self._entries)


class Watch(IntEnum):
    """The heaps of a lane."""

    WAITING = 0  # all that waits in it
    UNPASSED = 1  # of these, what work that fits has not passed yet
    OVERDUE = 2  # of these, what was passed for longer than the policy allows and nobody is kept for


class Outlook:
    """What a group, or a named agent, could take: the heads of its lanes, by `Watch` and channel."""

    __slots__ = ("heads",)

    def __init__(self) -> None:
        self.heads = tuple(tuple(Heads() for _ in CHANNELS) for _ in Watch)


class Wanted:
    """A requirement joined with the rings reached, in one queue on one channel, and who looks at it."""

    __slots__ = ("_followers", "alternatives", "channel", "groups", "lanes", "named", "outlooks", "queue")

    def __init__(self, queue: QueueId, channel: int, alternatives: tuple[Alternative, ...]) -> None:
        self.queue = queue
        self.channel = channel
        self.alternatives = alternatives
        self.named = tuple(sorted({agent for one in alternatives for agent in one.agents or ()}))
        self.groups: dict[Group, None] = {}  # whose every member meets it
        self.outlooks: dict[Outlook, None] = {}  # of these groups, and of those named who meet it
        self.lanes: dict[tuple[AgentId, ...], Lane] = {}  # by the agents excluded
        self._followers: tuple[list[Heads], ...] = tuple([] for _ in Watch)

    def is_met_by(self, agent: Agent) -> bool:
        """Whether this very agent meets it, with empty hands and whatever their state."""
        if agent.group in self.groups:
            return True
        return (
            agent.id in self.named
            and self.queue in agent.profile.queues
            and agent.group.takes(self.channel)
            and meets(self.alternatives, agent.id, agent.profile)
        )

    def make_lane(self, excluded: tuple[AgentId, ...], number: int) -> Lane:
        lane = self.lanes[excluded] = Lane(self, excluded, number, self._followers)
        return lane

    def show_to(self, outlook: Outlook) -> None:
        self.outlooks[outlook] = None
        for followers, heads in zip(self._followers, outlook.heads, strict=True):
            followers.append(heads[self.channel])
        for lane in self.lanes.values():
            for heap, heads in zip(lane.heaps, outlook.heads, strict=True):
                heap.show_to(heads[self.channel])

    def hide_from(self, outlook: Outlook) -> None:
        if outlook not in self.outlooks:
            return
        del self.outlooks[outlook]
        for followers, heads in zip(self._followers, outlook.heads, strict=True):
            followers.remove(heads[self.channel])
        for lane in self.lanes.values():
            for heap, heads in zip(lane.heaps, outlook.heads, strict=True):
                heads[self.channel].forget(heap)


class Lane:
    """`heaps` by `Watch`."""

    __slots__ = ("excluded", "heaps", "wanted")

    def __init__(
        self, wanted: Wanted, excluded: tuple[AgentId, ...], number: int, followers: tuple[list[Heads], ...]
    ) -> None:
        self.wanted = wanted
        self.excluded = excluded
        self.heaps = tuple(RankHeap(excluded, number, each) for each in followers)

    def hide(self) -> None:
        for heap in self.heaps:
            heap.hide()
