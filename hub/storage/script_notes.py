"""What agents say of the steps of scripts that do not fit, and what authors answer.

The rule of this file: an agent has one note for each run and step. Their later words replace the earlier ones, and
the note is open again. Words go with the customer of whom they may speak; that something was said stays.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from hub.storage.connection import Connection, StorageError
from hub.storage.script_tables import script_note


class SaidMeanwhile(StorageError):
    """The same agent has said something of this step in the same moment: put it once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptNote:
    """`words`: empty if they were erased with their customer. `settled_at`: None while no author has seen to it."""

    id: int = 0
    interaction_id: str
    script_id: str
    script_version: int
    language: str
    step_id: str
    written_by: str
    written_at: int
    words: str
    settled_by: str = ""
    settled_at: int | None = None
    answer: str = ""


_n = script_note.c
_COLUMNS: Final = [_n[name] for name in ScriptNote.__dataclass_fields__]
_KEY: Final = ("interaction_id", "script_id", "step_id", "written_by")


async def put(connection: Connection, note: ScriptNote) -> None:
    """Keep what an agent says of a step, in the place of what they said of it before in this run. Raises
    SaidMeanwhile."""
    key: dict[str, Any] = {name: getattr(note, name) for name in _KEY}
    mine = [_n[name] == bindparam(f"b_{name}") for name in _KEY]
    bound = {f"b_{name}": value for name, value in key.items()}
    known = await connection.scalar(select(_n.id).where(*mine), bound)
    said = {name: getattr(note, name) for name in ("script_version", "language", "written_at", "words")}
    if known is None:
        await _insert(connection, key | said)
        return
    again = {"settled_by": "", "settled_at": None, "answer": ""}
    await connection.execute(
        update(script_note).where(_n.id == bindparam("b_id")).values(said | again), {"b_id": known}
    )


async def _insert(connection: Connection, row: dict[str, Any]) -> None:
    try:
        await connection.execute(insert(script_note), [row])
    except IntegrityError as error:
        raise SaidMeanwhile("The agent has noted this step meanwhile.") from error


async def list_open(connection: Connection, script_id: str, limit: int) -> list[ScriptNote]:
    """What no author has seen to, the newest first."""
    query = select(*_COLUMNS).where(_n.script_id == script_id, _n.settled_at.is_(None))
    rows = await connection.execute(query.order_by(_n.id.desc()).limit(limit))
    return [ScriptNote(**row) for row in rows.mappings()]


async def list_settled(connection: Connection, script_id: str, limit: int) -> list[ScriptNote]:
    """What authors have seen to, the newest first, among the newest notes of the script."""
    newest = select(*_COLUMNS).where(_n.script_id == script_id).order_by(_n.id.desc()).limit(limit)
    rows = await connection.execute(newest)
    return [ScriptNote(**row) for row in rows.mappings() if row["settled_at"] is not None]


async def count_open(connection: Connection, script_id: str) -> dict[str, int]:
    """How many notes are open, by step."""
    query = select(_n.step_id, func.count()).where(_n.script_id == script_id, _n.settled_at.is_(None))
    return {row[0]: row[1] for row in await connection.execute(query.group_by(_n.step_id))}


async def settle(connection: Connection, script_id: str, note_id: int, answer: str, by: str, at: int) -> bool:
    """An author has seen to it. False: there is no such open note of this script."""
    mine = (_n.id == bindparam("b_id"), _n.script_id == bindparam("b_script_id"), _n.settled_at.is_(None))
    bound = {"b_id": note_id, "b_script_id": script_id}
    if await connection.scalar(select(_n.id).where(*mine), bound) is None:
        return False
    settled = {"settled_by": by, "settled_at": at, "answer": answer}
    await connection.execute(update(script_note).where(*mine).values(settled), bound)
    return True


async def forget_words(connection: Connection, interaction_ids: Collection[str]) -> None:
    """Forget what was said in these interactions; that something was said stays."""
    blank = {"words": "", "answer": ""}
    await connection.execute(update(script_note).where(_n.interaction_id.in_(interaction_ids)).values(blank))
