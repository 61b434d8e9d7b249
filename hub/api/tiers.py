"""Tiers and stages over HTTP: their rules and figures, why one customer has their tier, and tiers that supervisors
fix for a while.

The rule of this file: figures name no customer. Whoever sees why a customer has a tier needs a ground to see the
customer; whoever fixes one is in the trail, with their reason.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

import orjson
from aiohttp import web
from pydantic import ValidationError

from agent_console.tier_views import FixTierRequest
from agent_console.views import StaffView
from hub.access.reading import Reading
from hub.access.rules import has_role_for
from hub.access.shown_values import find_sight
from hub.api.routes import Rule, answer_json, refuse
from hub.api.stated_reasons import read_reason
from hub.clock import Clock
from hub.customers.tier_reason import explain_tier, view_fixed
from hub.ids import new_id
from hub.policies.stored_versions import get_newest_book
from hub.reports.tier_pages import read_fixed_tiers, read_lifecycle, read_tiers
from hub.storage import audit, customers, tier_moves
from hub.storage import staff as stored_staff
from hub.storage.audit import Entry
from hub.storage.audit_words import Detail
from hub.storage.database import Connection, Database
from hub.storage.tier_moves import TierOverride

MILLISECOND = 1000  # in microseconds
DAYS, MOST_DAYS = 90, 365  # so far back the flows between stages go


class Tiers:
    def __init__(self, db: Database, clock: Clock, reading: Reading, changed: Callable[[], None]) -> None:
        self._db, self._clock, self._reading, self._changed = db, clock, reading, changed

    def rules(self) -> Sequence[Rule]:
        one = "/api/customers/{id}/tier"
        return [
            Rule("GET", "/api/tiers", "tiers.read", self._list),
            Rule("GET", "/api/lifecycle", "tiers.read", self._show_lifecycle),
            Rule("GET", "/api/fixed-tiers", "tier.list_fixed", self._list_fixed),
            Rule("GET", one, "customer.read", self._explain),
            Rule("POST", f"{one}/fix", "tier.fix", self._fix),
            Rule("POST", f"{one}/release", "tier.fix", self._release),
        ]

    async def _list(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        language, may_fix = _language_of(request), has_role_for(staff, "tier.fix")
        may_change = has_role_for(staff, "policy.change")
        async with self._db.read(is_slow=True) as conn:
            book = await get_newest_book(conn)
            view = await read_tiers(conn, book, language, self._clock.now(), may_fix=may_fix, may_change=may_change)
            return answer_json(view)

    async def _list_fixed(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        async with self._db.read() as conn:
            return answer_json(await read_fixed_tiers(conn, await get_newest_book(conn), self._clock.now()))

    async def _show_lifecycle(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        asked = request.query.get("days", "")
        days = min(int(asked), MOST_DAYS) if asked.isascii() and asked.isdigit() and len(asked) < 9 else DAYS
        async with self._db.read(is_slow=True) as conn:
            book = await get_newest_book(conn)
            return answer_json(
                await read_lifecycle(conn, book, _language_of(request), self._clock.now(), max(1, days))
            )

    async def _explain(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        customer_id, language = request.match_info["id"], _language_of(request)
        async with self._db.read() as conn:
            known = (await customers.find(conn, [customer_id])).get(customer_id)
        if not known:
            return refuse(404, "not_found")
        if await self._reading.open_customer(staff, "customer.read", customer_id, read_reason(request)) is None:
            return refuse(403, "needs_reason")
        async with self._db.read() as conn:
            book = await get_newest_book(conn)
            now = self._clock.now()
            sight = await find_sight(conn, staff.id, staff.roles, customer_id, now)
            view = await explain_tier(conn, book, known, sight, language, now)
        return answer_json(view.model_copy(update={"may_fix": has_role_for(staff, "tier.fix")}))

    async def _fix(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        try:
            asked = FixTierRequest.model_validate_json(await request.read())
        except ValidationError as error:
            return refuse(400, "invalid", ".".join(str(part) for part in error.errors()[0]["loc"]))
        customer_id, now = request.match_info["id"], self._clock.now()
        until = None if asked.until_at is None else asked.until_at * MILLISECOND
        if until is not None and until <= now:
            return refuse(400, "invalid", "until_at")
        fixed = TierOverride(
            id=new_id("t"),
            customer_id=customer_id,
            tier=asked.tier,
            set_by=staff.id,
            why=asked.why.strip(),
            set_at=now,
            until_at=until,
        )

        async def unit(conn: Connection) -> str:
            book = await get_newest_book(conn)
            if asked.tier not in [tier.id for tier in book.document.tiers]:
                return "tier"
            known = (await customers.find(conn, [customer_id])).get(customer_id)
            if not known:
                return "not_found"
            override = replace(fixed, customer_id=known.id)  # who was merged has the tier of whom they are now
            await tier_moves.fix_tier(conn, override)
            detail: Detail = {"from": known.tier, "to": asked.tier, "reason": override.why}
            await audit.add(conn, [_write(override, staff, now, detail, "tier.fix")])
            return ""

        if problem := await self._db.write(unit):
            return refuse(404, problem) if problem == "not_found" else refuse(400, "invalid", problem)
        self._changed()
        return answer_json(view_fixed(fixed, {staff.id: staff.name}))

    async def _release(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        customer_id, now = request.match_info["id"], self._clock.now()

        async def unit(conn: Connection) -> TierOverride | None:
            known = (await customers.find(conn, [customer_id])).get(customer_id)
            own_id = known.id if known else customer_id
            found = (await tier_moves.find_overrides(conn, [own_id])).get(own_id)
            if found is not None:
                await tier_moves.end_override(conn, found, now, staff.id)
                await audit.add(conn, [_write(found, staff, now, {"from": found.tier}, "tier.release")])
            return found

        ended = await self._db.write(unit)
        self._changed()
        if ended is None:
            return refuse(404, "not_found")
        async with self._db.read() as conn:
            people = {one.id: one.name for one in await stored_staff.list_all(conn)}
        return answer_json(view_fixed(ended, people))


def _language_of(request: web.Request) -> str:
    return request.query.get("language", "")[:16]


def _write(
    one: TierOverride, staff: StaffView, now: int, detail: Detail, action: Literal["tier.fix", "tier.release"]
) -> Entry:
    return Entry(now, staff.id, action, one.id, one.customer_id, detail=orjson.dumps(detail).decode())
