"""The versions of the policy.

The rule of this file: a stored version is never changed; the next one is a row of its own. Here a document is text:
only `hub.policies.document` knows its content.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, insert, literal_column, select

from hub.storage.connection import Connection
from hub.storage.prepared import Prepared
from hub.storage.tables import lease, policy_version

NO_MOVES = "{}"


@dataclass(frozen=True, slots=True)
class StoredPolicy:
    """`document`: the policy as JSON. `moves`: as JSON, where open work and customers go for which it has no queue
    or tier. `wall_ahead`: how far the wall clock is ahead of hub time at present, in microseconds."""

    version: int
    document: str
    moves: str
    wall_ahead: int


_p = policy_version.c
_ONE: Any = literal_column("1")
_AHEAD = func.coalesce(select(lease.c.wall_ahead).limit(_ONE).scalar_subquery(), literal_column("0"))
_EACH = select(_p.version, _p.document, _p.moves, _AHEAD.label("ahead"))
_FIND = Prepared(_EACH.where(_p.version == bindparam("of_version")))
_FIND_NEWEST = Prepared(_EACH.order_by(_p.version.desc()).limit(_ONE))


async def find(connection: Connection, version: int | None = None) -> StoredPolicy | None:
    """This version, or the newest. None if there is none."""
    if version is None:
        rows = await _FIND_NEWEST.fetch(connection, {})
    else:
        rows = await _FIND.fetch(connection, {"of_version": version})
    return StoredPolicy(*rows[0]) if rows else None


async def find_newest_version(connection: Connection) -> int:
    """0 if there is none."""
    return await connection.scalar(select(func.max(policy_version.c.version))) or 0


async def count_versions(connection: Connection) -> int:
    """How many versions there are."""
    return await connection.scalar(select(func.count()).select_from(policy_version)) or 0


async def add(connection: Connection, document: str, now: int, by: str, moves: str = NO_MOVES) -> int | None:
    """The number of the new version; None if the newest has the same content. `by`: the person or program that
    published it."""
    newest = await find(connection)
    if newest is not None and newest.document == document and moves in (NO_MOVES, newest.moves):
        return None
    version = newest.version + 1 if newest else 1
    row = {"version": version, "document": document, "created_at": now, "created_by": by, "moves": moves}
    await connection.execute(insert(policy_version), [row])
    return version
