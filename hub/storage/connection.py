"""What a database is to the rest of the hub: a connection to run statements on, and the errors.

The rule of this file: no driver. `sqlite.py` and `postgres.py` fulfil these Protocols; whoever writes a query
knows only `Connection` and SQLAlchemy Core, and never opens, commits or rolls back anything.

Errors:
    StorageError              the root
      StorageUnavailable      the database is away, full or locked: nothing is stored; try again later
      LeaseLost               another process routes: stop routing, drop what was decided
      DatabaseInUse           another hub runs on this SQLite file: a person must stop one of them
      SchemaMismatch          the schema is not the one this hub was written for: `hub migrate`
What a statement itself does wrong (a broken constraint, a wrong type) comes as `sqlalchemy.exc.DBAPIError`.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeVar

from sqlalchemy import CursorResult, Dialect, Executable, ScalarResult

T = TypeVar("T")
Rows = CursorResult[*tuple[Any, ...]]


class StorageError(Exception):
    """The root of what this room raises."""


class StorageUnavailable(StorageError):
    """Nothing was stored, or nobody can say whether it was: answer with an error, or do the same again."""


class LeaseLost(StorageError):
    """The epoch is no longer ours: whatever this transaction held is not committed."""


class DatabaseInUse(StorageError):
    """A second hub on one SQLite file."""


class SchemaMismatch(StorageError):
    """The message names the command that puts it right."""


class Connection(Protocol):
    """Runs statements inside a transaction that someone else begins and ends.

    SQLAlchemy's AsyncConnection is one of these. `parameters` may be a list: then the statement runs once for each.
    """

    async def execute(self, statement: Executable, parameters: Any = None) -> Rows: ...

    async def scalar(self, statement: Executable, parameters: Any = None) -> Any: ...

    async def scalars(self, statement: Executable, parameters: Any = None) -> ScalarResult[Any]: ...

    async def run_sync(self, fn: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Call `fn(connection, ...)` with SQLAlchemy's plain connection, for code that knows no asyncio."""

    @property
    def dialect(self) -> Dialect: ...


class WriteConnection(Protocol):
    """The one connection that writes. After an error of `begin`, `commit` or `rollback` only `discard` is left."""

    @property
    def connection(self) -> Connection: ...

    async def begin(self) -> None: ...

    async def commit(self) -> None:
        """Return when the transaction is on disk."""

    async def rollback(self) -> None: ...

    async def discard(self) -> None:
        """Close it, whatever state it is in. Never raises."""


class Driver(Protocol):
    """One kind of database."""

    is_sqlite: bool

    async def connect_writer(self, *, is_patient: bool = False) -> WriteConnection:
        """A patient one waits for statements of any length: migrations. Raises StorageUnavailable."""

    def read(self, is_slow: bool) -> AbstractAsyncContextManager[Connection]: ...

    def is_unavailable(self, error: BaseException) -> bool:
        """Whether the error speaks of the database rather than of the statement."""

    async def close_readers(self) -> None: ...

    def lock_file(self) -> None:
        """Keep other hubs off an SQLite file. Raises DatabaseInUse."""

    def unlock_file(self) -> None: ...
