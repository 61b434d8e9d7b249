"""Plays scenarios and returns their results: lines of figures, and the day by half hours.

The rule of this file: everything is counted in virtual time. The wall clock only measures how long the
run took. A run is cut into the parts that its file asks for, never into as many as there are processors, so
that the same file gives the same figures everywhere; parts and runs are played side by side.
"""

import gc
import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import reduce
from itertools import pairwise
from multiprocessing import get_context
from multiprocessing.queues import SimpleQueue
from operator import add
from os import cpu_count
from time import perf_counter
from typing import Final

from hub.simulation.day import Day, Seen, build_days, see
from hub.simulation.planning import build_calendar, build_scenario, build_span, build_threshold
from hub.simulation.scenario_file import ReadScenario
from routing.distributions import Chance
from routing.measures import Counted, MeasuredLine, MeasuredSpan, build_lines, count_batches
from routing.model import SECOND
from routing.scenario import Scenario
from routing.simulator import Simulation

AFTER_THE_END: Final = 24 * 3_600 * SECOND  # how long a run goes on after its last day, to finish what is open
SLICES: Final = 200  # of a part; it reports its progress after each
LOOK_SECONDS: Final = 0.1

Tell = Callable[[float], None]  # the share that is done


@dataclass(frozen=True, slots=True)
class Played:
    """A scenario after its run."""

    label: str  # whose policy and staffing it was
    read: ReadScenario
    scenario: Scenario
    span: MeasuredSpan
    lines: tuple[MeasuredLine, ...]
    days: tuple[Day, ...]
    inputs: int
    seconds: float  # by the wall clock, for all runs that were played together


@dataclass(frozen=True, slots=True)
class _Part:
    """Some whole batches of a run, played as a run of their own."""

    read: ReadScenario
    number: int

    def find_chance(self, name: str) -> Chance:
        """The random numbers of this name. The seed is a text, so Python's hash seed does not change them."""
        seed = f"{self.read.file.run.seed}/{name}" + f"/part {self.number}" * bool(self.number)
        return random.Random(seed).random  # noqa: S311  # no secret depends on it


@dataclass(frozen=True, slots=True)
class _Result:
    counted: Counted
    seen: Seen
    inputs: int

    def __add__(self, following: "_Result") -> "_Result":
        return _Result(self.counted + following.counted, self.seen + following.seen, self.inputs + following.inputs)


def play(read: ReadScenario, label: str, tell: Tell = lambda _: None) -> Played:
    return play_all([(read, label)], tell)[0]


def play_all(runs: Sequence[tuple[ReadScenario, str]], tell: Tell = lambda _: None) -> list[Played]:
    began = perf_counter()
    parts = [list(_cut(read)) for read, _ in runs]
    results = iter(_play_parts([part for some in parts for part in some], tell))
    added = [reduce(add, [next(results) for _ in some]) for some in parts]
    seconds = perf_counter() - began
    return [_sum_up(read, label, result, seconds) for (read, label), result in zip(runs, added, strict=True)]


def _sum_up(read: ReadScenario, label: str, result: _Result, seconds: float) -> Played:
    scenario = build_scenario(read)
    lines = tuple(build_lines(scenario, result.counted))
    days = tuple(build_days(read, scenario, result.seen))
    return Played(label, read, scenario, build_span(read), lines, days, result.inputs, seconds)


def _cut(read: ReadScenario) -> Iterator[_Part]:
    run = read.file.run
    batches = run.days // run.days_per_batch
    edges = [batches * number // run.parts * run.days_per_batch for number in range(run.parts + 1)]
    for number, (begins, ends) in enumerate(pairwise(edges)):
        own = replace(run, first_day=run.first_day + timedelta(begins), days=ends - begins, parts=1)
        yield _Part(replace(read, file=replace(read.file, run=own)), number)


def _play_parts(parts: Sequence[_Part], tell: Tell) -> list[_Result]:
    """The results in the order of the parts. A single part is played in this process."""
    if len(parts) == 1:
        return [_play_part(parts[0], tell)]
    context = get_context("spawn")  # works alike on every system, and is safe if this process has threads
    told: SimpleQueue[tuple[int, float]] = context.SimpleQueue()
    done = [0.0] * len(parts)
    with ProcessPoolExecutor(min(cpu_count() or 1, len(parts)), context, _begin, (told,)) as pool:
        futures = [pool.submit(_play_beside, number, part) for number, part in enumerate(parts)]
        pending: set[Future[_Result]] = set(futures)
        while pending:
            pending = wait(pending, LOOK_SECONDS).not_done
            while not told.empty():
                number, share = told.get()
                done[number] = share
            tell(sum(done) / len(done))
        return [future.result() for future in futures]


_told: "SimpleQueue[tuple[int, float]]"  # in a process of the pool: takes (number of the part, share done)


def _begin(told: "SimpleQueue[tuple[int, float]]") -> None:
    global _told  # the initializer of a pool can leave its arguments only in a global
    _told = told
    gc.disable()  # a simulation makes no cycles, and the collector would search half a million journeys


def _play_beside(number: int, part: _Part) -> _Result:
    return _play_part(part, lambda share: _told.put((number, share)))


def _play_part(part: _Part, tell: Tell) -> _Result:
    read = part.read
    scenario, span = build_scenario(read), build_span(read)
    calendar = build_calendar(read)
    begins_at = calendar.at(calendar.first, 0)
    simulation = Simulation(scenario, part.find_chance)
    for number in range(SLICES):
        simulation.run_until(begins_at + (span.ends_at - begins_at) * number // SLICES)
        tell(number / SLICES)
    simulation.run_until(span.ends_at + AFTER_THE_END)
    simulation.finish(span.ends_at + AFTER_THE_END)
    tell(1.0)
    journeys, stretches = simulation.journeys, simulation.stretches
    counted = count_batches(scenario, journeys, stretches, span, build_threshold(read))
    return _Result(counted, see(read, scenario, journeys, stretches), simulation.inputs)
