"""(e) What an interaction that waits holds in the hub's memory.

The rule of this file: two figures, by two hubs. Traced: what Python's own allocations of it hold, as tracemalloc
says; neither SQLite's cache of pages nor what malloc keeps for later. Resident: by how much the process grows.
"""

import asyncio
import signal

from tests.bench.aims import MEMORY
from tests.bench.running import Run
from tests.bench.webhook_flood import fill

SETTLED = 1.0  # seconds until what is told every second has been told


async def measure(run: Run) -> None:
    sizes, add = run.sizes, run.report.add
    async with run.hub(1) as house:
        await fill(house, 0, sizes.warm)
        await asyncio.sleep(SETTLED)
        house.hub.tell(signal.SIGUSR2)
        await asyncio.sleep(SETTLED)
        await fill(house, sizes.warm, sizes.traced)
        await asyncio.sleep(SETTLED)
        house.hub.tell(signal.SIGUSR2)
        traced = (await house.hub.read_counts())["traced"] / sizes.traced
    async with run.hub(1) as house:
        await fill(house, 0, sizes.warm)
        await asyncio.sleep(SETTLED)
        before = house.hub.resident_bytes()
        await fill(house, sizes.warm, sizes.grown)
        await asyncio.sleep(SETTLED)
        resident = (house.hub.resident_bytes() - before) / sizes.grown
    add("e", "memory of one that waits, traced", traced, "bytes", aim=MEMORY)
    note = f"resident: also SQLite's cache of pages, of at most 64 MiB; the growth over {sizes.grown:,} that wait"
    add("e", "memory of one that waits, resident", resident, "bytes", note=note)
