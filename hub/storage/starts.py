"""Starts: the router's rows as they were at some entries of the journal, so that a replay can begin there.

The rule of this file: a start is written in parts, each in a transaction of its own, and counts from the moment at
which the one row is written that names them. It is never changed afterwards, and forgotten as the journal is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, insert, select, tuple_

from hub.storage.connection import Connection
from hub.storage.tables import journal_part, journal_start


@dataclass(frozen=True, slots=True)
class Start:
    number: int  # the last entry of the journal that the rows have in them
    at: int
    policy_version: int
    next_sequence: int
    parts: int
    wall_ahead: int = 0  # as the policy's hours were counted


_COLUMNS = (
    journal_start.c.number,
    journal_start.c.at,
    journal_start.c.policy_version,
    journal_start.c.next_sequence,
    journal_start.c.parts,
    journal_start.c.wall_ahead,
)


async def put_part(connection: Connection, number: int, part: int, rows: str) -> None:
    """`rows` is a document of the caller's. One left over from a try that was cut short is replaced."""
    at_place = journal_part.c.number == number, journal_part.c.part == part
    await connection.execute(delete(journal_part).where(*at_place))
    await connection.execute(insert(journal_part), {"number": number, "part": part, "rows": rows})


async def put(connection: Connection, start: Start) -> None:
    """Its parts are there."""
    values = {column.name: getattr(start, column.name) for column in _COLUMNS}
    await connection.execute(insert(journal_start), values)


async def list_latest(connection: Connection, until: int | None = None) -> list[Start]:
    """The two latest of all, or of those made until an instant, the latest first."""
    query = select(*_COLUMNS).order_by(journal_start.c.number.desc()).limit(2)
    if until is not None:
        query = query.where(journal_start.c.at <= until)
    return [Start(*row) for row in await connection.execute(query)]


async def read_parts(connection: Connection, start: Start) -> Sequence[str]:
    p = journal_part
    query = select(p.c.rows).where(p.c.number == start.number, p.c.part < start.parts).order_by(p.c.part)
    return list(await connection.scalars(query))


async def prune(connection: Connection, before: int, limit: int = 20) -> int:
    """Forget the starts made before an instant, at most `limit` parts at a time; call it until it returns 0."""
    s, p = journal_start, journal_part
    old = (await connection.execute(delete(s).where(s.c.at < before))).rowcount
    first = select(func.coalesce(func.min(s.c.number), 0)).scalar_subquery()
    parts = select(p.c.number, p.c.part).where(p.c.number < first).order_by(p.c.number).limit(limit)
    return old + (await connection.execute(delete(p).where(tuple_(p.c.number, p.c.part).in_(parts)))).rowcount
