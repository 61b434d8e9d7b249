"""How fast arrivals become durable, and how long each caller waits for it.

Run it with `python tests/bench/bench_storage.py [database address]`; without an address it makes an SQLite file in
the working directory. It prints, for 16, 64 and 256 callers at once, rows per second and the caller's p50 and p99.
"""

import asyncio
import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from sqlalchemy import insert

from hub.storage.database import Connection, Database
from hub.storage.inbox import Arrival, Inbox
from hub.storage.migrations import migrate
from hub.storage.tables import audit

SECONDS = 3.0
BODY = '{"class":"MessageReceived","text":"' + "Hej, var är mitt paket? 你好。" * 8 + '"}'


async def measure_arrivals(db: Database, callers: int) -> None:
    inbox = Inbox(db)

    async def put(key: str) -> None:
        await inbox.put([Arrival(key, "MessageReceived", BODY, time.time_ns() // 1000)])

    await _measure("arrivals", callers, put)


async def measure_units(db: Database, callers: int) -> None:
    statement = insert(audit)

    async def write(key: str) -> None:
        async def unit(connection: Connection) -> None:
            await connection.execute(statement, {"at": 1, "staff_id": "ada", "action": "bench", "subject": key})

        await db.write(unit)

    await _measure("units", callers, write)


async def measure_reads(db: Database, callers: int) -> None:
    inbox = Inbox(db)

    async def find(key: str) -> None:
        await inbox.find(key)

    await _measure("reads", callers, find)


async def _measure(what: str, callers: int, act) -> None:
    waits: list[float] = []
    until = time.perf_counter() + SECONDS

    async def call(caller: int) -> None:
        number = 0
        while (began := time.perf_counter()) < until:
            number += 1
            await act(f"{what}:{callers}:{caller}:{number}:{began}")
            waits.append(time.perf_counter() - began)

    cpu = _cpu_seconds()
    began = time.perf_counter()
    await asyncio.gather(*(call(caller) for caller in range(callers)))
    seconds = time.perf_counter() - began
    cpu = _cpu_seconds() - cpu
    waits.sort()
    p50, p99 = waits[len(waits) // 2] * 1000, waits[len(waits) * 99 // 100] * 1000
    print(
        f"{what:9} {callers:4} callers {len(waits) / seconds:9,.0f}/s   p50 {p50:7.2f} ms   p99 {p99:7.2f} ms"
        f"   longest {waits[-1] * 1000:7.2f} ms   {cpu / len(waits) * 1e6:5.0f} us of CPU each",
        flush=True,
    )


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


async def main(url: str) -> None:
    await migrate(url)
    db = await Database.open(url)
    for measure in (measure_arrivals, measure_units, measure_reads):
        for callers in (1, 16, 64, 256):
            await measure(db, callers)
    await db.close()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        asyncio.run(main(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
            asyncio.run(main(f"sqlite:///{folder}/bench.db"))
