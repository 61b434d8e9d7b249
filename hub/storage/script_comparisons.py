"""Comparisons of two versions of a script: which runs, and what they were started with.

The rule of this file: a script has at most one that runs, and a comparison that has ended never changes again.
"""

from dataclasses import asdict, dataclass
from typing import Final

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from hub.storage.connection import Connection, StorageError
from hub.storage.script_tables import script_comparison, script_version
from hub.storage.script_versions import COMPARED, RETIRED, SCHEDULED

RUNNING: Final = "running"
WAS_PUBLISHED: Final = "published"
WAS_KEPT: Final = "kept"  # the version in force


class ComparedMeanwhile(StorageError):
    """Another comparison of the script has begun in the same moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredComparison:
    """`base_rate` and `smallest`: hundredths of a per cent. `needed`: finished runs of each version."""

    id: str
    script_id: str
    base_version: int
    candidate_version: int
    outcome: str
    base_rate: int
    smallest: int
    needed: int
    state: str
    started_by: str
    started_at: int
    sentence: str
    ended_by: str = ""
    ended_at: int | None = None
    word: str = ""


_c, _v = script_comparison.c, script_version.c
_COLUMNS: Final = [_c[name] for name in StoredComparison.__dataclass_fields__]


async def list_running(connection: Connection) -> list[StoredComparison]:
    rows = await connection.execute(select(*_COLUMNS).where(_c.state == RUNNING))
    return [StoredComparison(**row) for row in rows.mappings()]


async def list_of(connection: Connection, script_id: str, limit: int) -> list[StoredComparison]:
    """The newest first."""
    query = select(*_COLUMNS).where(_c.script_id == script_id).order_by(_c.started_at.desc()).limit(limit)
    return [StoredComparison(**row) for row in (await connection.execute(query)).mappings()]


async def find_running(connection: Connection, script_id: str) -> StoredComparison | None:
    query = select(*_COLUMNS).where(_c.script_id == script_id, _c.state == RUNNING)
    row = (await connection.execute(query)).mappings().first()
    return StoredComparison(**row) if row is not None else None


async def start(connection: Connection, one: StoredComparison) -> None:
    """Its candidate, which was scheduled, waits for the end of the comparison. Raises ComparedMeanwhile."""
    try:
        await connection.execute(insert(script_comparison), [asdict(one)])
    except IntegrityError as error:
        raise ComparedMeanwhile("A comparison of this script has begun meanwhile.") from error
    await _move_candidate(connection, one, SCHEDULED, COMPARED, {})


async def end(connection: Connection, one: StoredComparison, state: str, by: str, at: int, word: str) -> bool:
    """The candidate is to come into force, or is retired. False: the comparison has ended."""
    mine = (_c.id == bindparam("b_id"), _c.state == RUNNING)
    if await connection.scalar(select(_c.id).where(*mine), {"b_id": one.id}) is None:
        return False
    ended = {"state": state, "ended_by": by, "ended_at": at, "word": word}
    await connection.execute(update(script_comparison).where(*mine).values(ended), {"b_id": one.id})
    if state == WAS_PUBLISHED:
        await _move_candidate(connection, one, COMPARED, SCHEDULED, {"begins_at": at})
    else:
        await _move_candidate(connection, one, COMPARED, RETIRED, {"ended_at": at})
    return True


async def _move_candidate(
    connection: Connection, one: StoredComparison, before: str, after: str, more: dict[str, int]
) -> None:
    mine = (_v.script_id == bindparam("b_script_id"), _v.version == bindparam("b_version"), _v.state == before)
    bound = {"b_script_id": one.script_id, "b_version": one.candidate_version}
    await connection.execute(update(script_version).where(*mine).values({"state": after, **more}), bound)
