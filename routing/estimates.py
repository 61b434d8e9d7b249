"""Estimates: how long each one that waits will wait, by the work before it and the agents there are for it.

The rule of this file: pure arithmetic over rows and over what was measured of late; it decides nothing, and one pass
estimates everything that waits.

*How.* The agents whom an interaction may ever be offered to, S of them open to work, give S seconds of work a second.
Before it come: what waits with a smaller rank, as far as these same agents serve it; itself; and, in the course of
the wait, those of better tiers who will overtake it, at the rate at which they have arrived of late and only as long
as their head start lets them. Each takes the time of an agent that its channel has taken of late, in proportion to
its points. With B such a wait, and people who wait leaving at a rate of l each, the wait is ln(1 + lB) / l: the limit
of the sum of 1 / (r + kl) over those before it (Whitt 1999, "Predicting queueing delays"; Ibrahim and Whitt 2009).

*How well* is measured on those who waited for over a minute. Where it is bad, nobody is told.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import log1p
from statistics import median
from typing import Final

from routing.callbacks import build_calendars, may_dial
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

LOOK_BACK: Final = 7200 * SECOND  # for how long work and patience were measured
ARRIVALS_BACK: Final = 1800 * SECOND
LONGEST: Final = 4 * 3600 * SECOND  # nobody is told more
# Of work, until some was measured.
_PRIOR_OF_CALLS: Final[Micros] = 300 * SECOND
_PRIOR_OF_TEXTS: Final[Micros] = 600 * SECOND
_PRIOR_WEIGHT: Final = 3
_ROUNDS: Final = 12
MEASURED_FROM: Final = 60 * SECOND  # shorter waits are not measured
_ENOUGH: Final = 20  # measured ones, before an error counts as bad
_BAD: Final = 0.6

PaceKey = tuple[QueueId, ChannelName]


@dataclass(frozen=True, slots=True)
class Passage:
    """What became of one interaction: measured, whether it is over or not."""

    queue: QueueId
    channel: ChannelName
    tier: TierId
    entered_at: Micros
    answered_at: Micros | None = None
    closed_at: Micros | None = None


@dataclass(frozen=True, slots=True)
class Pace:
    """What was measured of late of one queue and channel."""

    handling: float  # microseconds that one takes of its agent
    leaving: float = 0.0  # how many of those who wait leave, each microsecond
    arrivals: tuple[tuple[TierId, float], ...] = ()  # each microsecond


@dataclass(frozen=True, slots=True)
class Estimate:
    """`position` is 1 for the next one of its queue; `wait` from now on, None where nobody can say."""

    position: int
    wait: Micros | None


@dataclass(frozen=True, slots=True)
class Errors:
    """Of what was told to those who then waited for over a minute."""

    count: int
    median: float  # of the absolute error, as a share of the wait
    bias: float  # of the sum of what was told, as a share of the sum of the waits

    @property
    def is_bad(self) -> bool:
        """Nobody is to be told."""
        return self.count >= _ENOUGH and self.median > _BAD


def measure_errors(pairs: Iterable[tuple[Micros, Micros]]) -> Errors | None:
    """(told, waited) of each; None where nobody waited long enough."""
    long = [(told, waited) for told, waited in pairs if waited > MEASURED_FROM]
    if not long:
        return None
    told_in_all, waited_in_all = sum(told for told, _ in long), sum(waited for _, waited in long)
    errors = [abs(told - waited) / waited for told, waited in long]
    return Errors(len(long), median(errors), told_in_all / waited_in_all - 1)


def measure_paces(policy: Policy, passages: Iterable[Passage], now: Micros) -> dict[PaceKey, Pace]:
    """`passages`: all that entered within `LOOK_BACK`."""
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
    """What waits for the same agents."""

    queue: QueueId
    channel: ChannelName
    requirement: Requirement
    preferred: tuple[AgentId, ...]


class Estimator:
    """Of one instant. `interactions`: all that waits, at least."""

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
        """Everything that waits."""
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
        """A callback that may not be dialled at present: it has its position, and is no work for anybody."""
        return row.callback is not None and not may_dial(row.callback, self._calling.get(row.queue), self._now)[0]

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
        """(how much of these agents' time each microsecond brings that is served before, for how long from now)"""
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
        """The time of a whole agent that one takes, as far as it keeps the channel that waits from them."""
        if kind.channel != waiting and waiting in self._policy.interruptible_by.get(kind.channel, ()):
            return 0.0
        pace = self._paces.get((kind.queue, kind.channel))
        points = min(self._policy.points.get(kind.channel, FULL_CAPACITY), FULL_CAPACITY)
        at_once = max(FULL_CAPACITY // points, 1)
        return (pace.handling if pace else _find_prior(self._policy, kind.channel)) / at_once

    def _share(self, kind: _Kind, other: _Kind) -> float:
        """How much of the other kind these agents can be expected to serve."""
        if kind == other:
            return 1.0
        share = self._shares.get((kind, other))
        if share is None:
            mine, theirs = self._find_able(kind), self._find_able(other)
            share = self._shares[kind, other] = len(mine & theirs) / len(theirs) if theirs else 0.0
        return share

    def _find_able(self, kind: _Kind) -> frozenset[AgentId]:
        """Who is open to work and meets it at a ring that opens some time, with whatever they hold."""
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
    """Shorter by those who leave before it."""
    return log1p(leaving * wait) / leaving if leaving else wait
