"""Rules are asked anew about whom something changed, or time went on: all of that, and nothing else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from hub.rules import evaluating, rule_worker
from hub.rules.rule_worker import (
    BEHIND_SHARE,
    GATHER_SECONDS,
    LIVE_FOR,
    PAUSE_SHARE,
    QUIET_SHARE,
    SLICE,
    RuleWorker,
    find_pause,
)
from hub.storage import rule_due
from hub.storage.customer_tables import activity
from hub.storage.database import Database
from hub.storage.documents import CustomersChanged
from hub.storage.rule_due import ALL, Due, Settled
from hub.storage.tables import customer
from routing.model import DAY, SECOND
from tests.hub.clocks import HandClock
from tests.hub.house import BOTH, House
from tests.hub.notices import text
from tests.hub.rules.asking import happen, learn, settle
from tests.hub.rules.conftest import Build, NotingUser
from tests.seeded import copy_database

HOUR = 3600 * SECOND
CITY = 'customer.city == "Malmö"'
MALMO = {"city": "Malmö"}


async def all_asked(worker: RuleWorker, user: NotingUser) -> None:
    """The first round over all customers is done and forgotten."""
    await settle(worker)
    user.take()
    user.asked.clear()


@BOTH
async def test_each_customer_is_asked_once_when_the_rules_change(house: House, build: Build) -> None:
    worker, user = build(city=CITY, old='count("visit") >= 1')
    await settle(worker)
    everybody = {row["id"] for row in await house.rows(customer)}
    assert {one for one, _ in user.take()} == everybody
    user.version = 2  # read again, and they are the same
    worker.look_again()
    await settle(worker)
    assert user.take() == []
    user.texts["city"], user.version = 'customer.city == "Lund"', 3
    worker.look_again()
    await settle(worker)
    told = user.take()
    assert len(told) == len(everybody)
    assert [one for one, answers in told if answers["city"]] == ["hiro"]


@BOTH
async def test_only_the_rules_that_read_what_changed_are_asked(house: House, build: Build) -> None:
    worker, user = build(city=CITY, paid='sum("payment") > 10', seen='count("visit/branch") >= 1')
    await all_asked(worker, user)
    await learn(house, "sam", **MALMO)
    await settle(worker)
    assert user.take() == [("sam", {"city": True})]
    await happen(house, "sam", "payment", amount="10.5")
    await settle(worker)
    assert user.take() == [("sam", {"paid": True})]
    await happen(house, "pia", "visit", label="branch")
    await happen(house, "pia", "visit", label="branch")
    await settle(worker)
    assert user.take() == [("pia", {"seen": True})]
    await learn(house, "pia", note="no rule reads it")
    await settle(worker)
    assert user.take() == []


@BOTH
async def test_time_alone_makes_a_customer_due_at_the_very_instant(house: House, build: Build) -> None:
    worker, user = build(silent='count("contact", within("48 hours")) == 0', city=CITY)
    await all_asked(worker, user)
    began = house.clock.now()
    await happen(house, "gus", "contact", began)
    await settle(worker)
    assert user.take() == [("gus", {"silent": False})]
    house.clock.at = began + 48 * HOUR - 10
    await settle(worker)
    assert user.take() == []
    house.clock.at = began + 48 * HOUR + 1
    await settle(worker)
    assert user.take() == [("gus", {"silent": True})]


@BOTH
async def test_a_change_does_not_make_the_hub_forget_what_time_will_bring(house: House, build: Build) -> None:
    worker, user = build(silent='count("contact", within("48 hours")) == 0', city=CITY)
    await all_asked(worker, user)
    began = house.clock.now()
    await happen(house, "gus", "contact", began)
    await settle(worker)
    await learn(house, "gus", city="Lund")
    await settle(worker)
    user.take()
    house.clock.at = began + 49 * HOUR
    await learn(house, "gus", **MALMO)
    await settle(worker)
    told: dict[str, Any] = {}
    for _, answers in user.take():
        told |= answers
    assert told == {"silent": True, "city": True}


@BOTH
async def test_whoever_changes_alone_goes_before_those_who_changed_by_the_hundred(house: House, build: Build) -> None:
    worker, user = build(city=CITY)
    await all_asked(worker, user)
    crowd = {one: [ALL] for one in ("ravi", "zhao", "gus", "sam")}
    now = house.clock.now()
    await house.db.write(lambda connection: rule_due.mark_due(connection, crowd, now, are_many=True))
    house.clock.at += HOUR
    await learn(house, "pia", **MALMO)
    await learn(house, "sam", **MALMO)  # who is in the crowd too
    async with house.db.read() as conn:
        first = [one.customer_id for one in await rule_due.list_due(conn, house.clock.now(), 2)]
        every = [one.customer_id for one in await rule_due.list_due(conn, house.clock.now(), 10)]
    assert first == ["sam", "pia"]  # sam has been due since the crowd is
    assert every[:2] == first
    assert sorted(every) == sorted([*crowd, "pia"])
    await settle(worker)
    assert {told for told, _ in user.take()} >= {*crowd, "pia"}
    await house.db.write(lambda connection: rule_due.mark_due(connection, crowd, now, are_many=True))
    await learn(house, "pia", city="Lund")
    async with house.db.read() as conn:
        (one,) = await rule_due.list_due(conn, house.clock.now(), 1)
    assert one.customer_id == "pia"  # sam is of the crowd again


@BOTH
async def test_whoever_changes_while_they_are_asked_about_stays_due(house: House, build: Build) -> None:
    worker, user = build(city=CITY)
    await all_asked(worker, user)
    await learn(house, "sam", **MALMO)
    async with house.db.read() as conn:
        (due,) = await rule_due.list_due(conn, house.clock.now(), 10)
    await learn(house, "sam", city="Lund")
    late = [Settled("sam", due.marks, None)]
    assert await house.db.write(lambda connection: rule_due.settle(connection, late)) == frozenset()
    await settle(worker)
    assert user.take() == [("sam", {"city": False})]


@BOTH
async def test_two_processes_that_ask_at_once_store_one_answer(house: House, build: Build) -> None:
    worker, user = build(city=CITY)
    await all_asked(worker, user)
    await learn(house, "sam", **MALMO)
    async with house.db.read() as conn:
        (due,) = await rule_due.list_due(conn, house.clock.now(), 10)
    await settle(worker)
    late = [Settled("sam", due.marks, None)]
    assert await house.db.write(lambda connection: rule_due.settle(connection, late)) == frozenset()


async def test_a_worker_that_is_killed_anywhere_leaves_nobody_out(house: House, build: Build) -> None:
    worker, user = build(city=CITY, paid='count("payment") >= 1')
    await all_asked(worker, user)
    for steps in range(60):
        await learn(house, "sam", city="Malmö" if steps % 2 else "Lund")
        await happen(house, "pia", "payment")
        killed = asyncio.create_task(worker.work_once())
        for _ in range(steps):
            await asyncio.sleep(0)
        killed.cancel()
        with suppress(asyncio.CancelledError):
            await killed
        await settle(worker)
        told = dict(user.take())
        assert told["sam"]["city"] is bool(steps % 2)
        assert told["pia"]["paid"] is True


@dataclass
class Records:
    """A database with the demo's people and its threads for slow reads, and a clock."""

    db: Database
    clock: HandClock


@pytest.fixture
async def records(seeded_file: Path, tmp_path: Path) -> AsyncIterator[Records]:
    copy_database(seeded_file, tmp_path / "hub.db")
    db = await Database.open(f"sqlite:///{tmp_path / 'hub.db'}")
    yield Records(db, HandClock())
    await db.close()


@pytest.mark.parametrize("most", [2, 10_000])
async def test_of_very_many_activities_the_database_counts(
    records: Records, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    house = records
    monkeypatch.setattr(evaluating, "MOST_ACTIVITIES", most)
    rules = {
        "many": 'count("payment", within("30 days")) >= 3',
        "sum": 'sum("payment/card") == 7.5',
        "first": 'days_since(first("payment")) == 40',
        "last": 'last("payment") == date("2026-11-22")',
        "none": 'days_since(last("visit")) > 1',
        "outside": 'count("payment", not_within("30 days")) == 1',
    }
    user = NotingUser(rules)
    worker = RuleWorker(house.db, house.clock, [user])
    await all_asked(worker, user)
    now = house.clock.now()
    await happen(house, "pia", "payment", now - 40 * DAY, label="card", amount="2.5")
    await happen(house, "pia", "payment", now, now - DAY, label="card", amount="2.5")
    await happen(house, "pia", "payment", now - 2 * DAY)
    await happen(house, "sam", "payment", now)
    await settle(worker)
    expected = {"many": True, "sum": True, "first": True, "last": True, "outside": True}
    assert dict(user.take())["pia"] == expected
    house.clock.at = now + 31 * DAY
    await settle(worker)
    assert dict(user.take())["pia"] == {"many": False, "first": False, "none": None, "outside": False}


async def test_of_customers_who_have_many_together_each_half_is_read_at_once(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object) -> None:
        raise AssertionError("the database counts for somebody who has few")

    house, user = records, NotingUser({"many": 'count("payment") >= 2'})
    worker = RuleWorker(house.db, house.clock, [user])
    await all_asked(worker, user)
    monkeypatch.setattr(evaluating, "MOST_ACTIVITIES", 3)
    monkeypatch.setattr(evaluating.Evaluator, "count", refuse)
    for one in ("pia", "gus", "sam", "zhao", "ravi"):
        await happen(house, one, "payment", *([house.clock.now()] * (2 if one in ("pia", "zhao") else 1)))
    await settle(worker)
    assert {one: answers["many"] for one, answers in user.take()} == {
        "pia": True,
        "gus": False,
        "sam": False,
        "zhao": True,
        "ravi": False,
    }


async def test_fifty_thousand_activities_of_one_customer_do_not_stop_the_loop(records: Records) -> None:
    house, user = records, NotingUser({"many": 'count("payment", within("30 days")) >= 3 && sum("payment") > 10'})
    worker = RuleWorker(house.db, house.clock, [user])
    await all_asked(worker, user)
    now = house.clock.now()
    rows = [
        {"customer_id": "pia", "kind": "payment", "label": "", "at": now - n * SECOND, "amount": 10_000}
        for n in range(50_000)
    ]
    await house.db.write(lambda connection: connection.execute(insert(activity), rows))
    await happen(house, "pia", "payment")
    steps = 0

    async def count() -> None:
        nonlocal steps
        while True:
            await asyncio.sleep(0)
            steps += 1

    counting = asyncio.create_task(count())
    try:
        await settle(worker)
    finally:
        counting.cancel()
    assert user.take() == [("pia", {"many": True})]
    assert steps > 5  # it had its turns
    async with house.db.read() as conn:
        assert await conn.scalar(select(activity.c.id).limit(1))


def test_who_is_behind_leaves_most_of_the_time_to_live_work_and_who_is_not_gathers() -> None:
    crowd = [Due("sam", frozenset([ALL]), None, 1, 1, is_single=False)] * SLICE
    alone = [replace(one, is_single=True) for one in crowd]
    assert find_pause(0.04, [*alone[1:], crowd[0]], True, is_live=True) == 0.04 * BEHIND_SHARE
    assert find_pause(0.04, crowd[:1], True, is_live=True) == 0.04 * BEHIND_SHARE
    assert find_pause(0.04, alone, True, is_live=True) == 0.04 * PAUSE_SHARE
    assert find_pause(0.04, crowd[:1], False, is_live=True) == GATHER_SECONDS
    assert find_pause(1, crowd[1:], False, is_live=True) == PAUSE_SHARE
    assert find_pause(0.04, [], False, is_live=True) == 0.04 * PAUSE_SHARE
    for asked in (crowd, alone, crowd[:1], []):
        assert find_pause(0.04, asked, True, is_live=False) == 0.04 * QUIET_SHARE
    assert find_pause(0.04, alone[:1], False, is_live=False) == GATHER_SECONDS


@BOTH
async def test_a_round_rests_for_live_work_alone_and_nobody_gathers_meanwhile(house: House, build: Build) -> None:
    worker, user = build(city=CITY)
    await all_asked(worker, user)
    user.texts["city"], user.version = 'customer.city == "Lund"', 2
    worker.look_again()
    everybody = len(await house.rows(customer))
    while len(user.told) < everybody:
        assert await worker.work_once()
        assert worker.choose_pause(1) == QUIET_SHARE
    worker.wake(is_live=True)
    assert worker.choose_pause(1) == BEHIND_SHARE
    house.clock.at += LIVE_FOR - SECOND
    worker.wake()
    assert worker.choose_pause(1) == BEHIND_SHARE
    house.clock.at += SECOND
    assert worker.choose_pause(1) == QUIET_SHARE
    await settle(worker)  # the round is over
    await learn(house, "sam", **MALMO)
    assert await worker.work_once()
    assert worker.choose_pause(0.01) == GATHER_SECONDS


async def test_a_slice_is_larger_while_nobody_is_served(
    house: House, build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rule_worker, "SLICE", 2)
    monkeypatch.setattr(rule_worker, "QUIET_SLICE", 3)
    worker, user = build(city=CITY)
    await all_asked(worker, user)
    for is_live, most in ((False, 3), (True, 2)):
        crowd = {one: [ALL] for one in ("ravi", "zhao", "gus", "sam", "pia")}
        await house.db.write(lambda connection, crowd=crowd: rule_due.mark_due(connection, crowd, are_many=True))
        worker.wake(is_live)
        await worker.work_once()
        assert len(user.told) == most
        assert worker.choose_pause(0.01) < GATHER_SECONDS  # others wait
        await settle(worker)
        user.take()


@BOTH
async def test_what_rules_change_is_no_live_work_and_a_text_is(house: House) -> None:
    await house.take(CustomersChanged(("sam",)))
    assert not house.told[-1].is_live
    await house.take(text("SM1", "Hej"))
    assert house.told[-1].is_live


async def test_the_loop_of_the_worker_hears_of_a_change_and_sleeps_else(house: House, build: Build) -> None:
    worker, user = build(city=CITY)
    await all_asked(worker, user)
    running = asyncio.create_task(worker.run())
    try:
        await learn(house, "sam", **MALMO)
        worker.wake()
        async with asyncio.timeout(30):
            while not user.told:
                await asyncio.sleep(0.005)
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
    assert user.take() == [("sam", {"city": True})]
