"""(b) An SMS from its webhook over offer, accept and reply to closed: what each costs at which rate, and how many a
second the hub sustains.

The rule of this file: a rate is sustained only if its offers keep p99 under 250 ms, none is lost or refused, and all
are closed within a second. The wait is from the moment that a request is sent, also where it waits for a connection,
to the moment that a desk has its offer. Work is counted in seconds of their own, since counting costs time too.
"""

import asyncio
import math
import signal
import time

from tests.bench.aims import CPU_MULTIPLE, SUSTAINED, cpu_aim
from tests.bench.bench_house import TOKEN, BenchHouse
from tests.bench.clients import LINES, send_at, signed_sms
from tests.bench.desks import Floor
from tests.bench.running import Load, Run, open_session, quantiles
from tests.bench.sustained import find_sustained

MOST_P99 = 250  # milliseconds
MOST_LATE = 1.0  # seconds
COUNTED = ("batches", "commits", "statements", "rows", "packets", "thread hops")


async def measure(run: Run) -> None:
    sizes = run.sizes
    async with run.hub(sizes.agents) as house, open_session() as session:
        floor = Floor(house, session, works=True)
        await floor.open(range(sizes.agents))
        await floor.set_state("available")
        path = WholePath(house, floor)
        await path.load(sizes.rates[0][0], sizes.search / 4)  # the first ones import what they need
        loads, counts = {}, {}
        for rate, seconds in sizes.rates:
            loads[rate] = await path.load(rate, seconds)
            counts[rate] = await path.count(rate, sizes.counted)
        tried = list(loads.values())

        async def try_rate(rate: int) -> Load:
            tried.append(await path.load(rate, sizes.search))
            return tried[-1]

        best = await find_sustained(try_rate, tried, sizes.search_from, sizes.most)
        if best is not None and best.rate not in counts:
            counts[int(best.rate)] = await path.count(int(best.rate), sizes.counted)
        await floor.close()
    for load in tried:
        if load.fault:
            run.report.remark(f"(b) {load.rate:.0f}/s is not sustained: {load.fault} ({load.cpu:.1f} ms of CPU each)")
    await _report(run, loads, best, counts)


async def _report(run: Run, loads: dict[int, Load], best: Load | None, counts: dict[int, dict[str, float]]) -> None:
    add = run.report.add
    rate = best.rate if best is not None else 0
    add("b", "sustained", rate, "/s", aim=SUSTAINED, note=f"sustained: p99 of the offers under {MOST_P99} ms")
    rows = {f"{rate}/s": load for rate, load in loads.items()}
    if best is not None:
        rows["saturation"] = best
    for name, load in rows.items():
        bare = await run.bare(load.rate)
        aim = cpu_aim(CPU_MULTIPLE, run.report.database, name)
        note = f"at saturation: {best.rate:.0f}/s" if best is not None and name == "saturation" else ""
        add("b", f"{name}: CPU of the hub for each", load.cpu, "ms", bare=bare.cpu, aim=aim, note=note)
        add("b", f"{name}: webhook to offer, p50", load.p50, "ms", bare=bare.p50)
        add("b", f"{name}: webhook to offer, p99", load.p99, "ms", bare=bare.p99)
        for what, each in counts.get(int(load.rate), {}).items():
            add("b", f"{name}: {what} for each", each, "")


class WholePath:
    """Load on one hub whose desks work. Customers and texts are never the same twice."""

    def __init__(self, house: BenchHouse, floor: Floor) -> None:
        self._house, self._floor = house, floor
        self._number = 0

    async def load(self, rate: int, seconds: float, lines: int = LINES) -> Load:
        """`lines`: the provider's connections, which are opened first."""
        house, floor = self._house, self._floor
        first, number = self._number, max(int(rate * seconds), 1)
        self._number += number
        texts = [f"Fråga nummer {first + n}" for n in range(number)]
        requests = [signed_sms(house.port, TOKEN, first + n, text=text) for n, text in enumerate(texts)]
        sent: dict[int, float] = {}
        floor.offered_at.clear()
        refused, closed, cpu = floor.refused.total(), floor.closed, house.hub.cpu_seconds()
        failed = await send_at(house.port, requests, rate, lambda n: sent.update({n: time.perf_counter()}), lines)
        ended = time.perf_counter()
        whole = await floor.until_closed(closed + number, 30)
        late = time.perf_counter() - ended
        each = (house.hub.cpu_seconds() - cpu) / number * 1e3
        p50, p99 = quantiles([floor.offered_at.get(text, math.inf) - sent[n] for n, text in enumerate(texts)])
        faults = {
            f"p99 of {p99:.0f} ms": p99 >= MOST_P99,
            f"{number - (floor.closed - closed)} not closed after 30 s": not whole,
            f"the last closed after {late:.1f} s": whole and late > MOST_LATE,
            f"{failed} webhooks failed": failed > 0,
            f"refused: {dict(floor.refused)}": floor.refused.total() > refused,
        }
        return Load(rate, each, p50, p99, ", ".join(what for what, holds in faults.items() if holds))

    async def count(self, rate: int, seconds: float) -> dict[str, float]:
        """What the hub does for each interaction at this rate. Batches, commits and packets are counted while nothing
        else is: counting statements takes time, and a hub that is short of it makes larger batches."""
        number = max(int(rate * seconds), 1)
        before = await self._read_counters()
        await self.load(rate, seconds)
        found = {what: after - before[what] for what, after in (await self._read_counters()).items()}
        if self._house.edges:  # statements, rows and hops are counted within one process
            return {what: count / number for what, count in found.items()}
        hub = self._house.hub
        hub.tell(signal.SIGUSR1)
        await self.load(rate, seconds)
        hub.tell(signal.SIGUSR1)
        found = await hub.read_counts() | found
        return {what: found.get(what, 0) / number for what in COUNTED}

    async def _read_counters(self) -> dict[str, float]:
        metrics = {"batches": "hub_batch_seconds_count", "commits": "hub_commit_seconds_count"}
        found = {what: await asyncio.to_thread(self._house.metric, name) for what, name in metrics.items()}
        return {**found, "packets": self._floor.packets}
