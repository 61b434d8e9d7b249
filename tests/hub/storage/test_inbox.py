"""The inbox takes each delivery once, in order, and sets poison aside."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import func, insert, make_url, select, text
from sqlalchemy.ext.asyncio import create_async_engine

from hub.storage.database import Database
from hub.storage.inbox import (
    Arrival,
    Handled,
    Inbox,
    count_try,
    finish,
    prune,
    set_aside,
    take_pending,
)
from hub.storage.tables import DONE, KEY_KEPT, PENDING, inbox
from tests.flows.customers import eventually

NOON = 1_795_348_800_000_000
Run = Callable[..., Awaitable[Any]]


def arrival(key: str, body: str | bytes = "{}", kind: str = "MessageReceived") -> Arrival:
    return Arrival(key, kind, body, NOON)


@pytest.fixture
def box(db: Database) -> Inbox:
    return Inbox(db)


async def test_an_arrival_is_kept_as_it_came(box: Inbox, run: Run) -> None:
    body = '{"text":"Hej, 你好 🙂 \\u0000 \\" \\\\"}'
    await box.put([arrival("sms:1", body), arrival("sms:2", body.encode())])
    first, second = await run(take_pending, 10)
    assert (first.key, first.kind, first.body, first.received_at, first.tries) == (
        "sms:1",
        "MessageReceived",
        body,
        NOON,
        0,
    )
    assert second.body == body


@pytest.mark.promise("P2")
async def test_the_same_delivery_many_times_at_once_is_one_row(box: Inbox, db: Database) -> None:
    answers = await asyncio.gather(*(box.put([arrival("sms:AC1:SM1")]) for _ in range(50)))
    assert sorted(answers, key=lambda answer: answer != [None]) == [[None]] * 49 + [answers[0]]
    assert answers[0] != [None]
    assert await box.put([arrival("sms:AC1:SM1"), arrival("sms:AC1:SM2"), arrival("sms:AC1:SM2")]) != [None] * 3
    async with db.read() as connection:
        assert await connection.scalar(select(func.count()).select_from(inbox)) == 2


@pytest.mark.promise("P2")
async def test_the_same_delivery_to_two_hubs_at_once_is_one_row(box: Inbox, db_url: str) -> None:
    other = await Database.open(db_url)
    answers = await asyncio.gather(
        *(each.put([arrival(f"sms:{n}")]) for n in range(25) for each in (box, Inbox(other)))
    )
    assert sum(answer != [None] for answer in answers) == 25
    assert await box.count_pending() == 25
    await other.close()


async def test_two_hubs_that_store_the_same_deliveries_in_opposite_order_do_not_wait_for_each_other_for_ever(
    postgres_url: str,
) -> None:
    """Each holds one delivery and waits for the third, which a transaction holds that is then given up."""
    first, second = [await Database.open(postgres_url) for _ in range(2)]
    engine = create_async_engine(make_url(postgres_url).set(drivername="postgresql+asyncpg"))
    waits = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    async with engine.connect() as holder:
        await holder.execute(insert(inbox).values(key="m", kind="", body="{}", received_at=0))
        puts = [
            asyncio.create_task(Inbox(db).put([arrival(key) for key in keys]))
            for db, keys in ((first, "amb"), (second, "bma"))
        ]

        async def both_wait() -> bool:
            async with engine.connect() as watcher:
                return await watcher.scalar(waits) == 2

        await eventually(both_wait)
        await holder.rollback()
    ids = await asyncio.gather(*puts)
    assert sorted(one is None for answer in ids for one in answer) == [False] * 3 + [True] * 3
    winner = next(answer for answer in ids if answer[0] is not None)
    assert winner == sorted(winner, key=lambda one: one or 0), "they are handled in the order in which they came"
    await engine.dispose()
    await first.close()
    await second.close()


async def test_nothing_to_put_is_no_error(box: Inbox) -> None:
    assert await box.put([]) == []


async def test_pending_rows_come_in_order_and_only_those_behind_a_given_one(box: Inbox, run: Run) -> None:
    await box.put([arrival(f"sms:{number}") for number in range(5)])
    rows = await run(take_pending, 3)
    assert [row.key for row in rows] == ["sms:0", "sms:1", "sms:2"]
    assert [row.key for row in await run(take_pending, 3, rows[-1].id)] == ["sms:3", "sms:4"]


async def test_a_command_finds_its_answer_again(box: Inbox, run: Run) -> None:
    [one, two] = await box.put([arrival("command:1"), arrival("command:2")])
    await run(finish, [Handled(one, '{"ok":true}'), Handled(two, None, "too late")], NOON)
    found = await box.find("command:1")
    assert found is not None
    assert (found.id, found.state, found.answer, found.problem) == (one, DONE, '{"ok":true}', None)
    assert (await box.find("command:2")).problem == "too late"
    assert await box.find("command:3") is None
    assert await box.find_all(["command:1", "command:3"]) == {"command:1": found}
    assert await run(take_pending, 10) == []


@pytest.mark.promise("P8")
async def test_poison_is_counted_set_aside_and_can_be_run_again(box: Inbox, run: Run) -> None:
    [poison, good] = await box.put([arrival("sms:poison"), arrival("sms:good")])
    assert [await run(count_try, poison) for _ in range(3)] == [1, 2, 3]
    await run(set_aside, poison, "KeyError: 'text'", NOON)
    assert [row.id for row in await run(take_pending, 10)] == [good]
    [(row, problem)] = await box.list_set_aside()
    assert (row.id, row.tries, problem) == (poison, 3, "KeyError: 'text'")
    assert await box.run_again(poison)
    assert not await box.run_again(poison)
    assert not await box.run_again(good)
    assert [(row.id, row.tries) for row in await run(take_pending, 10)] == [(poison, 0), (good, 0)]
    assert (await box.find("sms:poison")).state == PENDING


async def test_only_old_handled_rows_are_pruned_and_their_ids_are_not_given_again(box: Inbox, run: Run) -> None:
    ids = await box.put([arrival(f"sent:{number}", kind="SendResult") for number in range(6)])
    await run(finish, [Handled(row_id) for row_id in ids[:2] + ids[3:]], NOON)
    assert await run(prune, NOON) == 0
    assert await run(prune, NOON + 1, 2) == 2
    assert await run(prune, NOON + 1) == 2
    assert [row.id for row in await run(take_pending, 10)] == [ids[2]]
    [fresh] = await box.put([arrival("sms:next")])
    assert fresh is not None
    assert fresh > max(ids)


@pytest.mark.promise("P2")
async def test_of_what_made_a_message_the_key_stays_and_nothing_else(box: Inbox, run: Run, db: Database) -> None:
    arrivals = [arrival(f"sms:{number}", '{"text":"Hej"}') for number in range(5)]
    ids = await box.put([*arrivals, arrival("sent:1", kind="SendResult"), arrival("sms:new")])
    await run(finish, [Handled(row_id) for row_id in ids], NOON)
    assert [await run(prune, NOON + 1, 3) for _ in range(3)] == [3, 3, 0]
    *again, anew = await box.put([*arrivals, arrival("sent:1", kind="SendResult")])
    assert (again, [row.id for row in await run(take_pending, 10)]) == ([None] * 5, [anew])
    async with db.read() as connection:
        bodies = list(await connection.scalars(select(inbox.c.body).where(inbox.c.state == KEY_KEPT)))
    assert bodies == [""] * 5


@pytest.mark.parametrize("state", [PENDING, 2])
async def test_waiting_rows_are_found_by_a_partial_index(sqlite_url: str, state: int) -> None:
    db = await Database.open(sqlite_url)
    statement = f"EXPLAIN QUERY PLAN SELECT id FROM inbox WHERE state = {state} AND id > 0 ORDER BY id LIMIT 10"
    async with db.read() as connection:
        plan = await connection.run_sync(lambda sync: sync.exec_driver_sql(statement).all())
    assert "INDEX ix_inbox_" in plan[0].detail
    await db.close()
