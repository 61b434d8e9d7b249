"""The day by half hours: expected arrivals, waits, available agents, and the agents that Erlang's formulas demand.

The rule of this file: half hours count from local midnight. On a day when clocks change, those after the change are
an hour off the wall clock. The averages of arrivals and agents cover the measured days on which the queue expects
arrivals on that channel.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Final

from channels.registry import traits_of
from hub.simulation.planning import build_calendar
from hub.simulation.scenario_file import ReadScenario
from routing.distributions import Distribution
from routing.erlang import Demand, Target, find_agents
from routing.model import SECOND, ChannelName, Micros, QueueId, TierId
from routing.scenario import BegunBy, Kind, Scenario
from routing.simulator import Journey, Stretch

SECONDS: Final = 1_800
HALF_HOUR: Final = SECONDS * SECOND
HALF_HOURS: Final = 48

WaitKey = tuple[QueueId, ChannelName, int, TierId]
"""The int is the half hour of arrival, from 0 to 47."""


@dataclass(slots=True)
class HalfHour:
    expected: float = 0.0  # arrivals, on average
    available: float = 0.0  # agents of this queue, on average
    needed: int | None = None  # agents, if they had only these calls (Erlang A; C if some customers never leave)
    waits: dict[TierId, tuple[float, int]] = field(default_factory=dict)  # (sum of the waits in seconds, how many)

    def find_wait(self, tier: TierId) -> float | None:
        """The mean wait in seconds of what came in this half hour and was answered or closed. None if none was."""
        seconds, count = self.waits.get(tier, (0.0, 0))
        return seconds / count if count else None


@dataclass(frozen=True, slots=True)
class Day:
    """One queue and channel from midnight to midnight, in the policy's local time."""

    queue: QueueId
    channel: ChannelName
    half_hours: tuple[HalfHour, ...]

    @property
    def busiest(self) -> int:
        """The number of the half hour with the most expected arrivals."""
        return max(range(HALF_HOURS), key=lambda number: self.half_hours[number].expected)


class _Clock:
    """Converts an instant into (measured day, half hour)."""

    def __init__(self, midnights: Sequence[Micros]) -> None:
        self._midnights = midnights
        self.days = len(midnights) - 1

    def find(self, at: Micros) -> tuple[int, int] | None:
        day = bisect_right(self._midnights, at) - 1
        if not 0 <= day < self.days:
            return None
        # On a day of 25 hours the last half hour also holds the 25th hour.
        return day, min(HALF_HOURS - 1, (at - self._midnights[day]) // HALF_HOUR)

    def cut(self, stretch: Stretch) -> Iterator[tuple[int, int, Micros]]:
        """(day, half hour, the part of the stretch that lies in it) for each half hour that it touches."""
        at = max(stretch.begins_at, self._midnights[0])
        while at < stretch.ends_at and (found := self.find(at)) is not None:
            day, number = found
            following = self._midnights[day] + (number + 1) * HALF_HOUR if number < HALF_HOURS - 1 else inf
            until = int(min(stretch.ends_at, following, self._midnights[day + 1]))
            yield day, number, until - at
            at = until


@dataclass(frozen=True, slots=True)
class Seen:
    """What happened in each half hour. `+` joins some days with the days that follow them."""

    waits: Mapping[WaitKey, tuple[float, int]]  # (sum of the waits in seconds, how many)
    available: Mapping[QueueId, list[list[Micros]]]  # by queue, day and half hour: the sum over its agents

    def __add__(self, following: "Seen") -> "Seen":
        waits = dict(self.waits)
        for key, (seconds, count) in following.waits.items():
            before, already = waits.get(key, (0.0, 0))
            waits[key] = (before + seconds, already + count)
        return Seen(waits, {queue: days + following.available[queue] for queue, days in self.available.items()})


def see(read: ReadScenario, scenario: Scenario, journeys: Iterable[Journey], stretches: Iterable[Stretch]) -> Seen:
    clock = _Clock(build_calendar(read).begins_at)
    return Seen(_count_waits(journeys, clock), _count_available(scenario, stretches, clock))


def build_days(read: ReadScenario, scenario: Scenario, seen: Seen) -> Iterator[Day]:
    """One for each queue and channel, in the order of the scenario."""
    clock = _Clock(build_calendar(read).begins_at)
    kinds: dict[tuple[QueueId, ChannelName], list[Kind]] = {}
    for kind in scenario.kinds:
        if kind.begun_by is not BegunBy.CUSTOMER:
            continue
        kinds.setdefault((kind.queue, kind.channel), []).append(kind)
    days = {place: tuple(HalfHour() for _ in range(HALF_HOURS)) for place in kinds}
    for (queue, channel, number, tier), waits in seen.waits.items():
        days[queue, channel][number].waits[tier] = waits
    for (queue, channel), half_hours in days.items():
        served = _expect(kinds[queue, channel], clock, half_hours)
        for day in served:
            for number, micros in enumerate(seen.available[queue][day]):
                half_hours[number].available += micros / HALF_HOUR / len(served)
        if traits_of(channel).is_call:
            _plan(read, channel, kinds[queue, channel], half_hours)
        yield Day(queue, channel, half_hours)


def _count_waits(journeys: Iterable[Journey], clock: _Clock) -> dict[WaitKey, tuple[float, int]]:
    waits: dict[WaitKey, tuple[float, int]] = {}
    for journey in journeys:
        arrival = journey.arrival
        until = journey.answered_at if journey.answered_at is not None else journey.closed_at
        found = clock.find(arrival.at)
        if until is not None and found is not None and arrival.kind.begun_by is BegunBy.CUSTOMER:
            key = (arrival.kind.queue, arrival.kind.channel, found[1], arrival.kind.tier)
            seconds, count = waits.get(key, (0.0, 0))
            waits[key] = (seconds + (until - arrival.at) / SECOND, count + 1)
    return waits


def _expect(kinds: Iterable[Kind], clock: _Clock, half_hours: Sequence[HalfHour]) -> set[int]:
    """Fill in the expected arrivals. Return the days that have any."""
    served: set[int] = set()
    for kind in kinds:
        for slot in kind.slots:
            found = clock.find(slot.begins_at)
            if found is not None and slot.expected:
                served.add(found[0])
                half_hours[found[1]].expected += slot.expected
    for half_hour in half_hours:
        half_hour.expected /= max(1, len(served))
    return served


def _count_available(
    scenario: Scenario, stretches: Iterable[Stretch], clock: _Clock
) -> dict[QueueId, list[list[Micros]]]:
    """By queue, day and half hour: the sum of the times for which its agents were available."""
    queues = {agent_id: profile.queues for agent_id, profile in scenario.staff}
    available = {queue: [[0] * HALF_HOURS for _ in range(clock.days)] for queue in scenario.policy.queues}
    for stretch in stretches:
        for day, number, micros in clock.cut(stretch):
            for queue in queues[stretch.agent_id]:
                available[queue][day][number] += micros
    return available


def _plan(read: ReadScenario, channel: ChannelName, kinds: Sequence[Kind], half_hours: Sequence[HalfHour]) -> None:
    queue = next(queue for queue in read.policy.queues if queue.id == kinds[0].queue)
    level = queue.service_level.get(channel)
    if level is None or level.target == 1:  # no number of agents answers everybody in time
        return
    weights = [sum(slot.expected for slot in kind.slots) for kind in kinds]

    def mean(distributions: Sequence[Distribution]) -> float:
        return sum(w * each.mean for w, each in zip(weights, distributions, strict=True)) / (sum(weights) * SECOND)

    if not sum(weights):
        return
    handling = mean([kind.handling for kind in kinds]) + mean([kind.wrap_up for kind in kinds])
    patient = [kind.patience for kind in kinds if kind.patience is not None]
    patience = mean(patient) if len(patient) == len(kinds) else inf
    for half_hour in half_hours:
        demand = Demand(half_hour.expected / SECONDS, handling, patience)
        half_hour.needed = find_agents(demand, Target(service_level=level.target, within_seconds=level.seconds))
