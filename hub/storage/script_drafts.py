"""Drafts of scripts, and every text of one that was saved.

The rule of this file: a draft changes only from the revision that its writer saw, and no saved text is replaced: two
who write at once lose nothing.
"""

from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy import bindparam, insert, select, update

from hub.storage.connection import Connection
from hub.storage.script_tables import script_draft, script_save
from hub.storage.tables import script_text

DRAFT: Final = "draft"
REVIEW: Final = "review"
OVER: Final = "over"  # published or discarded; the next draft of the file goes on counting its revisions


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDraft:
    """`written_by`: ids of staff, in the order in which they began to write. `sentence`: what the review is asked
    for, or why it was sent back."""

    script_id: str
    language: str
    script: str
    revision: int
    state: str
    written_by: tuple[str, ...]
    changed_by: str
    changed_at: int
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Save:
    """One text of a draft, as somebody saved it."""

    revision: int
    script: str
    saved_by: str
    saved_at: int


_d, _s = script_draft.c, script_save.c
_COLUMNS: Final = [_d[name] for name in StoredDraft.__dataclass_fields__]
_OF_FILE: Final = (_d.script_id == bindparam("b_script_id"), _d.language == bindparam("b_language"))


async def list_open(connection: Connection) -> list[StoredDraft]:
    query = select(*_COLUMNS).where(_d.state != OVER).order_by(_d.script_id, _d.language)
    return [_read(row._mapping) for row in await connection.execute(query)]


async def find(connection: Connection, script_id: str, language: str) -> StoredDraft | None:
    """The draft of this file, also one that is over."""
    mine = {"b_script_id": script_id, "b_language": language}
    row = (await connection.execute(select(*_COLUMNS).where(*_OF_FILE), mine)).first()
    return None if row is None else _read(row._mapping)


async def list_of(connection: Connection, script_id: str) -> list[StoredDraft]:
    """The open drafts of a script."""
    query = select(*_COLUMNS).where(_d.script_id == script_id, _d.state != OVER).order_by(_d.language)
    return [_read(row._mapping) for row in await connection.execute(query)]


async def put(connection: Connection, draft: StoredDraft, seen: int) -> bool:
    """Store a draft over the revision that its writer saw; 0: they saw none. False: it is not at that revision."""
    row = {name: _write(draft, name) for name in StoredDraft.__dataclass_fields__}
    if seen == 0:
        if await find(connection, draft.script_id, draft.language) is not None:
            return False
        await connection.execute(insert(script_draft), [row])
        return True
    mine = {"b_script_id": draft.script_id, "b_language": draft.language, "b_seen": seen}
    is_seen = (*_OF_FILE, _d.revision == bindparam("b_seen"))
    if await connection.scalar(select(_d.revision).where(*is_seen).with_for_update(), mine) is None:
        return False
    await connection.execute(update(script_draft).where(*is_seen).values(row), mine)
    return True


async def keep(connection: Connection, draft: StoredDraft) -> None:
    """Keep the text of this revision for ever."""
    row = {
        "script_id": draft.script_id,
        "language": draft.language,
        "revision": draft.revision,
        "script": draft.script,
        "saved_by": draft.changed_by,
        "saved_at": draft.changed_at,
    }
    await connection.execute(insert(script_save), [row])


async def list_saves(connection: Connection, script_id: str, language: str, limit: int) -> list[Save]:
    """The last saved texts of a file, the newest first."""
    query = (
        select(_s.revision, _s.script, _s.saved_by, _s.saved_at)
        .where(_s.script_id == script_id, _s.language == language)
        .order_by(_s.revision.desc())
        .limit(limit)
    )
    return [Save(*row) for row in await connection.execute(query)]


async def find_save(connection: Connection, script_id: str, language: str, revision: int) -> str | None:
    """The text of this revision."""
    query = (
        select(script_text.c.source)
        .join(script_save, _s.script == script_text.c.ref)
        .where(_s.script_id == script_id, _s.language == language, _s.revision == revision)
    )
    found: str | None = await connection.scalar(query)
    return found


def _read(row: Any) -> StoredDraft:
    return StoredDraft(**{**row, "written_by": tuple(orjson.loads(row["written_by"]))})


def _write(draft: StoredDraft, name: str) -> object:
    value = getattr(draft, name)
    return orjson.dumps(value).decode() if name == "written_by" else value
