"""Groups of agents who can take the same work. Within a group, agents who hold the same counts share a seat.

The rule of this file: only this file decides what fits. Work of channel c fits an agent if points(c) plus the points
of everything they hold that c may not interrupt are at most 100. What an agent holds is counted per channel, so the
same work fits all agents of one group with the same counts.
"""

from bisect import bisect_left, insort
from collections.abc import Mapping

from routing.model import FULL_CAPACITY, AgentId, AgentProfile, ChannelName, Micros, Policy

Counts = tuple[int, ...]
"""How many of each channel an agent holds, in the order of the policy's channels."""

Idle = tuple[Micros, AgentId]
"""(idle since, id): sorting agents by it puts the longest idle first."""


def with_one(counts: Counts, channel: int, change: int) -> Counts:
    """Return `counts` with `change` added for one channel. `channel` is its number in the policy's order."""
    return (*counts[:channel], counts[channel] + change, *counts[channel + 1 :])


def points_of(policy: Policy, profile: AgentProfile) -> dict[ChannelName, int]:
    """Return how many points one interaction of each channel takes of this agent. The profile overrides the
    policy."""
    own = dict(profile.points)
    return {channel: own.get(channel, points) for channel, points in policy.points.items()}


def _held_against(points: Mapping[ChannelName, int], policy: Policy, channel: ChannelName) -> tuple[int, ...]:
    """Return, for each channel, the points that one held interaction of it counts against new work of `channel`: 0 if
    the new work may interrupt it."""
    return tuple(0 if channel in policy.interruptible_by.get(held, ()) else points[held] for held in points)


def _weigh(counts: Counts, points: tuple[int, ...]) -> int:
    return sum(count * each for count, each in zip(counts, points, strict=True))


class Seat:
    """The agents of a group who hold the same counts, are open to work and are not reserved."""

    __slots__ = ("agents", "blocked", "fitting", "load")

    def __init__(self, load: int, fitting: tuple[int, ...], blocked: tuple[int, ...]) -> None:
        self.load = load  # how many points each of them holds
        self.fitting = fitting  # the channels of which one more fits
        self.blocked = blocked  # the channels of which one fits empty hands, but not these agents
        self.agents: list[Idle] = []  # longest idle first


class Group:
    """The agents of one profile. `ready` is shared by all groups: for each channel, the groups that have a seated
    agent with room."""

    __slots__ = ("_against", "_ready", "_seats", "members", "points", "profile", "seats", "staffed")

    def __init__(self, policy: Policy, profile: AgentProfile, ready: "tuple[dict[Group, None], ...]") -> None:
        self.profile = profile
        points = points_of(policy, profile)
        self.points = tuple(points.values())
        self.seats: tuple[dict[Counts, Seat], ...] = tuple({} for _ in points)  # seats with agents and room
        self.members = 0
        self.staffed = 0  # how many members are open to work, busy or free
        self._against = tuple(_held_against(points, policy, channel) for channel in points)
        self._seats: dict[Counts, Seat] = {}
        self._ready = ready

    def takes(self, channel: int) -> bool:
        """Whether one interaction of the channel fits an agent who holds nothing: it takes at most 100 points."""
        return self.points[channel] <= FULL_CAPACITY

    def find_seat(self, counts: Counts) -> Seat:
        seat = self._seats.get(counts)
        if seat is None:
            taken = tuple(channel for channel in range(len(self.points)) if self.takes(channel))
            fitting = tuple(
                channel
                for channel in taken
                if self.points[channel] + _weigh(counts, self._against[channel]) <= FULL_CAPACITY
            )
            blocked = tuple(channel for channel in taken if channel not in fitting)
            seat = self._seats[counts] = Seat(_weigh(counts, self.points), fitting, blocked)
        return seat

    def sit(self, counts: Counts, idle: Idle) -> Seat:
        """Seat an agent who holds `counts`, and return the seat."""
        seat = self.find_seat(counts)
        if not seat.agents:
            for channel in seat.fitting:
                self.seats[channel][counts] = seat
                self._ready[channel][self] = None
        insort(seat.agents, idle)
        return seat

    def rise(self, counts: Counts, idle: Idle) -> None:
        """Undo a `sit`, which was called with the same arguments."""
        seat = self._seats[counts]
        del seat.agents[bisect_left(seat.agents, idle)]
        if not seat.agents:
            for channel in seat.fitting:
                del self.seats[channel][counts]
                if not self.seats[channel]:
                    del self._ready[channel][self]
