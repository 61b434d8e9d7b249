"""Scripts over HTTP, to read: the list, one script with its drafts and versions, and the check of a text while it is
written.

The rule of this file: it reads and changes nothing. No customer's data is in any answer.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Final

from aiohttp import web
from pydantic import ValidationError

from agent_console.script_editing_views import (
    CheckRequest,
    CheckView,
    DraftState,
    GraphStep,
    GraphWay,
    ScriptFileLine,
    ScriptFileView,
    ScriptLine,
    ScriptPage,
    ScriptProblemView,
    ScriptSaveView,
    ScriptsPage,
    ScriptVersionView,
    TextView,
    VersionState,
)
from agent_console.views import StaffView
from hub.api.routes import Rule, answer_json, refuse
from hub.clock import Clock, to_millis
from hub.policies.stored_versions import get_newest_book
from hub.scripts.proposal_figures import count_proposals
from hub.scripts.published_scripts import PublishedScripts
from hub.scripts.script_sketch import Sketch, check_named, list_last_lines, say_label, sketch_script
from hub.settings.process_settings import ScriptsSection
from hub.storage import given_proposals, script_drafts, script_versions, segments
from hub.storage import staff as stored_staff
from hub.storage.database import Connection, Database
from hub.storage.script_drafts import OVER, StoredDraft
from hub.storage.script_versions import PUBLISHED, SCHEDULED, StoredVersion
from scripts_library.script_parts import Script
from scripts_library.script_problems import Severity
from scripts_library.selection import is_by_hand

SAVES_SHOWN: Final = 20
Names = Mapping[str, str]  # by the id of staff


class ScriptPages:
    def __init__(self, db: Database, clock: Clock, published: PublishedScripts, settings: ScriptsSection) -> None:
        self._db, self._clock, self._published, self._settings = db, clock, published, settings

    def rules(self) -> Sequence[Rule]:
        one = "/api/scripts/{id}"
        return [
            Rule("GET", "/api/scripts", "script_files.read", self._list),
            Rule("GET", one, "script_files.read", self._show),
            Rule("GET", f"{one}/{{language}}/versions/{{version}}", "script_files.read", self._show_version),
            Rule("GET", f"{one}/{{language}}/saves/{{revision}}", "script_files.read", self._show_save),
            Rule("POST", "/api/script-checks", "script_files.read", self._check),
        ]

    async def _list(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        await self._published.refresh()
        async with self._db.read() as conn:
            versions = await script_versions.list_all(conn)
            drafts = {(one.script_id, one.language): one for one in await script_drafts.list_open(conn)}
            texts = {one.script: await script_versions.find_text(conn, one.script) or "" for one in drafts.values()}
            people, names = await _list_people(conn), await _list_names(conn)
        library = self._published.library
        scripts = {(one.id, one.language): one for one in (*library.scripts, *library.shared)}
        sketches = {key: await self._sketch(texts[one.script], _name(*key)) for key, one in drafts.items()}
        keys = sorted({(one.script_id, one.language) for one in versions} | drafts.keys())
        lines = []
        for script_id in dict.fromkeys(key[0] for key in keys):
            mine = [key for key in keys if key[0] == script_id]
            known = [scripts[key] for key in mine if key in scripts]
            known = known or [s.script for key in mine if (s := sketches.get(key)) and s.script]
            users = [one.id for one in library.list_users(script_id)]
            lines.append(_say_line(script_id, known, users, mine, versions, drafts, sketches, people))
        four_eyes, is_watched = self._settings.four_eyes, self._settings.watch
        return answer_json(ScriptsPage(scripts=lines, names=names, four_eyes=four_eyes, is_watched=is_watched))

    async def _show(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        script_id = request.match_info["id"]
        async with self._db.read() as conn:
            versions = await script_versions.list_of(conn, script_id)
            in_force = {one.language: one for one in versions if one.state == PUBLISHED}
            drafts = {one.language: one for one in await script_drafts.list_of(conn, script_id)}
            people = await _list_people(conn)
            files = []
            for language in sorted({one.language for one in versions} | drafts.keys()):
                stands = in_force.get(language)
                published = await script_versions.find_text(conn, stands.script) if stands else ""
                files.append(await self._view_file(conn, script_id, language, published or "", people, staff))
            counted = await given_proposals.count_replies(conn, script_id)
            today = date.fromisoformat((await get_newest_book(conn)).day_of(self._clock.now()))
        if not files:
            return refuse(404, "not_found")
        said = [self._say_version(one, people) for one in versions]
        return answer_json(
            ScriptPage(
                id=script_id,
                files=files,
                versions=said,
                four_eyes=self._settings.four_eyes,
                proposals=count_proposals(self._published.library, script_id, counted, today),
            )
        )

    async def _view_file(
        self, conn: Connection, script_id: str, language: str, published: str, people: Names, staff: StaffView
    ) -> ScriptFileView:
        draft = await script_drafts.find(conn, script_id, language)
        is_open = draft is not None and draft.state != OVER
        text = await script_versions.find_text(conn, draft.script) if draft is not None and is_open else None
        saves = await script_drafts.list_saves(conn, script_id, language, SAVES_SHOWN)
        return ScriptFileView(
            language=language,
            source=published if text is None else text,
            published=published,
            revision=draft.revision if draft is not None else 0,
            draft=_say_state(draft),
            changed_by=people.get(draft.changed_by, draft.changed_by) if draft is not None else "",
            changed_at=self._say_at(draft.changed_at) if draft is not None else 0,
            sentence=draft.sentence if draft is not None and is_open else "",
            written_by=[people.get(one, one) for one in draft.written_by] if draft is not None and is_open else [],
            wrote=draft is not None and is_open and staff.id in draft.written_by,
            saves=[
                ScriptSaveView(
                    revision=one.revision,
                    saved_by=people.get(one.saved_by, one.saved_by),
                    saved_at=self._say_at(one.saved_at),
                )
                for one in saves
            ],
        )

    async def _show_version(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        script_id, language = request.match_info["id"], request.match_info["language"]
        async with self._db.read() as conn:
            known = await script_versions.list_of(conn, script_id)
            mine = (
                one for one in known if one.language == language and str(one.version) == request.match_info["version"]
            )
            one = next(mine, None)
            source = await script_versions.find_text(conn, one.script) if one is not None else None
        return refuse(404, "not_found") if source is None else answer_json(TextView(source=source))

    async def _show_save(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        script_id, language = request.match_info["id"], request.match_info["language"]
        revision = request.match_info["revision"]
        if not revision.isdecimal() or len(revision) > 9:
            return refuse(404, "not_found")
        async with self._db.read() as conn:
            source = await script_drafts.find_save(conn, script_id, language, int(revision))
        return refuse(404, "not_found") if source is None else answer_json(TextView(source=source))

    async def _check(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        try:
            asked = CheckRequest.model_validate_json(await request.read())
        except ValidationError:
            return refuse(400, "invalid")
        return answer_json(view_sketch(await self._sketch(asked.source, _name(asked.id, asked.language))))

    async def _sketch(self, source: str, file: str) -> Sketch:
        sketch = await asyncio.to_thread(sketch_script, source, file, await self._published.find_rules())
        return check_named(sketch, *await self._published.find_named())

    def _say_at(self, at: int) -> int:
        return to_millis(at + self._clock.ahead())

    def _say_version(self, one: StoredVersion, people: Names) -> ScriptVersionView:
        return ScriptVersionView(
            language=one.language,
            version=one.version,
            state=_STATES[one.state],
            written_by=[people.get(each, each) for each in one.written_by],
            approved_by=people.get(one.approved_by, one.approved_by),
            published_by=people.get(one.published_by, one.published_by),
            note=one.note,
            problem=one.problem,
            begins_at=self._say_at(one.begins_at),
            ended_at=None if one.ended_at is None else self._say_at(one.ended_at),
        )


_STATES: Final[Mapping[str, VersionState]] = {
    SCHEDULED: "scheduled",
    script_versions.COMPARED: "compared",
    PUBLISHED: "published",
    script_versions.REPLACED: "replaced",
    script_versions.RETIRED: "retired",
    script_versions.REFUSED: "refused",
}


def view_sketch(sketch: Sketch) -> CheckView:
    problems = [
        ScriptProblemView(
            line=one.line,
            column=one.column,
            words=one.text,
            is_error=one.severity is Severity.ERROR,
            path=list(sketch.paths.get(one, ())),
        )
        for one in sketch.problems
    ]
    if sketch.script is None:
        return CheckView(title="", problems=problems, steps=[])
    last = list_last_lines(sketch.script)
    steps = [
        GraphStep(
            id=step.id,
            title=step.title,
            line=step.line,
            last_line=last[step.id],
            fields=len(step.fields),
            statements=len(step.statements),
            is_reachable=step.id in sketch.reachable,
            ways=[
                GraphWay(
                    key=way.key,
                    label=say_label(step, way.key),
                    target=way.target,
                    outcome=way.outcome,
                    line=way.at.line,
                )
                for way in step.ways
            ],
        )
        for step in sketch.script.steps
    ]
    return CheckView(title=sketch.script.title, problems=problems, steps=steps)


def _name(script_id: str, language: str) -> str:
    return f"{script_id}.{language}.md"


def _say_state(draft: StoredDraft | None) -> DraftState:
    if draft is None or draft.state == OVER:
        return ""
    return "review" if draft.state == script_drafts.REVIEW else "draft"


def _say_line(
    script_id: str,
    known: Sequence[Script],
    users: Sequence[str],
    keys: Sequence[tuple[str, str]],
    versions: Sequence[StoredVersion],
    drafts: Mapping[tuple[str, str], StoredDraft],
    sketches: Mapping[tuple[str, str], Sketch],
    people: Names,
) -> ScriptLine:
    words = known[0] if known else None
    states = {(one.script_id, one.language, one.state): one.version for one in versions}
    files = []
    for key in keys:
        draft = drafts.get(key)
        files.append(
            ScriptFileLine(
                language=key[1],
                version=states.get((*key, PUBLISHED), 0),
                scheduled=states.get((*key, SCHEDULED), 0),
                draft=_say_state(draft),
                draft_by=people.get(draft.changed_by, draft.changed_by) if draft is not None else "",
                has_errors=draft is not None
                and any(one.severity is Severity.ERROR for one in sketches[key].problems),
            )
        )
    parts = asdict(words.applies_to) if words is not None else {}
    return ScriptLine(
        id=script_id,
        title=words.title if words is not None else script_id,
        titles={one.language: one.title for one in known},
        is_retired=all(one.version == 0 and one.scheduled == 0 and not one.draft for one in files),
        is_by_hand=words is not None and is_by_hand(words),
        kind=words.kind if words is not None else "script",
        used_by=list(dict.fromkeys(users)),
        applies_to={part: list(names) for part, names in parts.items() if names},
        files=files,
    )


async def _list_names(conn: Connection) -> dict[str, dict[str, dict[str, str]]]:
    """What scripts may apply to, by the name of the part and the id."""
    book = await get_newest_book(conn)
    return {
        "channels": {one.name: dict(one.names) for one in book.view.channels},
        "queues": {one.id: dict(one.names) for one in book.document.queues},
        "tiers": {one.id: dict(one.names) for one in book.document.tiers},
        "stages": {one.id: dict(one.names) for one in book.document.stages},
        "purposes": {one: dict(names) for one, names in book.document.purposes.items()},
        "segments": {one.id: dict(one.names) for one in await segments.list_all(conn)},
    }


async def _list_people(conn: Connection) -> Names:
    return {one.id: one.name for one in await stored_staff.list_by_name(conn)}
