"""Figures of a simulation with their 95 % intervals, estimated from batches.

The rule of this file: one long run is cut into batches of equal length, and the differences between batches say how
far a figure may be off (batch means; Law, "Simulation Modeling and Analysis", 5th ed., 9.5.3; Schmeiser 1982 advises
10 to 30 batches). A share or a mean is a ratio of two sums, so that quiet batches weigh less (as in the regenerative
method; Crane and Lemoine 1977). Two runs with the same customers are compared batch by batch.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from math import atan, ceil, cos, isfinite, pi, sin, sqrt
from typing import Final

CONFIDENCE: Final = 0.95


@dataclass(frozen=True, slots=True)
class Figure:
    """An estimate and its interval. With fewer than two batches there is no interval."""

    value: float
    interval: tuple[float, float] | None = None

    @property
    def margin(self) -> float | None:
        return None if self.interval is None else (self.interval[1] - self.interval[0]) / 2

    def holds(self, value: float) -> bool:
        return self.interval is not None and self.interval[0] <= value <= self.interval[1]


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio of two sums. `tops` and `bottoms` have what each batch adds to them."""

    tops: tuple[float, ...]
    bottoms: tuple[float, ...]

    def __add__(self, other: "Ratio") -> "Ratio":
        return Ratio(_sums(self.tops, other.tops), _sums(self.bottoms, other.bottoms))

    @property
    def value(self) -> float | None:
        below = sum(self.bottoms)
        return sum(self.tops) / below if below else None

    def figure(self) -> Figure | None:
        """Return the ratio with its interval; None: there was nothing to measure."""
        value = self.value
        return None if value is None else _figure(value, self._residuals())

    def minus(self, other: "Ratio") -> Figure | None:
        """Return this ratio minus the other, with an interval from comparing batch by batch."""
        mine, its = self.value, other.value
        if mine is None or its is None:
            return None
        pairs = zip(self._residuals(), other._residuals(), strict=True)
        return _figure(mine - its, [here - there for here, there in pairs])

    def _residuals(self) -> list[float]:
        """Return by how much each batch moves the value, times the number of batches."""
        value, average = self.value or 0.0, sum(self.bottoms) / len(self.bottoms)
        return [(top - value * bottom) / average for top, bottom in zip(self.tops, self.bottoms, strict=True)]


def find_quantile(batches: Sequence[Sequence[float]], share: float) -> Figure | None:
    """Return the value that `share` of all values do not exceed. Each batch must be sorted. The interval is computed
    for the share of values up to it, and then turned back into values (Woodruff 1952)."""
    values = sorted(chain.from_iterable(batches))
    if not values:
        return None
    value = _at(values, share)
    below = Ratio(
        tuple(float(bisect_right(batch, value)) for batch in batches), tuple(float(len(batch)) for batch in batches)
    )
    around = below.figure()
    margin = around.margin if around is not None else None
    if margin is None:
        return Figure(value)
    return Figure(value, (_at(values, share - margin), _at(values, share + margin)))


@lru_cache
def student(freedom: int, confidence: float = CONFIDENCE) -> float:
    """Return the two-sided quantile of Student's t: |t| is below it with the probability `confidence`."""
    low, high = 0.0, 1.0
    while _within(high, freedom) < confidence:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _within(middle, freedom) < confidence else (low, middle)
    return high


def _within(t: float, freedom: int) -> float:
    """Return the exact probability of |T| < t (Abramowitz and Stegun 26.7.3 and 26.7.4)."""
    angle = atan(t / sqrt(freedom))
    odd = freedom % 2
    term = cos(angle) if odd else 1.0
    total = 0.0
    for number in range(2 + odd, freedom + 1, 2):
        total += term
        term *= cos(angle) ** 2 * (number - 1) / number
    if odd:
        return 2 / pi * (angle + sin(angle) * total)
    return sin(angle) * total


def _figure(value: float, residuals: Sequence[float]) -> Figure:
    count = len(residuals)
    if count < 2:
        return Figure(value)
    margin = student(count - 1) * sqrt(sum(one * one for one in residuals) / (count - 1) / count)
    return Figure(value, (value - margin, value + margin)) if isfinite(margin) else Figure(value)


def _at(values: Sequence[float], share: float) -> float:
    return values[min(len(values) - 1, max(0, ceil(share * len(values)) - 1))]


def _sums(one: tuple[float, ...], other: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(here + there for here, there in zip(one, other, strict=True))
