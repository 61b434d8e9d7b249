"""(c) Agents who become free where 10,000 wait for these very agents.

The rule of this file: as long as anything waits that an agent could take, nothing that comes is offered at once; so
what is timed is the turn: an agent says that he is free, and the hub offers him the next of the 10,000. At the same
rate new ones arrive, are stored and decided, so that as many wait at the end as at the beginning.
"""

import asyncio
import time

from tests.bench.aims import FREED, FULL_QUEUE
from tests.bench.bench_house import TOKEN, BenchHouse
from tests.bench.clients import send_at, signed_sms
from tests.bench.desks import Floor
from tests.bench.running import Run, open_session, quantiles
from tests.bench.webhook_flood import fill

HELD_EACH = 5  # an SMS takes 20 of an agent's 100 points


async def measure(run: Run) -> None:
    sizes, add = run.sizes, run.report.add
    async with run.hub(sizes.agents) as house, open_session() as session:
        held = sizes.agents * HELD_EACH
        await fill(house, 0, sizes.waiting + held)
        floor = Floor(house, session)
        await floor.open(range(sizes.agents))
        freed = [await _free_many(floor, first, sizes.freed) for first in range(0, sizes.agents, sizes.freed)][:2]
        what = f"{sizes.freed} agents freed at once: until all are offered"
        add("c", what, max(freed), "ms", aim=FREED, note=f"freed at once: the slower of {len(freed)} times")
        floor.holds = True
        for desk in floor.desks:
            desk.accept_all()
        await floor.until_held(held, 60)
        rate, seconds = sizes.turnover
        answered = await _turn(house, floor, rate, 1)
        floor.refilled.clear()
        cpu = house.hub.cpu_seconds()
        answered = await _turn(house, floor, rate, seconds)
        each = (house.hub.cpu_seconds() - cpu) / len(answered) * 1e3
        (p50, p99), (stored_p50, stored_p99) = quantiles(floor.refilled), quantiles(answered)
        if floor.refused:
            run.report.remark(f"(c) refused: {dict(floor.refused)}")
        await floor.close()
    bare = await run.bare(rate, seconds)
    name = f"{rate}/s with {sizes.waiting:,} waiting"
    note = "free to next offer: from the agent's word to the offer at the desk; arrivals come at the same rate"
    add("c", f"{name}: free to next offer, p50", p50, "ms", bare=bare.p50, aim=FULL_QUEUE, note=note)
    add("c", f"{name}: free to next offer, p99", p99, "ms", bare=bare.p99, aim=FULL_QUEUE)
    add("c", f"{name}: webhook to its answer, p50", stored_p50, "ms", bare=bare.p50)
    add("c", f"{name}: webhook to its answer, p99", stored_p99, "ms", bare=bare.p99)
    add("c", f"{name}: CPU for an arrival and a turn", each, "ms", bare=bare.cpu)


async def _free_many(floor: Floor, first: int, number: int) -> float:
    """Milliseconds from the first word of these agents that they are available until each has an offer."""
    desks = floor.desks[first : first + number]
    began = time.perf_counter()
    await floor.set_state("available", desks=slice(first, first + number))
    async with asyncio.timeout(30):
        while any(desk.first_offer_at is None for desk in desks):
            await asyncio.sleep(0.005)
    return (max(desk.first_offer_at or 0 for desk in desks) - began) * 1000


async def _turn(house: BenchHouse, floor: Floor, rate: int, seconds: float) -> list[float]:
    """At each tick one webhook comes, and the next desk ends and wraps up what it has held longest. Gives how long
    each webhook waited for its answer."""
    number, before = max(int(rate * seconds), 1), len(floor.refilled)
    first = 50_000_000 + int(time.monotonic() * 1000) % 40_000_000
    requests = [signed_sms(house.port, TOKEN, first + n) for n in range(number)]
    answered: list[float] = []

    def tick(n: int) -> None:
        floor.desks[n % len(floor.desks)].free()

    assert await send_at(house.port, requests, rate, tick, answered=answered.append) == 0
    async with asyncio.timeout(30):
        while len(floor.refilled) < before + number:
            await asyncio.sleep(0.01)
    return answered
