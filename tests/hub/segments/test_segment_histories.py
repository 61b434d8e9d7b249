"""Incremental is the full recount: after random histories of customers, merges, rules, policies and the clock.

The rule of this file: a history is what happens to one customer. Those of a round share the clock, the rules and the
policy, so that a thousand cost seconds. A failure names the seed of its round.
"""

import os
from collections.abc import AsyncIterator
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from hub.policies.consents import ConsentPolicy
from hub.segments.segment_files import WrittenSegment
from hub.storage import activities, consents, customers, segment_members, segments
from hub.storage.activities import NewActivity
from hub.storage.consents import Act, ConsentEntry
from hub.storage.customers import KnownAddress, StoredCustomer
from hub.storage.database import Connection, Database
from hub.storage.profiles import ValueChange, change_profiles
from hub.storage.segment_history import list_members_at
from tests.hub.rules.bureau import DAY, MOST, NAMES, Bureau, open_bureau

HISTORIES = int(os.environ.get("HUB_SEGMENT_HISTORIES", "1000"))  # half of them on each database
FIRST_SEED = int(os.environ.get("HUB_SEGMENT_SEED", "1"))
AT_ONCE = 100
TICKS = 5
HOUR = DAY // 24
ZONES = ["Europe/Stockholm", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe", "Pacific/Apia"]
DEFINITIONS = [
    'customer.city == "Kiruna"',
    "customer.value_now >= 1000",
    'count("complaint", within("3 days")) >= 1',
    'count("payment", within("10 days")) == 0 && customer.tier == "gold"',
    'sum("payment", within("1 months")) > 50 || customer.city == "Kiruna"',
    'has(last("payment")) && days_since(last("payment")) > 5',
    'count("contact", within("12 hours")) >= 2',
    'count("complaint", not_within("2 days")) >= 1 && customer.value_now < 1000',
    'in_segment("s0") && !in_segment("s1")',
    'in_segment("s5") || in_segment("s8")',
    "consent.marketing == true && !(consent.marketing == false)",
    '!has(consent.marketing) || customer.city == "Kiruna"',
]
CHANGED = 8  # of these the definitions are changed on the way
WAITS = [HOUR // 2, HOUR, 11 * HOUR, DAY, DAY + HOUR, 4 * DAY, 11 * DAY, 33 * DAY]


class Round:
    """Histories of so many customers of one bureau."""

    def __init__(self, bureau: Bureau, random: Random, number: int) -> None:
        self.bureau, self.random = bureau, random
        self.people = [f"p{number:05}-{n:02}" for n in range(AT_ONCE)]
        self.past: list[tuple[int, dict[str, list[str]]]] = []

    async def live(self) -> None:
        await self.bureau.db.write(self._add)
        for _ in range(TICKS):
            await self.bureau.db.write(self._happen)
            for _ in range(self.random.randrange(7)):
                await self.bureau.merge(*self.random.sample(self.people, 2))
            if self.random.random() < 0.6:
                await self.bureau.undo(self.people, self.random.randrange(100))
            if self.random.random() < 0.3:
                await self._change_rule()
            if self.random.random() < 0.15:
                await self.bureau.apply(time_zone=self.random.choice(ZONES))
            self.bureau.clock.at += self.random.choice(WAITS)
            if self.random.random() < 0.7:
                await self.bureau.step()
                self.past.append((self.bureau.clock.at, await self._list_members(None)))
                self.bureau.clock.at += 1
            else:  # killed on the way
                for _ in range(self.random.randrange(4)):
                    await self.bureau.worker.work_once()
        await self.bureau.step()
        found = await self.bureau.recount(size=40)
        assert (found.differences, found.not_asked_yet, found.segments) == ([], 0, len(DEFINITIONS))
        for at, stood in self.past:
            assert await self._list_members(at) == stood

    async def _list_members(self, at: int | None) -> dict[str, list[str]]:
        found = {}
        async with self.bureau.db.read() as connection:
            for one in await segments.list_all(connection):
                if at is None:
                    found[one.id] = await segment_members.list_members(connection, one.place or 0, "", MOST)
                    assert one.size == len(found[one.id])
                else:
                    found[one.id] = await list_members_at(connection, one.id, one.place, at, "", MOST)
        return found

    async def _add(self, connection: Connection) -> None:
        tiers = ["gold", "standard"]
        fresh = [StoredCustomer(one, one, self.random.choice(tiers), "en", "{}", version=1) for one in self.people]
        await customers.add(connection, fresh, self.bureau.clock.at)
        known = [KnownAddress(one, "email", f"{one}@post.example", "proven") for one in self.people]
        await customers.add_addresses(connection, known)

    async def _happen(self, connection: Connection) -> None:
        """To seven of ten customers."""
        random, now = self.random, self.bureau.clock.at
        changes, fresh, agreed = list[ValueChange](), list[NewActivity](), list[ConsentEntry]()
        for one in self.people:
            match random.randrange(10):
                case 9:
                    agreed.append(self._agree(one, random.choice(["given", "withdrawn"]), now))
                case 0 | 1:
                    changes.append(self._learn(one, "city", random.choice(["Kiruna", "Uppsala", None]), now))
                case 2:
                    changes.append(self._learn(one, "value_now", random.choice([10, 5000, None]), now))
                case 3 | 4 | 5:
                    kind = random.choice(["payment", "complaint", "contact"])
                    at = now - random.choice([0, 0, HOUR, 2 * DAY, 40 * DAY])
                    amount = Decimal(40) if kind == "payment" else None
                    fresh.append(NewActivity(customer_id=one, kind=kind, at=at, amount=amount))
        await change_profiles(connection, changes)
        await activities.add(connection, fresh, now)
        await consents.add(connection, agreed)

    def _agree(self, customer_id: str, act: Act, now: int) -> ConsentEntry:
        return ConsentEntry(
            kind="email",
            address=f"{customer_id}@post.example",
            purpose="marketing",
            act=act,
            source="api",
            at=now,
            recorded_at=now,
            customer_id=customer_id,
        )

    def _learn(self, customer_id: str, name: str, value: Any, now: int) -> ValueChange:
        return ValueChange(customer_id=customer_id, name=name, new=value, known=value, at=now, changed_by="api")

    async def _change_rule(self) -> None:
        segment_id = f"s{self.random.randrange(CHANGED)}"
        async with self.bureau.db.read() as connection:
            one = await segments.find(connection, segment_id)
        assert one is not None
        written = WrittenSegment(names=NAMES, definition=self.random.choice(DEFINITIONS[:CHANGED]))
        await self.bureau.changes.change(one.id, written, one.version, "ada")


@pytest.fixture
async def bureau(either_url: str) -> AsyncIterator[Bureau]:
    db = await Database.open(either_url)
    try:
        yield open_bureau(db)
    finally:
        await db.close()


async def test_incremental_is_the_full_recount(bureau: Bureau) -> None:
    await bureau.apply(consents={"marketing": ConsentPolicy(silence="needs_yes", runs_out_days=6)})
    for number, definition in enumerate(DEFINITIONS):
        await bureau.make(f"s{number}", definition)
    lived = 0
    while lived < HISTORIES // 2:
        seed = FIRST_SEED + lived // AT_ONCE
        try:
            await Round(bureau, Random(seed), seed).live()
        except BaseException as error:
            error.add_note(f"HUB_SEGMENT_SEED={FIRST_SEED}, in the round of seed {seed}")
            raise
        lived += AT_ONCE
    assert lived >= HISTORIES // 2
