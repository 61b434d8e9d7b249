"""The distributions from which a simulation draws how long things take.

The rule of this file: chance is an argument, a function that returns the next number of [0, 1). One draw takes at
most one number, so two simulations with the same chance draw the same. Durations are whole microseconds.
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
    """`mean` and `deviation` (standard) are those of the durations, not of their logarithms."""

    mean: float
    deviation: float


@dataclass(frozen=True, slots=True)
class Empirical:
    """Draws one of the observed durations. One that was observed twice is twice as likely."""

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
            # The quantile of 0 is minus infinity, so 0 is replaced by half of the smallest step above it.
            return lambda: int(exp(middle + width * quantile(chance() or 2.0**-54)))
        case Empirical(observed):
            return lambda: observed[int(chance() * len(observed))]
        case _:
            assert_never(distribution)
