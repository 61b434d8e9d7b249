"""Groups: agents who can take the same work, split by what they hold, each part in the order of idle time.

The rule of this file: a fit is decided here and nowhere else. Work of channel c fits when points(c) plus the
points of everything held that c may not interrupt are at most 100; what is held is counted per channel, so
that agents of one group with equal counts fit the same work.
"""

from bisect import bisect_left, insort
from collections.abc import Mapping

from routing.model import FULL_CAPACITY, AgentId, AgentProfile, ChannelName, Micros, Policy

Counts = tuple[int, ...]
"""How many of each channel an agent holds, in the order of the policy's channels."""

Idle = tuple[Micros, AgentId]
"""(idle since, id): agents sort by it, the longest idle first."""


def with_one(counts: Counts, channel: int, change: int) -> Counts:
    """`channel` is its number in the policy's order."""
    return (*counts[:channel], counts[channel] + change, *counts[channel + 1 :])


def points_of(policy: Policy, profile: AgentProfile) -> dict[ChannelName, int]:
    """What one interaction of each channel takes: the profile's own word before the policy's."""
    own = dict(profile.points)
    return {channel: own.get(channel, points) for channel, points in policy.points.items()}


def _held_against(points: Mapping[ChannelName, int], policy: Policy, channel: ChannelName) -> tuple[int, ...]:
    """Per held channel: the points that keep work of `channel` away; none where it may interrupt."""
    return tuple(0 if channel in policy.interruptible_by.get(held, ()) else points[held] for held in points)


def _weigh(counts: Counts, points: tuple[int, ...]) -> int:
    return sum(count * each for count, each in zip(counts, points, strict=True))


class Seat:
    """The agents of a group who hold the same counts and are open to any work that fits."""

    __slots__ = ("agents", "blocked", "fitting", "load")

    def __init__(self, load: int, fitting: tuple[int, ...], blocked: tuple[int, ...]) -> None:
        self.load = load  # points held
        self.fitting = fitting  # the channels of which one more fits
        self.blocked = blocked  # those of which one would fit empty hands, and does not fit these
        self.agents: list[Idle] = []  # longest idle first


class Group:
    """`ready` is shared by all groups: per channel, those with somebody who has room."""

    __slots__ = ("_against", "_ready", "_seats", "members", "points", "profile", "seats", "staffed")

    def __init__(self, policy: Policy, profile: AgentProfile, ready: "tuple[dict[Group, None], ...]") -> None:
        self.profile = profile
        points = points_of(policy, profile)
        self.points = tuple(points.values())
        self.seats: tuple[dict[Counts, Seat], ...] = tuple({} for _ in points)  # with somebody, and room
        self.members = 0
        self.staffed = 0  # how many are open to work, full or not
        self._against = tuple(_held_against(points, policy, channel) for channel in points)
        self._seats: dict[Counts, Seat] = {}
        self._ready = ready

    def takes(self, channel: int) -> bool:
        """Whether one interaction of the channel fits empty hands: more than 100 points means never."""
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
