"""Segments over HTTP: refused with the column, estimated while they are edited, and every change is in the trail."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
import pytest_asyncio
from sqlalchemy import select

from hub.app import HubProcess
from hub.segments.segment_estimates import find_interval
from hub.storage import tables
from tests.hub.connected_screens import sign_in

pytestmark = pytest.mark.asyncio(loop_scope="module")
SAMPLES = Path(__file__).parents[3] / "hub" / "administration" / "sample_base" / "segments.toml"
RICH: dict[str, Any] = {
    "id": "rich",
    "names": {"en": "Rich", "zh-CN": "富裕"},
    "purpose": "Letters",
    "definition": "customer.value_past >= 20000",
}


class Office:
    def __init__(self, hub: HubProcess, session: aiohttp.ClientSession) -> None:
        self.hub, self._session = hub, session
        self._cookies: dict[str, str] = {}

    async def ask(self, path: str, body: Any = None, name: str = "tomasz") -> tuple[int, Any]:
        if name not in self._cookies:
            self._cookies[name] = await sign_in(self.hub.url, name)
        headers = {"Cookie": self._cookies[name]}
        method = "GET" if body is None else "POST"
        url = f"{self.hub.url}/api/segment{path}"
        async with self._session.request(method, url, json=body, headers=headers) as answer:
            text = await answer.text()
            return answer.status, orjson.loads(text) if answer.content_type.rpartition("/")[2] == "json" else text

    async def trail(self) -> list[tuple[str, str]]:
        a = tables.audit.c
        query = select(a.action, a.subject).where(a.action.like("segments.%")).order_by(a.id)
        async with self.hub.db.read() as connection:
            return [(row[0], row[1]) for row in await connection.execute(query)]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def office(hub: HubProcess) -> AsyncIterator[Office]:
    async with aiohttp.ClientSession() as session:
        yield Office(hub, session)


async def test_a_segment_is_made_changed_and_discarded_and_the_trail_has_it(office: Office) -> None:
    assert await office.ask("s", RICH) == (200, {"version": 1})
    assert await office.ask("s", RICH) == (409, {"code": "taken"})
    changed = RICH | {"definition": "customer.value_past >= 30000", "seen_version": 1, "expires_on": "2027-02-28"}
    assert await office.ask("s/rich", changed) == (200, {"version": 2})
    assert await office.ask("s/rich", changed) == (409, {"code": "changed"})
    status, view = await office.ask("s/rich")
    assert status == 200 and [one["version"] for one in view["versions"]] == [2, 1]
    assert (view["line"]["state"], view["line"]["expires_on"], view["line"]["owner_name"]) == (
        "draft",
        "2027-02-28",
        "Tomasz Żak",
    )
    assert await office.ask("s/rich/discard", {}) == (200, {})
    assert (await office.ask("s/rich"))[0] == 404 and (await office.ask("s/rich/begin", {}))[0] == 404
    assert (await office.trail())[:3] == [
        ("segments.create", "rich"),
        ("segments.change", "rich"),
        ("segments.discard", "rich"),
    ]


async def test_a_rule_that_cannot_be_used_is_refused_at_its_column(office: Office) -> None:
    status, said = await office.ask("s", RICH | {"definition": "customer.value_pst >= 1"})
    assert status == 422 and said["column"] == 1 and "customer.value_past" in said["words"]
    status, said = await office.ask("s", RICH | {"definition": 'in_segment("rich")'})
    assert status == 422 and "rich → rich" in said["words"]
    status, view = await office.ask("-estimates", {"definition": "has(customer.city) &&"})
    assert status == 200 and view["problem"]["column"] == 22
    assert (await office.ask("s", RICH | {"names": {}}))[0] == 400
    assert (await office.ask("s", RICH | {"expires_on": "2027-02-30"}))[0] == 400


async def test_while_it_is_edited_the_hub_says_how_many_and_who(office: Office) -> None:
    status, view = await office.ask("-estimates", {"definition": 'customer.tier == "platinum"'})
    assert (status, view["number"], view["is_exact"], view["customers"]) == (200, 3, True, 12)
    assert sorted(one["name"] for one in view["some"]) == ["Pia Lindqvist", "Ravi Subramaniam", "林嘉怡"]
    status, lines = await office.ask("-counts", {"definition": 'customer.tier == "platinum"'})
    last = orjson.loads(lines.splitlines()[-1])
    assert last == {"done": 12, "customers": 12, "number": 3, "is_done": True}


async def test_an_export_is_imported_again_all_or_nothing(office: Office) -> None:
    text = SAMPLES.read_text(encoding="utf-8")
    status, done = await office.ask("s.toml", {"text": text})
    assert status == 200 and done["problems"] == [] and len(done["added"]) == 25
    status, exported = await office.ask("s.toml")
    status, again = await office.ask("s.toml", {"text": exported})
    assert len(again["unchanged"]) == 25 and not again["added"] and not again["changed"]
    broken = text.replace("customer.value_now >= 1500", "customer.value_now >= yes")
    status, done = await office.ask("s.toml", {"text": broken.replace("[segments.paper]", "[segments.paper2]")})
    assert len(done["problems"]) >= 1 and any(line.startswith("high_value: ") for line in done["problems"])
    assert "paper2" not in {one["id"] for one in (await office.ask("s"))[1]["segments"]}
    status, done = await office.ask("s.toml", {"text": "[segments.x]\nnames = 5\n"})
    assert "line" in done["problems"][0]


async def test_what_names_a_draft_waits_for_it(office: Office) -> None:
    status, said = await office.ask("s/win_back/begin", {})
    assert status == 422 and "is a draft" in said["words"]


async def test_each_role_sees_and_does_what_is_its_own(office: Office) -> None:
    assert (await office.ask("s", name="ada"))[0] == 403
    status, view = await office.ask("s", name="dot")
    assert status == 200 and view["may_change"] is False
    assert (await office.ask("s", RICH, name="dot"))[0] == 403
    assert (await office.ask("-estimates", {"definition": "has(customer.city)"}, name="dot"))[0] == 403
    status, inside = await office.ask("s/paper/members", name="dot")
    assert status == 200 and [one["id"] for one in inside["tiers"]] == ["platinum", "gold", "standard"]
    assert ("segments.read_members", "paper") in await office.trail()


@pytest.mark.parametrize(("found", "asked", "whole"), [(0, 4000, 10**6), (4000, 4000, 10**6), (400, 4000, 10**6)])
async def test_the_interval_holds_the_share_of_the_sample(found: int, asked: int, whole: int) -> None:
    low, high = find_interval(found, asked, whole)
    assert 0 <= low <= found / asked * whole <= high <= whole
    assert found in (0, asked) or 0.018 < (high - low) / whole < 0.020  # 1.96 * sqrt(.1 * .9 / 4000) * 2
