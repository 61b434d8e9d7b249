"""The numbered versions of the policy, as they are stored.

The rule of this file: a version is added and read, never changed.
"""

from functools import lru_cache

import orjson

from hub.policies.document import PolicyDocument
from hub.policies.document_text import dump_policy, parse_policy
from hub.policies.in_force import PolicyBook, PolicyMoves
from hub.storage import policies
from hub.storage.codec import decode_as
from hub.storage.database import Connection, Database
from hub.storage.profiles import assign_slots
from routing.model import Micros


async def load_book(conn: Connection, version: int | None = None) -> PolicyBook | None:
    """This version of the policy; the newest if `version` is None. None if there is none."""
    found = await policies.find(conn, version)
    return _read_book(found.version, found.document, found.moves, found.wall_ahead) if found else None


async def get_newest_book(conn: Connection) -> PolicyBook:
    """The newest policy. Raises LookupError if there is none; a hub stores its first one when it starts."""
    book = await load_book(conn)
    if book is None:
        raise LookupError("no policy is stored")
    return book


@lru_cache(maxsize=4)  # checking a policy takes tens of milliseconds, and each opening desk asks for it
def _read_book(version: int, document: str, moves: str, wall_ahead: Micros) -> PolicyBook:
    return PolicyBook(version, parse_policy(orjson.loads(document)), decode_as(PolicyMoves, moves), wall_ahead)


async def publish_policy(db: Database, document: PolicyDocument, now: Micros, by: str) -> int | None:
    """Store a new version and return its number. None if the newest version is the same."""
    return await db.write(lambda conn: add_version(conn, document, now, by))


async def add_version(
    conn: Connection, document: PolicyDocument, now: Micros, by: str, moves: str = policies.NO_MOVES
) -> int | None:
    """`moves`: `PolicyMoves` as JSON. This does not look at open work; `hub.policies.publishing` does."""
    await assign_slots(conn, {name: one.type for name, one in document.all_attributes.items()})
    text = orjson.dumps(dump_policy(document), option=orjson.OPT_SORT_KEYS).decode()
    return await policies.add(conn, text, now, by, moves)


async def has_policy(db: Database) -> bool:
    async with db.read() as conn:
        return await policies.count_versions(conn) > 0


async def read_organisation(db: Database) -> str:
    """The organisation's name in the newest policy."""
    async with db.read() as conn:
        return (await get_newest_book(conn)).document.organisation
