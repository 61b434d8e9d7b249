"""Segments over HTTP: the list, one segment with its past, the estimate while it is edited, and what people change.

The rule of this file: it turns requests into calls and results into views; `hub.customers` decides. Whoever sees
names of customers is in the trail.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from aiohttp import web
from pydantic import ValidationError

from agent_console.segment_views import (
    CountProgress,
    DefinitionProblem,
    EstimateRequest,
    EstimateView,
    ImportedView,
    ImportRequest,
    MemberLine,
    MembersView,
    SegmentRequest,
    SegmentSaved,
)
from agent_console.views import StaffView
from hub.access.looks import Look, Looks
from hub.api.routes import PAGE, Rule, answer_json, refuse
from hub.api.segment_pages import SegmentPages, read_instant
from hub.clock import Clock
from hub.policies.segment_rules import SegmentRefused
from hub.policies.stored_versions import get_newest_book
from hub.segments import segment_estimates
from hub.segments.segment_changes import SegmentChanges, SegmentGone
from hub.segments.segment_definitions import check_sight
from hub.segments.segment_files import WrittenSegment, parse_export
from hub.storage import customers, segment_history, segments
from hub.storage.customers import StoredCustomer
from hub.storage.database import Database
from hub.toml_files.problems import ConfigErrors


class Segments:
    def __init__(self, db: Database, clock: Clock, looks: Looks) -> None:
        self._db, self._clock, self._looks = db, clock, looks
        self._changes = SegmentChanges(db, clock)
        self._pages = SegmentPages(db, clock)

    def rules(self) -> Sequence[Rule]:
        one = "/api/segments/{id}"
        return [
            *self._pages.rules(),
            Rule("GET", f"{one}/members", "segments.read_members", self._list_members),
            Rule("POST", "/api/segment-estimates", "segments.estimate", self._estimate),
            Rule("POST", "/api/segment-counts", "segments.estimate", self._count),
            Rule("POST", "/api/segments", "segments.change", self._create),
            Rule("POST", one, "segments.change", self._change),
            Rule("POST", f"{one}/begin", "segments.change", self._begin),
            Rule("POST", f"{one}/retire", "segments.change", self._retire),
            Rule("POST", f"{one}/discard", "segments.change", self._discard),
            Rule("GET", "/api/segments.toml", "segments.change", self._export),
            Rule("POST", "/api/segments.toml", "segments.change", self._import),
        ]

    # ---- who is in it

    async def _list_members(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        segment_id, after = request.match_info["id"], request.query.get("after", "")
        try:
            at = read_instant(request.query.get("at", ""), self._clock.now())
        except (ValueError, OverflowError):
            return refuse(400, "invalid", "at")
        async with self._db.read(is_slow=True) as connection:
            one = await segments.find(connection, segment_id)
            if one is None:
                return refuse(404, "not_found")
            try:
                await check_sight(connection, {one.id: one.definition}, staff.roles)
            except SegmentRefused:
                return refuse(403, "hidden")
            place = one.place if one.state == segments.LIVE else None
            number = await segment_history.count_at(connection, one.id, one.size, at)
            ids = await segment_history.list_members_at(connection, one.id, place, at, after, PAGE + 1)
            found = list((await customers.find(connection, ids[:PAGE])).values())
            tiers = (await get_newest_book(connection)).view.tiers
        await self._looks.record([Look(staff.id, "segments.read_members", segment_id)])
        has_more = len(ids) > PAGE
        return answer_json(MembersView(members=_say_members(found), tiers=tiers, number=number, has_more=has_more))

    # ---- while it is edited

    async def _estimate(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        try:
            asked = EstimateRequest.model_validate_json(await request.read())
        except ValidationError:
            return refuse(400, "invalid")
        try:
            await self._check_sight({asked.id: asked.definition}, staff)
            found = await segment_estimates.estimate(self._db, asked.id, asked.definition, self._clock.now())
        except SegmentRefused as error:
            problem = DefinitionProblem(words=str(error), column=error.column)
            return answer_json(_say_nothing(problem))
        except LookupError:
            return refuse(409, "no_policy")
        await self._looks.record([Look(staff.id, "segments.read_members", asked.id)], is_repeated=True)
        view = EstimateView(
            problem=None,
            number=found.number,
            low=found.low,
            high=found.high,
            sample=found.sample,
            customers=found.customers,
            is_exact=found.is_exact,
            some=_say_members(found.some),
        )
        return answer_json(view)

    async def _count(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        """Lines of JSON as the count goes on. A client that goes away ends it."""
        try:
            asked = EstimateRequest.model_validate_json(await request.read())
        except ValidationError:
            return refuse(400, "invalid")
        try:
            await self._check_sight({asked.id: asked.definition}, staff)
        except SegmentRefused as error:
            return _refuse(error)
        counting = segment_estimates.count(self._db, asked.id, asked.definition, self._clock.now())
        response = web.StreamResponse(headers={"Content-Type": "application/jsonl"})
        try:
            async for one in counting:
                if not response.prepared:
                    await response.prepare(request)
                line = CountProgress(done=one.done, customers=one.customers, number=one.number, is_done=one.is_done)
                await response.write(line.model_dump_json().encode() + b"\n")
        except (SegmentRefused, LookupError):
            return refuse(422, "definition")
        except ConnectionResetError:
            return response
        finally:
            await counting.aclose()
        await response.write_eof()
        return response

    async def _check_sight(self, definitions: Mapping[str, str], staff: StaffView) -> None:
        """Raises SegmentRefused if this person may not ask for what these read."""
        async with self._db.read() as connection:
            await check_sight(connection, definitions, staff.roles)

    # ---- what people change

    async def _create(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        asked = _read(await request.read())
        if asked is None:
            return refuse(400, "invalid")
        try:
            await self._check_sight({asked[0].id: asked[1].definition}, staff)
            version = await self._changes.create(asked[0].id, asked[1], staff.id)
        except (SegmentRefused, SegmentGone) as error:
            return _refuse(error)
        return answer_json(SegmentSaved(version=version))

    async def _change(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        asked = _read(await request.read())
        if asked is None or asked[0].id != request.match_info["id"]:
            return refuse(400, "invalid")
        try:
            await self._check_sight({asked[0].id: asked[1].definition}, staff)
            version = await self._changes.change(asked[0].id, asked[1], asked[0].seen_version, staff.id)
        except (SegmentRefused, SegmentGone) as error:
            return _refuse(error)
        return answer_json(SegmentSaved(version=version))

    async def _begin(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        try:
            await self._changes.begin(request.match_info["id"], staff.id)
        except (SegmentRefused, SegmentGone) as error:
            return _refuse(error)
        return web.json_response({})

    async def _retire(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        try:
            await self._changes.retire(request.match_info["id"], staff.id)
        except (SegmentRefused, SegmentGone) as error:
            return _refuse(error)
        return web.json_response({})

    async def _discard(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        try:
            await self._changes.discard(request.match_info["id"], staff.id)
        except SegmentGone as error:
            return _refuse(error)
        return web.json_response({})

    async def _export(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        text = await self._changes.export_text(staff.id)
        headers = {"Content-Disposition": 'attachment; filename="segments.toml"'}
        return web.Response(text=text, content_type="application/toml", headers=headers)

    async def _import(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        try:
            asked = ImportRequest.model_validate_json(await request.read())
        except ValidationError:
            return refuse(400, "invalid")
        try:
            wished = {name: one.definition for name, one in parse_export(asked.text).items()}
            await self._check_sight(wished, staff)
            done = await self._changes.import_text(asked.text, staff.id)
        except (SegmentRefused, ConfigErrors) as error:
            problems = str(error).splitlines()
            return answer_json(ImportedView(added=[], changed=[], unchanged=[], problems=problems))
        except SegmentGone as error:
            return _refuse(error)
        view = ImportedView(added=done.added, changed=done.changed, unchanged=done.unchanged, problems=[])
        return answer_json(view)


def _read(text: bytes) -> tuple[SegmentRequest, WrittenSegment] | None:
    try:
        asked = SegmentRequest.model_validate_json(text)
        expires = date.fromisoformat(asked.expires_on) if asked.expires_on else None
    except (ValidationError, ValueError):
        return None
    if not asked.names:
        return None
    written = WrittenSegment(names=asked.names, purpose=asked.purpose, definition=asked.definition, expires=expires)
    return asked, written


def _refuse(error: SegmentRefused | SegmentGone) -> web.Response:
    if isinstance(error, SegmentGone):
        code = str(error)
        return refuse(404 if code == "not_found" else 409, code)
    said: Mapping[str, object] = {"code": "definition", "words": str(error), "column": error.column}
    return web.json_response(said, status=422)


def _say_members(found: Sequence[StoredCustomer]) -> list[MemberLine]:
    return [MemberLine(id=one.id, name=one.name, tier=one.tier) for one in sorted(found, key=lambda one: one.id)]


def _say_nothing(problem: DefinitionProblem) -> EstimateView:
    return EstimateView(problem=problem, number=0, low=0, high=0, sample=0, customers=0, is_exact=False, some=[])
