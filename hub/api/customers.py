"""One customer over HTTP: what is known of them, its history, and changes of it.

The rule of this file: whoever may look customers up sees name, tier and owner. More takes a ground
(`hub.access.reading`) or a stated reason; either is in the audit trail before it is shown or changed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final, TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from agent_console.customer_views import (
    ChangeRequest,
    CustomerMark,
    CustomerPage,
    HistoryView,
    HoldingRequest,
    PastValueView,
    ReasonRequest,
    RelationRequest,
    StaleView,
)
from agent_console.private_data import Private
from agent_console.views import StaffView
from hub.access.looks import Look, Looks
from hub.access.reading import Reading
from hub.access.shown_values import find_sight
from hub.api.routes import Rule, answer_json, refuse
from hub.api.stated_reasons import read_reason, tidy
from hub.batch.lookups import load_addresses, load_customers
from hub.clock import Clock, to_millis
from hub.customers.profile_editing import StaleChange, ValueRefused, change_values
from hub.customers.profile_page import read_mark, read_page
from hub.customers.relation_editing import add_relation, change_holding, remove_relation
from hub.ids import new_id
from hub.policies.stored_versions import get_newest_book
from hub.screens.open_pages import OpenPages, TooManyPages
from hub.storage import customers, profiles
from hub.storage import staff as stored_staff
from hub.storage.audit_words import Ground, OfWork
from hub.storage.database import Connection, Database
from hub.storage.profiles import PastValue
from hub.storage.relations import HOLDING, RELATION, Author, Holding, Relation

WAIT_SECONDS: Final = 25.0  # proxies end requests that are silent for longer
Asked = TypeVar("Asked", bound=BaseModel)


class Customers:
    def __init__(
        self,
        db: Database,
        clock: Clock,
        reading: Reading,
        looks: Looks,
        pages: OpenPages,
        wake_router: Callable[[], None],
    ) -> None:
        self._db, self._clock, self._reading, self._looks = db, clock, reading, looks
        self._pages, self._wake_router = pages, wake_router

    def rules(self) -> Sequence[Rule]:
        return [
            Rule("GET", "/api/customers/{id}", "customer.read", self._read),
            Rule("POST", "/api/customers/{id}/open", "customer.read", self._open),
            Rule("GET", "/api/customers/{id}/history", "customer.read", self._history),
            Rule("GET", "/api/customers/{id}/mark", "customer.read", self._mark, is_poll=True),
            Rule("POST", "/api/customers/{id}/changes", "customer.change", self._change),
            Rule("POST", "/api/customers/{id}/holdings", "customer.change", self._put_holding),
            Rule("POST", "/api/customers/{id}/relations", "customer.change", self._change_relation),
        ]

    # ---- reading

    async def _read(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        return await self._show(request, staff, read_reason(request))

    async def _open(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        asked = await _parse(request, ReasonRequest)
        return asked if isinstance(asked, web.Response) else await self._show(request, staff, asked.reason)

    async def _show(self, request: web.Request, staff: StaffView, reason: str) -> web.StreamResponse:
        customer_id = request.match_info["id"]
        ground = await self._look(staff, "customer.read", customer_id, reason)
        page = await self._build(staff, customer_id, is_open=ground is not None)
        return answer_json(page) if page is not None else refuse(404, "not_found")

    async def _build(self, staff: StaffView, customer_id: str, *, is_open: bool) -> CustomerPage | None:
        async with self._db.read() as conn:
            book = await get_newest_book(conn)
            sight = await find_sight(conn, staff.id, staff.roles, customer_id, self._clock.now())
            page = await read_page(conn, book, customer_id, staff.id, sight, is_open=is_open)
            if page is None or not is_open:
                return page
            known = await load_customers(conn, [customer_id])
            addresses = await load_addresses(conn, list(known.values()))
        return page.model_copy(update={"addresses": addresses.get(page.id, [])})

    async def build_opened(self, staff: StaffView, customer_id: str) -> CustomerPage | None:
        """The page of a customer for somebody whose reason is in the trail already."""
        return await self._build(staff, customer_id, is_open=True)

    async def _look(self, staff: StaffView, action: OfWork, customer_id: str, reason: str) -> Ground | None:
        """Record the look, and on which ground. None: the person sees only the head."""
        is_read = action == "customer.read"
        ground = await self._reading.open_customer(staff, action, customer_id, tidy(reason), is_repeated=is_read)
        if ground is None:
            await self._looks.record([Look(staff.id, action, customer_id, customer_id)], is_repeated=is_read)
        return ground

    async def _history(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        customer_id, name = request.match_info["id"], request.query.get("name", "")
        if await self._look(staff, "customer.read", customer_id, read_reason(request)) is None:
            return refuse(403, "needs_reason")
        async with self._db.read() as conn:
            past = await profiles.list_past_values(conn, customer_id, name=name)
            people = {one.id: one.name for one in await stored_staff.list_all(conn)}
            sight = await find_sight(conn, staff.id, staff.roles, customer_id, self._clock.now())
        seen = [one for one in past if not sight.hides(one.name)]
        return answer_json(HistoryView(changes=[_view_past(one, people) for one in seen]))

    async def _mark(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        """Answered once the mark is not the known one any more."""
        customer_id, known = request.match_info["id"], request.query.get("known", "")
        until = asyncio.get_running_loop().time() + WAIT_SECONDS
        async with self._db.read() as conn:
            ids = await customers.list_same(conn, customer_id)
        try:
            with self._pages.watch(staff.id, ids) as changed:
                while True:
                    async with self._db.read() as conn:
                        mark = await read_mark(conn, customer_id)
                    left = until - asyncio.get_running_loop().time()
                    if not mark or mark != known or not await self._pages.wait(changed, left):
                        return answer_json(CustomerMark(mark=mark)) if mark else refuse(404, "not_found")
        except TooManyPages:
            return refuse(429, "too_many_pages")

    # ---- changing

    async def _change(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        asked = await _parse(request, ChangeRequest)
        if isinstance(asked, web.Response):
            return asked
        customer_id, values = request.match_info["id"], {one.name: one.value for one in asked.changes}
        async with self._db.read() as conn:
            book = await get_newest_book(conn)
            people = {one.id: one.name for one in await stored_staff.list_all(conn)}
        sight = book.see_as(staff.roles)
        if any(name in book.attributes and sight.hides(name) for name in values):
            return refuse(403, "may_not")
        by = self._author(staff, asked.source)

        async def unit(conn: Connection) -> bool:
            return await change_values(conn, book, customer_id, values, asked.version, by)

        try:
            return await self._carry_out(request, staff, asked.reason, unit)
        except ValueRefused as refused:
            return refuse(400, refused.problem.code, refused.name)
        except StaleChange as stale:
            return answer_json(StaleView(changes=[_view_past(one, people) for one in stale.changes]), status=409)

    async def _put_holding(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        asked = await _parse(request, HoldingRequest)
        if isinstance(asked, web.Response):
            return asked
        if (problem := _find_day_problem(asked)) is not None:
            return refuse(400, *problem)
        holding = Holding(
            id=asked.id or new_id("h"),
            customer_id=request.match_info["id"],
            product=asked.product.strip(),
            number=asked.number.strip(),
            began_on=asked.began_on,
            ended_on=asked.ended_on,
        )
        by = self._author(staff, HOLDING)
        async with self._db.read() as conn:
            people = {one.id: one.name for one in await stored_staff.list_all(conn)}
            sight = await find_sight(conn, staff.id, staff.roles, holding.customer_id, self._clock.now())
        keeps_number = sight.hides_kind(Private.ACCOUNTS)

        async def unit(conn: Connection) -> bool:
            return await change_holding(conn, holding, asked.version, by, keeps_number=keeps_number)

        try:
            return await self._carry_out(request, staff, asked.reason, unit)
        except StaleChange as stale:
            return _answer_stale([replace(one, old=None, new=_name_holding(one)) for one in stale.changes], people)

    async def _change_relation(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        asked = await _parse(request, RelationRequest)
        if isinstance(asked, web.Response):
            return asked
        customer_id, by = request.match_info["id"], self._author(staff, RELATION)
        sides = (customer_id, asked.other_id) if asked.is_from else (asked.other_id, customer_id)

        async def unit(conn: Connection) -> bool:
            if asked.remove:
                return await remove_relation(conn, customer_id, asked.remove, by)
            return await add_relation(conn, Relation(new_id("r"), sides[0], asked.kind, sides[1]), by)

        return await self._carry_out(request, staff, asked.reason, unit)

    def _author(self, staff: StaffView, source: str) -> Author:
        return Author(self._clock.now(), "agent", staff.id, source)

    async def _carry_out(
        self, request: web.Request, staff: StaffView, reason: str, unit: Callable[[Connection], Awaitable[bool]]
    ) -> web.StreamResponse:
        """Change the customer in one transaction, and show the page as it is then."""
        customer_id = request.match_info["id"]
        if await self._look(staff, "customer.change", customer_id, reason) is None:
            return refuse(403, "needs_reason")
        if not await self._db.write(unit):
            return refuse(404, "not_found")
        self._wake_router()
        page = await self._build(staff, customer_id, is_open=True)
        return answer_json(page) if page is not None else refuse(404, "not_found")


def _find_day_problem(asked: HoldingRequest) -> tuple[str, str] | None:
    """The code of the problem and its field."""
    for name in ("began_on", "ended_on"):
        try:
            if day := getattr(asked, name):
                date.fromisoformat(day)
        except ValueError:
            return "not_a_date", name
    return ("ends_before", "ended_on") if "" < asked.ended_on < asked.began_on else None


def _answer_stale(changes: Sequence[PastValue], people: dict[str, str]) -> web.Response:
    views = [_view_past(one, people).model_dump() for one in changes]
    return web.json_response({"code": "stale", "changes": views}, status=409)


def _name_holding(one: PastValue) -> str:
    """The product alone: not everybody sees its number."""
    return str((one.new or one.old)["product"])


def _view_past(one: PastValue, people: dict[str, str]) -> PastValueView:
    return PastValueView.model_validate(
        {
            "name": one.name,
            "old": one.old,
            "new": one.new,
            "at": to_millis(one.at),
            "by_kind": one.changed_by,
            "by": people.get(one.changer_id, one.changer_id),
            "source": one.source,
        }
    )


async def _parse(request: web.Request, form: type[Asked]) -> Asked | web.Response:
    if request.content_type != "application/json":
        return refuse(415, "json_only")
    try:
        return form.model_validate_json(await request.read())
    except ValidationError as error:
        at: tuple[Any, ...] = error.errors()[0]["loc"]
        return refuse(400, "invalid", str(at[0]) if at else "")
