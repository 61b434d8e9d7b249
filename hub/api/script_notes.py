"""What agents say of the steps of scripts, over HTTP: they write, and authors read and settle it.

The rule of this file: it turns requests into calls and results into answers. Agents write, and read nothing back.
"""

from collections.abc import Sequence
from functools import partial

from aiohttp import web
from pydantic import ValidationError

from agent_console.script_note_views import SettleNoteRequest, StepNoteRequest, StepNotesView, StepNoteView
from agent_console.views import StaffView
from hub.api.routes import Rule, answer_json, refuse
from hub.clock import Clock, to_millis
from hub.doors.input_gate import LARGEST
from hub.scripts.step_notes import NoteRefused, list_notes, note_step, one_line
from hub.storage import script_notes
from hub.storage import staff as stored_staff
from hub.storage.database import Database
from hub.storage.script_notes import ScriptNote


class ScriptNotes:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock

    def rules(self) -> Sequence[Rule]:
        one = "/api/scripts/{id}/notes"
        return [
            Rule("POST", "/api/interactions/{id}/step-note", "step_note.write", self._write),
            Rule("GET", one, "script_files.read", self._list),
            Rule("POST", f"{one}/{{note}}/settle", "script_files.write", self._settle),
        ]

    async def _write(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        try:
            asked = StepNoteRequest.model_validate_json(await request.read())
        except ValidationError:
            return refuse(400, "invalid")
        about = (request.match_info["id"], asked.script_id, asked.step_id)
        try:
            await note_step(self._db, *about, asked.words, staff.id, self._clock.now())
        except NoteRefused as refused:
            return refuse(409, str(refused))
        return web.json_response({})

    async def _list(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        script_id = request.match_info["id"]
        async with self._db.read() as conn:
            notes = await list_notes(conn, script_id)
            number = await script_notes.count_open(conn, script_id)
            people = {one.id: one.name for one in await stored_staff.list_all(conn)}
        said = [self._view(one, people.get(one.written_by, ""), people.get(one.settled_by, "")) for one in notes]
        return answer_json(StepNotesView(open=number, notes=said))

    def _view(self, one: ScriptNote, written_by: str, settled_by: str) -> StepNoteView:
        return StepNoteView(
            id=one.id,
            version=one.script_version,
            language=one.language,
            step_id=one.step_id,
            written_by=written_by or one.written_by,
            written_at=self._say_at(one.written_at),
            words=one.words,
            settled_by=settled_by or one.settled_by,
            settled_at=None if one.settled_at is None else self._say_at(one.settled_at),
            answer=one.answer,
        )

    async def _settle(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        number = request.match_info["note"]
        try:
            answer = one_line(SettleNoteRequest.model_validate_json(await request.read()).answer)
        except ValidationError:
            return refuse(400, "invalid")
        if not (number.isascii() and number.isdecimal()) or not 0 < int(number) <= LARGEST:
            return refuse(404, "not_found")
        settle = partial(
            script_notes.settle,
            script_id=request.match_info["id"],
            note_id=int(number),
            answer=answer,
            by=staff.id,
            at=self._clock.now(),
        )
        return web.json_response({}) if await self._db.write(settle) else refuse(409, "state")

    def _say_at(self, at: int) -> int:
        return to_millis(at + self._clock.ahead())
