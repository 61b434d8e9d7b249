"""Estimates how long each waiting interaction will wait, from the work before it and the agents who can do that work.

The rule of this file: it does arithmetic over rows and recent measurements, and decides nothing. One pass estimates
everything that waits.

*How.* S agents are open to work and could get the interaction at some ring: they do S seconds of work a second. The
work counted is its own; that of what waits with a smaller rank, as far as these agents serve it; and that of better
tiers that will overtake it during the wait, which arrive at their recent rate, but only as long as their head start
puts them first. Each interaction takes the recent handling time of its queue and channel, in proportion to its
points. If this work takes the agents a time of B, and each customer who waits leaves at a rate of l, the wait is
ln(1 + lB) / l: the limit of the sum of 1 / (r + kl) over those before it (Whitt 1999, "Predicting queueing delays";
Ibrahim and Whitt 2009).

*How well* is measured on those who waited for more than a minute. Where the error is bad, no estimate is told.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import log1p
from statistics import median
from typing import Final

from routing.callback_hours import build_calendars, check_dialling
from routing.groups import points_of
from routing.model import (
    FULL_CAPACITY,
    SECOND,
    AgentId,
    AgentRow,
    AgentState,
    ChannelName,
    InteractionId,
    InteractionRow,
    InteractionState,
    Micros,
    Policy,
    Queue,
    QueueId,
    Requirement,
    TierId,
)
from routing.rank import find_head_start
from routing.requirements import alternatives_of, meets

LOOK_BACK: Final = 7200 * SECOND  # how far back handling times and leaving are measured
ARRIVALS_BACK: Final = 1800 * SECOND  # how far back arrivals are measured
LONGEST: Final = 4 * 3600 * SECOND  # a longer estimate is not told
# The handling times that are assumed until some are measured; they weigh as much as `_PRIOR_WEIGHT` measured ones.
_PRIOR_OF_CALLS: Final[Micros] = 300 * SECOND
_PRIOR_OF_TEXTS: Final[Micros] = 600 * SECOND
_PRIOR_WEIGHT: Final = 3
_ROUNDS: Final = 12  # iterations: the wait depends on who overtakes, who overtakes depends on the wait
MEASURED_FROM: Final = 60 * SECOND  # shorter waits are not measured
_ENOUGH: Final = 20  # so many must be measured before an error counts as bad
_BAD: Final = 0.6

PaceKey = tuple[QueueId, ChannelName]


@dataclass(frozen=True, slots=True)
class Passage:
    """When one interaction entered, was answered and closed. It is measured even if it is not over."""

    queue: QueueId
    channel: ChannelName
    tier: TierId
    entered_at: Micros
    answered_at: Micros | None = None
    closed_at: Micros | None = None


@dataclass(frozen=True, slots=True)
class Pace:
    """The recent measurements of one queue and channel."""

    handling: float  # the mean time of its agent that one takes, in microseconds
    leaving: float = 0.0  # the rate at which each waiting customer leaves, per microsecond
    arrivals: tuple[tuple[TierId, float], ...] = ()  # (tier, arrivals per microsecond)


@dataclass(frozen=True, slots=True)
class Estimate:
    """`position` is 1 for the smallest rank of the queue. `wait` counts from now; None: there is no estimate."""

    position: int
    wait: Micros | None


@dataclass(frozen=True, slots=True)
class Errors:
    """How far the estimates were off that were told to customers who then waited for more than a minute."""

    count: int
    median: float  # the median of the absolute errors, each as a share of the wait
    bias: float  # the sum of what was told, over the sum of the waits, minus 1

    @property
    def is_bad(self) -> bool:
        """Whether the estimates are so far off that none is to be told."""
        return self.count >= _ENOUGH and self.median > _BAD


def measure_errors(pairs: Iterable[tuple[Micros, Micros]]) -> Errors | None:
    """`pairs` has (told, waited) of each. Return None if nobody waited long enough."""
    long = [(told, waited) for told, waited in pairs if waited > MEASURED_FROM]
    if not long:
        return None
    told_in_all, waited_in_all = sum(told for told, _ in long), sum(waited for _, waited in long)
    errors = [abs(told - waited) / waited for told, waited in long]
    return Errors(len(long), median(errors), told_in_all / waited_in_all - 1)


def measure_paces(policy: Policy, passages: Iterable[Passage], now: Micros) -> dict[PaceKey, Pace]:
    """`passages` has every interaction that entered within `LOOK_BACK`."""
    found: dict[PaceKey, list[Passage]] = {}
    for passage in passages:
        found.setdefault((passage.queue, passage.channel), []).append(passage)
    return {key: _measure_pace(_find_prior(policy, key[1]), some, now) for key, some in found.items()}


def _find_prior(policy: Policy, channel: ChannelName) -> Micros:
    return _PRIOR_OF_CALLS if channel in policy.calls else _PRIOR_OF_TEXTS


def _measure_pace(prior: Micros, passages: list[Passage], now: Micros) -> Pace:
    handled = [
        one.closed_at - one.answered_at
        for one in passages
        if one.answered_at is not None and one.closed_at is not None and one.closed_at > now - LOOK_BACK
    ]
    waited = left = 0
    for one in passages:
        ended_at = one.answered_at or one.closed_at or now
        waited += max(0, ended_at - max(one.entered_at, now - LOOK_BACK))
        left += one.answered_at is None and one.closed_at is not None and one.closed_at > now - LOOK_BACK
    arrived: dict[TierId, int] = {}
    for one in passages:
        if one.entered_at > now - ARRIVALS_BACK:
            arrived[one.tier] = arrived.get(one.tier, 0) + 1
    handling = (sum(handled) + _PRIOR_WEIGHT * prior) / (len(handled) + _PRIOR_WEIGHT)
    return Pace(
        handling, left / waited if waited else 0.0, tuple((t, n / ARRIVALS_BACK) for t, n in sorted(arrived.items()))
    )


@dataclass(frozen=True, slots=True)
class _Kind:
    """Interactions of one kind can be served by the same agents."""

    queue: QueueId
    channel: ChannelName
    requirement: Requirement
    preferred: tuple[AgentId, ...]


class Estimator:
    """Estimates for one instant. `interactions` has at least everything that waits."""

    def __init__(
        self,
        policy: Policy,
        interactions: Iterable[InteractionRow],
        agents: Iterable[AgentRow],
        paces: Mapping[PaceKey, Pace],
        now: Micros,
    ) -> None:
        self._policy, self._paces, self._now = policy, paces, now
        self._agents = [one for one in agents if _is_open(one)]
        self._able: dict[_Kind, frozenset[AgentId]] = {}
        self._shares: dict[tuple[_Kind, _Kind], float] = {}
        self._calling = build_calendars(policy)
        waiting = (one for one in interactions if one.state is InteractionState.WAITING)
        self._waiting = sorted(waiting, key=lambda one: (one.rank.band, one.rank.at, one.rank.sequence, one.id))

    def estimate_all(self) -> dict[InteractionId, Estimate]:
        """Return an estimate for everything that waits."""
        estimates: dict[InteractionId, Estimate] = {}
        before: dict[_Kind, int] = {}
        positions: dict[QueueId, int] = {}
        for row in self._waiting:
            kind = _Kind(row.queue, row.channel, row.requirement, row.preferred)
            positions[row.queue] = position = positions.get(row.queue, 0) + 1
            estimates[row.id] = Estimate(position, self._find_wait(row, kind, before))
            if not self._is_on_hold(row):
                before[kind] = before.get(kind, 0) + 1
        return estimates

    def _is_on_hold(self, row: InteractionRow) -> bool:
        """Whether it is a callback that may not be dialled now. It has a position, but counts as no work."""
        return (
            row.callback is not None and not check_dialling(row.callback, self._calling.get(row.queue), self._now)[0]
        )

    def _find_wait(self, row: InteractionRow, kind: _Kind, before: Mapping[_Kind, int]) -> Micros | None:
        staffed = len(self._find_able(kind))
        if not staffed:
            return None
        work = self._work_of(kind, kind.channel)
        for other, count in before.items():
            work += count * self._share(kind, other) * self._work_of(other, kind.channel)
        base = work / staffed
        overtaking = self._find_overtaking(row, kind, staffed)
        pace = self._paces.get((row.queue, row.channel))
        leaving = pace.leaving if pace else 0.0
        wait = _soften(base, leaving)
        for _ in range(_ROUNDS):
            grown = base + sum(rate * min(wait, window) for rate, window in overtaking)
            wait = _soften(grown, leaving)
            if wait > LONGEST:
                return None
        return int(wait)

    def _find_overtaking(self, row: InteractionRow, kind: _Kind, staffed: int) -> list[tuple[float, Micros]]:
        """Return (rate, until) for each tier, queue and channel that will overtake the interaction: `rate` is the
        work that arrives each microsecond, shared by its agents; for `until` from now, new arrivals come before
        it."""
        found: list[tuple[float, Micros]] = []
        for (queue, channel), pace in self._paces.items():
            other = _Kind(queue, channel, Requirement(), ())
            share = self._share(kind, other)
            if not share:
                continue
            work = share * self._work_of(other, kind.channel) / staffed
            for tier, rate in pace.arrivals:
                if tier not in self._policy.tiers:
                    continue
                band, head_start = find_head_start(self._policy.tiers[tier], channel)
                if band < row.band:
                    found.append((rate * work, LONGEST))
                elif band == row.band and row.rank.at + head_start > self._now:
                    found.append((rate * work, row.rank.at + head_start - self._now))
        return found

    def _work_of(self, kind: _Kind, waiting: ChannelName) -> float:
        """Return how much time of a whole agent one interaction of `kind` takes: 0 if work of the channel `waiting`
        may interrupt it."""
        if kind.channel != waiting and waiting in self._policy.interruptible_by.get(kind.channel, ()):
            return 0.0
        pace = self._paces.get((kind.queue, kind.channel))
        points = min(self._policy.points.get(kind.channel, FULL_CAPACITY), FULL_CAPACITY)
        at_once = max(FULL_CAPACITY // points, 1)
        return (pace.handling if pace else _find_prior(self._policy, kind.channel)) / at_once

    def _share(self, kind: _Kind, other: _Kind) -> float:
        """Return the share of `other` that the agents who can serve `kind` can be expected to serve."""
        if kind == other:
            return 1.0
        share = self._shares.get((kind, other))
        if share is None:
            mine, theirs = self._find_able(kind), self._find_able(other)
            share = self._shares[kind, other] = len(mine & theirs) / len(theirs) if theirs else 0.0
        return share

    def _find_able(self, kind: _Kind) -> frozenset[AgentId]:
        """Return the agents who are open to work, busy or free, and meet it at some ring."""
        able = self._able.get(kind)
        if able is None:
            queue = self._policy.queues.get(kind.queue) or Queue(kind.queue)
            asked = alternatives_of(queue, kind.requirement, kind.preferred, len(queue.rings))
            able = self._able[kind] = frozenset(
                one.id
                for one in self._agents
                if kind.queue in one.profile.queues
                and points_of(self._policy, one.profile)[kind.channel] <= FULL_CAPACITY
                and meets(asked, one.id, one.profile)
            )
        return able


def _is_open(agent: AgentRow) -> bool:
    return agent.state is AgentState.AVAILABLE and agent.wish is None and agent.lost_at is None


def _soften(wait: float, leaving: float) -> float:
    """Shorten a wait, because some of those before it leave."""
    return log1p(leaving * wait) / leaving if leaving else wait
