"""PostgreSQL through asyncpg.

The rule of this file: every session limits how long it may hang. A router that stops in the middle of a transaction
must not keep the lease row locked, so the server ends such a session. A network that swallows packets causes a
time-out, which counts as "away".

Transactions and prepared statements go straight to asyncpg: through SQLAlchemy a statement takes the hub as long as
it takes PostgreSQL. For SQLAlchemy each connection is one that commits by itself, so it begins none.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

from asyncpg import IntegrityConstraintViolationError, InternalClientError, PostgresError
from asyncpg import InterfaceError as AsyncpgInterfaceError
from sqlalchemy import Dialect, NullPool
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from hub.storage.connection import Connection, Row, StorageUnavailable, WriteConnection

WRITE_SECONDS, READ_SECONDS = 4.0, 30.0
IDLE_MILLISECONDS = 2_000  # that a writer may stand still in a transaction
_SETTINGS = {
    "application_name": "interaction-hub",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "lock_timeout": "3000",
}
_BEGIN_READING = "BEGIN ISOLATION LEVEL REPEATABLE READ"
# SQLSTATE classes: connection, insufficient resources, operator intervention, system error, idle transaction ended
_AWAY = ("08", "53", "57", "58", "25P03")


class PostgresDriver:
    is_sqlite = False

    def __init__(self, url: URL, read_connections: int) -> None:
        self._url = url.set(drivername="postgresql+asyncpg")
        self._writing = self._create_engine(WRITE_SECONDS, str(IDLE_MILLISECONDS), poolclass=NullPool)
        self._reading = self._create_engine(
            READ_SECONDS,
            "60000",
            is_reader=True,
            pool_size=max(read_connections, 1),
            max_overflow=0,
            pool_timeout=5.0,
        )

    def _create_engine(
        self, seconds: float | None, idle_milliseconds: str, *, is_reader: bool = False, **options: Any
    ) -> AsyncEngine:
        settings = {**_SETTINGS, "idle_in_transaction_session_timeout": idle_milliseconds}
        if is_reader:
            settings["default_transaction_read_only"] = "on"
        arguments = {"timeout": 3.0, "command_timeout": seconds, "server_settings": settings}
        options["isolation_level"] = "AUTOCOMMIT"  # SQLAlchemy begins nothing
        return create_async_engine(self._url, connect_args=arguments, hide_parameters=True, **options)

    async def connect_writer(self, *, is_patient: bool = False) -> WriteConnection:
        engine = self._create_engine(None, "0", poolclass=NullPool) if is_patient else self._writing
        try:
            return PostgresWriter(await engine.connect())
        except Exception as error:
            raise StorageUnavailable(f"PostgreSQL does not answer: {getattr(error, 'orig', error)}") from error

    @asynccontextmanager
    async def read(self, is_slow: bool, is_snapshot: bool) -> AsyncIterator[Connection]:
        try:
            connection = await self._reading.connect()
        except Exception as error:
            if self.is_unavailable(error):
                raise StorageUnavailable("PostgreSQL is away") from error
            raise
        reader = PostgresConnection(connection)
        try:
            if is_snapshot:
                await reader.run(_BEGIN_READING)
            yield reader
            if is_snapshot:
                await reader.run("ROLLBACK")
        except BaseException as error:
            await reader.end()  # a cancelled call leaves the connection in an unknown state
            if _is_goodbye(error):
                raise StorageUnavailable("PostgreSQL is away") from error
            raise
        finally:
            await connection.close()

    def is_unavailable(self, error: BaseException) -> bool:
        if isinstance(error, (OSError, PoolTimeout, InterfaceError)) or _is_goodbye(error):
            return True
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            return True
        cause = error.orig if isinstance(error, DBAPIError) else error
        state = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None) or ""
        return str(state).startswith(_AWAY)

    async def close_readers(self) -> None:
        await self._reading.dispose()

    def lock_file(self) -> None:
        """Does nothing: many hubs may share one PostgreSQL, and the lease alone says which of them routes."""

    def unlock_file(self) -> None:
        pass


class PostgresConnection:
    """SQLAlchemy's connection, and the driver's own below it."""

    def __init__(self, connection: AsyncConnection) -> None:
        assert connection.sync_connection is not None
        self._connection = connection
        self._raw: Any = connection.sync_connection.connection.driver_connection
        self.dialect: Dialect = connection.dialect
        self.execute, self.scalar, self.scalars = connection.execute, connection.scalar, connection.scalars
        self.run_sync = connection.run_sync

    async def run(self, sql: str) -> None:
        with _sqlalchemy_errors(sql):
            await self._raw.execute(sql)

    async def fetch_sql(self, sql: str, values: Row) -> list[Row]:
        with _sqlalchemy_errors(sql):
            return [tuple(row) for row in await self._raw.fetch(sql, *values)]

    async def execute_sql(self, sql: str, values: Row) -> int:
        with _sqlalchemy_errors(sql):
            status: str = await self._raw.execute(sql, *values)
        return int(status.rpartition(" ")[2])  # "UPDATE 2"

    async def execute_long_sql(self, sql: str, values: Row) -> int:
        return await self.execute_sql(sql, values)

    async def execute_sql_for_all(self, sql: str, rows: Sequence[Row]) -> None:
        with _sqlalchemy_errors(sql):
            await self._raw.executemany(sql, rows)

    async def end(self) -> None:
        """Close the connection in any state. SQLAlchemy asks the server politely first. If asyncpg fails then with an
        error that SQLAlchemy does not know, the socket would stay open. Raises nothing but a cancellation."""
        try:
            with suppress(Exception):
                await self._connection.invalidate()
        finally:
            self._raw.terminate()


@contextmanager
def _sqlalchemy_errors(sql: str) -> Iterator[None]:
    """Raises asyncpg's errors as SQLAlchemy does."""
    try:
        yield
    except IntegrityConstraintViolationError as error:
        raise IntegrityError(sql, None, error, hide_parameters=True) from error
    except (AsyncpgInterfaceError, InternalClientError) as error:  # the latter: the server was just saying goodbye
        raise InterfaceError(sql, None, error, hide_parameters=True) from error
    except PostgresError as error:
        raise DBAPIError(sql, None, error, hide_parameters=True) from error


def _is_goodbye(error: BaseException) -> bool:
    """Whether the server was just ending the session: asyncpg's own error about its state, bare or in what SQLAlchemy
    made of it."""
    told = error.orig if isinstance(error, DBAPIError) else error
    return isinstance(told, InternalClientError) or isinstance(getattr(told, "__cause__", None), InternalClientError)


class PostgresWriter:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self.connection = PostgresConnection(connection)

    async def begin(self) -> None:
        await self.connection.run("BEGIN")

    async def commit(self) -> None:
        await self.connection.run("COMMIT")

    async def rollback(self) -> None:
        await self.connection.run("ROLLBACK")

    async def discard(self) -> None:
        await self.connection.end()
        with suppress(Exception):
            await self._connection.close()
