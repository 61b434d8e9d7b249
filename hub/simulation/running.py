"""One run of a scenario, and what it came to: lines of figures, and the day by half hours.

The rule of this file: everything is counted from what happened in virtual time; the clock on the wall is asked only
how long it took.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Final

from hub.simulation.day import Day, count_days
from hub.simulation.planning import build_calendar, build_scenario, build_span, build_threshold
from hub.simulation.scenario_file import ReadScenario
from routing.distributions import Chance
from routing.measures import Line, Span, measure
from routing.model import SECOND
from routing.scenario import Scenario
from routing.simulator import Simulation

AFTER_THE_END: Final = 24 * 3_600 * SECOND  # what is in hand when the last day ends is finished within it
SLICES: Final = 200  # of a run, after each of which it tells how far it is

Tell = Callable[[float], None]  # the share that is done


@dataclass(frozen=True, slots=True)
class Played:
    """A scenario after its run."""

    label: str  # whose policy and staffing it was
    read: ReadScenario
    scenario: Scenario
    span: Span
    lines: tuple[Line, ...]
    days: tuple[Day, ...]
    inputs: int
    seconds: float  # on the clock on the wall


def play(read: ReadScenario, label: str, tell: Tell = lambda _: None) -> Played:
    began = perf_counter()
    scenario, span, seed = build_scenario(read), build_span(read), read.file.run.seed
    calendar = build_calendar(read)
    begins_at = calendar.at(calendar.first, 0)
    simulation = Simulation(scenario, lambda name: _seed(seed, name))
    for number in range(SLICES):
        simulation.run_until(begins_at + (span.ends_at - begins_at) * number // SLICES)
        tell(number / SLICES)
    simulation.run_until(span.ends_at + AFTER_THE_END)
    simulation.finish(span.ends_at + AFTER_THE_END)
    tell(1.0)
    lines = measure(scenario, simulation.journeys, simulation.stretches, span, build_threshold(read))
    return Played(
        label,
        read,
        scenario,
        span,
        tuple(lines),
        tuple(count_days(read, scenario, simulation.journeys, simulation.stretches)),
        simulation.inputs,
        perf_counter() - began,
    )


def _seed(seed: int, name: str) -> Chance:
    """Of a text, so that it is the same whatever the hash seed."""
    return random.Random(f"{seed}/{name}").random  # noqa: S311  # nobody's secret depends on it
