"""Possible matches of a customer over HTTP: who they are, and the answer that they are two.

The rule of this file: whoever asks needs a ground to read the customer. The answer that two are one is a merge
(`customer_merges.py`). An answer and its line in the audit trail are one transaction.
"""

from collections.abc import Sequence

import orjson
from aiohttp import web
from pydantic import ValidationError

from agent_console.match_views import MatchesView, MatchView, RefuseMatch, SharedAddressView, SharerView
from agent_console.views import StaffView
from hub.access.looks import Look, Looks
from hub.access.reading import Reading
from hub.api.routes import Rule, answer_json, refuse
from hub.clock import Clock
from hub.customers.match_answers import list_matches, list_shared, refuse_match
from hub.storage import audit, customers
from hub.storage.audit import Entry
from hub.storage.audit_words import Ground
from hub.storage.database import Connection, Database


class CustomerMatches:
    def __init__(self, db: Database, clock: Clock, reading: Reading, looks: Looks) -> None:
        self._db, self._clock, self._reading, self._looks = db, clock, reading, looks

    def rules(self) -> Sequence[Rule]:
        return [
            Rule("GET", "/api/customers/{id}/matches", "customer.read", self._list),
            Rule("POST", "/api/customers/{id}/matches/refuse", "customer.merge", self._refuse),
        ]

    async def _list(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        customer_id = request.match_info["id"]
        found = await self._find_ground(staff, customer_id)
        if found is None:
            return refuse(403, "needs_ground")
        ground, queue = found
        look = Look(staff.id, "customer.read", customer_id, customer_id, queue, (ground,))
        await self._looks.record([look], is_repeated=True)
        return await self._answer(customer_id)

    async def _refuse(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        if request.content_type != "application/json":
            return refuse(415, "json_only")
        try:
            asked = RefuseMatch.model_validate_json(await request.read())
        except ValidationError:
            return refuse(400, "invalid", "other_id")
        customer_id = request.match_info["id"]
        found = await self._find_ground(staff, customer_id)
        if found is None:
            return refuse(403, "needs_ground")
        now, queue = self._clock.now(), found[1]

        async def unit(conn: Connection) -> bool:
            if not await refuse_match(conn, customer_id, asked.other_id, now, staff.id):
                return False
            detail = orjson.dumps({"from": asked.other_id, "to": customer_id}).decode()
            entry = Entry(now, staff.id, "customer.refuse_match", customer_id, customer_id, queue, detail)
            await audit.add(conn, [entry])
            return True

        if not await self._db.write(unit):
            return refuse(404, "not_found")
        return await self._answer(customer_id)

    async def _answer(self, customer_id: str) -> web.StreamResponse:
        async with self._db.read() as conn:
            one = (await customers.find(conn, [customer_id])).get(customer_id)
            if one is None:
                return refuse(404, "not_found")
            matches, shared = await list_matches(conn, one), await list_shared(conn, one)
        return answer_json(
            MatchesView(
                customer_id=one.id,
                matches=[
                    MatchView.model_validate(
                        {
                            "customer_id": each.customer.id,
                            "name": each.customer.name,
                            "tier": each.customer.tier,
                            "reasons": list(each.reasons),
                        }
                    )
                    for each in matches
                ],
                shared=[
                    SharedAddressView(
                        address=each.address,
                        customers=[SharerView(customer_id=user.id, name=user.name) for user in each.customers],
                    )
                    for each in shared
                ],
            )
        )

    async def _find_ground(self, staff: StaffView, customer_id: str) -> tuple[Ground, str] | None:
        async with self._db.read() as conn:
            return await self._reading.find_ground_for_customer(conn, staff, customer_id)
