"""Recorded sound over HTTP: what the player shows of it, the sound itself in parts, and what was heard of it.

The rule of this file: no byte of sound leaves without a hearing or a download that is in the audit trail
(`hub.access.recording_hearings`). Whoever may not read the work is told that there is nothing; whoever may read it
but not hear it is told so.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import orjson
from aiohttp import web
from pydantic import ValidationError

from agent_console.recorded import HeardRequest, HearingView, MarkView, SoundState, SoundView, StatementView
from agent_console.views import StaffView
from channels.registry import list_calls
from hub.access.recording_hearings import Ear, Hearings
from hub.api.file_answers import PLAYABLE, answer_file
from hub.api.routes import Rule, answer_json, refuse
from hub.call_lifecycle import RecordingState
from hub.calls.recording_marks import list_recordings
from hub.policies.attributes import list_variable_types
from hub.policies.stored_versions import get_newest_book
from hub.scripts.statement_proofs import list_proven
from hub.storage import script_runs, transcripts
from hub.storage import staff as staff_rows
from hub.storage.database import Connection, Database
from hub.storage.media import MediaNotFound, MediaStore
from hub.storage.waveforms import SOUND
from scripts_library.variables import ANY_SEGMENT_TYPES

_SHOWN: Final[dict[str, SoundState]] = {  # of a recording without its sound; all others are running
    RecordingState.ENDED: "fetching",
    RecordingState.DELETED: "deleted",
    RecordingState.FAILED: "missing",
}


@dataclass(frozen=True, slots=True)
class _Sound:
    """A recording that the person may at least know of. `subject`: its id in the audit trail. `instead`: what is
    shown where there is no sound."""

    subject: str
    media: str  # ref; empty: it is not stored, or is deleted
    name: str
    content_type: str
    ear: Ear
    instead: SoundState = "deleted"
    marks: tuple[MarkView, ...] = ()
    statements: tuple[StatementView, ...] = ()


class SoundPlayer:
    def __init__(self, db: Database, media: MediaStore, hearings: Hearings) -> None:
        self._db, self._media, self._hearings = db, media, hearings

    def rules(self) -> Sequence[Rule]:
        paths = ("/api/messages/{id}/sounds/{ref}", "/api/recordings/{id}")
        return [
            *(Rule("GET", path, "recording.read", self._show) for path in paths),
            *(Rule("POST", path + "/hearings", "recording.hear", self._open) for path in paths),
            *(Rule("GET", path + "/file", "recording.download", self._download) for path in paths),
            Rule("GET", "/api/hearings/{id}/sound", "recording.hear", self._play),
            Rule("POST", "/api/hearings/{id}/heard", "recording.hear", self._take_heard),
        ]

    async def _find(self, request: web.Request, staff: StaffView) -> _Sound | None:
        if "ref" in request.match_info:
            return await self._find_message(staff, request.match_info["id"], request.match_info["ref"])
        return await self._find_recording(staff, request.match_info["id"])

    async def _find_recording(self, staff: StaffView, recording_id: str) -> _Sound | None:
        interaction_id = recording_id.rpartition(".")[0]
        ear = await self._hearings.find_ear(staff, interaction_id)
        if ear is None:
            return None
        async with self._db.read() as conn:
            listed = await list_recordings(conn, interaction_id)
            found = next((one for one in listed if one.id == recording_id), None)
            if found is None:
                return None
            statements = await self._list_statements(conn, interaction_id, found.provider_ref)
        instead = _SHOWN.get(found.state, "missing" if found.media else "recording")
        marks = tuple(
            MarkView(kind=one.kind, at_ms=one.began_ms, until_ms=one.ended_ms, text=one.title) for one in found.marks
        )
        media = "" if found.state in _SHOWN else found.media  # what is fetched once more is not what was stored
        return _Sound(recording_id, media, f"{found.kind}.wav", SOUND, ear, instead, marks, tuple(statements))

    async def _list_statements(self, conn: Connection, interaction_id: str, ref: str) -> list[StatementView]:
        runs = await script_runs.list_of(conn, interaction_id)
        if not runs:
            return []
        book = await get_newest_book(conn)
        types = {**list_variable_types(book.attributes), **ANY_SEGMENT_TYPES}
        people = {one.id: one.name for one in await staff_rows.list_by_name(conn)}
        return await asyncio.to_thread(list_proven, runs, types, people, ref)

    async def _find_message(self, staff: StaffView, message_id: str, ref: str) -> _Sound | None:
        async with self._db.read() as conn:
            message = await transcripts.find_parts(conn, message_id)
        if message is None or message.channel not in list_calls():
            return None
        of_message = (one for one in orjson.loads(message.media) if one["ref"] == ref)
        found = next((one for one in of_message if one["content_type"] in PLAYABLE), None)
        ear = await self._hearings.find_ear(staff, message.interaction_id)
        if found is None or ear is None:
            return None
        return _Sound(message_id, ref, found["name"], found["content_type"], ear)

    async def _show(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        sound = await self._find(request, staff)
        if sound is None:
            return refuse(404, "not_found")
        rights = {"may_hear": sound.ear.hears, "may_download": sound.ear.downloads}
        try:
            drawn = await self._media.load_waveform(sound.media)
        except MediaNotFound:
            said = list(sound.statements)
            view = SoundView(state=sound.instead, duration_ms=0, peaks=[], marks=[], statements=said, **rights)
            return answer_json(view)
        await self._hearings.note(staff, "recording.read", sound.ear, sound.subject, is_repeated=True)
        return answer_json(
            SoundView(
                state=drawn.state.value,
                duration_ms=drawn.duration_ms,
                peaks=[list(one) for one in drawn.peaks],
                marks=list(sound.marks),
                statements=list(sound.statements),
                **rights,
            )
        )

    async def _open(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        sound = await self._find(request, staff)
        if sound is None:
            return refuse(404, "not_found")
        if not sound.ear.hears:
            return refuse(403, "may_not_hear")
        if not sound.media or await self._media.find(sound.media) is None:
            return refuse(404, "not_found")
        opened = await self._hearings.open(staff, sound.ear, sound.subject, sound.media, sound.content_type)
        return answer_json(HearingView(id=opened.id, url=f"/api/hearings/{opened.id}/sound"))

    async def _download(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        sound = await self._find(request, staff)
        if sound is None:
            return refuse(404, "not_found")
        if not sound.ear.downloads:
            return refuse(403, "may_not_download")
        if not sound.media or await self._media.find(sound.media) is None:
            return refuse(404, "not_found")
        is_part = "Range" in request.headers  # a download that goes on after a break
        await self._hearings.note(staff, "recording.download", sound.ear, sound.subject, is_repeated=is_part)
        return await answer_file(request, self._media, sound.media, sound.name, sound.content_type)

    async def _play(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        hearing = await self._hearings.find(staff, request.match_info["id"])
        if hearing is None:
            return refuse(404, "not_found")
        return await answer_file(request, self._media, hearing.media, "recording", hearing.content_type)

    async def _take_heard(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        if request.content_type != "application/json":
            return refuse(415, "json_only")
        try:
            told = HeardRequest.model_validate_json(await request.read())
        except ValidationError:
            return refuse(400, "invalid", "spans")
        hearing = await self._hearings.find(staff, request.match_info["id"])
        if hearing is None:
            return refuse(404, "not_found")
        await self._hearings.tell_played(hearing, told.spans)
        return web.json_response(None)
