"""Merging two customers and undoing it over HTTP.

The rule of this file: who merges needs a ground to read at least one of the two, and a reason for a side of which
they have none: from the merge on they read both. Without the reason they see name and tier of that side, as in a
search. The merge and its line in the audit trail are one transaction.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import orjson
from aiohttp import web
from pydantic import ValidationError

from agent_console.customer_views import CodeName
from agent_console.merge_views import (
    MergeBelonging,
    MergeField,
    MergeList,
    MergePreview,
    MergeRequest,
    MergeSide,
    MergeView,
    StayingValue,
)
from agent_console.views import StaffView
from hub.access.looks import Look, Looks
from hub.access.reading import SHORTEST_REASON, Reading
from hub.api.routes import Rule, answer_json, refuse
from hub.api.stated_reasons import read_reason, tidy
from hub.clock import Clock, to_millis
from hub.customers import merging
from hub.customers.merge_preview import Belonging, list_belongings
from hub.customers.merging import MergeRefused, Wish
from hub.customers.profile_page import OWNER, list_attributes
from hub.ids import new_id
from hub.policies.in_force import PolicyBook, view_attribute
from hub.policies.stored_versions import get_newest_book
from hub.storage import audit, merges
from hub.storage import staff as stored_staff
from hub.storage.audit import Entry
from hub.storage.audit_words import Ground, OfWork
from hub.storage.database import Connection, Database
from hub.storage.merges import COLUMNS, MergedCustomer

Grounds = dict[str, tuple[Ground, str]]  # by customer: the ground to read them, and the queue of the work


class CustomerMerges:
    def __init__(
        self, db: Database, clock: Clock, reading: Reading, looks: Looks, wake_router: Callable[[], None]
    ) -> None:
        self._db, self._clock, self._reading, self._looks = db, clock, reading, looks
        self._wake_router = wake_router

    def rules(self) -> Sequence[Rule]:
        return [
            Rule("GET", "/api/customers/{id}/merge", "customer.merge", self._preview),
            Rule("POST", "/api/customers/{id}/merge", "customer.merge", self._merge),
            Rule("GET", "/api/customers/{id}/merges", "customer.read", self._list),
            Rule("POST", "/api/merges/{id}/undo", "customer.part", self._undo),
        ]

    async def _preview(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        winner_id, loser_id = request.match_info["id"], request.query.get("loser", "")
        reason = read_reason(request)
        try:
            async with self._db.read(is_slow=True) as conn:
                book = await get_newest_book(conn)
                family = await merging.load_family(conn, (winner_id, loser_id), is_locked=False)
                own = await self._find_grounds(conn, staff, (winner_id, loser_id))
                grounds = _open_by_reason(own, (winner_id, loser_id), reason)
                now = self._clock.now()
                people = {one.id: one.name for one in await stored_staff.list_all(conn)}
                overridden = await merging.list_overridden(conn, (winner_id, loser_id), now)
                fields = merging.preview(family, winner_id, loser_id, book, overridden)
                ids = {each: (each, *family.list_standing(each)) for each in (winner_id, loser_id)}
                other = {winner_id: ids[loser_id], loser_id: ids[winner_id]}
                language = request.query.get("language", staff.language)[:16]
                belongings = {
                    each: await list_belongings(conn, ids[each], other[each], language, now) for each in grounds
                }
        except MergeRefused as refused:
            return refuse(404, "not_found" if refused.code == "unknown" else refused.code)
        if not grounds:
            return refuse(403, "needs_ground")
        await self._record(staff, "customer.read", grounds, reason)
        sides = [_view_side(family.customers[each], belongings.get(each)) for each in (winner_id, loser_id)]
        masked = _list_masked(book, staff)
        if len(grounds) < 2:  # which of the other side's values are known, or the same, is read as well
            known = {
                name for name, value in family.customers[next(iter(grounds))].values.items() if value is not None
            }
            fields = [replace(one, choice="winner", why="unseen") for one in fields if one.name in known]
        attributes, shown = list_attributes(book), []
        for one in fields:
            is_masked = one.name in masked
            known_as = attributes.get(one.name)
            mine = None if is_masked or winner_id not in grounds else one.winners
            theirs = None if is_masked or loser_id not in grounds else one.losers
            shown.append(
                MergeField.model_validate(
                    {
                        "name": one.name,
                        "attribute": view_attribute(one.name, known_as) if known_as is not None else None,
                        "winners": mine,
                        "losers": theirs,
                        "is_masked": is_masked or len(grounds) < 2,
                        "choice": one.choice,
                        "why": one.why,
                    }
                )
            )
        owners = {value for one in shown if one.name == OWNER for value in (one.winners, one.losers)}
        staff_names = [CodeName(code=one, names={"en": people[one]}) for one in sorted(owners & set(people))]
        currency = book.document.currency
        return answer_json(
            MergePreview(winner=sides[0], loser=sides[1], fields=shown, staff=staff_names, currency=currency)
        )

    async def _merge(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        if request.content_type != "application/json":
            return refuse(415, "json_only")
        try:
            asked = MergeRequest.model_validate_json(await request.read())
        except ValidationError as error:
            at = error.errors()[0]["loc"]
            return refuse(400, "invalid", str(at[0]) if at else "")
        winner_id = request.match_info["id"]
        async with self._db.read() as conn:
            book = await get_newest_book(conn)
            own = await self._find_grounds(conn, staff, (winner_id, asked.loser_id))
        reason = tidy(asked.reason)
        grounds = _open_by_reason(own, (winner_id, asked.loser_id), reason)
        if not grounds:
            return refuse(403, "needs_ground")
        if winner_id != asked.loser_id and len(grounds) < 2:
            return refuse(403, "needs_reason")
        if unseen := _list_masked(book, staff) & set(asked.choices):
            return refuse(400, "invalid", min(unseen))
        wish = Wish(winner_id, asked.loser_id, asked.versions, asked.choices)
        merge_id, now, queue = new_id("g"), self._clock.now(), next(iter(own.values()))[1]
        said = {"reason": reason} if len(own) < len(grounds) else {}
        await self._record(staff, "customer.read", grounds, reason)

        async def unit(conn: Connection) -> None:
            await merging.merge(conn, wish, merge_id, now, staff.id, book)
            detail = orjson.dumps({"from": asked.loser_id, "to": winner_id, **said}).decode()
            await audit.add(conn, [Entry(now, staff.id, "customer.merge", merge_id, winner_id, queue, detail)])

        return await self._carry_out(staff, winner_id, unit)

    async def _undo(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        merge_id = request.match_info["id"]
        async with self._db.read() as conn:
            book = await get_newest_book(conn)
            made = await merges.find_merge(conn, merge_id)
            grounds = await self._find_grounds(conn, staff, (made.winner_id,)) if made is not None else {}
        if made is None or not grounds:
            return refuse(404, "not_found")
        winner_id, loser_id = made.winner_id, made.loser_id
        now, queue = self._clock.now(), grounds[winner_id][1]

        async def unit(conn: Connection) -> None:
            await merging.undo(conn, merge_id, now, staff.id, book)
            detail = orjson.dumps({"from": winner_id, "to": loser_id}).decode()
            await audit.add(conn, [Entry(now, staff.id, "customer.part", merge_id, winner_id, queue, detail)])

        return await self._carry_out(staff, winner_id, unit)

    async def _list(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        customer_id = request.match_info["id"]
        async with self._db.read() as conn:
            grounds = await self._find_grounds(conn, staff, (customer_id,))
        if not grounds:
            return refuse(403, "needs_ground")
        await self._record(staff, "customer.read", grounds)
        return await self._answer(staff, customer_id)

    async def _carry_out(
        self, staff: StaffView, customer_id: str, unit: Callable[[Connection], object]
    ) -> web.StreamResponse:
        try:
            await self._db.write(unit)  # type: ignore[arg-type]  # a unit of this file
        except MergeRefused as refused:
            status = {"unknown": 404, "invalid": 400}.get(refused.code, 409)
            return refuse(status, refused.code, refused.field)
        self._wake_router()
        return await self._answer(staff, customer_id)

    async def _answer(self, staff: StaffView, customer_id: str) -> web.StreamResponse:
        """The merges in force of this customer, each with what its undo would do."""
        async with self._db.read() as conn:
            masked = _list_masked(await get_newest_book(conn), staff)
            family = await merging.load_family(conn, (customer_id,), is_locked=False)
            people = {one.id: one.name for one in await stored_staff.list_all(conn)}
            undoings = [(await merging.find_undoing(conn, one.id))[0] for one in reversed(family.merges)]
        shown = [
            MergeView(
                id=one.merge.id,
                winner_id=one.merge.winner_id,
                loser_id=one.merge.loser_id,
                loser_name=family.customers[one.merge.loser_id].values.get("name") or "",
                merged_at=to_millis(one.merge.merged_at),
                merged_by=people.get(one.merge.merged_by, one.merge.merged_by),
                back=sorted(one.back),
                stays=[
                    StayingValue(
                        name=name,
                        value=None if name in masked else row.new,
                        is_masked=name in masked,
                        by=people.get(row.changer_id, row.changer_id),
                        at=to_millis(row.at),
                    )
                    for name, row in one.stays.items()
                ],
                parted=list(one.parted),
            )
            for one in undoings
        ]
        head = family.customers[customer_id].merged_into or customer_id
        return answer_json(MergeList(customer_id=head, merges=shown))

    async def _find_grounds(self, conn: Connection, staff: StaffView, ids: Sequence[str]) -> Grounds:
        found = {each: await self._reading.find_ground_for_customer(conn, staff, each) for each in ids}
        return {each: ground for each, ground in found.items() if ground is not None}

    async def _record(self, staff: StaffView, action: OfWork, grounds: Grounds, reason: str = "") -> None:
        looks = [
            Look(staff.id, action, each, each, queue, (ground,), reason if ground is Ground.REASON else "")
            for each, (ground, queue) in grounds.items()
        ]
        await self._looks.record(looks, is_repeated=True)


def _open_by_reason(own: Grounds, ids: Sequence[str], reason: str) -> Grounds:
    """Also the one of which this person has no ground, if they state a reason. Who has none at all opens nothing."""
    if not own or len(reason) < SHORTEST_REASON:
        return own
    return {each: own.get(each, (Ground.REASON, "")) for each in ids}


def _view_side(one: MergedCustomer, belongings: Sequence[Belonging] | None) -> MergeSide:
    """`belongings`: None if the person may not see them."""
    values = one.values
    return MergeSide(
        id=one.id,
        name=values.get("name") or "",
        tier=values["tier"],
        version=one.version,
        is_open=belongings is not None,
        belongings=[
            MergeBelonging(kind=each.kind, number=each.number, names=list(each.names)) for each in belongings or ()
        ],
    )


def _list_masked(book: PolicyBook, staff: StaffView) -> set[str]:
    """The values that this person's roles may not see."""
    hidden = {name for name, one in list_attributes(book).items() if not one.is_seen_by(staff.roles)}
    return hidden - set(COLUMNS)
