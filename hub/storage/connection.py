"""The interface between the hub and a database: a connection that runs statements, and the errors.

The rule of this file: it names no driver. `sqlite.py` and `postgres.py` implement these Protocols. The author of a
query uses only `Connection` and SQLAlchemy Core, and never opens, commits or rolls back anything.

Errors:
    StorageError              the root
      StorageUnavailable      the database is away, full or locked: nothing is stored; try again later
      LeaseLost               another process routes: stop routing, drop the decisions that are not stored
      DatabaseInUse           another hub runs on this SQLite file: a person must stop one of them
      SchemaMismatch          the schema is not the one this hub was written for: `hub migrate`
An error of the statement itself (a broken constraint, a wrong type) is raised as `sqlalchemy.exc.DBAPIError`.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeVar

from sqlalchemy import CursorResult, Dialect, Executable, ScalarResult

T = TypeVar("T")
Rows = CursorResult[*tuple[Any, ...]]
Row = tuple[Any, ...]


class StorageError(Exception):
    """The root of this room's errors."""


class StorageUnavailable(StorageError):
    """Nothing was stored, or it is unknown whether it was: answer with an error, or repeat the same write."""


class LeaseLost(StorageError):
    """The epoch is no longer ours: nothing of this transaction is committed."""


class DatabaseInUse(StorageError):
    """A second hub on one SQLite file."""


class SchemaMismatch(StorageError):
    """The message names the command that mends it."""


class Connection(Protocol):
    """Runs statements inside a transaction that someone else begins and ends.

    `parameters` may be a list: then the statement runs once for each.
    """

    async def execute(self, statement: Executable, parameters: Any = None) -> Rows: ...

    async def scalar(self, statement: Executable, parameters: Any = None) -> Any: ...

    async def scalars(self, statement: Executable, parameters: Any = None) -> ScalarResult[Any]: ...

    async def run_sync(self, fn: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Call `fn(connection, ...)` with SQLAlchemy's plain connection, for code that knows no asyncio."""

    @property
    def dialect(self) -> Dialect: ...

    # For `prepared.py`: text and values as the driver takes them, past SQLAlchemy; the errors are SQLAlchemy's.

    async def fetch_sql(self, sql: str, values: Row) -> list[Row]: ...

    async def execute_sql(self, sql: str, values: Row) -> int:
        """Returns how many rows were changed."""

    async def execute_long_sql(self, sql: str, values: Row) -> int:
        """As `execute_sql`, for a statement that takes up to seconds."""

    async def execute_sql_for_all(self, sql: str, rows: Sequence[Row]) -> None: ...


class WriteConnection(Protocol):
    """The one connection that writes. After an error in `begin`, `commit` or `rollback`, only `discard` may
    follow."""

    @property
    def connection(self) -> Connection: ...

    async def begin(self) -> None: ...

    async def commit(self) -> None:
        """Return when the transaction is on disk."""

    async def rollback(self) -> None: ...

    async def discard(self) -> None:
        """Close it in any state. Never raises."""


class Driver(Protocol):
    """One kind of database."""

    is_sqlite: bool

    async def connect_writer(self, *, is_patient: bool = False) -> WriteConnection:
        """A patient connection waits for statements of any length, as migrations need. Raises StorageUnavailable."""

    def read(self, is_slow: bool, is_snapshot: bool) -> AbstractAsyncContextManager[Connection]: ...

    def is_unavailable(self, error: BaseException) -> bool:
        """Whether the error comes from the database being away, and not from the statement."""

    async def close_readers(self) -> None: ...

    def lock_file(self) -> None:
        """Keep other hubs off an SQLite file. Raises DatabaseInUse."""

    def unlock_file(self) -> None: ...
