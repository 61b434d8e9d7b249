"""The statistics of two versions compared: how many runs it takes, what is known at any moment, and an alarm for a
split that is not even.

The rule of this file: pure functions of counts. Whoever looks may look as often as they like: what is said holds at
every look at once, not only at one that was fixed before.

Sources, written anew from the mathematics:

- the interval: the mixture sequential probability ratio test of Robbins ("Statistical methods related to the law of
  the iterated logarithm", 1970) for a difference of two proportions, as in Johari, Pekelis and Walsh, "Always Valid
  Inference: Continuous Monitoring of A/B Tests";
- the alarm: the Bayes factor of a Dirichlet mixture, in Lindon and Malek, "Anytime-Valid Inference for Multinomial
  Count Data", NeurIPS 2022;
- the number of runs: the interval above together with the normal approximation of power.
"""

from dataclasses import dataclass
from math import lgamma, log, sqrt
from statistics import NormalDist
from typing import Final

ALPHA: Final = 0.05  # how often two equal versions may ever be told apart
POWER: Final = 0.8
SPLIT_ALPHA: Final = 0.001  # how often an even split may ever be called uneven
SPLIT_PRIOR: Final = 20.0  # of each arm: the larger, the smaller the deviations that it is tuned to
LEAST: Final = 20  # finished runs of each arm before anything is said of the difference
LARGEST: Final = 10_000_000


@dataclass(frozen=True, slots=True)
class Arm:
    """One version: how many runs have finished, and how many of them reached the outcome."""

    runs: int
    reached: int

    @property
    def rate(self) -> float:
        return self.reached / self.runs if self.runs else 0.0


@dataclass(frozen=True, slots=True)
class Interval:
    """Of the difference of two rates. It has held it at every look so far, except with probability alpha."""

    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        return self.low > 0 or self.high < 0


NOTHING_KNOWN: Final = Interval(-1.0, 1.0)


def find_interval(base: Arm, candidate: Arm, smallest: float, alpha: float = ALPHA) -> Interval:
    """Of the candidate's rate minus the base's. `smallest`: the difference worth seeing; the mixture is tuned to it.

    The mixture of N(0, smallest^2) over the likelihood ratio of a normal with variance v is

        sqrt(v / (v + s^2)) exp(s^2 d^2 / (2 v (v + s^2))),      v = p(1-p)/n + q(1-q)/m, s = smallest, d = q - p,

    and the interval has all d at which it is below 1/alpha. The variance is that of rates drawn a little towards one
    half (one success and one failure more in each arm), so an arm with none or with all is not taken for certain."""
    if min(base.runs, candidate.runs) < LEAST:
        return NOTHING_KNOWN
    variance = _variance(base) + _variance(candidate)
    half = _half_width(variance, smallest, alpha)
    difference = candidate.rate - base.rate
    return Interval(max(-1.0, difference - half), min(1.0, difference + half))


def count_runs_needed(base_rate: float, smallest: float, alpha: float = ALPHA, power: float = POWER) -> int:
    """How many finished runs of each version it takes, at least, until a difference of this size shows with this
    probability: the smallest n at which the interval's half width and the normal quantile of the power, in standard
    errors, are together no larger than the difference. The candidate's rate is taken as larger or smaller than the
    base's by the difference, whichever varies more."""
    varied = max(
        (rate * (1 - rate) for rate in (base_rate + smallest, base_rate - smallest) if 0 <= rate <= 1), default=0
    )
    each = base_rate * (1 - base_rate) + varied
    beyond = NormalDist().inv_cdf(power)

    def shows(runs: int) -> bool:
        variance = max(each, 1 / runs) / runs
        return _half_width(variance, smallest, alpha) + beyond * sqrt(variance) <= smallest

    low, high = LEAST - 1, LEAST
    while not shows(high):
        low, high = high, high * 2
        if high > LARGEST:
            return LARGEST
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if shows(middle) else (middle, high)
    return high


def is_split_uneven(base: int, candidate: int, alpha: float = SPLIT_ALPHA) -> bool:
    """Whether the numbers of those assigned contradict an even split. It may be asked at every arrival: of even
    splits, no more than this share is ever called uneven. The Bayes factor of Beta(k, k) against one half is then at
    least 1/alpha."""
    return measure_split(base, candidate) >= log(1 / alpha)


def measure_split(base: int, candidate: int) -> float:
    """The logarithm of the Bayes factor for an uneven split."""
    k = SPLIT_PRIOR
    return _log_beta(k + base, k + candidate) - _log_beta(k, k) + (base + candidate) * log(2)


def _variance(arm: Arm) -> float:
    rate = (arm.reached + 1) / (arm.runs + 2)
    return rate * (1 - rate) / arm.runs


def _half_width(variance: float, smallest: float, alpha: float) -> float:
    wider = variance + smallest * smallest
    return sqrt(2 * variance * wider / (smallest * smallest) * (log(1 / alpha) + 0.5 * log(wider / variance)))


def _log_beta(one: float, other: float) -> float:
    return lgamma(one) + lgamma(other) - lgamma(one + other)
