"""What authors do with scripts, over HTTP: save drafts, ask for a review, publish, schedule, retire.

The rule of this file: it turns requests into calls and results into answers; `hub.scripts` decides. Whoever comes
second to a draft gets the text as it is meanwhile.
"""

from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web
from pydantic import ValidationError

from agent_console.script_editing_views import (
    DraftConflict,
    DraftSaved,
    DraftsRequest,
    NotPublishedView,
    RetireRequest,
    SaveDraftRequest,
)
from agent_console.views import StaffView
from hub.api.routes import Rule, answer_json, refuse
from hub.clock import Clock
from hub.scripts.published_scripts import PublishedScripts
from hub.scripts.script_drafting import (
    DraftChanged,
    DraftRefused,
    ask_review,
    discard_drafts,
    publish_drafts,
    retire,
    save_draft,
    send_back,
)
from hub.scripts.script_publishing import NotPublished, cancel_scheduled
from hub.storage import script_versions
from hub.storage import staff as stored_staff
from hub.storage.database import Database
from hub.storage.script_versions import ReleasedMeanwhile
from routing.model import Micros

Handler = Callable[[web.Request, StaffView], Awaitable[web.StreamResponse]]


class ScriptEditing:
    """`wake_router` tells the routing process that something waits: what was published."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        published: PublishedScripts,
        wake_router: Callable[[], None],
        *,
        four_eyes: bool,
    ) -> None:
        self._db, self._clock, self._published, self._wake_router = db, clock, published, wake_router
        self._four_eyes = four_eyes

    def rules(self) -> Sequence[Rule]:
        one = "/api/scripts/{id}"
        return [
            Rule("POST", f"{one}/draft", "script_files.write", self._told(self._save)),
            Rule("POST", f"{one}/review", "script_files.write", self._told(self._ask_review)),
            Rule("POST", f"{one}/send-back", "script_files.write", self._told(self._send_back)),
            Rule("POST", f"{one}/discard", "script_files.write", self._told(self._discard)),
            Rule("POST", f"{one}/publish", "script_files.publish", self._told(self._publish)),
            Rule("POST", f"{one}/unschedule", "script_files.publish", self._told(self._unschedule)),
            Rule("POST", f"{one}/retire", "script_files.publish", self._told(self._retire)),
        ]

    def _told(self, handle: Handler) -> Handler:
        """The handler, with an answer for whatever it refuses."""

        async def answer(request: web.Request, staff: StaffView) -> web.StreamResponse:
            try:
                return await handle(request, staff)
            except ValidationError:
                return refuse(400, "invalid")
            except DraftChanged as changed:
                return await self._say_changed(changed)
            except DraftRefused as refused:
                code = str(refused)
                return refuse(404 if code == "not_found" else 409, code)
            except NotPublished as error:
                return answer_json(NotPublishedView(problems=[str(one) for one in error.problems]), 422)
            except ReleasedMeanwhile:
                return refuse(409, "released")

        return answer

    async def _say_changed(self, changed: DraftChanged) -> web.Response:
        draft = changed.draft
        if draft is None:
            return refuse(409, "other_drafts")
        async with self._db.read() as conn:
            source = await script_versions.find_text(conn, draft.script)
            person = await stored_staff.find(conn, draft.changed_by)
        name = person.name if person is not None else draft.changed_by
        return answer_json(DraftConflict(source=source or "", revision=draft.revision, changed_by=name), 409)

    async def _save(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        asked = SaveDraftRequest.model_validate_json(await request.read())
        draft = await save_draft(
            self._db, _id(request), asked.language, asked.source, asked.revision, self._clock.now(), staff.id
        )
        return answer_json(DraftSaved(revision=draft.revision))

    async def _ask_review(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        asked = DraftsRequest.model_validate_json(await request.read())
        now = self._clock.now()
        await ask_review(self._db, _id(request), asked.revisions, asked.sentence, now, staff.id)
        return web.json_response({})

    async def _send_back(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        asked = DraftsRequest.model_validate_json(await request.read())
        await send_back(self._db, _id(request), asked.revisions, asked.sentence, self._clock.now(), staff.id)
        return web.json_response({})

    async def _discard(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        asked = DraftsRequest.model_validate_json(await request.read())
        await discard_drafts(self._db, _id(request), asked.revisions, self._clock.now(), staff.id)
        return web.json_response({})

    async def _publish(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        asked = DraftsRequest.model_validate_json(await request.read())
        now = self._clock.now()
        begins_at = None if asked.begins_at is None else self._read_wall(asked.begins_at)
        await publish_drafts(
            self._db,
            _id(request),
            asked.revisions,
            asked.sentence,
            now,
            staff.id,
            four_eyes=self._four_eyes,
            begins_at=begins_at if begins_at is not None and begins_at > now else None,
        )
        await self._take_on()
        return web.json_response({})

    async def _unschedule(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        if not await cancel_scheduled(self._db, _id(request), self._clock.now(), staff.id):
            return refuse(409, "state")
        return web.json_response({})

    async def _retire(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        asked = RetireRequest.model_validate_json(await request.read())
        script_id, now = _id(request), self._clock.now()
        if not await retire(self._db, script_id, now, staff.id, asked.sentence, four_eyes=self._four_eyes):
            return refuse(409, "state")
        await self._take_on()
        return web.json_response({})

    async def _take_on(self) -> None:
        self._wake_router()
        await self._published.refresh()

    def _read_wall(self, millis: int) -> Micros:
        return Micros(millis * 1000 - self._clock.ahead())


def _id(request: web.Request) -> str:
    return request.match_info["id"]
