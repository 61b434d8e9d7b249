"""A worker on a database with the demo's customers, as the tests of segments use it.

The rule of this file: a step reads the rules anew, however little time has passed, and works until nobody is due.
"""

import contextlib
import itertools
from collections.abc import Collection
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from hub.customers import merging
from hub.customers.merging import MergeRefused, Wish
from hub.policies.stored_versions import load_book, publish_policy
from hub.rules.rule_worker import RuleWorker
from hub.segments.segment_changes import SegmentChanges
from hub.segments.segment_counting import Recount, SegmentCounter, recount
from hub.segments.segment_files import WrittenSegment
from hub.segments.segment_sweep import SegmentSweep
from hub.segments.segment_user import SegmentUser
from hub.storage import activities, merges, segment_history, segment_members, segments
from hub.storage.activities import NewActivity
from hub.storage.database import Database
from hub.storage.profiles import ValueChange, change_profiles
from tests.hub.clocks import HandClock
from tests.hub.house import NOON

DAY = 86_400_000_000
NAMES = {"en": "One", "zh-CN": "一"}
MOST = 100_000
_merge_ids = itertools.count()


@dataclass
class Bureau:
    db: Database
    clock: HandClock
    worker: RuleWorker
    changes: SegmentChanges
    swept: list[tuple[int, int]]  # customers and differences of each slice of a sweep

    async def settle(self) -> None:
        for _ in range(500):
            if not await self.worker.work_once():
                return
            self.worker._look_at = 0
        raise AssertionError("somebody is always due")

    async def step(self) -> None:
        self.worker._look_at = 0
        await self.settle()

    async def make(self, segment_id: str, definition: str) -> None:
        await self.changes.create(segment_id, WrittenSegment(names=NAMES, definition=definition), "ada")
        await self.changes.begin(segment_id, "ada")

    async def learn(self, customer_id: str, name: str, value: Any) -> None:
        change = ValueChange(
            customer_id=customer_id, name=name, new=value, known=value, at=self.clock.now(), changed_by="api"
        )
        await self.db.write(lambda connection: change_profiles(connection, [change]))

    async def happen(self, customer_id: str, kind: str, ago: int = 0) -> None:
        amount = Decimal(40) if kind == "payment" else None
        one = NewActivity(customer_id=customer_id, kind=kind, at=self.clock.now() - ago, amount=amount)
        await self.db.write(lambda connection: activities.add(connection, [one], self.clock.now()))

    async def merge(self, winner: str, loser: str) -> None:
        """Without an effect where it is refused."""
        with contextlib.suppress(MergeRefused):
            async with self.db.read() as connection:
                versions = {one.id: one.version for one in (await merges.find(connection, [winner, loser])).values()}
                book = await load_book(connection)
            wish, merge_id, at = Wish(winner, loser, versions), f"g{next(_merge_ids)}", self.clock.at
            assert book is not None
            await self.db.write(lambda connection: merging.merge(connection, wish, merge_id, at, "ada", book))

    async def undo(self, among: Collection[str], number: int) -> None:
        """One of the merges of these customers that are in force, if there are any."""
        async with self.db.read() as connection:
            in_force = [one.id for one in await merges.list_in_force(connection, among)]
            book = await load_book(connection)
        if in_force and book is not None:
            one, at = in_force[number % len(in_force)], self.clock.at
            await self.db.write(lambda connection: merging.undo(connection, one, at, "ada", book))

    async def apply(self, **changes: Any) -> None:
        """A policy with these parts instead comes into force."""
        async with self.db.read() as connection:
            book = await load_book(connection)
        assert book is not None
        await publish_policy(self.db, replace(book.document, **changes), self.clock.now(), "test")
        self.worker._known_as = None  # no process routes here, so no version is in force and the newest is read

    async def members(self, segment_id: str, at: int | None = None) -> list[str]:
        async with self.db.read() as connection:
            one = await segments.find(connection, segment_id)
            assert one is not None
            if at is not None:
                place = one.place if one.state == segments.LIVE else None
                return await segment_history.list_members_at(connection, segment_id, place, at, "", MOST)
            assert one.place is not None
            found = await segment_members.list_members(connection, one.place, "", MOST)
            assert one.size == len(found)
            return found

    async def recount(self, size: int = 5) -> Recount:
        """In slices of so many customers."""
        return await recount(self.db, self.clock.now(), lambda _: None, size=size)


def open_bureau(db: Database) -> Bureau:
    clock, user, swept = HandClock(), SegmentUser(), list[tuple[int, int]]()
    clock.at = NOON
    sweep = SegmentSweep(db, clock, user, lambda customers, wrong: swept.append((customers, wrong)))
    idle = [SegmentCounter(db, clock, user).work_once, sweep.work_once]
    return Bureau(db, clock, RuleWorker(db, clock, [user], work_idle=idle), SegmentChanges(db, clock), swept)
