"""SQLite's slow reads: in threads, so that a report or a search delays no other work.

The rule of this file: each statement makes one trip to the thread, which returns all rows. The loop touches nothing
of the connection while its thread works.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection as SyncConnection
from sqlalchemy import Dialect, Engine, Executable, ScalarResult
from sqlalchemy.exc import DBAPIError

from hub.storage.connection import Row, Rows, StorageError, T


def wrap_error(sql: str, error: sqlite3.Error, dialect: Dialect) -> Exception:
    """The error as SQLAlchemy raises it."""
    return DBAPIError.instance(sql, None, error, sqlite3.Error, hide_parameters=True, dialect=dialect)


class SlowReader:
    """One connection with a thread of its own. The snapshot begins with the first statement.

    After `release` the thread finishes the running statement and ends the transaction, also if the caller was
    cancelled in the middle. Only then the next caller gets the reader.
    """

    def __init__(self, engine: Engine, free: "asyncio.Queue[SlowReader]") -> None:
        self._engine = engine
        self._thread = ThreadPoolExecutor(1, "sqlite-slow-read")
        self._connected: SyncConnection | None = None
        self._raw: Any = None
        self._loop = asyncio.get_running_loop()
        self._free = free
        free.put_nowait(self)

    @property
    def dialect(self) -> Dialect:
        return self._engine.dialect

    async def execute(self, statement: Executable, parameters: Any = None) -> Rows:
        return await self._in_thread(lambda: self._sync().execute(statement, parameters))

    async def scalar(self, statement: Executable, parameters: Any = None) -> Any:
        return (await self.execute(statement, parameters)).scalar()

    async def scalars(self, statement: Executable, parameters: Any = None) -> ScalarResult[Any]:
        return (await self.execute(statement, parameters)).scalars()

    async def run_sync(self, fn: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        return await self._in_thread(lambda: fn(self._sync(), *args, **kwargs))

    async def fetch_sql(self, sql: str, values: Row) -> list[Row]:
        return await self._in_thread(lambda: self._fetch(sql, values))

    async def execute_sql(self, sql: str, values: Row) -> int:
        raise StorageError("a reader changes nothing")

    async def execute_long_sql(self, sql: str, values: Row) -> int:
        raise StorageError("a reader changes nothing")

    async def execute_sql_for_all(self, sql: str, rows: Sequence[Row]) -> None:
        raise StorageError("a reader changes nothing")

    def _fetch(self, sql: str, values: Row) -> list[Row]:
        connected = self._sync()
        if not connected.in_transaction():
            connected.begin()
        try:
            rows: list[Row] = self._raw.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise wrap_error(sql, error, self.dialect) from error
        return rows

    def release(self) -> None:
        ended = self._thread.submit(self._end)
        ended.add_done_callback(lambda _: self._loop.call_soon_threadsafe(self._free.put_nowait, self))

    async def close(self) -> None:
        await self._in_thread(self._close)
        self._thread.shutdown()

    def _sync(self) -> SyncConnection:
        if self._connected is None:
            self._connected = self._engine.connect()
            self._raw = self._connected.connection.dbapi_connection
        return self._connected

    def _end(self) -> None:
        if self._connected is not None:
            try:
                self._connected.rollback()
            except Exception:
                self._close()

    def _close(self) -> None:
        if self._connected is not None:
            with suppress(Exception):
                self._connected.close()
            self._connected = self._raw = None

    async def _in_thread(self, fn: Callable[[], T]) -> T:
        try:
            return await self._loop.run_in_executor(self._thread, fn)
        except asyncio.CancelledError:
            if self._raw is not None:
                self._raw.interrupt()
            raise


class _FetchingCursor(sqlite3.Cursor):
    """Fetches every row in `execute`, which runs in the thread, so that no row is computed on the loop."""

    _rows: Iterator[Any] = iter(())

    def execute(self, *args: Any) -> "_FetchingCursor":
        super().execute(*args)
        self._rows = iter(super().fetchall())
        return self

    def fetchone(self) -> Any:
        return next(self._rows, None)

    def fetchmany(self, size: int | None = None) -> list[Any]:
        wanted = self.arraysize if size is None else size
        return [row for _, row in zip(range(wanted), self._rows, strict=False)]

    def fetchall(self) -> list[Any]:
        return list(self._rows)


class FetchingConnection(sqlite3.Connection):
    def cursor(self, *_: Any) -> Any:
        return super().cursor(_FetchingCursor)
