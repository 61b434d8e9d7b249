"""PostgreSQL that ends sessions, says goodbye, or stands still: what the hub takes for a database that is away."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from sqlalchemy import insert, text

from hub.storage.database import Connection, Database, StorageUnavailable
from hub.storage.tables import audit
from tests.hub.storage.entries import COUNT, entry, read_subjects, write_entry


@pytest.fixture
async def postgres(postgres_url: str) -> AsyncIterator[Database]:
    db = await Database.open(postgres_url)
    yield db
    await db.close()


async def end_session(db_url: str, pid: int) -> None:
    other = await Database.open(db_url)
    await other.write(lambda connection: connection.execute(text(f"SELECT pg_terminate_backend({pid})")))
    await other.close()


@pytest.mark.promise("P9")
async def test_a_session_that_dies_before_its_commit_stores_nothing_and_the_next_one_works(
    postgres: Database, postgres_url: str
) -> None:
    async def doomed(connection: Connection) -> None:
        await connection.execute(insert(audit), entry("never"))
        await end_session(postgres_url, await connection.scalar(text("SELECT pg_backend_pid()")))

    results = await asyncio.gather(postgres.write(doomed), write_entry(postgres, "with it"), return_exceptions=True)
    assert [type(result) for result in results] == [StorageUnavailable, StorageUnavailable]
    await write_entry(postgres, "after")
    assert await read_subjects(postgres) == ["after"]


@pytest.mark.promise("P9")
async def test_a_session_that_died_while_idle_is_replaced(postgres: Database, postgres_url: str) -> None:
    await end_session(postgres_url, await postgres.write(lambda c: c.scalar(text("SELECT pg_backend_pid()"))))
    with pytest.raises(StorageUnavailable):
        await write_entry(postgres, "refused")
    await write_entry(postgres, "stored")
    assert await read_subjects(postgres) == ["stored"]


@pytest.mark.parametrize("is_snapshot", [False, True])
@pytest.mark.parametrize("is_prepared", [False, True])
async def test_a_reader_that_dies_is_replaced(
    postgres: Database, postgres_url: str, is_snapshot: bool, is_prepared: bool
) -> None:
    with pytest.raises(StorageUnavailable):
        async with postgres.read(is_snapshot=is_snapshot) as connection:
            await end_session(postgres_url, await connection.scalar(text("SELECT pg_backend_pid()")))
            await (connection.fetch_sql("SELECT 1", ()) if is_prepared else connection.scalar(COUNT))
    async with postgres.read(is_snapshot=is_snapshot) as connection:
        assert await connection.scalar(COUNT) == 0


async def test_postgres_ends_a_session_that_stands_still_in_a_transaction(
    postgres: Database, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting = await postgres.write(lambda c: c.scalar(text("SHOW idle_in_transaction_session_timeout")))
    assert setting == "1min"  # two seconds, thirty times as long in tests
    monkeypatch.setattr("hub.storage.postgres.IDLE_MILLISECONDS", 20)
    other = await Database.open(postgres_url)

    async def stand_still(connection: Connection) -> None:
        await connection.execute(insert(audit), entry("never"))
        pid = await connection.scalar(text("SELECT pg_backend_pid()"))
        while await postgres.write(lambda c: c.scalar(text(f"SELECT 1 FROM pg_stat_activity WHERE pid = {pid}"))):
            pass
        await connection.scalar(COUNT)

    with pytest.raises(StorageUnavailable):
        await other.write(stand_still)
    await other.close()
    assert await read_subjects(postgres) == []
    assert await postgres.write(lambda c: c.scalar(text("SHOW synchronous_commit"))) == "on"


async def interrupted(*_: object, **__: object) -> None:
    raise asyncpg.InternalClientError("cannot switch to state 15; another operation (2) is in progress")


@pytest.mark.parametrize("is_snapshot", [True, False])
async def test_a_reader_whose_server_is_just_saying_goodbye_is_away(
    postgres: Database, monkeypatch: pytest.MonkeyPatch, is_snapshot: bool
) -> None:
    """The driver has read the server's last words, and not yet seen the end of the connection."""
    with monkeypatch.context() as patched, pytest.raises(StorageUnavailable):
        for name in ("execute", "fetch"):
            patched.setattr(asyncpg.Connection, name, interrupted)
        async with postgres.read(is_snapshot=is_snapshot) as connection:
            await connection.fetch_sql("SELECT 1", ())
    assert await read_subjects(postgres) == []


@pytest.mark.parametrize("is_reader", [True, False], ids=["reader", "writer"])
async def test_a_server_that_says_goodbye_to_a_statement_of_sqlalchemy_is_away(
    postgres: Database, monkeypatch: pytest.MonkeyPatch, is_reader: bool
) -> None:
    """SQLAlchemy makes an internal error of it."""
    with monkeypatch.context() as patched, pytest.raises(StorageUnavailable):
        patched.setattr(asyncpg.Connection, "prepare", interrupted)
        await (read_subjects(postgres) if is_reader else write_entry(postgres, "lost"))
    await write_entry(postgres, "stored")
    assert await read_subjects(postgres) == ["stored"]


@pytest.mark.parametrize("is_reader", [True, False], ids=["reader", "writer"])
async def test_a_connection_is_closed_also_if_its_polite_end_fails(
    postgres: Database, monkeypatch: pytest.MonkeyPatch, is_reader: bool
) -> None:
    used: list[asyncpg.Connection] = []

    async def lose(connection: Any) -> None:
        used.append(connection._raw)
        raise ConnectionResetError

    with monkeypatch.context() as patched:
        patched.setattr(asyncpg.Connection, "close", interrupted)
        patched.setattr("hub.storage.postgres.PostgresWriter.rollback", interrupted)
        if is_reader:
            with pytest.raises(ConnectionResetError):
                async with postgres.read() as connection:
                    await lose(connection)
        else:
            with pytest.raises(StorageUnavailable):
                await postgres.write(lose)
        assert used[0].is_closed()
    await write_entry(postgres, "stored")
    assert await read_subjects(postgres) == ["stored"]


async def test_the_drivers_own_goodbye_is_known_without_sqlalchemy(postgres: Database) -> None:
    with pytest.raises(StorageUnavailable):
        await postgres.write(interrupted)
    with pytest.raises(StorageUnavailable):
        async with postgres.read():
            await interrupted()
    assert await read_subjects(postgres) == []
