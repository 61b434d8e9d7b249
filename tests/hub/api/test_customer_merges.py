"""Merging over HTTP: a ground for whoever merges, values only of those whom they may read, and a way back."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import aiohttp
import orjson
import pytest
import pytest_asyncio
from sqlalchemy import select

from hub.api.stated_reasons import HEADER
from hub.app import HubProcess
from hub.policies.stored_versions import get_newest_book, publish_policy
from hub.storage import activities, consents, customers, tables, tier_moves
from hub.storage.activities import NewActivity
from hub.storage.consents import ConsentEntry
from hub.storage.customers import KnownAddress, StoredCustomer
from hub.storage.database import Connection
from hub.storage.relations import Author, Holding, Relation, add_relation, put_holding
from hub.storage.search_index import index_customers
from hub.storage.segment_members import Answer, set_answers
from hub.storage.segment_tables import segment
from hub.storage.tier_moves import TierOverride
from tests.hub.connected_screens import sign_in

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Counter:
    def __init__(self, hub: HubProcess, session: aiohttp.ClientSession) -> None:
        self.hub, self._session = hub, session
        self._cookies: dict[str, str] = {}

    async def ask(
        self, path: str, name: str = "ada", body: Any = None, reason: str = ""
    ) -> tuple[int, dict[str, Any]]:
        if name not in self._cookies:
            self._cookies[name] = await sign_in(self.hub.url, name)
        headers = {"Cookie": self._cookies[name], HEADER: quote(reason)}
        method = "GET" if body is None else "POST"
        url = f"{self.hub.url}/api/{path}"
        async with self._session.request(method, url, json=body, headers=headers) as answer:
            return answer.status, orjson.loads(await answer.read())

    async def add(self, customer_id: str, name: str, tier: str, *, queue: str = "", **profile: Any) -> None:
        """`queue`: of work of theirs that is open there."""
        row = StoredCustomer(customer_id, name, tier, "en", orjson.dumps(profile).decode(), 1)

        async def unit(conn: Connection) -> None:
            await customers.add(conn, [row], 1)
            if queue:
                work = {"id": f"i-{customer_id}", "customer_id": customer_id, "channel": "email", "queue": queue}
                work |= {"tier": tier, "state": "closed", "entered_at": 1, "state_at": 1, "closed_at": 2**61}
                await conn.execute(tables.interaction.insert(), [work])

        await self.hub.db.write(unit)

    async def preview(self, winner: str, loser: str, name: str = "ada", reason: str = "") -> dict[str, Any]:
        status, shown = await self.ask(f"customers/{winner}/merge?loser={loser}", name, reason=reason)
        assert status == 200, shown
        return shown

    async def merge(
        self, winner: str, loser: str, choices: dict[str, str] | None = None, reason: str = ""
    ) -> tuple[int, dict[str, Any]]:
        """Also if rules change one of them between the look and the merge."""
        while True:
            shown = await self.preview(winner, loser)
            versions = {shown[side]["id"]: shown[side]["version"] for side in ("winner", "loser")}
            body = {"loser_id": loser, "versions": versions, "choices": choices or {}, "reason": reason}
            status, answer = await self.ask(f"customers/{winner}/merge", body=body)
            if answer.get("code") != "stale":
                return status, answer

    async def trail(self, customer: str) -> list[tuple[str, str]]:
        a = tables.audit.c
        query = select(a.staff_id, a.action).where(a.customer_id == customer).order_by(a.id)
        async with self.hub.db.read() as conn:
            return [(row.staff_id, row.action) for row in await conn.execute(query)]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def counter(hub: HubProcess) -> AsyncIterator[Counter]:
    async with aiohttp.ClientSession() as session:
        yield Counter(hub, session)


def values(shown: dict[str, Any]) -> dict[str, tuple[Any, Any, str, bool]]:
    fields = shown["fields"]
    return {one["name"]: (one["winners"], one["losers"], one["choice"], one["is_masked"]) for one in fields}


async def test_a_merge_is_looked_at_first_chosen_field_by_field_and_undone(counter: Counter) -> None:
    await counter.add("lin-1", "Lin Wei", "standard", queue="service", city="Malmö", products=["Loan"])
    await counter.add("wei-1", "Wei Lin", "gold", queue="service", city="Lund", products=["Card"])
    shown = await counter.preview("lin-1", "wei-1")
    assert values(shown)["city"] == ("Malmö", "Lund", "winner", False)
    assert values(shown)["tier"] == ("standard", "gold", "loser", False)
    said = {one["name"]: one["attribute"]["names"]["zh-CN"] for one in shown["fields"] if one["name"] == "products"}
    assert (said, shown["currency"]) == ({"products": "持有产品"}, "EUR"), "the screen says each value in its words"
    assert values(shown)["products"] == (["Loan"], ["Card"], "both", False)
    versions = {shown[side]["id"]: shown[side]["version"] for side in ("winner", "loser")}
    wish = {"loser_id": "wei-1", "versions": versions, "choices": {"city": "loser"}}
    status, answer = await counter.ask("customers/lin-1/merge", body=wish)
    assert (status, answer["customer_id"]) == (200, "lin-1")
    (merge,) = answer["merges"]
    assert (merge["loser_name"], merge["back"], merge["stays"]) == ("Wei Lin", ["city", "products", "tier"], [])
    assert (await counter.ask("customers/lin-1/merge", body=wish))[0] == 409, "somebody has merged them"
    status, page = await counter.ask("customers/wei-1/open", body={"reason": "She stands here"})
    assert (page["id"], page["tier"]) == ("lin-1", "gold"), "an old link leads to the one who stands for them"
    status, answer = await counter.ask(f"merges/{merge['id']}/undo", body={})
    assert (status, answer["merges"]) == (200, [])
    assert await counter.ask(f"merges/{merge['id']}/undo", body={}) == (409, {"code": "undone"})
    done = [(who, what) for who, what in await counter.trail("lin-1") if what != "customer.read"]
    assert done == [("ada", "customer.merge"), ("ada", "customer.part")]


async def test_without_a_right_to_read_there_are_names_and_no_values(counter: Counter) -> None:
    await counter.add("mona", "Mona", "platinum", city="Ystad", note="secret")
    await counter.add("nils", "Nils", "standard", queue="service", city="Lund")
    await counter.add("olof", "Olof", "standard", city="Kiruna")
    assert await counter.ask("customers/mona/merge?loser=olof") == (403, {"code": "needs_ground"})
    assert (await counter.ask("customers/mona/merge", body={"loser_id": "olof", "versions": {}}))[0] == 403
    shown = await counter.preview("nils", "mona")
    assert (shown["loser"]["name"], shown["loser"]["is_open"]) == ("Mona", False)
    assert "Ystad" not in str(shown) and "secret" not in str(shown)
    assert "note" not in values(shown), "not even that she has one"
    assert {one["why"] for one in shown["fields"]} == {"unseen"}, "nor whether a value of hers is the same"
    body = {"loser_id": "mona", "versions": {"nils": 1, "mona": 1}, "choices": {"city": "loser"}}
    for reason in ("", " \u200b?"):
        answer = await counter.ask("customers/nils/merge", body={**body, "reason": reason})
        assert answer == (403, {"code": "needs_reason"})
    body = {"loser_id": "mona", "versions": {}, "reason": "She says that she is both"}
    assert await counter.ask("customers/olof/merge", body=body) == (403, {"code": "needs_ground"})
    assert (await counter.ask("customers/nils/merge?loser=nobody"))[0] == 404
    assert (await counter.ask("customers/nils/merge", "tomasz", {"loser_id": "mona", "versions": {}}))[0] == 403


async def test_a_reason_opens_the_side_without_a_ground_and_stands_in_the_trail_of_both(counter: Counter) -> None:
    await counter.add("rut", "Rut", "gold", city="Ystad", note="secret")
    await counter.add("sten", "Sten", "standard", queue="service", city="Lund")
    reason = "Answered the security questions 已核实"
    shown = await counter.preview("rut", "sten", reason=reason)
    assert values(shown)["city"] == ("Ystad", "Lund", "winner", False) and shown["winner"]["belongings"]
    assert (await counter.ask("customers/rut/merge?loser=sten"))[1]["winner"]["is_open"] is False
    status, answer = await counter.merge("rut", "sten", {"city": "loser"}, reason)
    assert (status, answer["customer_id"]) == (200, "rut")
    a = tables.audit.c
    query = select(a.action, a.detail).where(a.staff_id == "ada", a.customer_id == "rut").order_by(a.id)
    async with counter.hub.db.read() as conn:
        told = [(action, orjson.loads(detail)) for action, detail in await conn.execute(query)]
    assert told[0] == ("customer.read", {"grounds": ["reason"], "reason": reason})
    (merged,) = [detail for action, detail in told if action == "customer.merge"]
    assert merged == {"from": "sten", "to": "rut", "reason": reason}


async def test_what_roles_may_not_see_is_masked_in_the_preview_and_after(counter: Counter) -> None:
    await counter.add("per", "Per", "standard", queue="service", note="p")
    await counter.add("quin", "Quin", "standard", queue="service", note="q")
    async with counter.hub.db.read() as conn:
        document = (await get_newest_book(conn)).document
    note = replace(document.all_attributes["note"], seen_by=("administrator",))
    hidden = replace(document, attributes={**document.attributes, "note": note})
    await publish_policy(counter.hub.db, hidden, 5, "test")
    assert values(await counter.preview("per", "quin"))["note"] == (None, None, "winner", True)


async def test_a_merge_says_what_both_have_and_a_fixed_tier_outweighs_a_choice(counter: Counter) -> None:
    await counter.add("lin-9", "Lin Wei", "standard", queue="service")
    await counter.add("wei-9", "Wei Lin", "gold", queue="service")
    by = Author(1, "agent", "ada", "page")

    async def unit(conn: Connection) -> None:
        await customers.add_addresses(conn, [KnownAddress("wei-9", "phone", "+46700009999", "proven")])
        await put_holding(conn, Holding(id="h9", customer_id="wei-9", product="Card", number="4711"), by)
        await add_relation(conn, Relation("r9", "wei-9", "household", "sam"), by)
        await add_relation(conn, Relation("r8", "wei-9", "household", "lin-9"), by)
        await activities.add(conn, [NewActivity(customer_id="lin-9", kind="payment", at=at) for at in (1, 2)], 2)
        entry = ConsentEntry(
            kind="phone",
            address="+46700009999",
            purpose="marketing",
            act="given",
            source="agent",
            at=1,
            recorded_at=1,
        )
        await consents.add(conn, [entry])
        fixed = TierOverride(
            id="f9", customer_id="lin-9", tier="standard", set_by="dot", why="a test", set_at=1, until_at=None
        )
        await tier_moves.fix_tier(conn, fixed)

    await counter.hub.db.write(unit)
    shown = await counter.preview("lin-9", "wei-9")
    mine, theirs = (
        {one["kind"]: (one["number"], one["names"]) for one in shown[side]["belongings"]}
        for side in ("winner", "loser")
    )
    assert (mine["activities"], mine["fixed_tier"]) == ((2, []), (1, ["standard"]))
    assert theirs == {
        "addresses": (1, []),
        "activities": (0, []),
        "consents": (1, []),
        "holdings": (1, ["Card"]),
        "relations": (1, []),
        "segments": (0, []),
        "fixed_tier": (0, []),
    }
    (tier,) = [one for one in shown["fields"] if one["name"] == "tier"]
    assert (tier["choice"], tier["why"]) == ("winner", "override")
    names = orjson.dumps({"en": "Loyal", "zh-CN": "忠诚"}).decode()
    row = {"id": "loyal", "state": "draft", "names": names, "definition": "-", "place": 0, "created_at": 1}
    await counter.hub.db.write(lambda conn: conn.execute(segment.insert(), [row]))
    answers = [Answer("lin-9", "loyal", 0, True)]
    await counter.hub.db.write(lambda conn: set_answers(conn, answers, 1))
    for language, said in (("en", "Loyal"), ("zh-CN", "忠诚")):
        _, shown = await counter.ask(f"customers/lin-9/merge?loser=wei-9&language={language}")
        assert [one["names"] for one in shown["winner"]["belongings"] if one["kind"] == "segments"] == [[said]]
    status, answer = await counter.merge("lin-9", "wei-9", {"tier": "loser"})
    assert (status, answer["code"], answer["field"]) == (400, "invalid", "tier")
    assert (await counter.merge("lin-9", "wei-9"))[0] == 200
    async with counter.hub.db.read() as conn:
        assert (await customers.find(conn, ["wei-9"]))["wei-9"].tier == "standard"


async def test_what_a_side_has_is_shown_only_with_a_ground(counter: Counter) -> None:
    await counter.add("lin-10", "Lin Wei", "standard", queue="service")
    await counter.add("wei-10", "Wei Lin", "gold")
    shown = await counter.preview("lin-10", "wei-10")
    assert shown["winner"]["belongings"] and not shown["loser"]["belongings"]


async def test_a_part_of_a_number_of_either_finds_the_one_who_stands_and_shows_it(counter: Counter) -> None:
    await counter.add("lin-12", "Lin Wei", "standard", queue="service")
    await counter.add("wei-12", "Wei Lin", "gold", queue="service")
    number = KnownAddress("wei-12", "phone", "+46705554712", "proven")

    async def unit(conn: Connection) -> None:
        await customers.add_addresses(conn, [number])
        await index_customers(conn, ["lin-12", "wei-12"])

    await counter.hub.db.write(unit)
    assert (await counter.merge("lin-12", "wei-12"))[0] == 200
    _, found = await counter.ask("customers?q=5554712")
    assert [(one["id"], one["address"]) for one in found["customers"]] == [("lin-12", "••• 4712")]
