"""One process routes; one that only thinks so cannot commit."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from hub.storage.database import Connection, Database, DatabaseInUse, LeaseLost
from hub.storage.lease import RoutingProgress, database_now, fence, release, renew, take
from hub.storage.tables import journal, lease

Run = Callable[..., Awaitable[Any]]


@pytest.fixture
async def postgres(postgres_url: str) -> Any:
    db = await Database.open(postgres_url)
    yield db
    await db.close()


async def expire(db: Database) -> None:
    async def unit(connection: Connection) -> None:
        await connection.execute(update(lease).values(expires_at=database_now() - 1))

    await db.write(unit)


async def test_the_first_taker_gets_epoch_one_and_a_fresh_start(db: Database) -> None:
    taken = await take(db, "one", 5)
    assert taken is not None
    assert (taken.epoch, taken.progress) == (1, RoutingProgress())


async def test_the_holder_may_take_it_again_and_its_older_epoch_is_over(db: Database, run: Run) -> None:
    await take(db, "one", 5)
    again = await take(db, "one", 5)
    assert again is not None
    await run(fence, again.epoch)
    with pytest.raises(LeaseLost):
        await run(fence, again.epoch - 1)


async def test_another_does_not_get_it_before_it_expires(postgres: Database) -> None:
    assert await take(postgres, "one", 600)
    assert await take(postgres, "two", 5) is None
    await expire(postgres)
    assert (await take(postgres, "two", 5)).epoch == 2


async def test_renewing_keeps_the_others_off(postgres: Database) -> None:
    taken = await take(postgres, "one", 5)
    assert taken is not None
    await expire(postgres)
    await renew(postgres, taken.epoch, 600)
    assert await take(postgres, "two", 5) is None


async def test_what_is_released_can_be_taken_at_once(postgres: Database) -> None:
    taken = await take(postgres, "one", 600)
    assert taken is not None
    await release(postgres, taken.epoch)
    assert await take(postgres, "two", 5)


async def test_a_stale_epoch_commits_nothing(db: Database, run: Run) -> None:
    old = await take(db, "one", 5)
    await expire(db)
    new = await take(db, "two", 5)
    assert old is not None
    assert new is not None

    async def batch(connection: Connection, epoch: int) -> None:
        await fence(connection, epoch)
        await connection.execute(insert(journal), {"number": epoch, "epoch": epoch, "at": 1, "input": "{}"})

    with pytest.raises(LeaseLost):
        await run(batch, old.epoch)
    await run(batch, new.epoch)
    async with db.read() as connection:
        assert (await connection.scalars(select(journal.c.epoch))).all() == [new.epoch]
        assert await connection.scalar(select(lease.c.batch)) == 1
    with pytest.raises(LeaseLost):
        await renew(db, old.epoch, 5)
    await release(db, old.epoch)
    await run(fence, new.epoch)


async def test_the_successor_goes_on_where_the_last_batch_ended(db: Database, run: Run) -> None:
    taken = await take(db, "one", 5)
    assert taken is not None
    progress = RoutingProgress(next_sequence=8, next_journal=101, performed=99, latest_now=2**52, policy_version=3)
    await run(fence, taken.epoch, progress)
    await run(fence, taken.epoch)
    await expire(db)
    successor = await take(db, "two", 5)
    assert successor is not None
    assert successor.progress == progress


async def test_the_clock_is_the_databases_and_in_utc(db: Database) -> None:
    async with db.read() as connection:
        assert abs(await connection.scalar(select(database_now())) - time.time_ns() // 1000) < 60_000_000


async def test_a_second_hub_on_one_sqlite_file_is_told_so(sqlite_url: str) -> None:
    first, second = await Database.open(sqlite_url), await Database.open(sqlite_url)
    assert await take(first, "one", 5)
    with pytest.raises(DatabaseInUse, match="another hub runs on"):
        await take(second, "two", 5)
    await first.close()
    taken = await take(second, "two", 5)
    assert taken is not None
    assert taken.epoch == 2
    await second.close()
