"""Distributions: each draw takes one number of chance, and the draws have the mean and deviation asked for."""

import random
from statistics import fmean, pstdev

import pytest

from routing.distributions import Distribution, Empirical, Exponential, Fixed, Lognormal, build_sampler
from routing.model import SECOND

DRAWS = 20_000


@pytest.mark.parametrize(
    ("distribution", "deviation"),
    [
        (Fixed(30 * SECOND), 0.0),
        (Exponential(240 * SECOND), 240.0),
        (Lognormal(240 * SECOND, 180 * SECOND), 180.0),
        (Empirical((10 * SECOND, 10 * SECOND, 40 * SECOND)), 14.142),
    ],
    ids=lambda value: type(value).__name__,
)
def test_draws_have_the_mean_and_the_deviation_asked_for(distribution: Distribution, deviation: float) -> None:
    draw = build_sampler(distribution, random.Random(3).random)
    drawn = [draw() / SECOND for _ in range(DRAWS)]
    assert fmean(drawn) == pytest.approx(distribution.mean / SECOND, rel=0.02)
    assert pstdev(drawn) == pytest.approx(deviation, rel=0.05)


def test_half_of_lognormal_durations_are_under_the_median() -> None:
    draw = build_sampler(Lognormal(100 * SECOND, 100 * SECOND), random.Random(3).random)
    median = 100 / 2**0.5  # mean / sqrt(1 + (deviation / mean) ** 2)
    assert sum(draw() < median * SECOND for _ in range(DRAWS)) == pytest.approx(DRAWS / 2, rel=0.03)


@pytest.mark.parametrize("chance", [0.0, 2.0**-53, 0.5, 1 - 2.0**-53])
@pytest.mark.parametrize(
    "distribution", [Fixed(1), Exponential(SECOND), Lognormal(SECOND, 3 * SECOND), Empirical((1, 2, 3))]
)
def test_no_chance_is_too_small_or_too_large(distribution: Distribution, chance: float) -> None:
    drawn = build_sampler(distribution, lambda: chance)()
    assert isinstance(drawn, int)
    assert drawn >= 0


@pytest.mark.parametrize("distribution", [Exponential(SECOND), Lognormal(SECOND, SECOND), Empirical((1, 2, 3))])
def test_one_draw_takes_one_number_and_more_chance_is_longer(distribution: Distribution) -> None:
    numbers = iter([0.1, 0.5, 0.9])
    draw = build_sampler(distribution, lambda: next(numbers))
    drawn = [draw(), draw(), draw()]
    assert drawn == sorted(drawn)
    assert drawn[0] < drawn[2]
