"""The journal: every input of the router with its number, epoch and instant, and its effects.

The rule of this file: an entry is appended in the transaction that stores the input's changes, and never changed
afterwards.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, select

from hub.storage.connection import Connection
from hub.storage.prepared import prepare_insert
from hub.storage.tables import journal


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """`input` and `effects` are documents of `codec.Codec`; `effects` is a JSON list of them."""

    number: int
    epoch: int
    at: int
    input: str
    effects: str = "[]"


_COLUMNS = (journal.c.number, journal.c.epoch, journal.c.at, journal.c.input, journal.c.effects)
_INSERT = prepare_insert(journal)
_READ = (
    select(*_COLUMNS).where(journal.c.number > bindparam("after")).order_by(journal.c.number).limit(bindparam("most"))
)


async def append(connection: Connection, entries: Sequence[JournalEntry]) -> None:
    await _INSERT.execute_for_each(connection, entries)


async def read_after(connection: Connection, number: int, limit: int) -> list[JournalEntry]:
    """The entries with a greater number, in order."""
    return [JournalEntry(*row) for row in await connection.execute(_READ, {"after": number, "most": limit})]


async def prune(connection: Connection, before: int, limit: int = 500) -> int:
    """Delete at most `limit` entries made before an instant, the oldest first, and return how many; call it until
    it returns 0."""
    oldest = select(journal.c.number, journal.c.at).order_by(journal.c.number).limit(limit)
    # by keys that were read before: with both in one statement, PostgreSQL reads the whole table
    numbers = [row.number for row in await connection.execute(oldest) if row.at < before]
    if numbers:
        await connection.execute(delete(journal).where(journal.c.number.in_(numbers)))
    return len(numbers)
