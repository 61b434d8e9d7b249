"""PostgreSQL through asyncpg.

The rule of this file: every session limits how long it may hang. A router that stops in the middle of a transaction
must not keep the lease row locked, so the server ends such a session. A network that swallows packets causes a
time-out, which counts as "away".
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from sqlalchemy import NullPool
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from hub.storage.connection import Connection, StorageUnavailable, WriteConnection

WRITE_SECONDS, READ_SECONDS = 4.0, 30.0
_SETTINGS = {
    "application_name": "interaction-hub",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "lock_timeout": "3000",
}
# SQLSTATE classes: connection, insufficient resources, operator intervention, system error, idle transaction ended
_AWAY = ("08", "53", "57", "58", "25P03")


class PostgresDriver:
    is_sqlite = False

    def __init__(self, url: URL, read_connections: int) -> None:
        self._url = url.set(drivername="postgresql+asyncpg")
        self._writing = self._create_engine(WRITE_SECONDS, "2000", poolclass=NullPool)
        self._reading = self._create_engine(
            READ_SECONDS, "60000", pool_size=max(read_connections, 1), max_overflow=0, pool_timeout=5.0
        ).execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    def _create_engine(self, seconds: float | None, idle_milliseconds: str, **options: Any) -> AsyncEngine:
        settings = {**_SETTINGS, "idle_in_transaction_session_timeout": idle_milliseconds}
        arguments = {"timeout": 3.0, "command_timeout": seconds, "server_settings": settings}
        return create_async_engine(self._url, connect_args=arguments, hide_parameters=True, **options)

    async def connect_writer(self, *, is_patient: bool = False) -> WriteConnection:
        engine = self._create_engine(None, "0", poolclass=NullPool) if is_patient else self._writing
        try:
            return PostgresWriter(await engine.connect())
        except Exception as error:
            raise StorageUnavailable(f"PostgreSQL does not answer: {getattr(error, 'orig', error)}") from error

    @asynccontextmanager
    async def read(self, is_slow: bool) -> AsyncIterator[Connection]:
        try:
            connection = await self._reading.connect()
        except Exception as error:
            if self.is_unavailable(error):
                raise StorageUnavailable("PostgreSQL is away") from error
            raise
        try:
            yield connection
            await connection.rollback()
        except BaseException:
            # a cancelled call leaves the connection in an unknown state
            with suppress(Exception):
                await connection.invalidate()
            raise
        finally:
            await connection.close()

    def is_unavailable(self, error: BaseException) -> bool:
        if isinstance(error, (OSError, PoolTimeout, InterfaceError)):
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


class PostgresWriter:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    @property
    def connection(self) -> Connection:
        return self._connection

    async def begin(self) -> None:
        await self._connection.begin()

    async def commit(self) -> None:
        await self._connection.commit()

    async def rollback(self) -> None:
        await self._connection.rollback()

    async def discard(self) -> None:
        with suppress(Exception):
            await self._connection.invalidate()
        with suppress(Exception):
            await self._connection.close()
