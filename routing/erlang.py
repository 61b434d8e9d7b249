"""Erlang B, C and A: the waits of a queue whose agents are all alike, and the fewest agents who reach a target.

The rule of this file: it has formulas only. Arrivals are Poisson, handling times are exponential, all agents are
alike, and the first to come is the first served. Patience, if there is any, is exponential. All times are in seconds.
The simulator plays whatever does not fit these assumptions.

Sources: Erlang 1917 (B, C); Palm 1957 and Garnett, Mandelbaum and Reiman, "Designing a call center with impatient
customers", M&SOM 4 (2002) (A); Baccelli and Hebuterne, "On queues with impatient customers" (1981) (its waits).
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, expm1, inf, log
from typing import Final

_RELATIVE_END: Final = 1e-14  # a series ends when a term is smaller than this share of the sum
_RESCALE_AT: Final = 1e200
_NOTHING: Final = 1e-18  # a smaller density does not count
_MOST_AGENTS: Final = 100_000


@dataclass(frozen=True, slots=True)
class Demand:
    arrivals_per_second: float
    handling_seconds: float  # the mean, wrap-up included
    patience_seconds: float = inf  # the mean; inf: nobody leaves before they are answered

    def __post_init__(self) -> None:
        if not (
            0 <= self.arrivals_per_second < inf and 0 < self.handling_seconds < inf and self.patience_seconds > 0
        ):
            raise ValueError(f"no such demand: {self}")

    @property
    def offered(self) -> float:
        """The offered load in erlangs: how many agents it would keep busy if nobody ever had to wait."""
        return self.arrivals_per_second * self.handling_seconds


@dataclass(frozen=True, slots=True)
class Expected:
    """What to expect in the long run. If more arrives than can be handled and nobody leaves, waits are infinite."""

    waits: float  # the share who are not answered at once
    abandonment: float  # the share who leave before they are answered
    asa_seconds: float  # average speed of answer: the mean wait of those who are answered
    wait_seconds: float  # the mean wait of all, answered or not
    waiting: float  # how many wait, on average
    occupancy: float  # the share of their time that agents are busy


@dataclass(frozen=True, slots=True)
class Target:
    """A target is reached when each part that is not None is. The service level is defined as on the wallboard: in
    time / answered."""

    service_level: float | None = None
    within_seconds: float = 0
    asa_seconds: float | None = None
    abandonment: float | None = None
    occupancy: float | None = None  # at most


def erlang_b(agents: int, offered: float) -> float:
    """Return the share that finds all agents busy when nobody may wait. The recursion over agents cannot overflow."""
    blocked = 1.0
    for number in range(1, agents + 1):
        blocked = offered * blocked / (number + offered * blocked)
    return blocked


def erlang_c(agents: int, offered: float) -> float:
    """Return the share that must wait when nobody leaves; 1 if the load is too large for the agents."""
    if offered >= agents:
        return 1.0
    blocked = erlang_b(agents, offered)
    return agents * blocked / (agents - offered * (1 - blocked))


def expect(demand: Demand, agents: int) -> Expected:
    """Return what Erlang C expects if nobody leaves, or what Erlang A expects if patience is finite."""
    if demand.arrivals_per_second == 0:
        return Expected(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    if agents < 1:
        patience = demand.patience_seconds
        return Expected(1.0, float(patience < inf), inf, patience, patience * demand.arrivals_per_second, 1.0)
    return _expect_c(demand, agents) if demand.patience_seconds == inf else _expect_a(demand, agents)


def answered_within(demand: Demand, agents: int, seconds: float) -> float:
    """Return the share of all arrivals that is answered after at most `seconds`."""
    if agents < 1 or demand.arrivals_per_second == 0:
        return float(agents >= 1)
    if demand.patience_seconds == inf:
        return 1 - waits_longer(demand, agents, seconds)
    states = _Crowd(demand, agents)
    leave = 1 / demand.patience_seconds
    return 1 - states.waits + states.integrate(seconds, lambda wait: exp(-leave * wait))


def waits_longer(demand: Demand, agents: int, seconds: float) -> float:
    """Return the share of all arrivals that still waits after `seconds`."""
    if agents < 1 or demand.arrivals_per_second == 0:
        return 0.0 if agents >= 1 else exp(-seconds / demand.patience_seconds)
    if demand.patience_seconds == inf:
        spare = agents - demand.offered
        if spare <= 0:
            return 1.0
        return erlang_c(agents, demand.offered) * exp(-spare * seconds / demand.handling_seconds)
    states = _Crowd(demand, agents)
    return exp(-seconds / demand.patience_seconds) * max(0.0, states.waits - states.integrate(seconds, lambda _: 1.0))


def service_level(demand: Demand, agents: int, seconds: float) -> float:
    """Return the share of the answered that is answered after at most `seconds`."""
    answered = 1 - expect(demand, agents).abandonment
    return answered_within(demand, agents, seconds) / answered if answered > 0 else 0.0


def reaches(demand: Demand, agents: int, target: Target) -> bool:
    expected = expect(demand, agents)
    limits = (
        (target.asa_seconds, expected.asa_seconds),
        (target.abandonment, expected.abandonment),
        (target.occupancy, expected.occupancy),
    )
    if expected.wait_seconds == inf or any(limit is not None and reached > limit for limit, reached in limits):
        return False
    if target.service_level is None:
        return True
    return service_level(demand, agents, target.within_seconds) >= target.service_level


def find_agents(demand: Demand, target: Target) -> int:
    """Return the fewest agents who reach the target. Raises ValueError if no number of agents reaches it."""
    if demand.arrivals_per_second == 0:
        return 0
    enough = 1
    while not reaches(demand, enough, target):
        enough *= 2
        if enough > _MOST_AGENTS:
            raise ValueError(f"no number of agents reaches {target}")
    short = enough // 2
    while enough - short > 1:  # each part of a target only gets better with more agents
        middle = (short + enough) // 2
        short, enough = (short, middle) if reaches(demand, middle, target) else (middle, enough)
    return enough


def _expect_c(demand: Demand, agents: int) -> Expected:
    spare = agents - demand.offered
    if spare <= 0:
        return Expected(1.0, 0.0, inf, inf, inf, 1.0)
    waits = erlang_c(agents, demand.offered)
    asa = waits * demand.handling_seconds / spare
    return Expected(waits, 0.0, asa, asa, asa * demand.arrivals_per_second, demand.offered / agents)


def _expect_a(demand: Demand, agents: int) -> Expected:
    states = _Crowd(demand, agents)
    abandonment = states.waiting / (demand.arrivals_per_second * demand.patience_seconds)
    return Expected(
        waits=states.waits,
        abandonment=abandonment,
        asa_seconds=states.answered_wait / (1 - abandonment),
        wait_seconds=states.waiting / demand.arrivals_per_second,  # Little's law
        waiting=states.waiting,
        occupancy=min(1.0, demand.offered * (1 - abandonment) / agents),
    )


class _Crowd:
    """The states of Erlang A in which all agents are busy. When j wait, the next one leaves the line, answered or
    not, at the rate agents / handling + j / patience. The weight of this state, relative to none waiting, is the
    product of arrivals / rate over 1 to j. Nothing is subtracted, so no digits are lost, whatever the patience."""

    def __init__(self, demand: Demand, agents: int) -> None:
        self._arrive = demand.arrivals_per_second
        self._serve = agents / demand.handling_seconds
        self._leave = 1 / demand.patience_seconds
        blocked = erlang_b(agents, demand.offered)
        first = weight = total = 1.0  # the weights of none waiting, of j waiting, of all
        length = 0.0  # sum of j * weight
        passed = 1 / (self._serve + self._leave)  # mean wait of a customer who finds j waiting and is answered
        answered = weight * passed * self._serve / (self._serve + self._leave)
        log_scale = 0.0
        j = 0
        while True:
            j += 1
            rate = self._serve + j * self._leave
            weight *= self._arrive / rate
            next_rate = rate + self._leave
            passed += 1 / next_rate
            total += weight
            length += j * weight
            # A customer who finds j waiting is answered if j + 1 departures come before their patience ends.
            answered += weight * passed * self._serve / next_rate
            if rate > self._arrive and j * weight <= _RELATIVE_END * length:
                break
            if total > _RESCALE_AT:
                log_scale += log(total)
                first, weight, length, answered, total = (
                    each / total for each in (first, weight, length, answered, total)
                )
        whole = first * (1 - blocked) + total * blocked  # `blocked` weighs "all busy, none waiting"
        self.waits = total * blocked / whole
        self.waiting = length * blocked / whole
        self.answered_wait = answered * blocked / whole  # the wait of those answered, as a mean over all arrivals
        # The logarithm of "all busy, none waiting": `first` is exp(-log_scale), which may be too small for a float.
        self._log_full = log(blocked) - log_scale - log(whole) if blocked > 0 else -inf

    def integrate(self, seconds: float, value: Callable[[float], float]) -> float:
        """Return the integral of value(w) * density(w) from 0 to `seconds`, by Simpson's rule. The density is that of
        the wait that a customer of endless patience would have."""
        if seconds <= 0 or self._log_full == -inf:
            return 0.0
        at_zero = self._log_full + log(self._serve)

        def density(wait: float) -> float:
            gone = -expm1(-self._leave * wait) / self._leave
            return exp(at_zero + self._arrive * gone - self._serve * wait)

        end = 1 / self._serve
        while end < seconds and (self._arrive * exp(-self._leave * end) > self._serve or density(end) > _NOTHING):
            end *= 2  # the density falls after its peak, so once it does not count it never will
        seconds = min(end, seconds)
        panels = 2 * min(20_000, 32 + int(4 * seconds * (self._serve + self._arrive + self._leave)))
        step = seconds / panels
        total = density(0.0) * value(0.0) + density(seconds) * value(seconds)
        for number in range(1, panels):
            total += (4 if number % 2 else 2) * density(number * step) * value(number * step)
        return total * step / 3
