"""SQLite, on the event loop's own thread except for slow work.

The rule of this file: work of microseconds stays on the loop; longer work leaves it. A statement takes some 40 us
here. A trip to a thread and back costs as much again, and waits for the interpreter when the loop is busy. A driver
that makes four trips per statement (aiosqlite under SQLAlchemy) needs 350 to 490 us. So only two things leave: the
flush of a commit while the disk is slow (`CommitPace`), and reads that the caller calls slow (`sqlite_slow.py`).

Transactions begin and end by SQL straight to the driver. For SQLAlchemy each connection is in one transaction as long
as it is open: its own begin and commit take longer than SQLite takes for a statement.

WAL with synchronous=FULL: committed data survives a power cut. Python's SQLite may be a version (3.7.0 to 3.51.2) in
which two connections that checkpoint at once can corrupt the file. So only the writer checkpoints, and only in the
process that has the lock on the file: a command line tool beside a running hub leaves it to the hub. This holds at
the tool's end too: SQLite checkpoints when the last connection to a file closes, and while a hub runs, that is one of
the hub's.
"""

import asyncio
import fcntl
import sqlite3
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
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
    Row,
    Rows,
    StorageError,
    StorageUnavailable,
    T,
    WriteConnection,
)
from hub.storage.sqlite_slow import FetchingConnection, SlowReader, wrap_error

BUSY_SECONDS = 5.0  # the longest wait for a command line tool that writes
_AWAY = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_PERM,
}
_WRITER = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    "cache_size = -65536",  # KiB
    "journal_size_limit = 67108864",
    "wal_autocheckpoint = 0",
    "secure_delete = ON",  # what is deleted is overwritten: no free page keeps the words of an erased customer
)
_READER = ("query_only = ON", "wal_autocheckpoint = 0", "cache_size = -16384")
MOST_SECONDS = 0.0005  # the longest mean of commits on the loop; the thread costs 0.1 ms, and more under load
VERY_LONG_SECONDS = 0.010  # the longest single commit on the loop
REMEMBERED, MOST_PATIENCE = 16, 1024  # commits
_CHECKPOINT = "PRAGMA wal_autocheckpoint = 4000"  # pages: 1000 meant several checkpoints a second in a busy inbox
MOST_IDLE = 8  # readers kept open


class SqliteDriver:
    is_sqlite = True

    def __init__(self, url: URL, slow_readers: int) -> None:
        if not url.database or url.database == ":memory:":
            raise StorageError("SQLite needs a file: sqlite:///path/to/hub.db")
        self.path = Path(url.database)
        self._lock: IO[str] | None = None
        self._writer: SqliteWriter | None = None
        self._writing = _create_engine(url, _WRITER, sqlite3.Connection)
        self._reading = _create_engine(url, _READER, sqlite3.Connection)
        self._idle: list[InlineConnection] = []
        self._slow_free: asyncio.Queue[SlowReader] = asyncio.Queue()
        fetching = _create_engine(url, _READER, FetchingConnection)
        # straight to the driver: through SQLAlchemy a BEGIN takes as long as the statement that it is for
        event.listen(fetching, "begin", lambda connection: connection.connection.driver_connection.execute("BEGIN"))
        self._slow = [SlowReader(fetching, self._slow_free) for _ in range(slow_readers)]

    async def connect_writer(self, *, is_patient: bool = False) -> WriteConnection:
        try:
            writer = await SqliteWriter.open(self._writing)
        except Exception as error:
            raise StorageUnavailable(f"SQLite cannot open {self.path}: {getattr(error, 'orig', error)}") from error
        self._writer = writer
        if self._lock is not None:
            writer.checkpoint_by_itself()
        return writer

    @asynccontextmanager
    async def read(self, is_slow: bool, is_snapshot: bool) -> AsyncIterator[Connection]:
        if is_slow:
            slow_reader = await self._slow_free.get()
            try:
                yield slow_reader
            finally:
                slow_reader.release()
        else:
            reader = self._idle.pop() if self._idle else InlineConnection(self._reading, self._reading.connect())
            reader.run("BEGIN")
            try:
                yield reader
            finally:
                reader.end()
                if len(self._idle) < MOST_IDLE:
                    self._idle.append(reader)
                else:
                    reader.sync.close()

    def is_unavailable(self, error: BaseException) -> bool:
        cause = error.orig if isinstance(error, DBAPIError) else error
        return isinstance(cause, sqlite3.Error) and getattr(cause, "sqlite_errorcode", 0) & 0xFF in _AWAY

    async def close_readers(self) -> None:
        """Call it before closing the writer: the last connection to close checkpoints."""
        for slow_reader in self._slow:
            await slow_reader.close()
        while self._idle:
            self._idle.pop().sync.close()

    def lock_file(self) -> None:
        if self._lock is None:
            lock = self.path.with_name(self.path.name + "-lock").open("w")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                lock.close()
                raise DatabaseInUse(f"another hub runs on {self.path}: stop it first, or use PostgreSQL") from error
            self._lock = lock
            if self._writer is not None:
                self._writer.checkpoint_by_itself()

    def unlock_file(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None


class InlineConnection:
    """SQLAlchemy's plain connection with an asynchronous interface: none of these calls suspends."""

    def __init__(self, engine: Engine, sync: SyncConnection, thread: ThreadPoolExecutor | None = None) -> None:
        """`thread`: of long statements; a reader has none."""
        self.dialect: Dialect = engine.dialect
        self.sync = sync
        self._thread = thread
        self._raw: Any = sync.connection.driver_connection
        sync.begin()

    def run(self, sql: str) -> None:
        """Run `sql` past SQLAlchemy. Raises sqlite3.Error."""
        self._raw.execute(sql)

    def end(self) -> None:
        """Roll back, unless SQLite has done so by itself."""
        if self._raw.in_transaction:
            self._raw.execute("ROLLBACK")

    async def execute(self, statement: Executable, parameters: Any = None) -> Rows:
        return self.sync.execute(statement, parameters)

    async def scalar(self, statement: Executable, parameters: Any = None) -> Any:
        return self.sync.scalar(statement, parameters)

    async def scalars(self, statement: Executable, parameters: Any = None) -> ScalarResult[Any]:
        return self.sync.scalars(statement, parameters)

    async def run_sync(self, fn: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        return fn(self.sync, *args, **kwargs)

    async def fetch_sql(self, sql: str, values: Row) -> list[Row]:
        try:
            rows: list[Row] = self._raw.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise wrap_error(sql, error, self.dialect) from error
        return rows

    async def execute_long_sql(self, sql: str, values: Row) -> int:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._execute_sql, sql, values)

    async def execute_sql(self, sql: str, values: Row) -> int:
        return self._execute_sql(sql, values)

    def _execute_sql(self, sql: str, values: Row) -> int:
        try:
            changed: int = self._raw.execute(sql, values).rowcount
        except sqlite3.Error as error:
            raise wrap_error(sql, error, self.dialect) from error
        return changed

    async def execute_sql_for_all(self, sql: str, rows: Sequence[Row]) -> None:
        try:
            self._raw.executemany(sql, rows)
        except sqlite3.Error as error:
            raise wrap_error(sql, error, self.dialect) from error


class CommitPace:
    """Whether a commit is awaited on the loop or in the thread, by how long the last ones took.

    A quick flush costs less than the trip to the thread and back. A slow one must not hold up the loop: commits that
    take long on average, or one that takes very long, send the following ones to the thread. There the fastest of
    some says whether the disk is quick, because the others may have waited for the interpreter. Each return to the
    loop that does not last doubles the number of commits before the next.
    """

    def __init__(self) -> None:
        self.is_quick = False
        self._last: deque[float] = deque(maxlen=REMEMBERED)
        self._noted = 0  # since the pace changed
        self._patience = REMEMBERED

    def note(self, seconds: float) -> None:
        self._last.append(seconds)
        self._noted += 1
        if self.is_quick:
            is_late = self._noted >= REMEMBERED and sum(self._last) > REMEMBERED * MOST_SECONDS
            if is_late or seconds > VERY_LONG_SECONDS:
                is_short = self._noted < MOST_PATIENCE
                self._patience = min(2 * self._patience, MOST_PATIENCE) if is_short else REMEMBERED
                self._change(is_quick=False)
        elif self._noted >= self._patience and min(self._last) < MOST_SECONDS:
            self._change(is_quick=True)

    def _change(self, *, is_quick: bool) -> None:
        self.is_quick, self._noted = is_quick, 0
        self._last.clear()


class SqliteWriter:
    def __init__(self, connection: InlineConnection, thread: ThreadPoolExecutor) -> None:
        self.connection = connection
        self._thread = thread
        self._pace = CommitPace()

    @classmethod
    async def open(cls, engine: Engine) -> "SqliteWriter":
        """Raises SQLite's own error if it cannot open the file."""
        thread = ThreadPoolExecutor(1, "sqlite-commit")
        try:
            sync = await asyncio.get_running_loop().run_in_executor(thread, engine.connect)
        except BaseException:
            thread.shutdown(wait=False)
            raise
        return cls(InlineConnection(engine, sync, thread), thread)

    def checkpoint_by_itself(self) -> None:
        if not self.connection.sync.closed:
            self.connection.run(_CHECKPOINT)

    async def begin(self) -> None:
        """Wait for another process's write without blocking the loop: SQLite itself is set not to wait."""
        loop = asyncio.get_running_loop()
        until = loop.time() + BUSY_SECONDS
        while True:
            try:
                self.connection.run("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or loop.time() > until:
                    raise
                await asyncio.sleep(0.005)

    async def commit(self) -> None:
        seconds = self._commit() if self._pace.is_quick else await self._in_thread(self._commit)
        self._pace.note(seconds)

    def _commit(self) -> float:
        began = time.monotonic()
        self.connection.run("COMMIT")
        return time.monotonic() - began

    async def rollback(self) -> None:
        self.connection.end()

    async def discard(self) -> None:
        with suppress(Exception):
            await self._in_thread(self.connection.sync.close)
        self._thread.shutdown(wait=False)

    async def _in_thread(self, fn: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, fn)


def _create_engine(url: URL, pragmas: tuple[str, ...], factory: type[sqlite3.Connection]) -> Engine:
    def prepare(raw: sqlite3.Connection, _: object) -> None:
        for pragma in pragmas:
            raw.execute(f"PRAGMA {pragma}")
        if raw.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            raise StorageUnavailable("the file system of this SQLite database cannot do WAL: use a local disk")

    # isolation_level=None: else sqlite3 begins transactions itself and increments are lost. timeout=0: see `begin`
    arguments = {"isolation_level": None, "check_same_thread": False, "timeout": 0, "factory": factory}
    engine = create_engine(
        url.set(drivername="sqlite+pysqlite"), poolclass=NullPool, connect_args=arguments, hide_parameters=True
    )
    event.listen(engine, "connect", prepare)
    return engine
