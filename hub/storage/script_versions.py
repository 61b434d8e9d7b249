"""The versions of scripts: which are in force, which wait for their time, which were before.

The rule of this file: a version's words never change, and its state changes only from the one that the caller names.
Whatever changes what is in force adds a release, so one number tells whether a process has it all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from hub.storage.connection import Connection, StorageError
from hub.storage.script_tables import script_release, script_version
from hub.storage.tables import script_text

SCHEDULED: Final = "scheduled"
COMPARED: Final = "compared"  # the candidate of a comparison that runs
PUBLISHED: Final = "published"
REPLACED: Final = "replaced"  # by a later version
RETIRED: Final = "retired"
REFUSED: Final = "refused"  # at its time: `problem` says why


class ReleasedMeanwhile(StorageError):
    """Somebody else has released scripts since they were read: read again, and try again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredVersion:
    """`script`: the ref of its text. `written_by`: ids of staff. `approved_by`: empty if nobody had to. `begins_at`:
    when it came or comes into force."""

    script_id: str
    language: str
    version: int
    script: str
    state: str
    written_by: tuple[str, ...]
    approved_by: str
    published_by: str
    note: str
    begins_at: int
    ended_at: int | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ScriptFile:
    """The words of one file."""

    file: str
    source: str


_v = script_version.c
_COLUMNS: Final = [_v[name] for name in StoredVersion.__dataclass_fields__]
_OF_FILE: Final = (_v.script_id == bindparam("b_script_id"), _v.language == bindparam("b_language"))


async def find_newest_release(connection: Connection) -> int:
    """The number of the last change of what is in force. 0: nothing ever was."""
    return await connection.scalar(select(func.max(script_release.c.number))) or 0


async def add_release(connection: Connection, at: int, by: str, note: str) -> int:
    """Return its number. Raises ReleasedMeanwhile."""
    number = await find_newest_release(connection) + 1
    row = {"number": number, "released_at": at, "released_by": by, "note": note}
    try:
        await connection.execute(insert(script_release), [row])
    except IntegrityError as error:
        raise ReleasedMeanwhile("Scripts were published meanwhile.") from error
    return number


async def list_files(connection: Connection, state: str = PUBLISHED) -> list[ScriptFile]:
    """The words of all versions in this state, by file."""
    t = script_text.c
    query = select(t.file, t.source).join(script_version, _v.script == t.ref).where(_v.state == state)
    return [ScriptFile(*row) for row in await connection.execute(query.order_by(t.file))]


async def list_all(connection: Connection) -> list[StoredVersion]:
    """Every version of every script, the newest of each file first."""
    query = select(*_COLUMNS).order_by(_v.script_id, _v.language, _v.version.desc())
    return [_read(row._mapping) for row in await connection.execute(query)]


async def list_of(connection: Connection, script_id: str) -> list[StoredVersion]:
    """Every version of a script, the newest of each language first."""
    query = select(*_COLUMNS).where(_v.script_id == script_id).order_by(_v.language, _v.version.desc())
    return [_read(row._mapping) for row in await connection.execute(query)]


async def list_due(connection: Connection, now: int) -> list[StoredVersion]:
    """The scheduled versions whose time has come."""
    query = select(*_COLUMNS).where(_v.state == SCHEDULED, _v.begins_at <= now).order_by(_v.begins_at, _v.script_id)
    return [_read(row._mapping) for row in await connection.execute(query)]


async def find_text(connection: Connection, ref: str) -> str | None:
    found: str | None = await connection.scalar(select(script_text.c.source).where(script_text.c.ref == ref))
    return found


async def add(connection: Connection, versions: Sequence[StoredVersion]) -> None:
    """Store versions. One that is published replaces the one of its file; one that is scheduled, the one that was."""
    for one in versions:
        stands = {"b_script_id": one.script_id, "b_language": one.language, "b_state": one.state}
        ended = {"state": REPLACED, "ended_at": one.begins_at}
        await connection.execute(
            update(script_version).where(*_OF_FILE, _v.state == bindparam("b_state")).values(ended), stands
        )
    rows = [{name: _write(one, name) for name in StoredVersion.__dataclass_fields__} for one in versions]
    await connection.execute(insert(script_version), rows)


async def begin(connection: Connection, one: StoredVersion, at: int) -> bool:
    """Put a scheduled version in force. False: it is scheduled no more."""
    mine = {"b_script_id": one.script_id, "b_language": one.language, "b_version": one.version}
    is_mine = (*_OF_FILE, _v.version == bindparam("b_version"), _v.state == SCHEDULED)
    if await connection.scalar(select(_v.version).where(*is_mine), mine) is None:
        return False
    await connection.execute(
        update(script_version).where(*_OF_FILE, _v.state == PUBLISHED).values({"state": REPLACED, "ended_at": at}),
        {"b_script_id": one.script_id, "b_language": one.language},
    )
    await connection.execute(
        update(script_version).where(*is_mine).values({"state": PUBLISHED, "begins_at": at}), mine
    )
    return True


async def refuse(connection: Connection, one: StoredVersion, problem: str, at: int) -> None:
    """A scheduled version does not come into force."""
    mine = {"b_script_id": one.script_id, "b_language": one.language, "b_version": one.version}
    await connection.execute(
        update(script_version)
        .where(*_OF_FILE, _v.version == bindparam("b_version"), _v.state == SCHEDULED)
        .values({"state": REFUSED, "problem": problem, "ended_at": at}),
        mine,
    )


async def retire(connection: Connection, script_id: str, state: str, at: int) -> bool:
    """Take the versions of a script out that are in this state: in all languages. False: there is none."""
    mine = (_v.script_id == bindparam("b_script_id"), _v.state == bindparam("b_state"))
    stands = {"b_script_id": script_id, "b_state": state}
    if await connection.scalar(select(_v.version).where(*mine).limit(1), stands) is None:
        return False
    ended = {"state": RETIRED, "ended_at": at}
    await connection.execute(update(script_version).where(*mine).values(ended), stands)
    return True


def _read(row: Any) -> StoredVersion:
    return StoredVersion(**{**row, "written_by": tuple(orjson.loads(row["written_by"]))})


def _write(one: StoredVersion, name: str) -> object:
    value = getattr(one, name)
    return orjson.dumps(value).decode() if name == "written_by" else value
