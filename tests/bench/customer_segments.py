"""(segments) Segments of the sample base: a full recount beside one plain scan, one customer, activities by rate.

The rule of this file: the floor is one SELECT that evaluates the same conditions in a single scan, in the same run.
Nothing but the rules runs beside the activities. `python -m tests.bench.customer_segments` has a million customers.
"""

import argparse
import asyncio
import contextlib
import random
import resource
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from sqlalchemy import case, func, insert, select

from hub.administration.sample_base.seeding import sow
from hub.clock import SystemClock
from hub.policies.stored_versions import load_book, publish_policy
from hub.rules.evaluating import Decision, Evaluator
from hub.rules.rule_set import RuleSet, list_kinds
from hub.rules.rule_worker import RuleWorker
from hub.segments.segment_changes import SegmentChanges
from hub.segments.segment_counting import recount
from hub.segments.segment_definitions import find_rule_columns
from hub.segments.segment_user import SegmentUser
from hub.settings.config import load
from hub.storage import activities, customers, segment_counting, segments
from hub.storage.activities import NewActivity
from hub.storage.database import Connection, Database
from hub.storage.migrations import migrate
from hub.storage.rule_sql import select_answers
from hub.storage.segment_counting import PlacedRule
from hub.storage.segment_tables import BITS, segment, segment_member
from scripts_library.activity_index import ActivityIndex
from scripts_library.condition_binding import bind
from tests.bench.bench_house import ROOT
from tests.bench.customer_base import run_in_postgres, without_indexes
from tests.bench.figures import Aim, Report, print_table, say_machine, write_json
from tests.bench.running import Run
from tests.postgres_server import start_postgres

SEGMENTS = 100
ASKED = 200  # customers of the measure of one
SECONDS = 8.0  # of each rate
MANY = 100_000  # customers from which on the rate is looked for at which membership comes too late
RATES = (200, 400, 800, 1_600, 3_200)
RECOUNT = Aim(1.5, "at most", note="customers.md")
ONE = Aim(2.0, "at most", "ours")
ACTIVITY = Aim(0.5, "at most", "ours")
DELAY = Aim(1_000, "at most", "ours")


def list_definitions() -> dict[str, str]:
    """A third of them has windows of time."""
    cities = ["Stockholm", "Uppsala", "上海", "北京", "Malmö", "深圳"]
    kinds = ["payment", "complaint", "visit", "contact"]
    found = {}
    for n in range(SEGMENTS):
        city, kind, days = cities[n % 6], kinds[n % 4], 10 + n
        found[f"s{n:03}"] = (
            [
                f'count("{kind}", within("{days} days")) >= {1 + n % 3}',
                f'count("{kind}", within("{days} days")) == 0 && customer.value_now > {n * 5}',
                f'has(last("{kind}")) && days_since(last("{kind}")) > {days}',
            ][n // 3 % 3]
            if n % 3 == 0
            else [
                f'customer.city == "{city}" && customer.value_now >= {n * 10}',
                f'customer.stage in ["new", "lapsed"] || customer.value_potential > {n * 20}',
                f'!(customer.language == "en") && customer.since_year <= {1990 + n % 30}',
                f'"Debit card" in customer.products && customer.birthday < date("{1950 + n % 50}-01-01")',
            ][n % 4]
        )
    return found


class TimedUser(SegmentUser):
    """Notes of whom something was stored."""

    def __init__(self) -> None:
        super().__init__()
        self.stored: list[str] = []

    async def store(self, connection: Connection, decisions: Sequence[Decision], now: int) -> None:
        self.stored += [one.customer_id for one in decisions]
        await super().store(connection, decisions, now)


async def prepare(db: Database, url: str, number: int, report: Report) -> None:
    policy = load(ROOT / "config.toml", {}).policy_document
    now = SystemClock().now()
    began = time.perf_counter()
    is_large = number > 100_000 - 1
    async with without_indexes(url) if is_large and not db.is_sqlite else contextlib.nullcontext():
        await sow(db, policy, number, now, processes=2 if is_large else 0)
    if not db.is_sqlite:
        await run_in_postgres(url, "VACUUM ANALYZE")
    seconds = time.perf_counter() - began
    report.add("segments", f"sample base of {number:,}: each 100,000", seconds * 1e5 / number, "s")
    await publish_policy(db, policy, now, "config.toml")
    text = "\n".join(
        f"[segments.{segment_id}]\nnames = {{ en = '{segment_id}' }}\ndefinition = '{definition}'\n"
        for segment_id, definition in list_definitions().items()
    )
    await SegmentChanges(db, SystemClock()).import_text(text, "bench", goes_live=True)
    user = SegmentUser()
    async with db.read() as connection:
        book = await load_book(connection)
        assert book is not None
        await user.read_rules(connection, book)
    meanings = {segment_id: one.meaning for segment_id, one in user.asked.items()}
    await db.write(lambda connection: segments.begin_in_past(connection, meanings, now, now))


async def read_rules(db: Database, now: int) -> tuple[list[PlacedRule], object]:
    user = SegmentUser()
    async with db.read() as connection:
        book = await load_book(connection)
        assert book is not None
        await user.read_rules(connection, book)
        columns = await find_rule_columns(connection, book, now)
    placed = [
        PlacedRule(one.stored.id, one.stored.place or 0, bind(one.rule.condition, now, book.zone))
        for one in user.asked.values()
    ]
    return placed, columns


async def measure_recount(db: Database, url: str, number: int, report: Report) -> None:
    now = SystemClock().now()
    placed, columns = await read_rules(db, now)
    conditions = [one.condition for one in placed]

    async def fill(connection: Connection, after: str, to: str) -> None:
        bits = segment_counting.select_bits(placed, columns, lambda id_: (id_ > after) & (id_ <= to))
        names = ["customer_id", *(f"bits_{n + 1}" for n in range(-(-SEGMENTS // BITS)))]
        await connection.execute(insert(segment_member).from_select(names, bits))

    async def size_up(connection: Connection) -> None:
        for one in placed:
            column = segment_member.c[f"bits_{one.place // BITS + 1}"]
            size = select(func.count()).where(column.op("&")(1 << one.place % BITS) != 0).scalar_subquery()
            await connection.execute(segment.update().where(segment.c.id == one.segment_id).values(size=size))

    after, more = "", 1
    while more:
        async with db.read(is_slow=True) as connection:
            to, more = await segment_counting.find_end(connection, after, segment_counting.SLICE)
        await db.write(partial(fill, after=after, to=to))
        after = to
    await db.write(size_up)
    if not db.is_sqlite:  # else it is chance whether autovacuum has counted the members before the plan is made
        await run_in_postgres(url, "VACUUM ANALYZE segment_member")
    answers = select_answers(conditions, columns).subquery("answers")
    sums = [func.sum(case((answers.c[f"rule_{n}"], 1), else_=0)) for n in range(len(conditions))]
    floors, ours = [], []
    for _ in range(4):  # the first warms the cache
        began = time.perf_counter()
        async with db.read(is_slow=True) as connection:
            await connection.execute(select(*sums))
        floors.append(time.perf_counter() - began)
        began = time.perf_counter()
        found = await recount(db, now, lambda _: None)
        ours.append(time.perf_counter() - began)
        assert not found.differences, found.differences[:3]
    what = f"full recount of {SEGMENTS} segments over {number:,} customers, beside one plain scan"
    report.add("segments", what, statistics.median(ours[1:]), "s", bare=statistics.median(floors[1:]), aim=RECOUNT)


async def measure_one(db: Database, report: Report) -> None:
    user, now = SegmentUser(), SystemClock().now()
    async with db.read() as connection:
        book = await load_book(connection)
        assert book is not None
        rules = await user.read_rules(connection, book)
        evaluator = Evaluator(RuleSet(rules, book.zone), book)
        to, _ = await segment_counting.find_end(connection, "b", ASKED)
        people = await customers.list_between(connection, "b", to)
        some = (
            await activities.list_activities(connection, [one.id for one in people], list_kinds(rules), 10**6) or {}
        )
    affected = evaluator.rules.find_affected(frozenset(["activity/payment"]))
    for what, asked, aim in (("all rules", rules, ONE), (f"an activity, {len(affected)} rules", affected, ACTIVITY)):
        times = []
        for one in people:
            began = time.perf_counter()
            evaluator.ask(one, asked, ActivityIndex(some.get(one.id, ())), now)
            times.append((time.perf_counter() - began) * 1e3)
        report.add("segments", f"one customer, {what}: median", statistics.median(times), "ms", aim=aim)


async def measure_rates(db: Database, number: int, report: Report) -> None:
    user, clock = TimedUser(), SystemClock()
    worker = RuleWorker(db, clock, [user])
    done: dict[str, float] = {}
    waits: list[float] = []

    async def work() -> None:
        while True:
            if not await worker.work_once():
                await worker._sleep()
            now = time.perf_counter()
            waits.extend(now - done.pop(one) for one in user.stored if one in done)
            user.stored.clear()

    working = asyncio.create_task(work())
    rnd = random.Random(5)
    seconds = SECONDS if number >= MANY else 4.0 if number >= 1_000 else 0.5
    for rate in RATES if number >= MANY else RATES[:1]:
        waits.clear()
        done.clear()
        began, sent = time.perf_counter(), 0
        while (passed := time.perf_counter() - began) < seconds:
            fresh = [
                NewActivity(customer_id=f"b{rnd.randrange(number):07}", kind="payment", at=clock.now())
                for _ in range(int(passed * rate) - sent)
            ]
            sent += len(fresh)
            await db.write(lambda connection, fresh=fresh: activities.add(connection, fresh, clock.now()))
            for one in fresh:
                done.setdefault(one.customer_id, time.perf_counter())
            worker.wake()
            await asyncio.sleep(0.01)
        await asyncio.sleep(1.0)
        late = [time.perf_counter() - at for at in done.values()]
        p99 = sorted([*waits, *late])[int((len(waits) + len(late)) * 0.99)] * 1e3
        what = f"membership after {rate} activities/s: p99"
        report.add("segments", what, p99, "ms", aim=DELAY if rate == RATES[0] else None)
        if p99 > DELAY.bound:
            break
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)


async def measure_all(url: str, number: int, report: Report) -> None:
    await migrate(url)
    db = await Database.open(url)
    db.lock_file()  # as a hub has it: without the lock nobody checkpoints, and the log grows to twice the base
    try:
        await prepare(db, url, number, report)
        await measure_recount(db, url, number, report)
        await measure_one(db, report)
        await measure_rates(db, number, report)
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        report.add("segments", "memory of this process at most", most, "MB")
    finally:
        await db.close()


async def measure(run: Run) -> None:
    await measure_all(run.new_url(), run.sizes.customers, run.report)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.customer_segments", description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--postgresql", action="store_true", help="on a PostgreSQL that is started for it")
    parser.add_argument("--json", type=Path, default=Path(".cache") / "bench-segments.json")
    asked = parser.parse_args()
    print(say_machine(), flush=True)
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="hub-bench-"))
        if asked.postgresql:
            server = stack.enter_context(start_postgres(is_durable=True))
            url, database = server.create_database(), f"PostgreSQL {server('SHOW server_version').split()[2]}"
        else:
            url, database = f"sqlite:///{folder}/hub.db", f"SQLite {sqlite3.sqlite_version}"
        report = Report(database)
        asyncio.run(measure_all(url, asked.customers, report))
    print_table(report.figures, report.remarks)
    write_json(asked.json, report.figures, report.remarks)


if __name__ == "__main__":
    main()
