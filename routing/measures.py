"""The results of a simulation: service level, waits, abandonment and occupancy, by queue, channel and tier.

The rule of this file: it defines each figure once, as a ratio of sums over batches (`routing.intervals`), so that
lines add up to totals and two simulations can be compared. Interactions that entered before the span (in the warm-up)
or after it do not count. The words mean the same as on the wallboard. *Answered*: an agent accepted it. *Abandoned*:
the customer left before that. The service level is in time / answered. A wait ends with either.
"""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from routing.intervals import Figure, Ratio, find_quantile
from routing.model import FULL_CAPACITY, SECOND, AgentId, ChannelName, ClosedAs, Micros, QueueId, TierId
from routing.scenario import BegunBy, Scenario
from routing.simulator import Journey, Stretch

QUANTILES: Final = (0.5, 0.9, 0.95)


@dataclass(frozen=True, slots=True)
class MeasuredSpan:
    """The time that is measured, cut into batches of equal length."""

    begins_at: Micros
    ends_at: Micros
    batches: int

    def find_batch(self, at: Micros) -> int | None:
        if not self.begins_at <= at < self.ends_at:
            return None
        return (at - self.begins_at) * self.batches // (self.ends_at - self.begins_at)

    def edge(self, number: int) -> Micros:
        """Return the first instant of a batch, or the end of the span if `number` is the number of batches."""
        return self.begins_at - (self.begins_at - self.ends_at) * number // self.batches


@dataclass(frozen=True, slots=True)
class MeasuredLine:
    """The figures of one queue, channel and tier. None stands for all of them together."""

    queue: QueueId | None
    channel: ChannelName | None
    tier: TierId | None
    arrived: int
    answered: int
    abandoned: int
    diverted: int  # closed before an answer, but not abandoned
    unanswered: int  # neither answered nor closed when the simulation ended
    called_out: int  # calls that agents made by themselves: these and the next count in the occupancy alone
    agreed: int  # calls that were agreed for a time, and reached their customer
    in_time: Ratio  # the service level
    left: Ratio  # abandonment
    asa: Ratio  # seconds
    wait: Ratio  # seconds, of the answered and the abandoned
    work: Ratio  # occupancy: time worked, weighted by points / 100, over the available time of the queue's agents
    quantiles: tuple[Figure | None, ...]  # the waits at QUANTILES, in seconds


@dataclass(slots=True)
class _Tally:
    batches: int
    arrived: list[int] = field(init=False)
    answered: list[int] = field(init=False)
    in_time: list[int] = field(init=False)
    abandoned: list[int] = field(init=False)
    diverted: list[int] = field(init=False)
    called_out: list[int] = field(init=False)
    agreed: list[int] = field(init=False)
    answer_micros: list[int] = field(init=False)
    work_micros: list[float] = field(init=False)
    waits: list["array[int]"] = field(init=False)

    def __post_init__(self) -> None:
        for name in self.__slots__[1:-1]:
            setattr(self, name, [0] * self.batches)
        self.waits = [array("q") for _ in range(self.batches)]

    def __add__(self, following: "_Tally") -> "_Tally":
        joined = _Tally(self.batches + following.batches)
        for name in joined.__slots__[1:]:
            setattr(joined, name, getattr(self, name) + getattr(following, name))
        return joined


Key = tuple[QueueId, ChannelName, TierId]
Threshold = Mapping[tuple[QueueId, ChannelName], Micros]


@dataclass(frozen=True, slots=True)
class Counted:
    """The counts of each batch. Adding the counts of the span that follows gives those of both spans together."""

    tallies: Mapping[Key, _Tally]
    available: Mapping[AgentId, list[float]]  # microseconds

    def __add__(self, following: "Counted") -> "Counted":
        return Counted(
            {key: tally + following.tallies[key] for key, tally in self.tallies.items()},
            {agent: times + following.available[agent] for agent, times in self.available.items()},
        )


def count_batches(
    scenario: Scenario,
    journeys: Iterable[Journey],
    stretches: Iterable[Stretch],
    span: MeasuredSpan,
    threshold: Threshold,
) -> Counted:
    """Count each batch. If a queue and channel have no threshold, every answer there is in time."""
    return Counted(_count(scenario, journeys, span, threshold), _count_available(scenario, stretches, span))


def measure_lines(
    scenario: Scenario,
    journeys: Iterable[Journey],
    stretches: Iterable[Stretch],
    span: MeasuredSpan,
    threshold: Threshold,
) -> list[MeasuredLine]:
    return build_lines(scenario, count_batches(scenario, journeys, stretches, span, threshold))


def build_lines(scenario: Scenario, counted: Counted) -> list[MeasuredLine]:
    """Return a line for each queue, channel and tier that the scenario has arrivals for. The best tier of a queue and
    channel comes first, and a line of all its tiers comes last. After them come the same lines for each channel over
    all queues, and at the end one line of everything."""
    tallies = counted.tallies
    staffed = _Staffed(scenario, counted.available)
    tiers = sorted({tier for *_, tier in tallies}, key=lambda tier: -scenario.policy.tiers[tier].order)
    lines: list[MeasuredLine] = []

    def add(queue: QueueId | None, channel: ChannelName | None) -> None:
        here = {key: each for key, each in tallies.items() if queue in (key[0], None) and channel in (key[1], None)}
        for tier in tiers:
            parts = [each for key, each in here.items() if key[2] == tier]
            if parts and channel is not None:
                lines.append(_line(queue, channel, tier, parts, staffed))
        lines.append(_line(queue, channel, None, list(here.values()), staffed))

    for queue, channel in dict.fromkeys((queue, channel) for queue, channel, _ in tallies):
        add(queue, channel)
    for channel in dict.fromkeys(channel for _, channel, _ in tallies):
        add(None, channel)
    add(None, None)
    return lines


def _count(
    scenario: Scenario, journeys: Iterable[Journey], span: MeasuredSpan, threshold: Threshold
) -> dict[Key, _Tally]:
    tallies = {(kind.queue, kind.channel, kind.tier): _Tally(span.batches) for kind in scenario.kinds}
    points = {agent: dict(profile.points) for agent, profile in scenario.staff if profile.points}
    for journey in journeys:
        arrival = journey.arrival
        batch = span.find_batch(arrival.at)
        if batch is None:
            continue
        kind = arrival.kind
        tally = tallies[kind.queue, kind.channel, kind.tier]
        if journey.closed_at is not None and journey.wrapping_since is not None and journey.agent_id is not None:
            taken = arrival.handling + journey.closed_at - journey.wrapping_since
            own = points.get(journey.agent_id, {}).get(kind.channel, scenario.policy.points[kind.channel])
            tally.work_micros[batch] += taken * own / FULL_CAPACITY
        if kind.begun_by is not BegunBy.CUSTOMER:  # nobody waits on the line
            calls = tally.called_out if kind.begun_by is BegunBy.AGENT else tally.agreed
            calls[batch] += journey.answered_at is not None
            continue
        tally.arrived[batch] += 1
        if journey.answered_at is not None:
            wait = journey.answered_at - arrival.at
            limit = threshold.get((kind.queue, kind.channel))
            tally.answered[batch] += 1
            tally.in_time[batch] += limit is None or wait <= limit
            tally.answer_micros[batch] += wait
            tally.waits[batch].append(wait)
        elif journey.closed_as is ClosedAs.ABANDONED and journey.closed_at is not None:
            tally.abandoned[batch] += 1
            tally.waits[batch].append(journey.closed_at - arrival.at)
        elif journey.closed_at is not None:
            tally.diverted[batch] += 1
    return tallies


def _count_available(
    scenario: Scenario, stretches: Iterable[Stretch], span: MeasuredSpan
) -> dict[AgentId, list[float]]:
    available: dict[AgentId, list[float]] = {agent: [0.0] * span.batches for agent, _ in scenario.staff}
    for stretch in stretches:
        at = max(stretch.begins_at, span.begins_at)
        while at < min(stretch.ends_at, span.ends_at):
            batch = span.find_batch(at)
            assert batch is not None
            until = min(stretch.ends_at, span.edge(batch + 1))
            available[stretch.agent_id][batch] += until - at
            at = until
    return available


class _Staffed:
    """How long agents were available for a queue, in each batch: the sum over its agents."""

    def __init__(self, scenario: Scenario, by_agent: Mapping[AgentId, list[float]]) -> None:
        self._profiles = dict(scenario.staff)
        self._by_agent = by_agent

    def of(self, queue: QueueId | None) -> tuple[float, ...]:
        serving = [
            times for agent, times in self._by_agent.items() if queue is None or queue in self._profiles[agent].queues
        ]
        return tuple(sum(column) for column in zip(*serving, strict=True))


def _line(
    queue: QueueId | None,
    channel: ChannelName | None,
    tier: TierId | None,
    parts: Sequence[_Tally],
    staffed: _Staffed,
) -> MeasuredLine:
    def of(name: str, unit: Micros = 1) -> tuple[float, ...]:
        return tuple(sum(column) / unit for column in zip(*(getattr(part, name) for part in parts), strict=True))

    waits = [sorted(chain.from_iterable(batch)) for batch in zip(*(part.waits for part in parts), strict=True)]
    quantiles = [find_quantile(waits, share) for share in QUANTILES]
    arrived, answered = of("arrived"), of("answered")
    abandoned, diverted = of("abandoned"), of("diverted")
    return MeasuredLine(
        queue,
        channel,
        tier,
        arrived=int(sum(arrived)),
        answered=int(sum(answered)),
        abandoned=int(sum(abandoned)),
        diverted=int(sum(diverted)),
        unanswered=int(sum(arrived) - sum(answered) - sum(abandoned) - sum(diverted)),
        called_out=int(sum(of("called_out"))),
        agreed=int(sum(of("agreed"))),
        in_time=Ratio(of("in_time"), answered),
        left=Ratio(abandoned, arrived),
        asa=Ratio(of("answer_micros", SECOND), answered),
        wait=Ratio(tuple(sum(batch) / SECOND for batch in waits), tuple(float(len(batch)) for batch in waits)),
        work=Ratio(of("work_micros"), staffed.of(queue)),
        quantiles=tuple(quantile and _in_seconds(quantile) for quantile in quantiles),
    )


def _in_seconds(figure: Figure) -> Figure:
    interval = figure.interval
    around = None if interval is None else (interval[0] / SECOND, interval[1] / SECOND)
    return Figure(figure.value / SECOND, around)
