"""The one door to the database.

The rule of this file: `write` returns when the unit's transaction is on disk; `read` sees one consistent snapshot and
cannot write. Every part that needs the database gets this object; no query starts its own connection, thread or
transaction.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from hub.storage.connection import (
    Connection,
    DatabaseInUse,
    Driver,
    LeaseLost,
    SchemaMismatch,
    StorageError,
    StorageUnavailable,
)
from hub.storage.sqlite import SqliteDriver
from hub.storage.writer import Writer

__all__ = [
    "Connection",
    "Database",
    "DatabaseInUse",
    "LeaseLost",
    "SchemaMismatch",
    "StorageError",
    "StorageUnavailable",
]

T = TypeVar("T")
Item = TypeVar("Item")


class Database:
    def __init__(self, driver: Driver, writer: Writer) -> None:
        self._driver = driver
        self._writer = writer
        self.is_sqlite = driver.is_sqlite

    @classmethod
    async def open(
        cls, url: str, *, read_connections: int = 4, observe: Callable[[int, float], None] | None = None
    ) -> "Database":
        """Connect to `sqlite:///file` or `postgresql://...`; create no table, run no migration.

        `observe(units, seconds)` is called after every transaction. Raises StorageUnavailable if the database is
        away.
        """
        driver = build_driver(url, read_connections)
        writer = Writer(driver, observe)
        try:
            await writer.connect()
        except StorageError:
            await writer.close()
            await driver.close_readers()
            raise
        return cls(driver, writer)

    async def write(self, unit: Callable[[Connection], Awaitable[T]]) -> T:
        """Run `unit(connection)` in a transaction shared with others; return its result when it is durable.

        The unit may run twice, so it does nothing but database work and awaits nothing but its connection. An
        error in it is raised here, and nothing of it is stored. Raises StorageUnavailable. Cancelling the caller
        does not undo the unit.
        """
        result: T = await self._writer.submit(unit)
        return result

    async def write_long(self, unit: Callable[[Connection], Awaitable[T]]) -> T:
        """As `write`, for the rare transaction that takes up to seconds. On PostgreSQL it has a connection of its
        own, and other writes go on beside it. On SQLite they wait, since one writes at a time; reads do not."""
        if self._driver.is_sqlite:
            return await self.write(unit)
        link = await self._driver.connect_writer(is_patient=True)
        try:
            await link.begin()
            result = await unit(link.connection)
            await link.commit()
            return result
        except Exception as error:
            if self._driver.is_unavailable(error):
                raise StorageUnavailable("the database is away") from error
            raise
        finally:
            await link.discard()

    async def write_together(
        self, many: Callable[[Connection, Sequence[Item]], Awaitable[Sequence[T]]], item: Item
    ) -> T:
        """Like `write`, for small items that arrive in large numbers. All items that wait for the same `many` go
        into one call of it, which returns one result for each item, in order."""
        result: T = await self._writer.submit(None, many, item)
        return result

    @asynccontextmanager
    async def read(self, *, is_slow: bool = False, is_snapshot: bool = True) -> AsyncIterator[Connection]:
        """A consistent snapshot, read only. Close it soon: an open snapshot keeps old row versions alive.

        Without `is_snapshot` each statement sees what is stored when it begins. That is enough for one statement, and
        for tables that only the caller writes. On PostgreSQL it saves two trips to the server.

        A query that no index answers at once is slow: SQLite then runs it in a thread instead of on the event
        loop. Raises StorageUnavailable.
        """
        try:
            async with self._driver.read(is_slow, is_snapshot) as connection:
                yield connection
        except DBAPIError as error:
            if self._driver.is_unavailable(error):
                raise StorageUnavailable("the database is away") from error
            raise

    def lock_file(self) -> None:
        """SQLite: keep other hubs off this file until `close` or the end of the process. Raises DatabaseInUse."""
        self._driver.lock_file()

    async def close(self) -> None:
        """Write what waits, then close every connection."""
        await self._driver.close_readers()
        await self._writer.close()
        self._driver.unlock_file()


def build_driver(url: str, read_connections: int) -> Driver:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StorageError(f"not a database address: {error}") from error
    match parsed.get_backend_name():
        case "sqlite":
            return SqliteDriver(parsed, read_connections)
        case "postgresql":
            from hub.storage.postgres import PostgresDriver  # imported here, because it takes long

            return PostgresDriver(parsed, read_connections)
        case other:
            raise StorageError(f"the hub cannot use a database of the kind {other!r}: use sqlite or postgresql")
