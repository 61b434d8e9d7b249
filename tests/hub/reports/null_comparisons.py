"""Comparisons of two versions that are equal, looked at again and again: how often are they told apart?

The rule of this file: it asks the hub's own statistics, with dice from a seed. Rates are powers of one half, so a
thousand customers are drawn by a few random numbers.
"""

import random

from hub.reports.fair_comparison import Arm, count_runs_needed, find_interval

BATCH = 10  # runs of each version between two looks
SMALLEST = {1: 0.1, 2: 0.1, 3: 0.05, 5: 0.03}  # by rate, as the power of one half: the difference worth seeing


def draw(dice: random.Random, number: int, power: int) -> int:
    """How many of so many customers reach an outcome whose rate is one half to this power."""
    reached = dice.getrandbits(number)
    for _ in range(power - 1):
        reached &= dice.getrandbits(number)
    return reached.bit_count()


def simulate(dice: random.Random, power: int, smallest: float, looks: int) -> bool:
    """Whether two equal versions are told apart at any of the looks."""
    runs = base = candidate = 0
    for _ in range(looks):
        runs += BATCH
        base += draw(dice, BATCH, power)
        candidate += draw(dice, BATCH, power)
        if find_interval(Arm(runs, base), Arm(runs, candidate), smallest).excludes_zero:
            return True
    return False


def count_false_alarms(power: int, runs: int, seed: int) -> int:
    """Of so many comparisons, each looked at until it has twice the runs that it needs."""
    smallest = SMALLEST[power]
    looks = 2 * count_runs_needed(0.5**power, smallest) // BATCH
    dice = random.Random(seed)
    return sum(simulate(dice, power, smallest, looks) for _ in range(runs))
