"""Migrations end in the schema of `tables.py`, on both databases, and a hub refuses any other."""

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection as SyncConnection
from sqlalchemy import inspect, text

from hub.storage import migrations
from hub.storage.database import Connection, Database, DatabaseInUse, SchemaMismatch, StorageUnavailable
from hub.storage.migrations import check_schema, list_revisions, migrate
from hub.storage.tables import metadata

Run = Callable[..., Awaitable[Any]]


def is_declared_as_table(_: object, name: str | None, kind: str, *__: object) -> bool:
    """Not how tokens are found: its tables and its index are declared as SQL, which `describe` compares."""
    return kind not in ("table", "index") or "customer_token" not in (name or "")


COMPARED = {"compare_type": True, "include_object": is_declared_as_table}


async def empty(url: str) -> None:
    """Take the tables away that the fixture has made."""
    db = await Database.open(url)

    async def unit(connection: Connection) -> None:
        await connection.run_sync(metadata.drop_all)
        await connection.execute(text("DROP TABLE IF EXISTS alembic_version"))

    await db.write(unit)
    await db.close()


@pytest.fixture
async def empty_url(db_url: str) -> Any:
    await empty(db_url)
    yield db_url
    await empty(db_url)
    await fill(db_url)


async def fill(url: str) -> None:
    db = await Database.open(url)
    await db.write(lambda connection: connection.run_sync(metadata.create_all))
    await db.close()


def describe(sync: SyncConnection) -> object:
    """All that the database says of its schema."""
    if sync.dialect.name == "sqlite":
        rows = sync.execute(text("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE '%alembic%'")).all()
        # the order of the columns' options and of the constraints means nothing
        return {name: sorted(re.split(r"[,\s]+", sql or "")) for name, sql in rows}
    columns = (
        "SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default"
        " FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'"
    )
    indexes = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
    constraints = (
        "SELECT conname, conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'alembic_version'"
    )
    return [sorted(map(tuple, sync.execute(text(query)).all()), key=str) for query in (columns, indexes, constraints)]


async def test_the_migrated_schema_is_the_schema_of_the_tables(empty_url: str) -> None:
    db = await Database.open(empty_url)
    await db.write(lambda connection: connection.run_sync(metadata.create_all))
    made = await db.write(lambda connection: connection.run_sync(describe))
    await db.close()
    await empty(empty_url)
    await migrate(empty_url)
    db = await Database.open(empty_url)
    assert await db.write(lambda connection: connection.run_sync(describe)) == made
    found = await db.write(
        lambda connection: connection.run_sync(
            lambda sync: compare_metadata(MigrationContext.configure(sync, opts=COMPARED), metadata)
        )
    )
    assert found == []
    await db.close()


def test_the_revisions_are_those_that_alembic_knows() -> None:
    scripts = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert list_revisions() == [revision.revision for revision in reversed(list(scripts.walk_revisions()))]
    assert list_revisions()[-1] == scripts.get_current_head()


async def test_migrating_twice_changes_nothing_and_keeps_the_rows(empty_url: str) -> None:
    await migrate(empty_url)
    db = await Database.open(empty_url)
    await check_schema(db)
    await db.write(lambda connection: connection.execute(text("INSERT INTO desk_counter VALUES ('ada', 7)")))
    await db.close()
    await migrate(empty_url)
    db = await Database.open(empty_url)
    await check_schema(db)
    async with db.read() as connection:
        assert await connection.scalar(text("SELECT number FROM desk_counter")) == 7
    await db.close()


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (None, r"The database is empty. Create its tables with: python -m hub migrate"),
        ("0000", r"The database has schema 0000, .* does not know"),
    ],
)
async def test_another_schema_is_refused_with_the_way_out(empty_url: str, found: str | None, sentence: str) -> None:
    db = await Database.open(empty_url)

    async def pretend(connection: Connection) -> None:
        await connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        await connection.execute(text("INSERT INTO alembic_version VALUES (:found)"), {"found": found})

    if found is not None:
        await db.write(pretend)
    with pytest.raises(SchemaMismatch, match=sentence):
        await check_schema(db)
    await db.close()


async def test_an_older_schema_names_the_command(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    await migrate(empty_url)
    monkeypatch.setattr("hub.storage.migrations.list_revisions", lambda: [*list_revisions(), "9999"])
    db = await Database.open(empty_url)
    with pytest.raises(SchemaMismatch, match=r"schema \w+, this hub needs 9999.*python -m hub migrate"):
        await check_schema(db)
    await db.close()


async def test_a_migration_that_fails_leaves_everything_as_it_was(
    empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("in the middle")

    monkeypatch.setattr("alembic.runtime.migration.HeadMaintainer.update_to_step", fail)
    with pytest.raises(RuntimeError):
        await migrate(empty_url)
    db = await Database.open(empty_url)
    assert await db.write(lambda c: c.run_sync(lambda sync: inspect(sync).get_table_names())) in (
        [],
        ["alembic_version"],
    )
    await db.close()


async def test_no_migration_runs_while_a_hub_runs_on_the_file(sqlite_url: str) -> None:
    db = await Database.open(sqlite_url)
    db.lock_file()
    with pytest.raises(DatabaseInUse):
        await migrate(sqlite_url)
    await db.close()


async def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises((StorageUnavailable, OSError), match=r"nowhere"):
        await migrate(f"sqlite:///{tmp_path}/nowhere/hub.db")
