"""(import) A file of customers is imported, and taken back, while webhooks come in at a steady pace: its time, its
memory, their p99.

The rule of this file: the hub itself reads and applies the file, as it does for the screen; this process only asks
and looks. The same webhooks come before, without an import, in the same run.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from hub.exchange.importing import begin_applying, begin_taking_back
from hub.exchange.uploaded_imports import ask_to_read, begin_upload, take_part
from hub.settings.config import load
from hub.storage import imports
from hub.storage.database import Database
from hub.storage.hub_time import read_now
from hub.storage.import_parts import LARGEST_PART
from tests.bench.aims import IMPORT, IMPORT_PACE
from tests.bench.bench_house import TOKEN, BenchHouse
from tests.bench.clients import send_at, signed_sms
from tests.bench.running import Run, quantiles

PACE = 50  # webhooks a second
LOOK_SECONDS = 0.1


async def measure(run: Run) -> None:
    number = run.sizes.imported
    async with run.hub(1) as house, _open(house) as db:
        before: list[float] = []
        await _send_webhooks(house, 0, run.sizes.import_seconds, before.append)
        resident = house.hub.resident_bytes()
        coming, going = Passing(1_000_000), Passing(2_000_000, state="taking_back", last="taken_back")
        sending = asyncio.create_task(_send_until(house, coming))
        import_id = await _import(house, db, number, coming)
        await sending
        grown = (house.hub.resident_bytes() - resident) / 1e6
        sending = asyncio.create_task(_send_until(house, going))
        await begin_taking_back(db, import_id)
        await _watch(db, import_id, going)
        await sending
    add, p99 = run.report.add, quantiles(before)[1]
    whole = sum(coming.seconds.values())
    add("import", f"import of {number:,} rows: read, applied, followed", whole, "s", aim=IMPORT, note=coming.say())
    add("import", "rows a second", number / whole, "/s")
    add("import", "resident memory, grown by", grown, "MB")
    note = f"{PACE} a second; the longest {coming.longest_ms:.0f} ms, without an import {max(before) * 1e3:.0f} ms"
    add("import", "webhooks beside it: p99", coming.p99, "ms", bare=p99, aim=IMPORT_PACE, note=note)
    add("import", "taken back", sum(going.seconds.values()), "s", note=going.say())
    note = f"the longest {going.longest_ms:.0f} ms"
    add("import", "webhooks beside that: p99", going.p99, "ms", bare=p99, aim=IMPORT_PACE, note=note)


@dataclass
class Passing:
    """The states that the import has been in: how long, in seconds, and how long webhooks waited meanwhile.
    `first`: the number of the first webhook."""

    first: int
    state: str = "waiting"
    last: str = "applied"
    seconds: dict[str, float] = field(default_factory=dict)
    waits: dict[str, list[float]] = field(default_factory=dict)

    def note(self, wait: float) -> None:
        self.waits.setdefault(self.state, []).append(wait)

    @property
    def p99(self) -> float:
        return quantiles([wait for some in self.waits.values() for wait in some])[1]

    @property
    def longest_ms(self) -> float:
        return max(wait for some in self.waits.values() for wait in some) * 1e3

    def say(self) -> str:
        p99 = {state: quantiles(self.waits.get(state, [0.0]))[1] for state in self.seconds}
        return ", ".join(f"{state} {spent:.1f} s (p99 {p99[state]:.0f} ms)" for state, spent in self.seconds.items())


@asynccontextmanager
async def _open(house: BenchHouse) -> AsyncIterator[Database]:
    db = await Database.open(load(house.folder / "config.toml").database_url, read_connections=2)
    try:
        yield db
    finally:
        await db.close()


async def _send_webhooks(house: BenchHouse, first: int, seconds: float, note: Callable[[float], None]) -> None:
    """`note` is told how long each waited for its answer."""
    requests = [signed_sms(house.port, TOKEN, first + n) for n in range(max(1, int(PACE * seconds)))]
    assert await send_at(house.port, requests, PACE, lambda number: None, answered=note) == 0


async def _send_until(house: BenchHouse, passing: Passing) -> None:
    first = passing.first
    while passing.state != passing.last:
        await _send_webhooks(house, first, 1, passing.note)
        first += PACE


async def _import(house: BenchHouse, db: Database, number: int, passing: Passing) -> str:
    data = await asyncio.to_thread(_write_file, number)
    import_id = await begin_upload(db, "bench.csv", len(data), "a0", await read_now(db))
    parts = [data[at : at + LARGEST_PART] for at in range(0, len(data), LARGEST_PART)]
    for place, part in enumerate(parts):
        await take_part(db, import_id, place, part)
    await ask_to_read(db, import_id, len(parts), None, "")
    await _watch(db, import_id, passing)
    return import_id


async def _watch(db: Database, import_id: str, passing: Passing) -> None:
    began = time.perf_counter()
    while passing.state != passing.last:
        await asyncio.sleep(LOOK_SECONDS)
        async with db.read() as conn:
            one = await imports.find(conn, import_id)
        assert one is not None and one.state not in ("unreadable", "cancelled")
        if one.state == "staged":
            one = await begin_applying(db, import_id)
        if one.state != passing.state:
            passing.seconds[passing.state] = time.perf_counter() - began
            passing.state, began = one.state, time.perf_counter()


def _write_file(number: int) -> bytes:
    rows = [f"Kim Öberg {n},+4672{n:07},kim.{n}@mail.example,Umeå,{n % 9000}" for n in range(number)]
    return "\n".join(["name,phone,email,city,value_now", *rows]).encode()
