"""All that is known of one customer over HTTP: as a file, and its erasure.

The rule of this file: the same code as at the command line does both (`hub.administration.privacy_commands`). Whoever
erases states a reason and types the customer's name; once it has begun it goes on, whoever watches.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile

from aiohttp import web
from pydantic import ValidationError

from agent_console.private_views import EraseRequest, ErasureStep, ErasureView
from agent_console.views import StaffView
from hub.access.reading import SHORTEST_REASON
from hub.administration.privacy_commands import erase, write_file
from hub.administration.staff_commands import StaffUnchanged
from hub.api.routes import Rule, answer_json, refuse
from hub.api.stated_reasons import tidy
from hub.storage import customers, erasing
from hub.storage.database import Database

PART = 1 << 16  # bytes


class CustomerData:
    def __init__(self, db: Database, media: Path) -> None:
        self._db, self._media = db, media
        self._erasing: set[str] = set()

    def rules(self) -> Sequence[Rule]:
        one = "/api/customers/{id}"
        return [
            Rule("GET", f"{one}/erasure", "customer.erase", self._show),
            Rule("POST", f"{one}/erasure", "customer.erase", self._erase),
            Rule("POST", f"{one}/file", "customer.export", self._write),
        ]

    async def _show(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        view = await self._find(request.match_info["id"])
        return answer_json(view) if view is not None else refuse(404, "not_found")

    async def _find(self, customer_id: str) -> ErasureView | None:
        async with self._db.read() as conn:
            known = (await customers.find(conn, [customer_id])).get(customer_id)
            if known is None:
                return None
            hindrance = await erasing.find_hindrance(conn, known.id)
        is_erased = not known.name and known.profile == "{}"
        view = {"id": known.id, "typed": known.name or known.id, "hindrance": hindrance, "is_erased": is_erased}
        return ErasureView.model_validate(view)

    async def _write(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        asked = await self._parse(request)
        if isinstance(asked, web.Response):
            return asked
        customer_id = request.match_info["id"]
        with TemporaryFile() as file:
            try:
                await write_file(self._db, self._media, customer_id, file, asked.reason, staff.id)
            except StaffUnchanged:
                return refuse(404, "not_found")
            file.seek(0)
            response = web.StreamResponse(
                headers={
                    "Content-Type": "application/zip",
                    "Content-Disposition": 'attachment; filename="customer.zip"',
                    "Cache-Control": "no-store",
                }
            )
            await response.prepare(request)
            while part := await asyncio.to_thread(file.read, PART):
                await response.write(part)
            await response.write_eof()
        return response

    async def _erase(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        """Lines of JSON as the erasure goes on."""
        asked = await self._parse(request)
        if isinstance(asked, web.Response):
            return asked
        customer_id = request.match_info["id"]
        view = await self._find(customer_id)
        if view is None:
            return refuse(404, "not_found")
        if view.id != customer_id or view.hindrance:
            return refuse(409, view.hindrance or "merged")
        if asked.typed.strip() != view.typed:
            return refuse(400, "not_confirmed", "typed")
        if customer_id in self._erasing:
            return refuse(409, "being_erased")
        response = web.StreamResponse(headers={"Content-Type": "application/jsonl"})
        await response.prepare(request)

        async def say(step: ErasureStep) -> None:
            with suppress(ConnectionResetError):  # whoever watched has gone
                await response.write(step.model_dump_json().encode() + b"\n")

        async def tell(done: int, of: int) -> None:
            await say(ErasureStep(done=done, of=of))

        self._erasing.add(customer_id)
        try:
            await erase(self._db, self._media, customer_id, asked.reason, staff.id, tell)
            await say(ErasureStep(done=1, of=1, is_done=True))
        except StaffUnchanged:  # work has come since
            await say(ErasureStep(done=0, of=1, problem="changed"))
        finally:
            self._erasing.discard(customer_id)
        with suppress(ConnectionResetError):
            await response.write_eof()
        return response

    async def _parse(self, request: web.Request) -> EraseRequest | web.Response:
        if request.content_type != "application/json":
            return refuse(415, "json_only")
        try:
            asked = EraseRequest.model_validate_json(await request.read())
        except ValidationError as error:
            at = error.errors()[0]["loc"]
            return refuse(400, "invalid", str(at[0]) if at else "")
        reason = tidy(asked.reason)
        if len(reason) < SHORTEST_REASON:
            return refuse(400, "invalid", "reason")
        return asked.model_copy(update={"reason": reason})
