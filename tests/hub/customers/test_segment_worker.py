"""Who is in a segment follows every change and the clock: a full recount finds nothing else, on both databases."""

import asyncio
import contextlib
import itertools
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.customers import merging
from hub.customers.merging import MergeRefused, Wish
from hub.customers.rule_worker import RuleWorker
from hub.customers.segment_changes import SegmentChanges, SegmentGone
from hub.customers.segment_counting import Recount, SegmentCounter, recount, say_recount
from hub.customers.segment_files import WrittenSegment
from hub.customers.segment_rules import SegmentRefused
from hub.customers.segment_user import SegmentUser
from hub.policies.stored_versions import load_book
from hub.storage import activities, merges, segment_history, segment_members, segments
from hub.storage.activities import NewActivity
from hub.storage.database import Database
from hub.storage.profiles import ValueChange, change_profiles
from tests.hub.clocks import HandClock
from tests.hub.conftest import NOON, copy_database

DAY = 86_400_000_000
HISTORIES = int(os.environ.get("HUB_SEGMENT_HISTORIES", "6"))
NAMES = {"en": "One"}
_merge_ids = itertools.count()
DEFINITIONS = [
    'customer.city == "Kiruna"',
    "customer.value_now >= 1000",
    'count("complaint", within("3 days")) >= 1',
    'count("payment", within("10 days")) == 0 && customer.tier == "gold"',
    'sum("payment", within("1 months")) > 50 || customer.city == "Kiruna"',
    'has(last("payment")) && days_since(last("payment")) > 5',
    'count("contact", within("12 hours")) >= 2',
    'in_segment("s0") && !in_segment("s1")',
]
PEOPLE = ["pia", "gus", "sam", "lin"]


@dataclass
class Bureau:
    """A worker on a database with the demo's customers."""

    db: Database
    clock: HandClock
    worker: RuleWorker
    changes: SegmentChanges

    async def settle(self) -> None:
        for _ in range(500):
            if not await self.worker.work_once():
                return
            self.worker._look_at = 0  # the rules are read anew, however little time has passed
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

    async def undo(self, number: int) -> None:
        """One of the merges in force, if there are any."""
        async with self.db.read() as connection:
            in_force = [one.id for one in await merges.list_in_force(connection, PEOPLE)]
            book = await load_book(connection)
        if in_force and book is not None:
            one, at = in_force[number % len(in_force)], self.clock.at
            await self.db.write(lambda connection: merging.undo(connection, one, at, "ada", book))

    async def members(self, segment_id: str, at: int | None = None) -> list[str]:
        async with self.db.read() as connection:
            one = await segments.find(connection, segment_id)
            assert one is not None
            if at is not None:
                place = one.place if one.state == segments.LIVE else None
                return await segment_history.list_members_at(connection, segment_id, place, at, "", 100)
            assert one.place is not None
            found = await segment_members.list_members(connection, one.place, "", 100)
            assert one.size == len(found)
            return found

    async def recount(self) -> Recount:
        return await recount(self.db, self.clock.now(), lambda _: None, size=5)


def open_bureau(db: Database) -> Bureau:
    clock, user = HandClock(), SegmentUser()
    clock.at = NOON
    worker = RuleWorker(db, clock, [user], work_idle=SegmentCounter(db, clock, user).work_once)
    return Bureau(db, clock, worker, SegmentChanges(db, clock))


@pytest.fixture
async def bureau(seeded_file: Path, tmp_path: Path) -> AsyncIterator[Bureau]:
    copy_database(seeded_file, tmp_path / "hub.db")
    db = await Database.open(f"sqlite:///{tmp_path / 'hub.db'}")
    yield open_bureau(db)
    await db.close()


async def test_a_live_segment_is_counted_and_then_follows_every_change_with_its_clause(bureau: Bureau) -> None:
    await bureau.make("movers", 'customer.city == "Kiruna" && customer.value_now >= 1000')
    await bureau.step()
    assert await bureau.members("movers") == []
    began = bureau.clock.at
    bureau.clock.at += DAY
    await bureau.learn("pia", "city", "Kiruna")
    await bureau.step()
    assert await bureau.members("movers") == ["pia"]
    entered = bureau.clock.at
    bureau.clock.at += DAY
    await bureau.learn("pia", "value_now", 3)
    await bureau.step()
    assert await bureau.members("movers") == [] == await bureau.members("movers", began)
    assert await bureau.members("movers", entered) == ["pia"]
    async with bureau.db.read() as connection:
        changes = await segment_members.list_changes_of(connection, "pia", 5)
    assert [(one.has_entered, one.clause) for one in changes] == [
        (False, "customer.value_now >= 1000"),
        (True, 'customer.city == "Kiruna"'),
    ]


async def test_the_clock_alone_moves_customers_by_the_due_list(bureau: Bureau) -> None:
    await bureau.make("angry", 'count("complaint", within("3 days")) >= 1')
    await bureau.make("calm", '!in_segment("angry") && customer.tier == "standard"')
    await bureau.step()
    assert "sam" in await bureau.members("calm")
    await bureau.happen("sam", "complaint")
    await bureau.step()
    assert await bureau.members("angry") == ["sam"] and "sam" not in await bureau.members("calm")
    bureau.clock.at += 4 * DAY
    assert await bureau.members("angry") == ["sam"] and (await bureau.recount()).not_asked_yet == 2
    await bureau.step()
    assert await bureau.members("angry") == [] and "sam" in await bureau.members("calm")
    async with bureau.db.read() as connection:
        (left, _) = [
            one for one in await segment_members.list_changes_of(connection, "sam", 5) if one.segment_id == "angry"
        ]
    assert left.clause == 'count("complaint", within("3 days")) >= 1'


async def test_one_that_was_there_before_falls_due_as_well(bureau: Bureau) -> None:
    await bureau.happen("sam", "complaint", ago=2 * DAY)
    await bureau.step()
    await bureau.make("angry", 'count("complaint", within("3 days")) >= 1')
    await bureau.step()
    assert await bureau.members("angry") == ["sam"]
    bureau.clock.at += 2 * DAY
    await bureau.step()
    assert await bureau.members("angry") == [] and not (await bureau.recount()).differences


async def test_a_changed_rule_moves_those_whom_it_concerns_and_retiring_lets_everybody_leave(bureau: Bureau) -> None:
    await bureau.make("top", 'customer.tier == "platinum"')
    await bureau.step()
    assert await bureau.members("top") == ["lin", "pia", "ravi"]
    bureau.clock.at += DAY
    written = WrittenSegment(names=NAMES, definition='customer.tier == "platinum" && customer.language == "en"')
    await bureau.changes.change("top", written, 1, "ada")
    await bureau.step()
    assert await bureau.members("top") == ["pia", "ravi"]
    bureau.clock.at += DAY
    await bureau.make("names_it", 'in_segment("top")')
    with pytest.raises(SegmentRefused, match="names it"):
        await bureau.changes.retire("top", "ada")
    await bureau.changes.retire("names_it", "ada")
    await bureau.changes.retire("top", "ada")
    with pytest.raises(SegmentGone):
        await bureau.changes.retire("top", "ada")
    await bureau.step()
    async with bureau.db.read() as connection:
        one = await segments.find(connection, "top")
        flows = await segment_history.list_flows(connection, "top", NOON, bureau.clock.at)
    assert one is not None and (one.state, one.place, one.size) == ("retired", None, 0)
    assert [(flow.has_entered, flow.clause, flow.number) for flow in flows] == [
        (False, "retired", 2),
        (False, "definition", 1),
    ]
    assert await bureau.members("top", NOON + 1) == ["lin", "pia", "ravi"]


async def test_a_recount_names_what_was_tampered_with(bureau: Bureau) -> None:
    await bureau.make("top", 'customer.tier == "platinum"')
    await bureau.step()
    wrong = [segment_members.Answer("sam", "top", 0, True), segment_members.Answer("pia", "top", 0, False)]
    await bureau.db.write(lambda connection: segment_members.set_answers(connection, wrong, 1))
    found = await bureau.recount()
    assert say_recount(found) == [
        "12 customers and 1 segment were counted anew.",
        'pia should be in "top".',
        'sam should not be in "top".',
    ]


Step = Callable[[Bureau], Awaitable[None]]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("city"), st.sampled_from(PEOPLE), st.sampled_from(["Kiruna", "Uppsala"])),
        st.tuples(st.just("value_now"), st.sampled_from(PEOPLE), st.sampled_from([10, 5000])),
        st.tuples(st.sampled_from(["payment", "complaint", "contact"]), st.sampled_from(PEOPLE), st.just(0)),
        st.tuples(st.just("wait"), st.just(""), st.sampled_from([DAY // 3, DAY, 4 * DAY, 11 * DAY])),
        st.tuples(st.just("rule"), st.just(""), st.integers(0, 6)),
        st.tuples(st.just("work"), st.just(""), st.integers(1, 4)),
        st.tuples(st.just("merge"), st.sampled_from(PEOPLE), st.sampled_from(PEOPLE)),
        st.tuples(st.just("undo"), st.just(""), st.integers(0, 5)),
    ),
    max_size=14,
)


async def live(bureau: Bureau, steps: list[tuple[str, str, Any]], number: int) -> None:
    past: list[tuple[int, dict[str, list[str]]]] = []
    for what, who, value in steps:
        match what:
            case "city" | "value_now":
                await bureau.learn(who, what, value)
            case "payment" | "complaint" | "contact":
                await bureau.happen(who, what)
            case "wait":
                bureau.clock.at += value
            case "merge":
                await bureau.merge(who, value)
            case "undo":
                await bureau.undo(value)
            case "rule":
                async with bureau.db.read() as connection:
                    one = await segments.find(connection, f"s{value}")
                assert one is not None
                written = WrittenSegment(names=NAMES, definition=DEFINITIONS[(value + number) % 7])
                await bureau.changes.change(one.id, written, one.version, "ada")
            case _:
                bureau.worker._look_at = 0
                for _ in range(value):
                    await bureau.worker.work_once()
        if what == "wait":
            await bureau.step()
            past.append((bureau.clock.at, {f"s{n}": await bureau.members(f"s{n}") for n in range(8)}))
            bureau.clock.at += 1
    await bureau.step()
    found = await bureau.recount()
    assert found.differences == [] and found.not_asked_yet == 0 and found.segments == 8
    for at, stood in past:
        assert {segment_id: await bureau.members(segment_id, at) for segment_id in stood} == stood


@pytest.fixture(params=["sqlite", "postgres"])
def either_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of a database with the demo's people, of each kind in turn."""
    if request.param == "postgres":
        return str(request.getfixturevalue("seeded_postgres_url"))
    copy_database(request.getfixturevalue("seeded_file"), tmp_path / "hub.db")
    return f"sqlite:///{tmp_path / 'hub.db'}"


async def test_incremental_is_the_full_recount(either_url: str) -> None:
    db = await Database.open(either_url)
    bureau = open_bureau(db)
    loop, tried = asyncio.get_running_loop(), list[int]()
    try:
        for number, definition in enumerate(DEFINITIONS):
            await bureau.make(f"s{number}", definition)

        @settings(max_examples=HISTORIES, database=None, deadline=None, suppress_health_check=list(HealthCheck))
        @given(STEPS)
        def try_them(steps: list[tuple[str, str, Any]]) -> None:
            tried.append(1)
            asyncio.run_coroutine_threadsafe(live(bureau, steps, len(tried)), loop).result()

        await asyncio.to_thread(try_them)
    finally:
        await db.close()
    assert len(tried) >= HISTORIES
