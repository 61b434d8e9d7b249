"""The numbered versions of the policy, as they are stored.

The rule of this file: a version is added and read, never changed.
"""

from functools import lru_cache

import orjson
from sqlalchemy import func, insert, select

from hub.policies.document import PolicyDocument, dump_policy, parse_policy
from hub.policies.in_force import PolicyBook, PolicyMoves
from hub.storage import tables
from hub.storage.codec import decode_as
from hub.storage.database import Connection, Database
from routing.model import Micros


async def load_book(conn: Connection, version: int | None = None) -> PolicyBook | None:
    """That version of the policy, or the newest; None where there is none yet."""
    p = tables.policy_version
    ahead = func.coalesce(select(tables.lease.c.wall_ahead).limit(1).scalar_subquery(), 0)
    query = select(p.c.version, p.c.document, p.c.moves, ahead.label("ahead")).order_by(p.c.version.desc()).limit(1)
    row = (await conn.execute(query if version is None else query.where(p.c.version == version))).first()
    return _read_book(row.version, row.document, row.moves, row.ahead) if row else None


@lru_cache(maxsize=4)  # to check a policy takes tens of milliseconds, and every desk that opens asks for it
def _read_book(version: int, document: str, moves: str, wall_ahead: Micros) -> PolicyBook:
    return PolicyBook(version, parse_policy(orjson.loads(document)), decode_as(PolicyMoves, moves), wall_ahead)


async def publish_policy(db: Database, document: PolicyDocument, now: Micros, by: str) -> int | None:
    """A new version, or None where the newest says the same."""
    return await db.write(lambda conn: add_version(conn, document, now, by))


async def add_version(
    conn: Connection, document: PolicyDocument, now: Micros, by: str, moves: str = "{}"
) -> int | None:
    """`moves`: JSON of `PolicyMoves`, of what has no place in it. `hub.policies.publishing` looks at what is open."""
    text = orjson.dumps(dump_policy(document), option=orjson.OPT_SORT_KEYS).decode()
    p = tables.policy_version
    query = select(p.c.version, p.c.document, p.c.moves).order_by(p.c.version.desc()).limit(1)
    newest = (await conn.execute(query)).first()
    if newest is not None and newest.document == text and moves in ("{}", newest.moves):
        return None
    version: int = newest.version + 1 if newest else 1
    row = {"version": version, "document": text, "created_at": now, "created_by": by, "moves": moves}
    await conn.execute(insert(p), [row])
    return version


async def has_policy(db: Database) -> bool:
    async with db.read() as conn:
        return bool(await conn.scalar(select(func.count()).select_from(tables.policy_version)))


async def read_organisation(db: Database) -> str:
    """Its name, as the newest policy has it."""
    async with db.read() as conn:
        book = await load_book(conn)
    assert book is not None, "there is a policy since the start"
    return book.document.organisation
