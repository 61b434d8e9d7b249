"""Exports of customers over HTTP: all, a segment, or some, streamed as CSV.

The rule of this file: whoever exports says why, and the trail has it before the first byte leaves. A segment whose
rule reads what this person may not see is refused, since who is in it would tell.
"""

from collections.abc import Sequence
from typing import Final

from aiohttp import web
from pydantic import ValidationError

from agent_console.import_views import ExportRequest
from agent_console.views import StaffView
from hub.access.looks import Look, Looks
from hub.api.routes import Rule, refuse
from hub.exchange.exporting import write_csv
from hub.policies.segment_rules import SegmentRefused
from hub.policies.stored_versions import load_book
from hub.segments.segment_definitions import check_sight
from hub.storage import segments
from hub.storage.database import Database

EVERYBODY: Final = "all"  # the subject in the trail


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
        name = f"customers-{asked.segment_id or EVERYBODY}.csv"
        headers = {"Content-Type": "text/csv; charset=utf-8"}
        response = web.StreamResponse(
            headers={**headers, "Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        )
        await response.prepare(request)
        async for part in write_csv(self._db, book, book.see_as(staff.roles), place, asked.ids):
            await response.write(part)
        await response.write_eof()
        return response
