"""A fixed sample of the customers: estimates of a size come from it within a second, of a million customers too.

The rule of this file: chance decides once who is in it, by a hash of the id, so two estimates differ by their
definitions alone.
"""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from sqlalchemy import delete, func, insert, select

from hub.storage.connection import Connection
from hub.storage.database import Database
from hub.storage.rule_sql import RuleColumns, select_answers
from hub.storage.segment_tables import segment_sample
from hub.storage.standing_customers import count_standing, stands
from hub.storage.tables import customer
from scripts_library.conditions import Condition

MOST: Final = 4_000
_AT_ONCE: Final = 20_000


@dataclass(frozen=True, slots=True)
class Sampled:
    """Of the sample: how many were asked, and the ids of those of whom the condition is true."""

    asked: int
    found: list[str]


async def count_customers(connection: Connection) -> int:
    """Read slowly."""
    return int(await connection.scalar(count_standing()) or 0)


async def count_sample(connection: Connection) -> int:
    """Those of it who stand for themselves: others were merged since it was drawn."""
    query = select(func.count()).select_from(segment_sample).where(stands(segment_sample.c.customer_id))
    return int(await connection.scalar(query) or 0)


async def draw(db: Database) -> int:
    """Draw the sample anew from all customers. Returns how many are in it."""
    kept: list[tuple[bytes, str]] = []
    after = ""
    while True:
        async with db.read(is_slow=True) as connection:
            c = customer.c
            query = select(c.id).where(c.id > after, stands(c.id)).order_by(c.id).limit(_AT_ONCE)
            ids = list(await connection.scalars(query))
        if not ids:
            break
        kept = heapq.nsmallest(MOST, [*kept, *_hash(ids)])
        after = ids[-1]

    async def unit(connection: Connection) -> None:
        await connection.execute(delete(segment_sample))
        if kept:
            await connection.execute(insert(segment_sample), [{"customer_id": one} for _, one in kept])

    await db.write(unit)
    return len(kept)


def _hash(ids: Iterable[str]) -> Iterable[tuple[bytes, str]]:
    return ((blake2b(one.encode(), digest_size=8).digest(), one) for one in ids)


async def ask_sample(connection: Connection, condition: Condition, columns: RuleColumns) -> Sampled:
    """`condition` is bound. Read slowly."""
    sampled = select(segment_sample.c.customer_id)
    answers = select_answers([condition], columns, only=lambda id_: id_.in_(sampled)).subquery("answers")
    found = select(answers.c.id).where(answers.c.rule_0).order_by(answers.c.id)
    return Sampled(await count_sample(connection), list(await connection.scalars(found)))


async def count_slice(connection: Connection, condition: Condition, columns: RuleColumns, after: str, to: str) -> int:
    """How many of the customers beyond `after` and up to `to` the condition is true of. Read slowly."""
    asked = select_answers([condition], columns, only=lambda id_: (id_ > after) & (id_ <= to)).subquery("answers")
    return int(await connection.scalar(select(func.count()).select_from(asked).where(asked.c.rule_0)) or 0)
