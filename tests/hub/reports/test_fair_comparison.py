"""The statistics of a comparison hold what they promise: few false alarms however often one looks, and the power."""

import random
from math import log

import pytest

from hub.reports.fair_comparison import (
    ALPHA,
    LEAST,
    NOTHING_KNOWN,
    POWER,
    SPLIT_ALPHA,
    Arm,
    Interval,
    count_runs_needed,
    find_interval,
    is_split_uneven,
    measure_split,
)
from tests.hub.reports.null_comparisons import count_false_alarms, draw, simulate


def test_the_interval_is_that_of_the_published_mixture() -> None:
    """Johari et al. accept the null at d while the mixture, written out, is below 1/alpha: solved here by halving."""
    base, candidate, smallest = Arm(400, 80), Arm(380, 95), 0.05
    found = find_interval(base, candidate, smallest)
    variance = sum((p := (one.reached + 1) / (one.runs + 2)) * (1 - p) / one.runs for one in (base, candidate))
    difference, s2 = candidate.rate - base.rate, smallest**2

    def log_mixture(null: float) -> float:
        beyond = difference - null
        return 0.5 * log(variance / (variance + s2)) + s2 * beyond**2 / (2 * variance * (variance + s2))

    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if log_mixture(difference - middle) < log(1 / ALPHA) else (low, middle)
    assert found.low == pytest.approx(difference - low)
    assert found.high == pytest.approx(difference + low)


def test_nothing_is_said_of_a_handful() -> None:
    assert find_interval(Arm(LEAST - 1, 0), Arm(1000, 1000), 0.05) == NOTHING_KNOWN
    assert not NOTHING_KNOWN.excludes_zero
    found = find_interval(Arm(LEAST, 0), Arm(LEAST, LEAST), 0.05)
    assert -1 <= found.low <= found.high <= 1
    assert find_interval(Arm(100, 0), Arm(100, 0), 0.05).low < 0
    assert (Interval(0.1, 0.2).excludes_zero, Interval(-0.2, -0.1).excludes_zero) == (True, True)
    assert Arm(0, 0).rate == 0


@pytest.mark.parametrize(("rate", "smallest"), [(0.0, 0.01), (0.5, 0.001), (1.0, 0.2), (0.02, 0.01), (0.3, 0.5)])
def test_the_number_of_runs_is_the_smallest_that_shows_the_difference(rate: float, smallest: float) -> None:
    needed = count_runs_needed(rate, smallest)
    assert needed >= LEAST
    assert count_runs_needed(rate, smallest * 2) <= needed
    assert count_runs_needed(rate, smallest, power=0.9) >= needed


def test_as_many_runs_as_were_said_show_the_difference_with_the_power_that_was_said() -> None:
    dice, rate, smallest, tries = random.Random(3), 0.25, 0.25, 400  # of which half is 0.5, both drawn exactly
    needed = count_runs_needed(rate, smallest)
    shown = sum(
        find_interval(Arm(needed, draw(dice, needed, 2)), Arm(needed, draw(dice, needed, 1)), smallest).low > 0
        for _ in range(tries)
    )
    assert shown / tries > POWER - 3 * (POWER * (1 - POWER) / tries) ** 0.5


def test_two_equal_versions_are_seldom_told_apart_however_often_one_looks() -> None:
    """400 comparisons of each of four rates, looked at after each batch. If it were 5 %, more than 36 of 400 would be
    beyond chance (p < 0.001)."""
    for rate in (1, 2, 3, 5):
        assert count_false_alarms(rate, runs=400, seed=11) <= 36


def test_an_even_split_is_hardly_ever_called_uneven_and_an_uneven_one_soon_is() -> None:
    dice, alarms = random.Random(5), 0
    for _ in range(300):
        base = candidate = 0
        for _ in range(100):
            more = draw(dice, 20, 1)
            base, candidate = base + more, candidate + 20 - more
            if is_split_uneven(base, candidate):
                alarms += 1
                break
    assert alarms <= 3  # 0.1 % promised: 3 of 300 are beyond chance with p < 0.001
    assert measure_split(0, 0) == 0
    assert not is_split_uneven(500, 480)
    assert is_split_uneven(600, 400)
    assert is_split_uneven(60, 0)
    assert SPLIT_ALPHA < ALPHA


def test_a_simulation_is_the_same_again() -> None:
    assert simulate(random.Random(1), 2, 0.1, looks=30) == simulate(random.Random(1), 2, 0.1, looks=30)
