"""The simulator against theory, in long runs, and against the clock: a year of 450,000 calls with 20 agents.

Run it with `python tests/bench/bench_simulator.py`; with `year` or `theory` behind it, only that part. The aims:
agreement within 2 %, the conservation law within 1 %, the year in under 30 s. What the router alone takes for
the same inputs is measured beside it.
"""

import gc
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stdout
from dataclasses import replace
from io import StringIO
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from hub.simulation.planning import build_scenario
from hub.simulation.running import play as play_year
from hub.simulation.scenario_file import ReadScenario, read_policy, read_scenario
from routing.erlang import Demand, expect, service_level
from routing.inputs import Input
from routing.intervals import Figure
from routing.measures import MeasuredLine, MeasuredSpan
from routing.model import DAY, SECOND, Micros
from routing.router import Router
from routing.scenario import Scenario
from routing.simulator import Simulation
from tests.routing.cast import GOLD, PLATINUM, STANDARD
from tests.routing.like_agents import ALWAYS, HANDLING, TIERS, Chances, build_line, measure_run, run
from tests.routing.test_simulator_theory import wait_by_class

CALLS = 600_000
RUNS = 3  # where the last of several classes has the longest waits, which differ most
WITHIN = 0.02
CONSERVED_WITHIN = 0.01
YEAR_SECONDS = 30
ROOT = Path(__file__).parents[2]


# ---- theory


def measure_long(scenario: Scenario, span: MeasuredSpan, runs: int = 1) -> dict[str, MeasuredLine]:
    """By tier: so many independent runs, their batches added up."""
    long = measure_run(scenario, span)
    for seed in range(2, runs + 1):
        for tier, line in measure_run(scenario, span, Chances(seed)).items():
            long[tier] = replace(long[tier], wait=long[tier].wait + line.wait)
    return long


def compare(what: str, figure: Figure | None, theory: float) -> bool:
    assert figure is not None and figure.interval is not None
    off = figure.value / theory - 1
    agrees = abs(off) <= WITHIN
    low, high = figure.interval
    verdict = "" if agrees else f"  MISSED {WITHIN:.0%}"
    print(
        f"  {what:34} {figure.value:10.4f}  ({low:.4f} to {high:.4f})  theory {theory:10.4f}  {off:+.2%}{verdict}",
        flush=True,
    )
    return agrees


def theory_of_waits() -> Iterator[bool]:
    demand = Demand(1.8 / HANDLING, HANDLING)
    expected = expect(demand, 3)
    print(f"M/M/3 at 60 %, {CALLS:,} calls (Erlang C)")
    line = measure_long(*build_line(3, {STANDARD: 1.8}, CALLS))[""]
    yield compare("mean wait, s", line.wait.figure(), expected.wait_seconds)
    yield compare("service level, 20 s", line.in_time.figure(), service_level(demand, 3, 20))
    yield compare("occupancy", line.work.figure(), expected.occupancy)


def theory_of_patience() -> Iterator[bool]:
    demand = Demand(5 / HANDLING, HANDLING, patience_seconds=120)
    expected = expect(demand, 5)
    print(f"M/M/5+M at 100 %, {CALLS:,} calls (Erlang A)")
    line = measure_long(*build_line(5, {STANDARD: 5.0}, CALLS, patience_seconds=120))[""]
    yield compare("abandonment", line.left.figure(), expected.abandonment)
    yield compare("mean wait, s", line.wait.figure(), expected.wait_seconds)
    yield compare("ASA, s", line.asa.figure(), expected.asa_seconds)
    yield compare("service level, 20 s", line.in_time.figure(), service_level(demand, 5, 20))
    yield compare("occupancy", line.work.figure(), expected.occupancy)


def theory_of_priority(offered: dict[str, float]) -> Iterator[bool]:
    print(
        f"Non-preemptive M/M/3, {len(offered)} classes as bands, {RUNS} x {CALLS:,} calls (Kella and Yechiali 1985)"
    )
    lines = measure_long(*build_line(3, offered, CALLS, ALWAYS), RUNS)
    for tier, wait in wait_by_class(3, offered).items():
        yield compare(f"mean wait of {tier}, s", lines[tier].wait.figure(), wait)


def theory_of_order() -> Iterator[bool]:
    offered = {PLATINUM: 0.5, GOLD: 0.7, STANDARD: 0.8}
    print(f"Equal head starts, M/M/3, {CALLS // 3:,} calls (first come, first served)")
    alike = dict.fromkeys(TIERS, 90 * SECOND)
    answered = [journey.answered_at or 0 for journey in run(*build_line(3, offered, CALLS // 3, alike)).journeys]
    overtaken = sum(later < earlier for earlier, later in pairwise(answered))
    print(f"  overtakings: {overtaken} of {len(answered):,}")
    yield overtaken == 0


def theory_of_conservation() -> Iterator[bool]:
    offered = {PLATINUM: 0.5, GOLD: 0.7, STANDARD: 0.8}
    print(f"Head starts of 300, 60 and 0 s against none, M/M/3, {CALLS:,} calls (Kleinrock 1965)")
    level = measure_long(*build_line(3, offered, CALLS))
    starts = {PLATINUM: 300 * SECOND, GOLD: 60 * SECOND, STANDARD: 0}
    ahead = measure_long(*build_line(3, offered, CALLS, starts))
    for tier in offered:
        print(f"  {tier:10} waits {level[tier].wait.value:7.2f} s level, {ahead[tier].wait.value:7.2f} s ahead")

    def weighted(lines: dict[str, MeasuredLine]) -> float:
        return sum(erlangs * (lines[tier].wait.value or 0) for tier, erlangs in offered.items())

    kept = weighted(ahead) / weighted(level) - 1
    print(f"  sum of load x wait: {weighted(level):.2f} level, {weighted(ahead):.2f} ahead, {kept:+.2%}")
    yield abs(kept) <= CONSERVED_WITHIN
    total = expect(Demand(2 / HANDLING, HANDLING), 3)
    yield compare("mean wait of all, s", ahead[""].wait.figure(), total.wait_seconds)


# ---- the year


class Recorded(Simulation):
    def __init__(self, scenario: Scenario) -> None:
        self.told: list[tuple[Input, Micros]] = []
        super().__init__(scenario, Chances(1))

    def _tell(self, told: Input, at: Micros) -> None:
        self.told.append((told, at))
        super()._tell(told, at)


def measure_year() -> bool:
    """As `python -m hub simulate tests/bench/year.toml` plays it: its parts on all processors."""
    began, worked = time.perf_counter(), seconds_of_work()
    played = play_year(read_year(), "a year")
    seconds, work = time.perf_counter() - began, seconds_of_work() - worked
    total = played.lines[-1]
    print(f"A year of {total.arrived:,} calls with 20 agents: {seconds:.1f} s on {os.cpu_count()} processors", end="")
    print(f" ({os.getloadavg()[0]:.1f} in use at the end), {work:.1f} s of CPU")
    print(f"  {played.inputs:,} inputs, {played.inputs / work:,.0f} for a second of CPU")
    for figure, what in ((total.in_time, "in time"), (total.left, "abandoned"), (total.work, "occupancy")):
        print(f"    {what} {figure.value:.1%}")
    return seconds < YEAR_SECONDS


def read_year() -> ReadScenario:
    return read_scenario(ROOT / "tests/bench/year.toml", read_policy(ROOT / "config.toml"))


def seconds_of_work() -> float:
    """Of this process and of those that it has waited for."""
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def measure_router_alone() -> None:
    """The same inputs at the same instants, told without a world around."""
    scenario = build_scenario(read_year())
    simulation = Recorded(scenario)
    simulation.run_until(scenario.duties[0].at + 60 * DAY)
    router = Router(scenario.policy)
    began = time.process_time()
    for number, (told, at) in enumerate(simulation.told, start=1):
        router.handle(told, at)
        if number % 20_000 == 0:
            router.take_changes()
    rate = len(simulation.told) / (time.process_time() - began)
    print(f"  the router alone, on 60 days of such inputs: {rate:,.0f}/s")


PARTS: dict[str, Callable[[], Iterator[bool]]] = {  # the longest first
    "three classes": lambda: theory_of_priority({PLATINUM: 0.5, GOLD: 0.6, STANDARD: 0.7}),
    "two classes": lambda: theory_of_priority({PLATINUM: 0.8, STANDARD: 1.0}),
    "conservation": theory_of_conservation,
    "waits": theory_of_waits,
    "patience": theory_of_patience,
    "order": theory_of_order,
}


def play(part: str) -> tuple[str, list[bool]]:
    """What one part of the theory prints, and which of its aims are reached; a process plays one after the other."""
    said = StringIO()
    with redirect_stdout(said):
        reached = list(PARTS[part]())
    return said.getvalue(), reached


def main() -> None:
    gc.set_threshold(20_000, 20, 50)  # as `hub simulate` has it
    began = time.monotonic()
    wanted = sys.argv[1:] or ["year", "theory"]
    reached = []
    if "year" in wanted:
        reached.append(measure_year())
        measure_router_alone()
    if "theory" in wanted:
        with ProcessPoolExecutor(os.cpu_count()) as pool:
            for said, kept in pool.map(play, PARTS):
                print(said, end="", flush=True)
                reached += kept
    print(f"{sum(reached)} of {len(reached)} aims reached, {time.monotonic() - began:.0f} s in all")


if __name__ == "__main__":
    main()
