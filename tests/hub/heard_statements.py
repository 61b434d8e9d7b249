"""Every statement that a database is told, whether SQLAlchemy or the hub itself gives it to the driver.

The rule of this file: on SQLite the connection says what it executes, so only connections that are opened meanwhile
are heard.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

from hub.storage.postgres import PostgresConnection

Take = Callable[[str, Any], None]  # (statement, values of its first row)


@contextmanager
def hear_statements(take: Take) -> Iterator[None]:
    def connected(raw: Any, _: object) -> None:
        if isinstance(raw, sqlite3.Connection):
            raw.set_trace_callback(lambda text: take(text, None))

    def executing(connection: Any, _: Any, text: str, values: Any, __: Any, is_many: bool) -> None:
        if connection.dialect.name != "sqlite":
            take(text, values[0] if is_many and values else values)

    with _heard("run", take), _heard("fetch_sql", take), _heard("execute_sql", take), _heard_for_all(take):
        event.listen(Engine, "connect", connected)
        event.listen(Engine, "before_cursor_execute", executing)
        try:
            yield
        finally:
            event.remove(Engine, "connect", connected)
            event.remove(Engine, "before_cursor_execute", executing)


def _heard_for_all(take: Take) -> Any:
    return _heard("execute_sql_for_all", lambda text, rows: take(text, rows[0]))


@contextmanager
def _heard(name: str, take: Take) -> Iterator[None]:
    before = getattr(PostgresConnection, name)

    async def heard(self: PostgresConnection, text: str, *values: Any) -> Any:
        take(text, *values or [None])
        return await before(self, text, *values)

    setattr(PostgresConnection, name, heard)
    try:
        yield
    finally:
        setattr(PostgresConnection, name, before)
