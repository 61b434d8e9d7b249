"""Starts: the router's rows as they were after some entries of the journal, so that a replay can begin there.

The rule of this file: a start is written in parts, each in a transaction of its own. It counts only when the row that
names the parts is written. It is never changed afterwards, and is deleted at the same age as the journal.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, insert, select

from hub.storage.connection import Connection
from hub.storage.tables import journal_part, journal_start


@dataclass(frozen=True, slots=True)
class Start:
    number: int  # the last entry of the journal whose changes the rows contain
    at: int
    policy_version: int
    next_sequence: int
    parts: int
    wall_ahead: int = 0  # how far the wall clock was ahead of hub time, for opening hours


_COLUMNS = (
    journal_start.c.number,
    journal_start.c.at,
    journal_start.c.policy_version,
    journal_start.c.next_sequence,
    journal_start.c.parts,
    journal_start.c.wall_ahead,
)


async def put_part(connection: Connection, number: int, part: int, rows: str) -> None:
    """`rows`: a document of the caller's. It replaces a part left by an interrupted try."""
    at_place = journal_part.c.number == number, journal_part.c.part == part
    await connection.execute(delete(journal_part).where(*at_place))
    await connection.execute(insert(journal_part), {"number": number, "part": part, "rows": rows})


async def put(connection: Connection, start: Start) -> None:
    """Write the row that names the parts, after all of them."""
    values = {column.name: getattr(start, column.name) for column in _COLUMNS}
    await connection.execute(insert(journal_start), values)


async def list_latest(connection: Connection, until: int | None = None) -> list[Start]:
    """The two latest starts, the latest first; only those made until an instant, if one is given."""
    query = select(*_COLUMNS).order_by(journal_start.c.number.desc()).limit(2)
    if until is not None:
        query = query.where(journal_start.c.at <= until)
    return [Start(*row) for row in await connection.execute(query)]


async def read_parts(connection: Connection, start: Start) -> Sequence[str]:
    p = journal_part
    query = select(p.c.rows).where(p.c.number == start.number, p.c.part < start.parts).order_by(p.c.part)
    return list(await connection.scalars(query))


async def prune(connection: Connection, before: int, limit: int = 20) -> int:
    """Delete the starts made before an instant, with at most `limit` parts at a time; call it until it returns 0."""
    s, p = journal_start, journal_part
    old = (await connection.execute(delete(s).where(s.c.at < before))).rowcount
    first = select(func.coalesce(func.min(s.c.number), 0)).scalar_subquery()
    oldest = select(p.c.number, p.c.part).where(p.c.number < first).order_by(p.c.number, p.c.part).limit(limit)
    # by keys that were read before: with both in one statement, PostgreSQL reads the whole table
    keys = [(row.number, row.part) for row in await connection.execute(oldest)]
    for number in sorted({number for number, _ in keys}):  # by pairs in one statement, SQLite reads the whole table
        of_number = [part for one, part in keys if one == number]
        await connection.execute(delete(p).where(p.c.number == number, p.c.part.in_(of_number)))
    return old + len(keys)
