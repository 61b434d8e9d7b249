"""Imports of customers over HTTP: upload, what the lines would do, begin, progress, cancel, take back.

The rule of this file: it turns requests into calls and results into views; `hub.customers` decides. Whoever sees
lines of a file, and whoever begins or ends an import, is in the trail first.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

import orjson
from aiohttp import web
from pydantic import ValidationError

from agent_console.import_views import (
    ImportActivityView,
    ImportLineView,
    ImportStayView,
    ImportsView,
    ImportView,
    ReadRequest,
    TargetView,
    UploadBegun,
    UploadRequest,
)
from agent_console.views import StaffView
from hub.access.looks import Look, Looks
from hub.api.routes import Rule, answer_json, refuse
from hub.clock import Clock, to_millis
from hub.exchange import importing, uploaded_imports
from hub.exchange.column_mapping import FACTS, NAME, SKIP
from hub.exchange.import_lines import REFUSED
from hub.exchange.uploaded_imports import LARGEST_FILE, PartRefused
from hub.policies.stored_versions import load_book
from hub.storage import customers, import_parts, imports
from hub.storage import staff as stored_staff
from hub.storage.audit_words import Action
from hub.storage.database import Connection, Database
from hub.storage.import_parts import LARGEST_PART
from hub.storage.imports import ImportLine, ImportMoved, StoredImport
from hub.storage.rule_sql import TEN_THOUSANDTHS

LISTED: Final = 50
REFUSED_SHOWN: Final = 200
OTHERS_SHOWN: Final = 20


class Imports:
    def __init__(self, db: Database, clock: Clock, looks: Looks) -> None:
        self._db, self._clock, self._looks = db, clock, looks

    def rules(self) -> Sequence[Rule]:
        one = "/api/imports/{id}"
        return [
            Rule("GET", "/api/imports", "imports.read", self._list),
            Rule("GET", one, "imports.read", self._show, is_poll=True),
            Rule("POST", "/api/imports", "imports.change", self._begin_upload),
            Rule("POST", f"{one}/parts/{{number}}", "imports.change", self._take_part),
            Rule("POST", f"{one}/read", "imports.change", self._read),
            Rule("POST", f"{one}/apply", "imports.change", self._apply),
            Rule("POST", f"{one}/cancel", "imports.change", self._cancel),
            Rule("POST", f"{one}/take-back", "imports.change", self._take_back),
        ]

    async def _list(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        async with self._db.read() as conn:
            book = await load_book(conn)
            found = await imports.list_newest(conn, LISTED)
            last = await imports.find_last_applied(conn)
            people = {each.id: each.name for each in await stored_staff.list_by_name(conn)}
        attributes = book.document.all_attributes if book is not None else {}
        kinds = book.document.all_activities if book is not None else {}
        targets = [TargetView(id=name, names={}) for name in FACTS]
        targets += [TargetView(id=name, names=dict(each.names)) for name, each in attributes.items()]
        view = ImportsView(
            imports=[_say(each, people, last) for each in found],
            targets=targets,
            kinds=[TargetView(id=kind, names=dict(each.names)) for kind, each in kinds.items()],
            largest_part=LARGEST_PART,
            largest_file=LARGEST_FILE,
        )
        return answer_json(view)

    async def _show(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        import_id = request.match_info["id"]
        async with self._db.read() as conn:
            one = await imports.find(conn, import_id)
            if one is None:
                return refuse(404, "not_found")
            last = await imports.find_last_applied(conn)
            people = {each.id: each.name for each in await stored_staff.list_by_name(conn)}
            parts = await import_parts.count(conn, import_id)
            refused, others = await _read_lines(conn, one)
            stays = await _read_stays(conn, one)
        if others or stays:
            await self._looks.record([Look(staff.id, "imports.read", import_id)], is_repeated=True)
        view = _say(one, people, last, parts, refused, others)
        return answer_json(view.model_copy(update={"stays": stays}))

    async def _begin_upload(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        try:
            asked = UploadRequest.model_validate_json(await request.read())
        except ValidationError:
            return refuse(400, "invalid")
        try:
            now = self._clock.now()
            import_id = await uploaded_imports.begin_upload(self._db, asked.name, asked.size, staff.id, now)
        except PartRefused as error:
            return refuse(413, error.code)
        await self._looks.record([Look(staff.id, "imports.upload", import_id)])
        return answer_json(UploadBegun(id=import_id))

    async def _take_part(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        try:
            number = int(request.match_info["number"])
        except ValueError:
            return refuse(400, "invalid", "number")
        try:
            await uploaded_imports.take_part(self._db, request.match_info["id"], number, await request.read())
        except PartRefused as error:
            return refuse(413, error.code)
        except ImportMoved:
            return refuse(409, "moved")
        return web.json_response({})

    async def _read(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        try:
            asked = ReadRequest.model_validate_json(await request.read())
        except ValidationError:
            return refuse(400, "invalid")
        async with self._db.read() as conn:
            book = await load_book(conn)
        known = {*FACTS, SKIP, *(book.document.all_attributes if book is not None else ())}
        if not known.issuperset(asked.targets or ()):
            return refuse(400, "invalid", "targets")
        import_id = request.match_info["id"]
        try:
            await uploaded_imports.ask_to_read(self._db, import_id, asked.parts, asked.targets, asked.country)
        except PartRefused as error:
            return refuse(409, error.code)
        except ImportMoved:
            return refuse(409, "moved")
        return web.json_response({})

    async def _apply(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        return await self._turn(request, staff, "imports.apply", lambda one: importing.begin_applying(self._db, one))

    async def _cancel(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        return await self._turn(request, staff, "imports.cancel", lambda one: importing.cancel(self._db, one))

    async def _take_back(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        return await self._turn(
            request, staff, "imports.take_back", lambda one: importing.begin_taking_back(self._db, one)
        )

    async def _turn(
        self, request: web.Request, staff: StaffView, action: Action, turn: Callable[[str], Awaitable[StoredImport]]
    ) -> web.StreamResponse:
        import_id = request.match_info["id"]
        await self._looks.record([Look(staff.id, action, import_id)])
        try:
            await turn(import_id)
        except ImportMoved:
            return refuse(409, "moved")
        return web.json_response({})


async def _read_lines(conn: Connection, one: StoredImport) -> tuple[list[ImportLineView], list[ImportLineView]]:
    """The first lines that are refused, and the first others of one that may be applied."""
    if one.state not in ("staged", "applying", "following", "applied"):
        return [], []
    refused = await imports.list_lines(conn, one.id, 0, REFUSED_SHOWN, [REFUSED])
    others, known = [], {}
    if one.state == "staged":
        others = await imports.list_lines(conn, one.id, 0, OTHERS_SHOWN, ["add", "change"])
        known = await customers.find(conn, {line.customer_id for line in others if line.customer_id})
    names = {asked: each.name for asked, each in known.items()}
    return [_say_line(line) for line in refused], [_say_line(line, names) for line in others]


async def _read_stays(conn: Connection, one: StoredImport) -> list[ImportStayView]:
    """Of one that is taken back. Whoever was merged is shown as the one who stands for them."""
    said: list[Mapping[str, Any]] = orjson.loads(one.counts).get("stays", [])
    if not said or one.state not in ("leaving", "taken_back"):
        return []
    found = await customers.find(conn, {each["customer"] for each in said})
    shown: dict[str, ImportStayView] = {}
    for each in said:
        if (known := found.get(each["customer"])) is None:
            continue
        before = shown.get(known.id)
        names = [*dict.fromkeys([*(before.names if before is not None else ()), *each["names"]])]
        why = each["why"] if before is None else before.why
        shown[known.id] = ImportStayView(customer_id=known.id, name=known.name, why=why, names=names)
    return list(shown.values())


def _say_line(line: ImportLine, names: Mapping[str, str] | None = None) -> ImportLineView:
    """`names`: of customers who are known already, by id."""
    said: Mapping[str, Any] = orjson.loads(line.body)
    facts = said.get("facts", {})
    changes = said.get("changes") or {name: [None, new] for name, new in said.get("values", {}).items()}
    return ImportLineView(
        line=line.line,
        problem=said.get("problem", ""),
        column=said.get("column", ""),
        name=facts.get(NAME, "") or (names or {}).get(line.customer_id, ""),
        customer_id=line.customer_id,
        addresses=[address for _, address in said.get("addresses", [])],
        changes=changes,
        activity=None if said.get("activity") is None else _say_activity(said["activity"]),
    )


def _say_activity(told: Mapping[str, Any]) -> ImportActivityView:
    amount = told["amount"]
    return ImportActivityView(
        kind=told["kind"],
        at=told["said_at"],
        amount=None if amount is None else amount / TEN_THOUSANDTHS,
        label=told["label"],
        reference=told["reference"] or "",
    )


def _say(
    one: StoredImport,
    people: Mapping[str, str],
    last: StoredImport | None,
    parts: int = 0,
    refused: Sequence[ImportLineView] = (),
    others: Sequence[ImportLineView] = (),
) -> ImportView:
    mapping, counts = orjson.loads(one.mapping), orjson.loads(one.counts)
    is_last = last is not None and last.id == one.id
    return ImportView.model_validate(
        {
            "id": one.id,
            "file_name": one.file_name,
            "state": one.state,
            "by_name": people.get(one.started_by, one.started_by),
            "started_at": to_millis(one.started_at),
            "ended_at": None if one.ended_at is None else to_millis(one.ended_at),
            "at_line": one.at_line,
            "last_line": counts.get("last", 0),
            "added": counts.get("add", 0),
            "changed": counts.get("change", 0),
            "same": counts.get("same", 0),
            "refused": counts.get(REFUSED, 0),
            "problem": counts.get("problem", ""),
            "said": counts.get("said", ""),
            "form": mapping.get("form", ""),
            "columns": mapping.get("columns", []),
            "targets": mapping.get("targets", []),
            "country": mapping.get("country", ""),
            "parts": parts,
            "may_take_back": is_last and one.state == "applied",
            "refused_lines": refused,
            "other_lines": others,
            "stayed": counts.get("stayed", 0),
            "stays": [],
        }
    )
