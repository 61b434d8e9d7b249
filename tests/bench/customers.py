"""(customers) A base of customers: how fast one of them is found.

The rule of this file: one base for all parts; each part adds figures about it. Nothing else runs in this process, so
that a time is the database's and ours. `python -m tests.bench.customers` has a million of them
(`make bench-customers`); `make bench` measures the same with 20,000.
"""

import argparse
import asyncio
import contextlib
import random
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from hub.storage.customer_search import MAILBOX, NUMBER, find
from hub.storage.customers import find_owners
from hub.storage.database import Database
from hub.storage.migrations import migrate
from hub.storage.search_words import describe
from tests.bench.aims import ADDRESS_LOOKUP, SEARCH
from tests.bench.customer_base import TIERS, BenchCustomer, fill
from tests.bench.figures import Report, print_table, say_machine, write_json
from tests.bench.running import Run
from tests.postgres_server import start_postgres

SEARCHES = 600
SHOWN = 21


@dataclass(frozen=True)
class Base:
    """`some`: about a thousand of its customers."""

    db: Database
    url: str
    number: int
    some: Sequence[BenchCustomer]
    report: Report


async def measure_search(base: Base) -> None:
    rnd = random.Random(1)
    asked = list(_list_queries(rnd, base.some))
    rnd.shuffle(asked)
    times: dict[str, list[float]] = {}
    for _, text in asked[: SEARCHES // 10]:  # the first ones read the disk
        await _search(base.db, text)
    for kind, text in asked[:SEARCHES]:
        times.setdefault(kind, []).append(await _search(base.db, text))
    of = f"of {base.number:,} customers"
    every = sorted(one for some in times.values() for one in some)
    base.report.add("customers", f"search {of}: p50", _at(every, 0.5), "ms")
    worst = ", ".join(f"{kind} {_at(some, 0.95):.1f}" for kind, some in sorted(times.items()))
    base.report.add(
        "customers", f"search {of}: p95", _at(every, 0.95), "ms", aim=SEARCH, note=f"p95 by query: {worst}"
    )
    base.report.add("customers", f"search {of}: the longest of {len(every)}", every[-1], "ms")


async def measure_lookup(base: Base) -> None:
    times = []
    for one in base.some:
        for key in ((NUMBER, one.number), (MAILBOX, one.mailbox or "nobody@example.com")):
            began = time.perf_counter()
            async with base.db.read(is_snapshot=False) as connection:
                await find_owners(connection, [key])
            times.append((time.perf_counter() - began) * 1e3)
    of = f"an address among those of {base.number:,} customers"
    base.report.add("customers", f"{of}: p50", _at(times, 0.5), "ms")
    base.report.add("customers", f"{of}: p95", _at(times, 0.95), "ms", aim=ADDRESS_LOOKUP)


PARTS: dict[str, Callable[[Base], Awaitable[None]]] = {"search": measure_search, "lookup": measure_lookup}


def _list_queries(rnd: random.Random, some: Sequence[BenchCustomer]) -> Iterator[tuple[str, str]]:
    """What people type, as they type it."""
    for one in some:
        name = one.name
        yield "typing", name[: rnd.randint(1 if ord(name[0]) > 0x3000 else 2, len(name))]
        yield "name", name
        if ord(name[0]) > 0x3000:
            yield "reading", describe(name, (), (), ()).words.split(" ")[2]
        yield "one word", rnd.choice(name.split(" "))
        yield "last digits", one.number[-rnd.randint(4, 7) :]
        yield "middle digits", one.number[3 : 3 + rnd.randint(4, 8)]
        yield "number", one.number
        if one.mailbox:
            yield "mailbox", one.mailbox
            yield "part of a mailbox", rnd.choice([one.mailbox.partition("@")[0], one.mailbox[: rnd.randint(3, 12)]])
            yield "domain", one.mailbox.partition("@")[2]
        yield "name and digits", f"{name.split(' ')[0]} {one.number[-4:]}"
        yield "nobody", f"{name} zzyzx"


async def _search(db: Database, text: str) -> float:
    began = time.perf_counter()
    async with db.read(is_slow=True) as connection:
        await find(connection, text, TIERS, SHOWN)
    return (time.perf_counter() - began) * 1e3


def _at(times: Sequence[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


@contextlib.asynccontextmanager
async def open_base(url: str, number: int, report: Report) -> AsyncIterator[Base]:
    """`url`: of an empty database, or of one that was filled with as many."""
    began = time.perf_counter()
    await migrate(url)
    db = await Database.open(url)
    try:
        some = await fill(db, url, number)
        print(f"  {number:,} customers in {time.perf_counter() - began:.0f} s", flush=True)
        yield Base(db, url, number, some, report)
    finally:
        await db.close()


async def measure(run: Run) -> None:
    async with open_base(run.new_url(), run.sizes.customers, run.report) as base:
        for part in PARTS.values():
            await part(base)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.customers", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", choices=[*PARTS, []], help=" ".join(PARTS))
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--postgresql", action="store_true", help="on a PostgreSQL that is started for it")
    parser.add_argument("--folder", type=Path, help="where the database is written; else in one for a time")
    parser.add_argument("--json", type=Path, default=Path(".cache") / "bench-customers.json")
    asked = parser.parse_args()
    print(say_machine(), flush=True)
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="hub-bench-", dir=asked.folder))
        if asked.postgresql:
            server = stack.enter_context(start_postgres(is_durable=True))
            url, database = server.create_database(), f"PostgreSQL {server('SHOW server_version').split()[2]}"
        else:
            url, database = f"sqlite:///{folder}/hub.db", f"SQLite {sqlite3.sqlite_version}"
        report = Report(database)
        asyncio.run(_measure_parts(url, asked.customers, report, asked.parts or list(PARTS)))
    print_table(report.figures, report.remarks)
    write_json(asked.json, report.figures, report.remarks)


async def _measure_parts(url: str, number: int, report: Report, parts: Sequence[str]) -> None:
    async with open_base(url, number, report) as base:
        for name in parts:
            await PARTS[name](base)


if __name__ == "__main__":
    main()
