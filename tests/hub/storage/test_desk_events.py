"""Desk events are numbered without a gap and the journal keeps its order."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from hub.storage import desk_events, journal
from hub.storage.database import Connection, Database

NOON = 1_795_348_800_000_000
Run = Callable[..., Awaitable[Any]]


@pytest.mark.promise("P6")
async def test_each_desk_counts_for_itself(run: Run) -> None:
    batch = [("ada", NOON, '{"é":1}'), ("ben", NOON, "{}"), ("ada", NOON + 1, '{"你":2}')]
    assert await run(desk_events.append, batch) == [("ada", 1), ("ben", 1), ("ada", 2)]
    assert await run(desk_events.append, [("ada", NOON, "{}")]) == [("ada", 3)]
    assert await run(desk_events.append, []) == []
    assert await run(desk_events.latest, "ada") == 3
    assert await run(desk_events.latest, "cleo") == 0


@pytest.mark.promise("P6")
async def test_a_desk_that_was_away_reads_what_it_missed(run: Run) -> None:
    await run(desk_events.append, [("ada", NOON + number, f'{{"n":{number}}}') for number in range(1, 6)])
    missed = await run(desk_events.read_after, "ada", 2, 2)
    assert missed == [
        desk_events.DeskEvent(3, NOON + 3, '{"n":3}'),
        desk_events.DeskEvent(4, NOON + 4, '{"n":4}'),
    ]
    assert await run(desk_events.read_after, "ada", 5, 10) == []


@pytest.mark.promise("P6")
async def test_writers_at_once_leave_no_gap_and_no_number_twice(db: Database, db_url: str) -> None:
    other = await Database.open(db_url)

    async def write(each: Database, agent_ids: list[str]) -> None:
        await each.write(lambda connection: desk_events.append(connection, [(a, NOON, "{}") for a in agent_ids]))

    # in crossing orders: two transactions that raise the same counters must not lock each other out
    await asyncio.gather(
        *(write(each, ids) for _ in range(20) for each, ids in ((db, ["a", "b"]), (other, ["b", "a"])))
    )
    async with db.read() as connection:
        for agent_id in ("a", "b"):
            numbers = [event.number for event in await desk_events.read_after(connection, agent_id, 0, 100)]
            assert numbers == list(range(1, 41))
    await other.close()


@pytest.mark.promise("P6")
async def test_a_unit_that_fails_uses_up_no_number(db: Database, run: Run) -> None:
    async def fail(connection: Connection) -> None:
        await desk_events.append(connection, [("ada", NOON, "{}")])
        raise LookupError

    with pytest.raises(LookupError):
        await db.write(fail)
    assert await run(desk_events.append, [("ada", NOON, "{}")]) == [("ada", 1)]


async def test_old_events_go_and_the_numbers_go_on(run: Run) -> None:
    await run(desk_events.append, [("ada", NOON + number, "{}") for number in range(5)])
    assert await run(desk_events.prune, NOON + 3, 2) == 2
    assert await run(desk_events.prune, NOON + 3) == 1
    assert await run(desk_events.prune, NOON + 3) == 0
    assert [event.number for event in await run(desk_events.read_after, "ada", 0, 10)] == [4, 5]
    assert await run(desk_events.append, [("ada", NOON, "{}")]) == [("ada", 6)]


async def test_the_journal_is_read_in_its_order_and_pruned_from_its_beginning(run: Run) -> None:
    entries = [
        journal.JournalEntry(number, 1, NOON + number, '{"class":"TimePassed"}', '["é","你好"]')
        for number in range(1, 6)
    ]
    await run(journal.append, [])
    await run(journal.append, entries[:2])
    await run(journal.append, entries[2:])
    assert await run(journal.read_after, 0, 100) == entries
    assert await run(journal.read_after, 2, 2) == entries[2:4]
    assert await run(journal.prune, NOON + 4, 2) == 2
    assert await run(journal.prune, NOON + 4, 2) == 1
    assert await run(journal.prune, NOON + 4, 2) == 0
    assert await run(journal.read_after, 0, 100) == entries[3:]
