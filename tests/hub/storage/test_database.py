"""Group commit, durability and failure of the one door to the database."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Row, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from hub.storage import sqlite as sqlite_module
from hub.storage.database import Connection, Database, StorageError, StorageUnavailable
from hub.storage.tables import audit, desk_counter
from tests.hub.storage.entries import COUNT, entry, read_subjects, write_entry


async def test_what_was_written_can_be_read_with_every_character(db: Database) -> None:
    await write_entry(db, "Åsa Öberg, 王小明, 🙂")
    assert await read_subjects(db) == ["Åsa Öberg, 王小明, 🙂"]


async def test_a_hundred_increments_at_once_lose_none(db: Database) -> None:
    async def begin(connection: Connection) -> None:
        await connection.execute(insert(desk_counter), {"agent_id": "ada", "number": 0})

    async def increment(connection: Connection) -> None:
        number = await connection.scalar(select(desk_counter.c.number))
        await connection.execute(update(desk_counter).values(number=number + 1))

    await db.write(begin)
    await asyncio.gather(*(db.write(increment) for _ in range(100)))
    async with db.read() as connection:
        assert await connection.scalar(select(desk_counter.c.number)) == 100


async def test_two_hubs_with_one_database_lose_no_increment_either(db: Database, db_url: str) -> None:
    other = await Database.open(db_url)

    async def begin(connection: Connection) -> None:
        await connection.execute(insert(desk_counter), {"agent_id": "ada", "number": 0})

    async def increment(connection: Connection) -> None:
        await connection.execute(update(desk_counter).values(number=desk_counter.c.number + 1))

    await db.write(begin)
    await asyncio.gather(*(each.write(increment) for each in (db, other) for _ in range(30)))
    async with db.read() as connection:
        assert await connection.scalar(select(desk_counter.c.number)) == 60
    await other.close()


async def test_those_who_wait_share_one_commit(db_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.storage.writer.BATCH_SECONDS", 5.0)
    commits: list[int] = []
    db = await Database.open(db_url, observe=lambda units, seconds: commits.append(units))
    await asyncio.gather(*(write_entry(db, str(number)) for number in range(50)))
    assert commits == [50]
    await db.close()


async def test_a_unit_that_fails_fails_alone(db: Database) -> None:
    async def bad(connection: Connection) -> None:
        await connection.execute(insert(audit), entry("before the failure"))
        raise LookupError("no such customer")

    async def forbidden(connection: Connection) -> None:
        await connection.execute(insert(audit), {**entry("too little"), "action": None})

    results = await asyncio.gather(
        write_entry(db, "first"), db.write(bad), db.write(forbidden), write_entry(db, "last"), return_exceptions=True
    )
    assert [type(result) for result in results] == [type(None), LookupError, IntegrityError, type(None)]
    assert await read_subjects(db) == ["first", "last"]


async def test_what_is_written_together_is_one_call_and_everyone_gets_their_own_answer(db: Database) -> None:
    calls: list[int] = []

    async def many(connection: Connection, subjects: list[str]) -> list[str]:
        calls.append(len(subjects))
        await connection.execute(insert(audit), [entry(subject) for subject in subjects])
        return [subject.upper() for subject in subjects]

    answers = await asyncio.gather(*(db.write_together(many, f"é{number}") for number in range(40)))
    assert answers == [f"É{number}" for number in range(40)]
    assert sum(calls) == 40
    assert len(calls) < 20


async def test_one_bad_item_of_many_fails_alone(db: Database) -> None:
    async def many(connection: Connection, actions: list[str | None]) -> list[None]:
        await connection.execute(insert(audit), [{**entry(str(a)), "action": a} for a in actions])
        return [None] * len(actions)

    results = await asyncio.gather(*(db.write_together(many, a) for a in ("a", None, "c")), return_exceptions=True)
    assert [type(result) for result in results] == [type(None), IntegrityError, type(None)]
    assert sorted(await read_subjects(db)) == ["a", "c"]


async def test_a_caller_who_is_cancelled_does_not_undo_the_write(db: Database) -> None:
    task = asyncio.create_task(write_entry(db, "asked for"))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await write_entry(db, "next")
    assert await read_subjects(db) == ["asked for", "next"]


@pytest.mark.promise("P11")
async def test_a_long_queue_is_split_into_short_transactions(db_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.storage.writer.BATCH_SECONDS", 0.0)
    commits: list[int] = []
    db = await Database.open(db_url, observe=lambda units, seconds: commits.append(units))
    await asyncio.gather(*(write_entry(db, str(number)) for number in range(5)))
    assert commits == [1, 1, 1, 1, 1]
    assert await read_subjects(db) == ["0", "1", "2", "3", "4"]
    await db.close()


@pytest.mark.promise("P12")
async def test_more_than_can_wait_is_refused_at_once(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.storage.writer.MOST_WAITING", 3)
    results = await asyncio.gather(*(write_entry(db, str(n)) for n in range(5)), return_exceptions=True)
    assert [type(result) for result in results] == [type(None)] * 3 + [StorageUnavailable] * 2
    await write_entry(db, "room again")


async def test_close_writes_what_waits_and_then_refuses(db_url: str) -> None:
    db = await Database.open(db_url)
    waiting = [asyncio.create_task(write_entry(db, str(number))) for number in range(10)]
    await asyncio.sleep(0)
    await db.close()
    assert await asyncio.gather(*waiting) == [None] * 10
    with pytest.raises(StorageUnavailable):
        await write_entry(db, "late")


@pytest.mark.parametrize("is_slow", [False, True])
async def test_a_read_sees_one_snapshot(db: Database, is_slow: bool) -> None:
    await write_entry(db, "before")
    async with db.read(is_slow=is_slow) as connection:
        assert await connection.scalar(COUNT) == 1
        await write_entry(db, "meanwhile")
        assert await connection.scalar(COUNT) == 1
    async with db.read(is_slow=is_slow) as connection:
        assert await connection.scalar(COUNT) == 2


@pytest.mark.parametrize("how", [{}, {"is_slow": True}, {"is_snapshot": False}], ids=str)
async def test_a_read_cannot_write(db: Database, how: dict[str, bool]) -> None:
    with pytest.raises(DBAPIError):
        async with db.read(**how) as connection:
            await connection.execute(insert(audit), entry("smuggled"))
    assert await read_subjects(db) == []


async def test_a_slow_read_that_is_cancelled_frees_its_place(db_url: str) -> None:
    db = await Database.open(db_url, read_connections=1)
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"

    async def search() -> None:
        async with db.read(is_slow=True) as connection:
            await connection.execute(text(endless))

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await search()
    async with asyncio.timeout(60), db.read(is_slow=True) as connection:
        assert await connection.scalar(COUNT) == 0
    await db.close()


async def test_a_slow_read_gives_its_rows_like_any_other(db: Database) -> None:
    for subject in ("a", "b", "c"):
        await write_entry(db, subject)
    statement = select(audit.c.subject).order_by(audit.c.id)
    async with db.read(is_slow=True) as connection:
        first: Row[tuple[str]] | None = (await connection.execute(statement)).first()
        assert first is not None
        assert first.subject == "a"
        assert (await connection.scalars(statement)).all() == ["a", "b", "c"]
        assert (await connection.execute(statement)).fetchmany(2) == [("a",), ("b",)]
        assert await connection.run_sync(lambda sync: sync.scalar(statement)) == "a"


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://hub", "no address"])
async def test_an_address_that_cannot_work_is_refused_with_a_sentence(url: str) -> None:
    with pytest.raises(StorageError, match=r"file|sqlite or postgresql|address"):
        await Database.open(url)


@pytest.mark.parametrize("url", ["sqlite:////nowhere/at/all/hub.db", "postgresql://hub@127.0.0.1:1/hub"])
async def test_a_database_that_is_not_there_is_unavailable(url: str) -> None:
    with pytest.raises(StorageUnavailable):
        await Database.open(url)


# ---- SQLite


@pytest.fixture
async def sqlite(sqlite_url: str) -> AsyncIterator[Database]:
    db = await Database.open(sqlite_url)
    yield db
    await db.close()


@pytest.mark.promise("P1")
async def test_sqlite_flushes_every_commit(sqlite: Database) -> None:
    async def read_pragmas(connection: Connection) -> list[object]:
        names = ("synchronous", "journal_mode", "foreign_keys")
        return [await connection.scalar(text(f"PRAGMA {name}")) for name in names]

    assert await sqlite.write(read_pragmas) == [2, "wal", 1]


async def test_only_the_hub_that_has_the_file_checkpoints(sqlite: Database, sqlite_url: str) -> None:
    async def read_pages(connection: Connection) -> int:
        return int(await connection.scalar(text("PRAGMA wal_autocheckpoint")))

    sqlite.lock_file()
    tool = await Database.open(sqlite_url)
    assert await sqlite.write(read_pages) == 4000
    assert await tool.write(read_pages) == 0
    await tool.close()


async def test_a_tool_beside_a_hub_leaves_what_it_wrote_to_the_hubs_own_checkpoint(
    sqlite: Database, sqlite_url: str
) -> None:
    """Two connections that checkpoint at once may destroy the file: the tool does not, nor when it ends."""
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    log = file.with_name(file.name + "-wal")
    sqlite.lock_file()
    await write_entry(sqlite, "of the hub")
    before, size = file.read_bytes(), log.stat().st_size
    tool = await Database.open(sqlite_url)
    for _ in range(60):  # more pages than SQLite's own limit of 1000
        await write_entry(tool, "x" * 100_000)
    await tool.close()
    assert file.read_bytes() == before
    assert log.stat().st_size > size + 1000 * 4096
    assert len(await read_subjects(sqlite)) == 61


@pytest.mark.parametrize("is_slow", [False, True])
async def test_sqlite_readers_never_checkpoint(sqlite: Database, is_slow: bool) -> None:
    async with sqlite.read(is_slow=is_slow) as connection:
        assert await connection.scalar(text("PRAGMA wal_autocheckpoint")) == 0
        assert await connection.scalar(text("PRAGMA query_only")) == 1


@pytest.mark.promise("P12")
async def test_a_full_disk_refuses_and_recovers(sqlite: Database) -> None:
    async def limit(connection: Connection, pages: int) -> None:
        await connection.execute(text(f"PRAGMA max_page_count = {pages}"))

    await sqlite.write(lambda connection: limit(connection, 1))  # SQLite makes it the present size
    with pytest.raises(StorageUnavailable):
        for _ in range(10):
            await write_entry(sqlite, "x" * 100_000)
    stored = len(await read_subjects(sqlite))
    await sqlite.write(lambda connection: limit(connection, 1_000_000))
    await write_entry(sqlite, "room again")
    assert len(await read_subjects(sqlite)) == stored + 1


async def test_a_file_locked_for_long_refuses_and_recovers(
    sqlite: Database, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_module, "BUSY_SECONDS", 0.05)
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageUnavailable):
        await write_entry(sqlite, "refused")
    other.execute("ROLLBACK")
    other.close()
    await write_entry(sqlite, "stored")
    assert await read_subjects(sqlite) == ["stored"]
