"""A fresh database of each kind, with the schema in it. Every test that asks for `db` runs on both."""

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, create_mock_engine, insert, text

from hub.storage.database import Connection, Database
from hub.storage.tables import customer, interaction, metadata, staff

NOON = 1_795_348_800_000_000  # 2026-11-22 12:00 UTC


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "hub.db"
    engine = create_engine(f"sqlite:///{path}")
    metadata.create_all(engine)
    engine.dispose()
    return path


@pytest.fixture
def sqlite_url(_sqlite_template: Path, tmp_path: Path) -> str:
    """The address of an SQLite file with the schema."""
    source, target = sqlite3.connect(_sqlite_template), sqlite3.connect(tmp_path / "hub.db")
    source.backup(target)
    source.close()
    target.close()
    return f"sqlite:///{tmp_path / 'hub.db'}"


@pytest.fixture(scope="session")
def _shared_url(_postgres: Callable[[str], str]) -> str:
    """One database for all tests here: to empty it is quicker than to create another."""
    statements = ["CREATE DATABASE hub_storage;", "\\connect hub_storage"]
    engine = create_mock_engine("postgresql+asyncpg://", lambda ddl, *_, **__: statements.append(compile_ddl(ddl)))

    def compile_ddl(ddl: Any) -> str:
        return f"{ddl.compile(dialect=engine.dialect)};"

    metadata.create_all(engine, checkfirst=False)
    _postgres("\n".join(statements))
    return f"postgresql://postgres@/hub_storage?host={_postgres.socket_folder}"


@pytest.fixture
async def postgres_url(_shared_url: str) -> str:
    """The address of an empty PostgreSQL database with the schema."""
    tables = ", ".join(table.name for table in metadata.sorted_tables)
    db = await Database.open(_shared_url)
    await db.write(lambda connection: connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY")))
    await db.close()
    return _shared_url


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def db_url(request: pytest.FixtureRequest) -> str:
    """The address of a database with the schema, of each kind in turn."""
    return str(request.getfixturevalue(request.param))


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "postgres_url: needs PostgreSQL, as one of several parameters")


def pytest_itemcollected(item: pytest.Item) -> None:
    """A fixture that is asked for by a parameter is not seen from outside: say so, or nobody counts it as missing."""
    params = item.callspec.params if hasattr(item, "callspec") else {}
    if "postgres_url" in params.values():
        item.add_marker("postgres_url")


@pytest.fixture
async def db(db_url: str) -> AsyncIterator[Database]:
    db = await Database.open(db_url)
    yield db
    await db.close()


@pytest.fixture
def run(db: Database) -> Callable[..., Awaitable[Any]]:
    """`await run(fn, *arguments)`: the function in a transaction of its own."""

    async def run(fn: Callable[..., Awaitable[Any]], *arguments: Any) -> Any:
        return await db.write(lambda connection: fn(connection, *arguments))

    return run


@pytest.fixture
async def pia(db: Database) -> str:
    """Pia's open interaction, in a hub where Ada works."""

    async def unit(connection: Connection) -> None:
        await connection.execute(
            insert(staff),
            {"id": "ada", "sign_in_name": "ada", "name": "Ada Öberg", "password_hash": "-", "created_at": NOON},
        )
        await connection.execute(
            insert(customer), {"id": "pia", "name": "Pia Åström", "tier": "platinum", "created_at": NOON}
        )
        await connection.execute(
            insert(interaction),
            {
                "id": "pia-1",
                "customer_id": "pia",
                "channel": "sms",
                "queue": "support",
                "tier": "platinum",
                "state": "waiting",
                "entered_at": NOON,
                "state_at": NOON,
            },
        )

    await db.write(unit)
    return "pia-1"
