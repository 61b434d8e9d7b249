"""A hub that runs for days holds no more than one that runs for minutes: what is closed leaves nothing in memory.

The rule of this file: counts are compared between two moments at which every cache of a fixed size is full and
nobody but the desks is connected, so that what grew grew with what was closed.
"""

import asyncio
import json
import os
import signal
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from tests.bench.bench_house import TOKEN, BenchHouse
from tests.bench.clients import send_at, signed_sms
from tests.bench.desks import Floor

FULL = 10_000  # interactions after which the caches are full: the largest keep some 4,000 telephone numbers
CLOSED = int(os.environ.get("HUB_CLOSED", "50_000"))
PART = 2_500
AGENTS = 60
RATE = 140  # a second
QUIET = 20  # seconds, after which the providers' connections, kept for 15 s, are gone
MOST_EACH = 50  # bytes per interaction; 16 of them are the count of what left within the hour
MOST_RESIDENT = 700  # bytes per interaction, with what malloc keeps in pieces: an alarm, and no measure of a leak


@dataclass
class Counts:
    """In bytes, but for the numbers of descriptors and tasks."""

    held: int
    sqlite: int
    resident: int
    descriptors: int
    tasks: int
    wal: int


async def test_what_is_closed_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asyncio.get_running_loop().set_debug(False)  # here is only the load
    file = tmp_path / "counts.json"
    monkeypatch.setenv("HUB_COUNTS", str(file))
    monkeypatch.setenv("PYTHONMALLOC", "malloc")
    house = BenchHouse(tmp_path, AGENTS, module="tests.faults.hub_that_counts")
    try:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            floor = Floor(house, session, works=True)
            await floor.open(range(AGENTS))
            await floor.set_state("available")
            counted: dict[int, Counts] = {}
            for number in range(0, CLOSED, PART):
                requests = [signed_sms(house.port, TOKEN, n) for n in range(number, number + PART)]
                assert await send_at(house.port, requests, RATE, lambda _: None) == 0
                assert await floor.until_closed(number + PART, 120), floor.refused
                if number + PART in (FULL, CLOSED):
                    counted[number + PART] = await _count(house, file)
                    print(number + PART, counted[number + PART])
            await floor.close()
    finally:
        house.stop()
    before, after, more = counted[FULL], counted[CLOSED], CLOSED - FULL
    held, resident = (after.held - before.held) / more, (after.resident - before.resident) / more
    print(f"{held:.0f} bytes per interaction, resident {resident:.0f}")
    assert held < MOST_EACH
    assert resident < MOST_RESIDENT
    assert after.sqlite < 1.2 * before.sqlite  # its page caches, bounded by their PRAGMA
    assert after.descriptors <= before.descriptors + 8  # a reader or two more
    assert after.tasks <= before.tasks + 2 * AGENTS  # some of a desk's come and go
    assert after.wal < 2 * before.wal  # the most that a checkpoint ever found, which a slow moment raises a little


async def _count(house: BenchHouse, file: Path) -> Counts:
    await asyncio.sleep(QUIET)
    file.unlink(missing_ok=True)
    house.hub.tell(signal.SIGUSR1)
    async with asyncio.timeout(30):
        while not file.exists():
            await asyncio.sleep(0.05)
    wal = house.folder / "data" / "hub.db-wal"
    return Counts(**json.loads(file.read_text()), wal=wal.stat().st_size)
