"""How long things take: the distributions from which a simulation draws.

The rule of this file: chance is an argument, a function that gives the next number of [0, 1). One draw takes one
number, so that two simulations with the same chance draw the same. Durations are whole microseconds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, log, sqrt
from statistics import NormalDist
from typing import assert_never

from routing.model import Micros

Chance = Callable[[], float]
Sampler = Callable[[], Micros]


@dataclass(frozen=True, slots=True)
class Fixed:
    value: Micros

    @property
    def mean(self) -> float:
        return self.value


@dataclass(frozen=True, slots=True)
class Exponential:
    mean: float


@dataclass(frozen=True, slots=True)
class Lognormal:
    """By the mean and the standard deviation of the durations themselves, not of their logarithms."""

    mean: float
    deviation: float


@dataclass(frozen=True, slots=True)
class Empirical:
    """One of the observed durations, each as likely as it was seen."""

    observed: tuple[Micros, ...]

    @property
    def mean(self) -> float:
        return sum(self.observed) / len(self.observed)


Distribution = Fixed | Exponential | Lognormal | Empirical


def build_sampler(distribution: Distribution, chance: Chance) -> Sampler:
    match distribution:
        case Fixed(value):
            return lambda: value
        case Exponential(mean):
            return lambda: int(-mean * log(1.0 - chance()))
        case Lognormal(mean, deviation):
            spread = log(1 + (deviation / mean) ** 2)
            middle, width, quantile = log(mean) - spread / 2, sqrt(spread), NormalDist().inv_cdf
            # The quantile of nothing is minus infinity; half a step above it is not.
            return lambda: int(exp(middle + width * quantile(chance() or 2.0**-54)))
        case Empirical(observed):
            return lambda: observed[int(chance() * len(observed))]
        case _:
            assert_never(distribution)
