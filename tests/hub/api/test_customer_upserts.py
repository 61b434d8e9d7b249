"""Programs write customers by a token: shown once, ended at once, repeated without effect, refused field by field."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import orjson
import pytest
import pytest_asyncio
from sqlalchemy import func, select

from hub.administration import program_tokens
from hub.api import customer_upserts
from hub.app import HubProcess
from hub.storage import customers, tables
from hub.storage.profiles import list_past_values
from tests.hub.connected_screens import sign_in

pytestmark = pytest.mark.asyncio(loop_scope="module")
LIN = {"name": "Lin Berg", "phone": ["+46 70 888 00 11", "+46708880012"], "city": "Lund", "value_now": 12.5}


class Programs:
    def __init__(self, hub: HubProcess, session: aiohttp.ClientSession) -> None:
        self.hub, self._session = hub, session

    async def ask(self, path: str, body: Any = None, name: str = "tomasz") -> tuple[int, Any]:
        headers = {"Cookie": await sign_in(self.hub.url, name)}
        method = "GET" if body is None else "POST"
        async with self._session.request(method, f"{self.hub.url}/api/{path}", json=body, headers=headers) as answer:
            return answer.status, orjson.loads(await answer.read())

    async def make(self) -> tuple[str, str]:
        status, made = await self.ask("tokens", {"name": "shop", "days": 30})
        assert status == 200
        return made["id"], made["token"]

    async def upsert(self, token: str, key: str, *people: Any) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {token}", **({"Idempotency-Key": key} if key else {})}
        body = {"customers": list(people)}
        async with self._session.post(f"{self.hub.url}/api/customer-upserts", json=body, headers=headers) as answer:
            return answer.status, orjson.loads(await answer.read())

    async def count(self, table: Any) -> int:
        async with self.hub.db.read() as conn:
            return int(await conn.scalar(select(func.count()).select_from(table)))


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def programs(hub: HubProcess) -> AsyncIterator[Programs]:
    async with aiohttp.ClientSession() as session:
        yield Programs(hub, session)


async def test_a_request_adds_and_changes_once_however_often_it_comes(programs: Programs) -> None:
    token_id, token = await programs.make()
    before = await programs.count(tables.customer)
    status, said = await programs.upsert(token, "one", LIN, {"customer_id": "sam", "city": "Luleå"})
    assert status == 200
    assert [one["outcome"] for one in said["customers"]] == ["add", "change"]
    again = await programs.upsert(token, "one", LIN, {"customer_id": "sam", "city": "Luleå"})
    assert again == (200, said)
    assert await programs.count(tables.customer) == before + 1
    assert await programs.upsert(token, "one", LIN) == (422, {"code": "key_of_another_body"})
    assert await programs.upsert(token, "two", LIN) == (
        200,
        {"activities": 0, "customers": [said["customers"][0] | {"outcome": "same"}]},
    )
    lin = said["customers"][0]["customer_id"]
    async with programs.hub.db.read() as conn:
        stored = (await customers.find(conn, [lin]))[lin]
        (past, *_) = await list_past_values(conn, "sam", name="city")
        a = tables.audit.c
        trail = list(await conn.scalars(select(a.action).where(a.staff_id == token_id)))
    assert (stored.name, orjson.loads(stored.profile)["value_now"]) == ("Lin Berg", 12.5)
    assert (past.new, past.changed_by, past.changer_id, past.source) == ("Luleå", "api", token_id, "shop")
    assert trail == ["customers.upsert"] * 2


async def test_every_wrong_field_is_named_and_nothing_is_stored(programs: Programs) -> None:
    _, token = await programs.make()
    before = await programs.count(tables.customer), await programs.count(tables.profile_change)
    wrong = {"phone": ["12", "070-1"], "value_now": "many", "shoe": 1, "name": "a\u202eb"}
    status, said = await programs.upsert(
        token, "k", {"email": "new@post.example", "city": "Lund"}, wrong, {"name": "B"}
    )
    assert status == 422
    assert [(one["index"], one["field"], one["code"]) for one in said["problems"]] == [
        (1, "phone", "country"),
        (1, "phone", "country"),
        (1, "value_now", "number"),
        (1, "shoe", "unknown_field"),
        (1, "name", "characters"),
        (1, "", "nobody"),
        (2, "", "nobody"),
    ]
    status, said = await programs.upsert(token, "k", {"customer_id": "none"}, {"customer_id": "sam"})
    assert (status, said["problems"]) == (422, [{"index": 0, "field": "", "code": "unknown_customer"}])
    assert (await programs.count(tables.customer), await programs.count(tables.profile_change)) == before
    assert (await programs.upsert(token, "", LIN))[0] == 400 and (await programs.upsert(token, "å", LIN))[0] == 400
    assert (await programs.upsert(token, "k"))[0] == 400
    assert (await programs.upsert(token, "k", *[LIN] * 26))[0] == 400


async def test_what_happened_to_a_customer_counts_once_however_often_it_is_told(programs: Programs) -> None:
    _, token = await programs.make()
    paid = {"kind": "payment", "at": "2026-03-01", "amount": 129.5, "reference": "INV-7 发票"}
    called = {"kind": "visit", "at": "2026-03-02T09:30:00+01:00", "label": "Lund"}
    happened = {"customer_id": "sam", "activities": [paid, called]}
    status, said = await programs.upsert(token, "a1", happened)
    assert (status, said["activities"], said["customers"][0]["outcome"]) == (200, 2, "same")
    later = [paid | {"amount": 1}, paid | {"reference": "INV-8"}, paid | {"kind": "visit", "amount": None}]
    status, said = await programs.upsert(token, "a2", {"customer_id": "sam", "activities": later})
    assert (status, said["activities"]) == (200, 2)
    a = tables.activity.c
    async with programs.hub.db.read() as conn:
        query = select(a.kind, a.label, a.amount, a.reference).where(a.customer_id == "sam").order_by(a.id)
        rows = (await conn.execute(query)).all()
        told = await conn.scalar(select(a.at).where(a.customer_id == "sam", a.label == "Lund"))
    assert [tuple(row) for row in rows if row.kind in ("payment", "visit")] == [
        ("payment", "", 1_295_000, "INV-7 发票"),
        ("visit", "Lund", None, None),
        ("payment", "", 1_295_000, "INV-8"),
        ("visit", "", None, "INV-7 发票"),
    ]
    assert told == 1_772_440_200_000_000


async def test_an_activity_that_cannot_be_counted_is_named_and_nothing_is_stored(programs: Programs) -> None:
    _, token = await programs.make()
    before = await programs.count(tables.activity)
    wrong = [
        {"kind": "payment", "at": "2026-03-01", "amount": "1.00001"},
        {"kind": "contact", "at": "2026-03-01"},
        {"kind": "visit", "at": "2999-01-01", "amount": 3},
        {"kind": "wedding", "at": "yesterday", "label": "a\u202eb"},
    ]
    status, said = await programs.upsert(token, "k", {"customer_id": "sam", "activities": wrong})
    assert status == 422
    assert [(one["field"].removeprefix("activities."), one["code"]) for one in said["problems"]] == [
        ("0.amount", "number"),
        ("1.kind", "counted_by_hub"),
        ("2.amount", "no_amount"),
        ("2.at", "in_future"),
        ("3.kind", "unknown_kind"),
        ("3.at", "date"),
        ("3.label", "characters"),
    ]
    for shape, place in (
        ("much", "activities"),
        ([{"kind": "visit"}], "activities.0.at"),
        ([{"kind": "visit", "at": "2026-01-01", "who": 1}], "activities.0.who"),
        ([{"kind": "payment", "at": "2026-01-01", "amount": "NaN"}], "activities.0.amount"),
    ):
        status, said = await programs.upsert(token, "k", {"customer_id": "sam", "activities": shape})
        assert (status, said["problems"]) == (422, [{"index": 0, "field": place, "code": "invalid"}])
    many = [{"kind": "visit", "at": "2026-01-01"}] * 101
    status, said = await programs.upsert(token, "k", {"customer_id": "sam", "activities": many})
    assert (status, said["problems"][0]["code"]) == (422, "too_many")
    status, said = await programs.upsert(token, "k", {"customer_id": "sam", **{f"f{n}": 1 for n in range(100)}})
    assert (status, said["problems"]) == (422, [{"index": 0, "field": "", "code": "too_many"}])
    assert await programs.count(tables.activity) == before


async def test_a_token_that_is_wrong_revoked_or_over_opens_nothing(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    token_id, token = await programs.make()
    for wrong in ("", "hub_wrong", token[:-1], token.upper(), "hub_" + "x" * 200):
        assert await programs.upsert(wrong, "k", LIN) == (401, {"code": "token_missing_or_wrong"})
    assert (await programs.ask("tokens", None))[1]["tokens"][0]["id"] == token_id
    assert token not in str(await programs.ask("tokens", None))
    async with programs.hub.db.read() as conn:
        assert token not in str((await conn.execute(select(tables.api_token))).all())
    assert (await programs.ask(f"tokens/{token_id}/revoke", {}))[0] == 200
    assert (await programs.ask(f"tokens/{token_id}/revoke", {}))[0] == 404
    assert (await programs.upsert(token, "k", LIN))[0] == 401
    monkeypatch.setattr(program_tokens, "DAY", 0)  # it is over as it is made
    _, token = await programs.make()
    assert (await programs.upsert(token, "k", LIN))[0] == 401
    assert (await programs.ask("tokens", {"name": "x", "days": 1}, "dot"))[0] == 403


async def test_a_flood_of_one_program_is_told_when_to_come_again(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(customer_upserts, "BURST", 2)
    monkeypatch.setattr(customer_upserts, "EVERY", 3_600_000_000)
    _, token = await programs.make()
    assert [(await programs.upsert(token, "k", LIN))[0] for _ in range(3)] == [200, 200, 429]
    _, other = await programs.make()
    assert (await programs.upsert(other, "k", LIN))[0] == 200
