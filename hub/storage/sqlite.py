"""SQLite: the writer works on the event loop's own thread, readers in threads of their own.

The rule of this file: the writer hands over to a thread only to commit. A statement takes some 40 us here, a trip
to a thread and back as much again, and a driver that makes four trips per statement (aiosqlite under SQLAlchemy)
350 to 490 us. Only the flush of a commit can be slow, so only it leaves the loop. Queries of any length belong to
the readers.

WAL with synchronous=FULL: what is committed survives a power cut. Python's SQLite may be of a version (3.7.0 to
3.51.2) in which two connections that checkpoint at once can corrupt the file: the writer alone checkpoints.
"""

import asyncio
import fcntl
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection as SyncConnection
from sqlalchemy import Dialect, Engine, Executable, NullPool, ScalarResult, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from hub.storage.connection import (
    Connection,
    DatabaseInUse,
    Rows,
    StorageError,
    StorageUnavailable,
    T,
    WriteConnection,
)

BUSY_SECONDS = 5.0  # how long a command line tool that writes may make us wait
_AWAY = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
}


class SqliteDriver:
    is_sqlite = True

    def __init__(self, url: URL, read_connections: int) -> None:
        if not url.database or url.database == ":memory:":
            raise StorageError("SQLite needs a file: sqlite:///path/to/hub.db")
        self.path = Path(url.database)
        self._lock: IO[str] | None = None
        self._writer_engine = _create_engine(url, "BEGIN IMMEDIATE", _prepare_writer)
        self._reader_engine = _create_engine(url, "BEGIN", _prepare_reader)
        self._free: asyncio.Queue[SqliteReader] = asyncio.Queue()
        self._readers = [SqliteReader(self._reader_engine, self._free) for _ in range(read_connections)]

    async def connect_writer(self) -> WriteConnection:
        writer = SqliteWriter(self._writer_engine)
        try:
            await writer.open()
        except Exception as error:
            await writer.discard()
            raise StorageUnavailable(f"SQLite cannot open {self.path}: {getattr(error, 'orig', error)}") from error
        return writer

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Connection]:
        reader = await self._free.get()
        try:
            yield reader
        finally:
            reader.release()

    def is_unavailable(self, error: BaseException) -> bool:
        cause = error.orig if isinstance(error, DBAPIError) else error
        return isinstance(cause, sqlite3.Error) and getattr(cause, "sqlite_errorcode", 0) & 0xFF in _AWAY

    async def close_readers(self) -> None:
        """Before the writer: the last connection to close checkpoints."""
        for reader in self._readers:
            await reader.close()

    def lock_file(self) -> None:
        if self._lock is None:
            lock = self.path.with_name(self.path.name + "-lock").open("w")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                lock.close()
                raise DatabaseInUse(f"another hub runs on {self.path}: stop it first, or use PostgreSQL") from error
            self._lock = lock

    def unlock_file(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None


class SqliteWriter:
    """One connection; it is its own `Connection`, and its methods never suspend except in `begin` and `commit`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._thread = ThreadPoolExecutor(1, "sqlite-commit")
        self._sync: SyncConnection | None = None

    async def open(self) -> None:
        self._sync = await self._in_thread(self._engine.connect)

    @property
    def connection(self) -> Connection:
        return self

    @property
    def dialect(self) -> Dialect:
        return self._engine.dialect

    @property
    def _connected(self) -> SyncConnection:
        assert self._sync is not None
        return self._sync

    async def execute(self, statement: Executable, parameters: Any = None) -> Rows:
        return self._connected.execute(statement, parameters)

    async def scalar(self, statement: Executable, parameters: Any = None) -> Any:
        return self._connected.scalar(statement, parameters)

    async def scalars(self, statement: Executable, parameters: Any = None) -> ScalarResult[Any]:
        return self._connected.scalars(statement, parameters)

    async def run_sync(self, fn: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        return fn(self._connected, *args, **kwargs)

    async def begin(self) -> None:
        """Wait for another process's write without blocking the loop: SQLite itself is told not to wait."""
        loop = asyncio.get_running_loop()
        until = loop.time() + BUSY_SECONDS
        while True:
            try:
                self._connected.begin()
                return
            except DBAPIError as error:
                busy = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
                if not busy or loop.time() > until:
                    raise
                await asyncio.sleep(0.005)

    async def commit(self) -> None:
        await self._in_thread(self._connected.commit)

    async def rollback(self) -> None:
        self._connected.rollback()

    async def discard(self) -> None:
        if self._sync is not None:
            with suppress(Exception):
                await self._in_thread(self._sync.close)
        self._thread.shutdown(wait=False)

    async def _in_thread(self, fn: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, fn)


class SqliteReader:
    """One connection with a thread of its own: one trip per statement, which brings all rows back.

    The snapshot begins with the first statement. After `release` the thread ends the transaction behind whatever
    it still runs, also for a caller that was cancelled in the middle, and only then the next caller has its turn.
    """

    def __init__(self, engine: Engine, free: "asyncio.Queue[SqliteReader]") -> None:
        self._engine = engine
        self._thread = ThreadPoolExecutor(1, "sqlite-read")
        self._sync: SyncConnection | None = None
        self._raw: Any = None
        self._loop = asyncio.get_running_loop()
        self._free = free
        free.put_nowait(self)

    @property
    def dialect(self) -> Dialect:
        return self._engine.dialect

    @property
    def _connected(self) -> SyncConnection:
        if self._sync is None:
            self._sync = self._engine.connect()
            self._raw = self._sync.connection.dbapi_connection
        return self._sync

    async def execute(self, statement: Executable, parameters: Any = None) -> Rows:
        return await self._in_thread(lambda: self._connected.execute(statement, parameters))

    async def scalar(self, statement: Executable, parameters: Any = None) -> Any:
        return (await self.execute(statement, parameters)).scalar()

    async def scalars(self, statement: Executable, parameters: Any = None) -> ScalarResult[Any]:
        return (await self.execute(statement, parameters)).scalars()

    async def run_sync(self, fn: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        return await self._in_thread(lambda: fn(self._connected, *args, **kwargs))

    def release(self) -> None:
        ended = self._thread.submit(self._end)
        ended.add_done_callback(lambda _: self._loop.call_soon_threadsafe(self._free.put_nowait, self))

    async def close(self) -> None:
        await self._in_thread(self._close)
        self._thread.shutdown()

    def _end(self) -> None:
        if self._sync is not None:
            try:
                self._sync.rollback()
            except Exception:
                self._close()

    def _close(self) -> None:
        if self._sync is not None:
            with suppress(Exception):
                self._sync.close()
            self._sync = self._raw = None

    async def _in_thread(self, fn: Callable[[], T]) -> T:
        try:
            return await self._loop.run_in_executor(self._thread, fn)
        except asyncio.CancelledError:
            if self._raw is not None:
                self._raw.interrupt()
            raise


class _FetchingCursor(sqlite3.Cursor):
    """Fetches every row where `execute` runs, in the reader's thread, so that none is computed on the loop."""

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


class _ReaderConnection(sqlite3.Connection):
    def cursor(self, *_: Any) -> Any:
        return super().cursor(_FetchingCursor)


def _create_engine(url: URL, begin: str, prepare: Callable[[sqlite3.Connection], None]) -> Engine:
    factory = _ReaderConnection if prepare is _prepare_reader else sqlite3.Connection
    # isolation_level=None: sqlite3 begins nothing by itself, or increments are lost
    arguments = {"isolation_level": None, "check_same_thread": False, "timeout": 0, "factory": factory}
    engine = create_engine(
        url.set(drivername="sqlite+pysqlite"), poolclass=NullPool, connect_args=arguments, hide_parameters=True
    )
    event.listen(engine, "connect", lambda raw, _: prepare(raw))
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def _prepare_writer(raw: sqlite3.Connection) -> None:
    if raw.execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
        raise StorageUnavailable("the file system of this SQLite database cannot do WAL; use a local disk")
    for pragma in ("synchronous = FULL", "foreign_keys = ON", "cache_size = -65536", "wal_autocheckpoint = 1000"):
        raw.execute(f"PRAGMA {pragma}")
    if raw.execute("PRAGMA synchronous").fetchone()[0] != 2:
        raise StorageUnavailable("SQLite refuses synchronous = FULL")


def _prepare_reader(raw: sqlite3.Connection) -> None:
    for pragma in ("query_only = ON", "wal_autocheckpoint = 0", "cache_size = -16384", "busy_timeout = 1000"):
        raw.execute(f"PRAGMA {pragma}")
