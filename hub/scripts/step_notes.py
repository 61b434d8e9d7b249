"""What agents say of the steps of scripts that do not fit, for their authors.

The rule of this file: only who holds the interaction speaks, and only of a step that its run has shown, so a note
always names a real script, version and step. A note is one line and says nothing to the customer.
"""

from functools import partial
from typing import Final

import orjson

from hub.storage import script_notes, script_runs
from hub.storage.connection import Connection
from hub.storage.database import Database
from hub.storage.script_notes import SaidMeanwhile, ScriptNote
from routing.model import Micros
from scripts_library.run import run_from_dict

SHOWN_OPEN: Final = 200  # notes on the author's page
SHOWN_SETTLED: Final = 50


class NoteRefused(Exception):
    """The note was not kept. Its text is the code: `not_held`, `not_shown` or `required`."""


async def note_step(
    db: Database, interaction_id: str, script_id: str, step_id: str, words: str, agent_id: str, now: Micros
) -> None:
    """Keep what this agent says of a step. Raises NoteRefused."""
    line = one_line(words)
    if not line:
        raise NoteRefused("required")
    async with db.read() as conn:
        held = await script_runs.list_held(conn, agent_id, interaction_id)
    stored = next((one for one in held if one.script_id == script_id), None)
    if stored is None:
        raise NoteRefused("not_held")
    run = run_from_dict(orjson.loads(stored.run))
    if step_id not in {run.step_id, *(taken.step_id for taken in run.path)}:
        raise NoteRefused("not_shown")
    note = ScriptNote(
        interaction_id=interaction_id,
        script_id=script_id,
        script_version=run.version,
        language=run.language,
        step_id=step_id,
        written_by=agent_id,
        written_at=now,
        words=line,
    )
    try:
        await db.write(partial(script_notes.put, note=note))
    except SaidMeanwhile:
        await db.write(partial(script_notes.put, note=note))


async def list_notes(conn: Connection, script_id: str) -> list[ScriptNote]:
    """The newest open notes of a script, then the newest that authors have settled."""
    fresh = await script_notes.list_open(conn, script_id, SHOWN_OPEN)
    return fresh + await script_notes.list_settled(conn, script_id, SHOWN_SETTLED)


def one_line(words: str) -> str:
    return " ".join(words.split())
