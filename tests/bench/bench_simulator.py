"""The simulator against theory, in long runs, and against the clock: a year of 450,000 calls with 20 agents.

Run it with `python tests/bench/bench_simulator.py`; with `year` or `theory` behind it, only that part. The aims:
agreement within 2 %, the conservation law within 1 %, the year in under 30 s of CPU. What the router alone takes for
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

from routing.distributions import Exponential, Fixed, Lognormal
from routing.erlang import Demand, expect, service_level
from routing.inputs import Input
from routing.intervals import Figure
from routing.measures import Line, Span, measure
from routing.model import SECOND, AgentId, AgentProfile, AgentState, Micros
from routing.router import Router
from routing.scenario import Duty, Kind, Scenario, Slot
from routing.simulator import Simulation
from tests.routing.cast import GOLD, PHONE, PLATINUM, SERVICE, STANDARD
from tests.routing.like_agents import ALWAYS, HANDLING, TIERS, Chances, build_line, build_policy, measure_run, run
from tests.routing.test_simulator_theory import wait_by_class

CALLS = 600_000
RUNS = 3  # where the last of several classes has the longest waits, which differ most
WITHIN = 0.02
CONSERVED_WITHIN = 0.01
YEAR_CALLS, YEAR_AGENTS, YEAR_SECONDS = 450_000, 20, 30
HALF_HOUR = 1_800 * SECOND
DAY = 48 * HALF_HOUR
BY_HALF_HOUR = (5, 8, 11, 13, 14, 13, 12, 10, 9, 10, 11, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 3)  # from 08:00 to 19:00


# ---- theory


def measure_long(scenario: Scenario, span: Span, runs: int = 1) -> dict[str, Line]:
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
    lines = measure_long(*build_line(3, offered, CALLS, ALWAYS), RUNS)  # type: ignore[arg-type]
    for tier, wait in wait_by_class(3, offered).items():  # type: ignore[arg-type]
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

    def weighted(lines: dict[str, Line]) -> float:
        return sum(erlangs * (lines[tier].wait.value or 0) for tier, erlangs in offered.items())

    kept = weighted(ahead) / weighted(level) - 1
    print(f"  sum of load x wait: {weighted(level):.2f} level, {weighted(ahead):.2f} ahead, {kept:+.2%}")
    yield abs(kept) <= CONSERVED_WITHIN
    total = expect(Demand(2 / HANDLING, HANDLING), 3)
    yield compare("mean wait of all, s", ahead[""].wait.figure(), total.wait_seconds)


# ---- the year


def build_year() -> tuple[Scenario, Span]:
    """20 agents in two shifts with a break each; lognormal handling, wrap-up, impatient customers of three tiers."""
    staff = tuple((AgentId(f"agent {number:02}"), AgentProfile(queues=(SERVICE,))) for number in range(YEAR_AGENTS))
    per_day, expected = sum(BY_HALF_HOUR), YEAR_CALLS / 365
    kinds = []
    for tier, share in ((PLATINUM, 0.1), (GOLD, 0.25), (STANDARD, 0.65)):
        slots = tuple(
            Slot(day * DAY + n * HALF_HOUR, day * DAY + (n + 1) * HALF_HOUR, expected * share * weight / per_day)
            for day in range(365)
            for n, weight in enumerate(BY_HALF_HOUR, start=16)
        )
        handling = Lognormal(270 * SECOND, 200 * SECOND)
        kinds.append(Kind(SERVICE, PHONE, tier, slots, handling, Exponential(40 * SECOND), Exponential(180 * SECOND)))
    duties = []
    for day in range(365):
        for number, (agent_id, _) in enumerate(staff):
            begins = day * DAY + (15 if number % 2 else 21) * HALF_HOUR
            rests = begins + (8 + number % 3) * HALF_HOUR
            duties += [
                Duty(begins, agent_id, AgentState.AVAILABLE),
                Duty(rests, agent_id, AgentState.UNAVAILABLE, "lunch"),
                Duty(rests + HALF_HOUR, agent_id, AgentState.AVAILABLE),
                Duty(begins + 17 * HALF_HOUR, agent_id, AgentState.OFFLINE),
            ]
    starts: dict[str, Micros | None] = {PLATINUM: 120 * SECOND, GOLD: 45 * SECOND, STANDARD: 0}
    policy = replace(build_policy(starts), wrap_up_limit=600 * SECOND)  # type: ignore[arg-type]
    duties.sort(key=lambda duty: duty.at)
    scenario = Scenario(policy, tuple(kinds), staff, tuple(duties), Fixed(3 * SECOND))
    return scenario, Span(DAY, 365 * DAY, 26)


class Recorded(Simulation):
    def __init__(self, scenario: Scenario) -> None:
        self.told: list[tuple[Input, Micros]] = []
        super().__init__(scenario, Chances(1))

    def _tell(self, told: Input, at: Micros) -> None:
        self.told.append((told, at))
        super()._tell(told, at)


def measure_year() -> bool:
    scenario, span = build_year()
    began = time.process_time()
    simulation = Simulation(scenario, Chances(1))
    simulation.run_until(366 * DAY)
    simulation.finish(366 * DAY)
    played = time.process_time() - began
    lines = measure(scenario, simulation.journeys, simulation.stretches, span, {(SERVICE, PHONE): 20 * SECOND})
    seconds = time.process_time() - began
    total = lines[-1]
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"A year of {len(simulation.journeys):,} calls with {YEAR_AGENTS} agents: {seconds:.1f} s of CPU")
    print(f"  {simulation.inputs:,} inputs, {simulation.inputs / played:,.0f}/s; {megabytes:.0f} MB at most")
    print(f"  of it {seconds - played:.1f} s to measure:")
    for figure, what in ((total.in_time, "in time"), (total.left, "abandoned"), (total.work, "occupancy")):
        print(f"    {what} {figure.value:.1%}")
    return seconds < YEAR_SECONDS


def measure_router_alone() -> None:
    """The same inputs at the same instants, told without a world around."""
    scenario, _ = build_year()
    simulation = Recorded(scenario)
    simulation.run_until(60 * DAY)
    router = Router(scenario.policy)
    began = time.process_time()
    for number, (told, at) in enumerate(simulation.told, start=1):
        router.handle(told, at)
        if number % 20_000 == 0:
            router.take_changes()
    rate = len(simulation.told) / (time.process_time() - began)
    print(f"  the router alone, on 60 days of the same inputs: {rate:,.0f}/s")


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
