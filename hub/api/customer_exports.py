"""Exports of customers over HTTP: all, a segment, or some, streamed as CSV, or as xlsx once it is packed.

The rule of this file: whoever exports says why, and the trail has it before the first byte leaves. A segment whose
rule reads what this person may not see is refused, since who is in it would tell.
"""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from aiohttp import web
from pydantic import ValidationError

from agent_console.import_views import ExportRequest
from agent_console.views import StaffView
from hub.access.looks import Look, Looks
from hub.api.routes import Rule, refuse
from hub.exchange.exporting import write_csv
from hub.exchange.sheet_exporting import SheetRefused, write_xlsx
from hub.policies.segment_rules import SegmentRefused
from hub.policies.stored_versions import load_book
from hub.segments.segment_definitions import check_sight
from hub.storage import segments
from hub.storage.database import Database

EVERYBODY: Final = "all"  # the subject in the trail
SHEET: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BLOCK: Final = 1 << 16  # bytes


class CustomerExports:
    def __init__(self, db: Database, looks: Looks) -> None:
        self._db, self._looks = db, looks

    def rules(self) -> Sequence[Rule]:
        return [Rule("POST", "/api/customer-exports", "customers.export", self._export)]

    async def _export(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        try:
            asked = ExportRequest.model_validate_json(await request.read())
        except ValidationError:
            return refuse(400, "invalid")
        place = None
        async with self._db.read() as conn:
            book = await load_book(conn)
            if asked.segment_id:
                one = await segments.find(conn, asked.segment_id)
                if one is None or one.place is None or one.state != segments.LIVE:
                    return refuse(404, "not_found")
                try:
                    await check_sight(conn, {one.id: one.definition}, staff.roles)
                except SegmentRefused:
                    return refuse(403, "hidden")
                place = one.place
        if book is None:
            return refuse(409, "no_policy")
        subject = asked.segment_id or (EVERYBODY if not asked.ids else f"{len(asked.ids)} customers")
        await self._looks.record([Look(staff.id, "customers.export", subject, reason=asked.reason)])
        sight, name = book.see_as(staff.roles), f"customers-{asked.segment_id or EVERYBODY}.{asked.form}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        if asked.form == "csv":
            headers["Content-Type"] = "text/csv; charset=utf-8"
            response = web.StreamResponse(headers=headers)
            await response.prepare(request)
            async for part in write_csv(self._db, book, sight, place, asked.ids):
                await response.write(part)
            await response.write_eof()
            return response
        with tempfile.NamedTemporaryFile(prefix="export-") as file:
            try:
                await write_xlsx(self._db, book, sight, Path(file.name), place, asked.ids)
            except SheetRefused as refused:
                return refuse(422, refused.code)
            headers["Content-Type"] = SHEET
            response = web.StreamResponse(headers=headers)
            await response.prepare(request)
            while data := await asyncio.to_thread(file.read, BLOCK):
                await response.write(data)
            await response.write_eof()
            return response
