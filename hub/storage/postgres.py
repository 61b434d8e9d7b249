"""PostgreSQL through asyncpg.

The rule of this file: every session limits how long it may hang. A router that was stopped in the middle of a
transaction must not keep the lease row locked, so the server ends such a session; a network that swallows packets
shows as a time-out and reads as "away".
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from sqlalchemy import NullPool
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from hub.storage.connection import Connection, StorageUnavailable, WriteConnection

_LIMITS = {
    "application_name": "interaction-hub",
    "synchronous_commit": "on",
    "idle_in_transaction_session_timeout": "2000",
    "lock_timeout": "3000",
    "timezone": "UTC",
}
# SQLSTATE classes: connection, insufficient resources, operator intervention, system error, idle transaction ended
_AWAY = ("08", "53", "57", "58", "25P03")


class PostgresDriver:
    is_sqlite = False

    def __init__(self, url: URL, read_connections: int) -> None:
        url = url.set(drivername="postgresql+asyncpg")
        arguments = {"timeout": 3.0, "command_timeout": 10.0, "server_settings": _LIMITS}
        self._writer_engine = create_async_engine(
            url, poolclass=NullPool, connect_args=arguments, hide_parameters=True
        )
        self._reader_engine = create_async_engine(
            url,
            pool_size=read_connections,
            max_overflow=0,
            pool_timeout=5.0,
            connect_args=arguments,
            hide_parameters=True,
        ).execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    async def connect_writer(self) -> WriteConnection:
        try:
            return PostgresWriter(await self._writer_engine.connect())
        except Exception as error:
            raise StorageUnavailable(f"PostgreSQL does not answer: {getattr(error, 'orig', error)}") from error

    @asynccontextmanager
    async def read(self, is_slow: bool) -> AsyncIterator[Connection]:
        try:
            connection = await self._reader_engine.connect()
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
        await self._reader_engine.dispose()

    def lock_file(self) -> None:
        """Many hubs may share one PostgreSQL: the lease alone says which of them routes."""

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
