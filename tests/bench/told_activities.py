"""(activities) Programs tell what customers did while agents work: how late each segment knows, and the rate at which
that breaks.

The rule of this file: all of it is the running hub's own: requests of programs with tokens, messages of customers,
desks that answer, 100 live segments. How late a segment knows is what the hub itself has measured.
"""

import asyncio
import json
import math
import random
import time
from collections import Counter

from sqlalchemy import text

from hub.administration.program_tokens import make_token
from hub.clock import SystemClock
from hub.segments.segment_changes import SegmentChanges
from hub.settings.config import load
from hub.storage.database import Database
from tests.bench.aims import TOLD_DELAY
from tests.bench.bench_house import BenchHouse
from tests.bench.clients import send_at
from tests.bench.customer_segments import SEGMENTS, list_definitions
from tests.bench.desks import Floor
from tests.bench.running import Run, open_session
from tests.bench.whole_path import WholePath

RATES = (200, 400, 800, 1_600)  # activities a second
TOGETHER = 25  # customers of one request, the most there may be
MESSAGES = 20  # a second, while the activities come
EACH_TOKEN = 2  # requests a second
SETTLED_SECONDS = 60
FIRST_ROUND_SECONDS = 300  # all customers are asked about once in a fresh base
LEFT = text("""
    SELECT (SELECT count(*) FROM rule_due WHERE due_at <= :now)
        + (SELECT 1 - count(*) FROM rule_round WHERE name = 'customers' AND ended_at IS NOT NULL)
""")


async def measure(run: Run) -> None:
    sizes = run.sizes
    async with run.hub(sizes.agents, sample=sizes.customers) as house, open_session() as session:
        floor = Floor(house, session, works=True)
        await floor.open(range(sizes.agents))
        await floor.set_state("available")
        db = await Database.open(load(house.folder / "config.toml").database_url, read_connections=2)
        try:
            told = Told(house, db, WholePath(house, floor))
            await told.prepare()
            await _measure_rates(run, told)
        finally:
            await db.close()
            await floor.close()


async def _measure_rates(run: Run, told: "Told") -> None:
    await told.tell(RATES[0], 0.5)  # its first requests import what they need
    for rate in RATES if run.sizes.told_seconds > 1 else RATES[:1]:
        p99, fault, offers = await told.tell(rate, run.sizes.told_seconds)
        what = f"{rate} activities/s beside {MESSAGES} messages/s: a segment knows, p99"
        note = f"{rate}/s: an offer's p99 {offers:.0f} ms{', ' + fault if fault else ''}"
        run.report.add("activities", what, p99, "ms", aim=TOLD_DELAY if rate == RATES[0] else None, note=note)
        if p99 > TOLD_DELAY.bound or fault:
            run.report.remark(f"(activities) {rate}/s is too many: {fault or 'later than a second'}")
            return


class Told:
    def __init__(self, house: BenchHouse, db: Database, path: WholePath) -> None:
        self._house, self._db, self._path = house, db, path
        self._random, self._requests = random.Random(5), 0
        self._customers: list[str] = []
        self._tokens: list[str] = []

    async def prepare(self) -> None:
        """100 live segments, and a token for each pair of requests a second."""
        async with self._db.read(is_slow=True) as conn:
            found = await conn.scalars(text("SELECT id FROM customer WHERE merged_into IS NULL ORDER BY id"))
            self._customers = list(found)
            live = len(list(await conn.scalars(text("SELECT id FROM segment WHERE state = 'live'"))))
        written = "\n".join(
            f"[segments.{segment_id}]\nnames = {{ en = '{segment_id}' }}\ndefinition = '{definition}'\n"
            for segment_id, definition in list(list_definitions().items())[: SEGMENTS - live]
        )
        await SegmentChanges(self._db, SystemClock()).import_text(written, "bench", goes_live=True)
        for number in range(math.ceil(RATES[-1] / TOGETHER / EACH_TOKEN)):
            made = await make_token(self._db, f"bench {number}", 1, SystemClock().now(), "bench")
            self._tokens.append(made.text)
        if not await self._wait_until_settled(FIRST_ROUND_SECONDS):
            raise SystemExit(f"customers were due after {FIRST_ROUND_SECONDS} s")

    async def tell(self, rate: int, seconds: float) -> tuple[float, str, float]:
        """How late segments knew at this rate: p99 in milliseconds; what spoke against it; and the p99 of offers."""
        before = await self._count_delays()
        number = max(1, int(rate * seconds / TOGETHER))
        requests = [self._build() for _ in range(number)]
        began = time.monotonic()
        sending = send_at(self._house.port, requests, rate / TOGETHER, lambda n: None)
        failed, load = await asyncio.gather(sending, self._path.load(MESSAGES, seconds))
        took = time.monotonic() - began
        settled = await self._wait_until_settled()
        delays = await self._count_delays() - before
        faults = {
            f"{failed} requests failed": failed > 0,
            f"they took {took:.1f} s": took > seconds + 1,
            f"customers were due after {SETTLED_SECONDS} s": not settled,
        }
        return _find_p99(delays), ", ".join(what for what, holds in faults.items() if holds), load.p99

    def _build(self) -> bytes:
        self._requests += 1
        now = int(time.time())
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - 60))
        people = [
            {
                "customer_id": one,
                "activities": [{"kind": "payment", "at": at, "reference": f"{self._requests}.{place}"}],
            }
            for place, one in enumerate(self._random.sample(self._customers, TOGETHER))
        ]
        body = json.dumps({"customers": people}).encode()
        head = (
            f"POST /api/customer-upserts HTTP/1.1\r\nHost: 127.0.0.1:{self._house.port}\r\n"
            f"Authorization: Bearer {self._tokens[self._requests % len(self._tokens)]}\r\n"
            f"Idempotency-Key: {self._requests}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    async def _count_delays(self) -> Counter[int]:
        found: Counter[int] = Counter()
        async with self._db.read() as conn:
            for counts in await conn.scalars(text("SELECT counts FROM rule_delay")):
                found.update(dict(json.loads(counts)))
        return found

    async def _wait_until_settled(self, seconds: float = SETTLED_SECONDS) -> bool:
        """Until nobody is due, no round over all customers goes on, and what was measured is stored."""
        last: Counter[int] | None = None
        try:
            async with asyncio.timeout(seconds):
                while True:
                    async with self._db.read() as conn:
                        left = await conn.scalar(LEFT, {"now": SystemClock().now()})
                    counts = await self._count_delays()
                    if not left and counts == last:
                        return True
                    last = counts
                    await asyncio.sleep(0.5)
        except TimeoutError:
            return False


def _find_p99(delays: Counter[int]) -> float:
    """`delays`: by class, as `hub/storage/rule_delays.py` counts them. The upper end of the class."""
    wanted = math.ceil(delays.total() * 0.99)
    for number in sorted(delays):
        wanted -= delays[number]
        if wanted <= 0:
            return float(1.1**number)
    raise SystemExit("the hub has measured no delay of its rules")
