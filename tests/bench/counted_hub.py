"""A hub that counts its work while it is asked to: SIGUSR1 begins, SIGUSR1 again ends and writes HUB_COUNTS as JSON.
SIGUSR2 does the same for the memory that Python's own allocations hold.

The rule of this file: the hub is untouched. What counts is put in place for the window alone and taken away after it,
so that a hub that is merely run through this file is as fast as any other. It is run as a script, and by its path, so
that it can stand before the code of another commit.

What SQLite executes is counted by SQLite itself (a statement that is executed for many rows is many statements), what
PostgreSQL executes where it is handed to asyncpg, by SQLAlchemy or by the hub.
"""

import gc
import json
import os
import signal
import sqlite3
import sys
import tracemalloc
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

sys.path[:] = [place for place in sys.path if Path(place).resolve() != Path(__file__).resolve().parent]

from sqlalchemy import Engine, event  # noqa: E402  # found by the path above

from hub.__main__ import main as run_hub  # noqa: E402  # found by the path above

sqlite_connections: list[sqlite3.Connection] = []  # also closed ones: they are few
counts: Counter[str] = Counter()
undo: list[Callable[[], None]] = []


@event.listens_for(Engine, "connect")
def remember(raw: Any, _: object) -> None:
    if isinstance(raw, sqlite3.Connection):
        sqlite_connections.append(raw)


def toggle_counting(*_: object) -> None:
    if undo:
        counts["rows"] += _count_sqlite_rows()
        while undo:
            undo.pop()()
        write(dict(counts))
        return
    counts.clear()
    counts["rows"] = -_count_sqlite_rows()
    _count_sqlite()
    _count_postgres()
    _count_calls(ThreadPoolExecutor, "submit", lambda *_: {"thread hops": 1})


def toggle_tracing(*_: object) -> None:
    gc.collect()
    if tracemalloc.is_tracing():
        write({"traced": tracemalloc.get_traced_memory()[0]})
    else:
        tracemalloc.start(1)


def write(found: dict[str, int]) -> None:
    file = Path(os.environ["HUB_COUNTS"])
    file.with_suffix(".part").write_text(json.dumps(found))
    file.with_suffix(".part").rename(file)


# ---- what is counted


def _count_sqlite() -> None:
    for connection in _open_connections():
        connection.set_trace_callback(_take_statement)
    undo.append(lambda: [each.set_trace_callback(None) for each in _open_connections()])


def _take_statement(sql: str) -> None:
    word = sql[:6].upper()
    if word.startswith("COMMIT"):
        counts["commits"] += 1
    elif not word.startswith(("BEGIN", "ROLLBA", "PRAGMA", "--", "SAVEPO", "RELEAS")):
        counts["statements"] += 1


def _open_connections() -> list[sqlite3.Connection]:
    found = []
    for connection in sqlite_connections:
        try:
            _ = connection.total_changes
        except sqlite3.ProgrammingError:
            continue
        found.append(connection)
    return found


def _count_sqlite_rows() -> int:
    return sum(connection.total_changes for connection in _open_connections())


def _count_postgres() -> None:
    if "asyncpg" not in sys.modules:
        return
    from asyncpg import Connection
    from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_cursor as Cursor

    _count_calls(Cursor, "execute", lambda self, sql, *_: {"statements": 1, "rows": _is_write(sql) * self.rowcount})
    _count_awaited(Connection, "fetch", lambda found, sql, *_: {"statements": 1, "rows": _is_write(sql) * len(found)})
    _count_awaited(Connection, "execute", _cost_of_status)
    _count_awaited(Connection, "executemany", _cost_of_many)


def _cost_of_status(status: str, sql: str, *_: Any) -> dict[str, int]:
    if sql.startswith(("COMMIT", "BEGIN", "ROLLBACK")):
        return {"commits": int(sql.startswith("COMMIT"))}
    return {"statements": 1, "rows": int(status.rpartition(" ")[2]) if _is_write(sql) else 0}


def _cost_of_many(_: Any, sql: str, rows: Sequence[Any]) -> dict[str, int]:
    return {"statements": len(rows), "rows": _is_write(sql) * len(rows)}


def _is_write(sql: str) -> bool:
    return sql.lstrip()[:6].upper() in ("INSERT", "UPDATE", "DELETE")


def _count_calls(owner: type, name: str, cost: Callable[..., dict[str, int]]) -> None:
    """Count what each call of a method cost, after the call."""
    before = getattr(owner, name)

    def counted(self: Any, *arguments: Any, **more: Any) -> Any:
        result = before(self, *arguments, **more)
        counts.update(cost(self, *arguments))
        return result

    setattr(owner, name, counted)
    undo.append(lambda: setattr(owner, name, before))


def _count_awaited(owner: type, name: str, cost: Callable[..., dict[str, int]]) -> None:
    """As `_count_calls`, for a coroutine function. `cost` gets its result and the arguments."""
    before = getattr(owner, name)

    async def counted(self: Any, *arguments: Any, **more: Any) -> Any:
        result = await before(self, *arguments, **more)
        counts.update(cost(result, *arguments))
        return result

    setattr(owner, name, counted)
    undo.append(lambda: setattr(owner, name, before))


def main() -> None:
    signal.signal(signal.SIGUSR1, toggle_counting)
    signal.signal(signal.SIGUSR2, toggle_tracing)
    run_hub()


if __name__ == "__main__":
    main()
