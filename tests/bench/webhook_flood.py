"""(a) Signed SMS webhooks, as fast as they are taken: until each is stored, and until each is decided.

The rule of this file: the clock stops when the hub says of all of them that the router has handled them, and the
database is asked whether they are all there.
"""

import asyncio
import time
from dataclasses import dataclass

from tests.bench.aims import DECIDED
from tests.bench.bench_house import TOKEN, BenchHouse
from tests.bench.clients import send_all, signed_sms
from tests.bench.running import Run


@dataclass(frozen=True)
class Flood:
    stored: float  # a second
    decided: float
    cpu: float  # milliseconds each, until all are decided


async def measure(run: Run) -> None:
    number = run.sizes.flood
    async with run.skeleton() as skeleton:
        await send_all(skeleton.port, _webhooks(skeleton.port, 90_000_000, number // 10))
        requests = _webhooks(skeleton.port, 0, number)
        cpu, began = skeleton.cpu_seconds(), time.perf_counter()
        assert await send_all(skeleton.port, requests) == 0
        bare = number / (time.perf_counter() - began)
        bare_cpu = (skeleton.cpu_seconds() - cpu) / number * 1e3
    async with run.hub(1) as house:
        flood = await flood_with_webhooks(house, number)
    note = "a flood from 64 connections; the skeleton has one insert and one emit for each"
    run.report.add("a", "webhooks stored and decided", flood.decided, "/s", bare=bare, aim=DECIDED, note=note)
    run.report.add("a", "webhooks stored", flood.stored, "/s", bare=bare)
    run.report.add("a", "CPU for each, until all are decided", flood.cpu, "ms", bare=bare_cpu)


async def flood_with_webhooks(house: BenchHouse, number: int, first: int = 0) -> Flood:
    """`first`: the number of the first customer, where a hub is flooded more than once."""
    warm = number // 10
    before = int(await asyncio.to_thread(house.metric, "hub_arrivals_total"))
    assert await send_all(house.port, _webhooks(house.port, 90_000_000 + first, warm)) == 0
    await until_decided(house, before + warm)
    requests = _webhooks(house.port, first, number)
    cpu, began = house.hub.cpu_seconds(), time.perf_counter()
    assert await send_all(house.port, requests) == 0
    stored = time.perf_counter() - began
    await until_decided(house, before + warm + number)
    decided = time.perf_counter() - began
    return Flood(number / stored, number / decided, (house.hub.cpu_seconds() - cpu) / number * 1e3)


async def fill(house: BenchHouse, first: int, number: int) -> None:
    """Let so many wait in the agents' queue."""
    before = await asyncio.to_thread(house.metric, "hub_arrivals_total")
    assert await send_all(house.port, _webhooks(house.port, first, number)) == 0
    await until_decided(house, int(before) + number)


async def until_decided(house: BenchHouse, number: int) -> None:
    """Wait until the router has handled so many arrivals since the hub has begun. Raises TimeoutError."""
    async with asyncio.timeout(120):
        while await asyncio.to_thread(house.metric, "hub_arrivals_total") < number:
            await asyncio.sleep(0.05)


def _webhooks(port: int, first: int, number: int) -> list[bytes]:
    return [signed_sms(port, TOKEN, first + n) for n in range(number)]
