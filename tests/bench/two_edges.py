"""(edges) Two edges beside one process on PostgreSQL: webhooks decided in a flood, whole interactions sustained.

The rule of this file: both are searched for in one run, and each rate that is tried says what every process took of a
core: where two edges gain less than the aim, the table shows which process, or that no core is left.
"""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.aims import EDGES_GAIN
from tests.bench.bench_house import BenchHouse, read_cpu
from tests.bench.desks import Floor
from tests.bench.running import Load, Run, open_session
from tests.bench.sustained import find_sustained
from tests.bench.webhook_flood import flood_with_webhooks
from tests.bench.whole_path import WholePath

EDGES = 2
FULL_SHARE = 0.93  # of all cores: what is left is lost between processes that wait for each other


@dataclass
class Searched:
    """`shares`: rate -> process -> share of one core."""

    decided: float = 0  # webhooks a second in a flood
    best: Load | None = None
    shares: dict[float, dict[str, float]] = field(default_factory=dict)
    faults: dict[float, str] = field(default_factory=dict)


async def measure(run: Run) -> None:
    if run.report.database.startswith("SQLite"):
        raise SystemExit("Edges need PostgreSQL: add --postgresql.")
    one = await _search(run, 0)
    two = await _search(run, EDGES)
    add, cores = run.report.add, len(os.sched_getaffinity(0))
    rates = [searched.best.rate if searched.best else 0 for searched in (one, two)]
    note = "two edges: beside it stands the one process, in the same run"
    add("edges", "webhooks stored and decided with two edges", two.decided, "/s", bare=one.decided)
    aim = EDGES_GAIN if rates[0] else None  # a machine that is too busy sustains nothing
    add("edges", "sustained with two edges", rates[1], "/s", bare=rates[0], aim=aim, note=note)
    for name, searched in (("one process", one), ("two edges", two)):
        if searched.best is None:
            continue
        add("edges", f"{name}: webhook to offer, p99", searched.best.p99, "ms")
        add("edges", f"{name}: CPU of the hub for each", searched.best.cpu, "ms")
        for process, share in searched.shares[searched.best.rate].items():
            add("edges", f"{name} at {searched.best.rate:.0f}/s: CPU of {process}", share * 100, "% of a core")
    for name, searched in (("one process", one), ("two edges", two)):
        if searched.faults:
            rate = min(searched.faults)
            run.report.remark(f"(edges) {name}: {rate:.0f}/s is not sustained: {searched.faults[rate]}")
            run.report.remark(f"(edges) {name} at {rate:.0f}/s: {_say_shares(searched.shares[rate], cores)}")


async def _search(run: Run, edges: int) -> Searched:
    sizes, found = run.sizes, Searched()
    async with run.hub(1, edges) as house:
        found.decided = (await flood_with_webhooks(house, sizes.flood)).decided
    async with run.hub(sizes.agents, edges) as house, open_session() as session:
        floor = Floor(house, session, works=True)
        await floor.open(range(sizes.agents))
        await floor.set_state("available")
        path = WholePath(house, floor)
        await path.load(sizes.rates[0][0], sizes.search / 4)  # the first ones import what they need

        async def try_rate(rate: int) -> Load:
            before, began = _read_all(run, house), time.perf_counter()
            load = await path.load(rate, sizes.search)
            took = time.perf_counter() - began
            found.shares[rate] = {name: (cpu - before[name]) / took for name, cpu in _read_all(run, house).items()}
            if load.fault:
                found.faults[rate] = load.fault
            return load

        found.best = await find_sustained(try_rate, [], sizes.search_from, sizes.most)
        await floor.close()
    return found


def _read_all(run: Run, house: BenchHouse) -> dict[str, float]:
    """Seconds of CPU so far: of each process of the hub, of the servers beside it, of the load, and of all cores."""
    servers = {name: sum(read_cpu(pid).values()) for name, pid in run.servers.items()}
    return {**house.cpu_of_each(), **servers, "the load": time.process_time(), "all cores": _read_busy()}


def _read_busy() -> float:
    """Seconds that the machine's cores together were not idle."""
    ticks = list(map(int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]))
    return (sum(ticks[:8]) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK")


def _say_shares(shares: Mapping[str, float], cores: int) -> str:
    is_full = shares["all cores"] >= FULL_SHARE * cores
    each = ", ".join(f"{name} {share:.0%}" for name, share in shares.items() if name != "all cores")
    return f"{'cores full' if is_full else 'cores not full'}: {shares['all cores']:.2f} of {cores} in use; {each}"
