"""One customer over HTTP: the head for who may look up, the rest by right or by reason; no change is made blindly."""

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
from hub.policies.attributes import AttributePolicy
from hub.policies.stored_versions import get_newest_book, publish_policy
from hub.storage import tables
from tests.hub.connected_screens import sign_in

pytestmark = pytest.mark.asyncio(loop_scope="module")
NAMES = {"en": "Score", "zh-CN": "评分"}


class Counter:
    """Customers' pages as different people reach them."""

    def __init__(self, hub: HubProcess, session: aiohttp.ClientSession) -> None:
        self.hub, self._session = hub, session
        self._cookies: dict[str, str] = {}

    async def ask(
        self, path: str, name: str = "ada", body: Any = None, reason: str = ""
    ) -> tuple[int, dict[str, Any]]:
        if name not in self._cookies:
            self._cookies[name] = await sign_in(self.hub.url, name)
        headers = {"Cookie": self._cookies[name]} | ({HEADER: quote(reason)} if reason else {})
        url = f"{self.hub.url}/api/customers/{path}"
        method = "GET" if body is None else "POST"
        async with self._session.request(method, url, json=body, headers=headers) as answer:
            return answer.status, orjson.loads(await answer.read())

    async def page(self, customer: str, name: str = "ada") -> dict[str, Any]:
        status, page = await self.ask(f"{customer}/open", name, {"reason": "She stands here"})
        assert status == 200
        return page

    async def change(
        self, customer: str, version: int, *, by: str = "ada", reason: str = "At the counter", **values: Any
    ) -> tuple[int, dict[str, Any]]:
        changes = [{"name": name, "value": value} for name, value in values.items()]
        return await self.ask(f"{customer}/changes", by, {"version": version, "reason": reason, "changes": changes})

    async def trail(self, customer: str) -> list[tuple[str, str, dict[str, Any]]]:
        a = tables.audit.c
        query = select(a.staff_id, a.action, a.detail).where(a.customer_id == customer).order_by(a.id)
        async with self.hub.db.read() as conn:
            return [(row.staff_id, row.action, orjson.loads(row.detail)) for row in await conn.execute(query)]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def counter(hub: HubProcess) -> AsyncIterator[Counter]:
    async with aiohttp.ClientSession() as session:
        yield Counter(hub, session)


def value_of(page: dict[str, Any], name: str) -> Any:
    (field,) = [one for one in page["fields"] if one["attribute"]["name"] == name]
    return "masked" if field["is_masked"] else field["value"]


async def test_who_may_look_up_sees_the_head_and_a_reason_opens_the_rest_and_is_in_the_trail(
    counter: Counter,
) -> None:
    status, head = await counter.ask("pia")
    assert (status, head["name"], head["tier"], head["is_open"]) == (200, "Pia Lindqvist", "platinum", False)
    assert (head["fields"], head["addresses"], head["open_work"], head["relations"]) == ([], [], [], [])
    assert (await counter.ask("pia/open", body={"reason": " x"}))[0] == 400
    page = await counter.page("pia")
    assert value_of(page, "city") == "Göteborg"
    assert [one["address"] for one in page["addresses"]] == ["+46701740101", "pia.lindqvist@mail.example"]
    assert await counter.trail("pia") == [
        ("ada", "customer.read", {"grounds": []}),
        ("ada", "customer.read", {"grounds": ["reason"], "reason": "She stands here"}),
    ]
    status, head = await counter.ask("pia", "tomasz", reason="It must be erased")  # an administrator
    assert (status, head["is_open"], head["fields"]) == (200, False, [])
    assert (await counter.ask("pia", "ines"))[0] == 403
    assert (await counter.ask("nobody"))[0] == 404


READ = ["maria", "maria/history", "maria/conversation", "maria/consents", "maria/tier"]


@pytest.mark.parametrize("path", READ)
async def test_a_reason_is_read_from_a_header_and_never_from_the_address(counter: Counter, path: str) -> None:
    status, shown = await counter.ask(f"{path}?reason={quote('She stands here')}")
    assert not shown.get("is_open") and status == (200 if path == "maria" else 404 if status == 404 else 403)
    said = f"她在柜台 about {path}\r\n"
    assert (await counter.ask(path, reason=said))[0] == 200
    who, action, detail = (await counter.trail("maria"))[-1]
    assert (who, detail) == ("ada", {"grounds": ["reason"], "reason": said.strip()})
    assert action in ("customer.read", "conversation.read", "consents.read")
    assert (await counter.ask(path, "ines", reason=said))[0] == 403


async def test_a_change_is_kept_with_who_when_and_where_and_its_history_is_read(counter: Counter) -> None:
    version = (await counter.page("gus"))["version"]
    status, page = await counter.change("gus", version, city="Umeå", do_not_contact=True, owner="ben")
    assert (status, page["owner_name"]) == (200, "Ben Carter")
    assert page["version"] > version
    assert (value_of(page, "city"), value_of(page, "do_not_contact")) == ("Umeå", True)
    status, history = await counter.ask("gus/history?name=city", reason="At the counter")
    first, second = history["changes"]
    assert (first["old"], first["new"], first["by_kind"], first["by"]) == ("Malmö", "Umeå", "agent", "Ada Holm")
    assert (first["source"], second["by_kind"], second["new"]) == ("page", "import", "Malmö")
    assert (await counter.ask("gus/history?name=city"))[1] == {"code": "needs_reason"}
    assert (await counter.change("gus", page["version"], reason="", city="Luleå")) == (403, {"code": "needs_reason"})


async def test_a_stale_change_is_refused_with_what_changed_and_another_value_does_no_harm(counter: Counter) -> None:
    version = (await counter.page("sam"))["version"]
    assert (await counter.change("sam", version, by="ben", city="Lund"))[0] == 200
    status, refused = await counter.change("sam", version, city="Umeå")
    assert (status, refused["code"]) == (409, "stale")
    assert [(one["name"], one["new"], one["by"]) for one in refused["changes"]] == [("city", "Lund", "Ben Carter")]
    status, page = await counter.change("sam", version, note="Calls in the evening")
    assert (status, value_of(page, "city"), value_of(page, "note")) == (200, "Lund", "Calls in the evening")


async def test_what_is_wrong_is_named_and_nothing_of_the_request_is_kept(counter: Counter) -> None:
    page = await counter.page("wang")
    for name, value, code in (
        ("since_year", "long ago", "not_a_number"),
        ("contact_hours", "9-17", "not_hours"),
        ("owner", "nobody", "not_staff"),
        ("name", None, "needed"),
        ("height", 3, "no_attribute"),
        ("tier", "gold", "no_attribute"),
    ):
        refused = await counter.change("wang", page["version"], city="Falun", **{name: value})
        assert refused == (400, {"code": code, "field": name})
    assert (await counter.page("wang"))["version"] == page["version"]
    assert (await counter.ask("wang/changes", body={"version": 1, "changes": []}))[1]["code"] == "invalid"


async def test_a_name_is_shown_in_its_own_order_when_its_parts_are_known(counter: Counter) -> None:
    page = await counter.page("lin")
    status, page = await counter.change("lin", page["version"], family_name="林", given_name="家怡")
    assert (status, page["name"], value_of(page, "name")) == (200, "林家怡", "林家怡")
    _, page = await counter.change("lin", page["version"], name="Lin Jiayi 林家怡", language=None)
    assert (page["name"], value_of(page, "language")) == ("Lin Jiayi 林家怡", None)


async def test_holdings_and_relations_are_changed_and_seen_from_both_sides(counter: Counter) -> None:
    asked = {"product": "Gold card", "number": "4711", "began_on": "2020-01-02", "reason": "At the counter"}
    status, page = await counter.ask("zoe/holdings", body=asked)
    assert (status, page["holdings"][0]["number"]) == (200, "4711")
    seen = page["version"]
    asked |= {"id": page["holdings"][0]["id"], "version": seen, "ended_on": "2026-01-02"}
    status, page = await counter.ask("zoe/holdings", "ben", asked)
    assert (status, page["holdings"][0]["ended_on"]) == (200, "2026-01-02")
    status, refused = await counter.ask("zoe/holdings", body=asked | {"ended_on": ""})
    assert (status, refused["code"], refused["changes"][0]["by"]) == (409, "stale", "Ben Carter")
    assert refused["changes"][0]["new"] == "Gold card"
    asked |= {"version": page["version"]}
    assert (await counter.ask("hiro/holdings", body=asked))[0] == 404
    for wrong, code, where in (
        ({"began_on": "2026-02-30"}, "not_a_date", "began_on"),
        ({"began_on": "2026-02-03", "ended_on": "2026-02-02"}, "ends_before", "ended_on"),
        ({"product": ""}, "invalid", "product"),
    ):
        assert await counter.ask("zoe/holdings", body=asked | wrong) == (400, {"code": code, "field": where})
    related = {"kind": "household", "other_id": "hiro", "reason": "At the counter"}
    status, page = await counter.ask("zoe/relations", body=related)
    assert [(one["kind"], one["name"]) for one in page["relations"]] == [("household", "Hiro Tanaka")]
    other = await counter.page("hiro")
    assert [(one["customer_id"], one["name"]) for one in other["relations"]] == [("zoe", "Zoë Ångström")]
    mark = (await counter.ask("hiro/mark"))[1]
    ended = {"remove": other["relations"][0]["id"], "reason": "At the counter"}
    assert (await counter.ask("hiro/relations", body=ended))[1]["relations"] == []
    assert (await counter.ask("hiro/mark"))[1] != mark
    assert (await counter.ask("hiro/mark")) == (await counter.ask("hiro/mark"))
    assert (await counter.ask("nobody/mark"))[0] == 404
    assert (await counter.ask("hiro/relations", body=ended))[0] == 404


async def test_what_a_role_may_not_see_is_masked_everywhere_and_not_changed(counter: Counter) -> None:
    async with counter.hub.db.read() as conn:
        document = (await get_newest_book(conn)).document
    score = AttributePolicy(type="number", names=NAMES, seen_by=("supervisor",))
    changed = replace(document, attributes={**document.attributes, "score": score})
    await publish_policy(counter.hub.db, changed, 1, "test")
    version = (await counter.page("ravi", "dot"))["version"]
    status, page = await counter.change("ravi", version, by="dot", score=7)
    assert (status, value_of(page, "score")) == (200, 7)
    assert value_of(await counter.page("ravi"), "score") == "masked"
    _, history = await counter.ask("ravi/history", reason="At the counter")
    assert "score" not in {one["name"] for one in history["changes"]}
    assert (await counter.change("ravi", page["version"], score=8)) == (403, {"code": "may_not"})
