"""Customers are found over HTTP by those who may look them up; addresses stay masked, and every search counts."""

import asyncio
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest

from hub.api.customer_search import MOST_IN_A_MINUTE, MOST_IN_AN_HOUR, SearchCount, mask_address
from hub.app import HubProcess
from hub.storage import tables
from hub.storage.database import Connection
from hub.storage.documents import ARRIVALS
from hub.storage.inbox import Arrival, Inbox
from hub.storage.search_index import index_customers
from hub.storage.search_words import read_query
from routing.model import SECOND
from tests.hub.connected_screens import sign_in
from tests.hub.notices import text

in_one_hub = pytest.mark.asyncio(loop_scope="module")


async def ask(hub: HubProcess, name: str, path: str) -> tuple[int, Any]:
    cookie = await sign_in(hub.url, name) if name else ""
    async with aiohttp.ClientSession(headers={"Cookie": cookie}) as session, session.get(hub.url + path) as answer:
        return answer.status, await answer.json()


def names(found: Any) -> Sequence[str]:
    return [one["name"] for one in found["customers"]]


@in_one_hub
async def test_an_agent_finds_a_customer_by_a_part_of_what_is_known(hub: HubProcess) -> None:
    status, found = await ask(hub, "ada", "/api/customers?q=lindq")
    assert (status, names(found), found["has_more"]) == (200, ["Pia Lindqvist"], False)
    (pia,) = found["customers"]
    assert (pia["tier"], pia["match"], pia["kind"], pia["address"]) == (
        *("platinum", "part"),
        *("email", "•••.lindq•••@•••.•••"),
    )
    status, found = await ask(hub, "dot", f"/api/customers?q={quote('070-174 01 01')}")
    assert [(one["kind"], one["address"][:3]) for one in found["customers"]] == [("phone", "•••")]
    status, found = await ask(hub, "ada", f"/api/customers?q={quote('PIA.LIND@MAIL')}")
    assert status == 200 and all("@mail.example" not in one["address"] for one in found["customers"])


@in_one_hub
async def test_people_of_one_name_are_told_apart_by_what_this_person_may_see(hub: HubProcess) -> None:
    async def name_alike(conn: Connection) -> None:
        c = tables.customer
        await conn.execute(c.update().where(c.c.id.in_(["pia", "lin", "sam"])).values(name="Kim Alike"))
        await index_customers(conn, ["pia", "lin", "sam"])

    async def show(name: str) -> dict[str, tuple[str, ...]]:
        _, found = await ask(hub, name, "/api/customers?q=alike")
        told = ("number", "account", "city", "birthday")
        return {one["id"]: tuple(one[each] for each in told) for one in found["customers"]}

    await hub.db.write(name_alike)
    apart = {"pia": ("••• 0101", "••• 2574"), "lin": ("••• 0102", "••• 8805"), "sam": ("••• 0301", "")}
    assert await show("ada") == {one: (*ends, "", "") for one, ends in apart.items()}
    notice = text("Hej", "+46701740101")
    await Inbox(hub.db).put([Arrival(notice.key, type(notice).__name__, ARRIVALS.encode(notice), 1)])
    hub.dispatcher.wake()
    async with asyncio.timeout(20):
        while await Inbox(hub.db).count_pending():
            await asyncio.sleep(0)
    shown = await show("ada")  # Pia's text waits in her queue
    assert (shown["pia"], shown["lin"]) == ((*apart["pia"], "Göteborg", "1971-05-07"), (*apart["lin"], "", ""))
    _, found = await ask(hub, "ada", "/api/customers?q=tanaka")
    (hiro,) = found["customers"]
    assert (hiro["number"], hiro["account"], hiro["city"]) == ("", "", "")


@in_one_hub
async def test_authors_do_not_search_and_the_trail_says_who_did(hub: HubProcess) -> None:
    assert (await ask(hub, "", "/api/customers?q=pia"))[0] == 401
    assert (await ask(hub, "ines", "/api/customers?q=pia"))[0] == 403
    for _ in range(3):
        assert (await ask(hub, "ben", "/api/customers?q=pia"))[0] == 200
    _, trail = await ask(hub, "tomasz", "/api/audit?action=customers.search&staff=ben")
    assert len(trail["lines"]) == 1


@in_one_hub
async def test_one_who_searches_for_everybody_is_refused_and_named(
    hub: HubProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.api.customer_search.MOST_IN_AN_HOUR", 4)
    answers = [await ask(hub, "cleo", "/api/customers?q=a") for _ in range(6)]
    assert [status for status, _ in answers] == [200, 200, 200, 200, 429, 429]
    assert answers[-1][1]["code"] == "too_many_searches"
    assert (await ask(hub, "dot", "/api/customers?q=a"))[0] == 200
    _, trail = await ask(hub, "tomasz", "/api/audit?action=customers.search_refused")
    assert [one["staff_id"] for one in trail["lines"]] == ["cleo"]


def test_searches_are_counted_by_the_minute_and_by_the_hour() -> None:
    count = SearchCount()
    taken = [count.take("ada", n * SECOND // 4) for n in range(MOST_IN_A_MINUTE + 5)]
    assert taken == [True] * MOST_IN_A_MINUTE + [False] * 5
    assert count.take("ben", 0)
    assert count.take("ada", 61 * SECOND)
    later = [count.take("ada", (100 + n) * SECOND) for n in range(MOST_IN_AN_HOUR)]
    assert sum(later) == MOST_IN_AN_HOUR - MOST_IN_A_MINUTE - 1
    assert count.take("ada", (3_600 + 1_400) * SECOND)


@pytest.mark.parametrize(
    ("kind", "address", "asked", "shown"),
    [
        ("phone", "+46701740605", "4060", "••• 0605"),
        ("phone", "+46701740605", "+46701740605", "••• 0605"),
        ("phone", "+46701740605", "9999", ""),
        ("email", "pia.lindqvist@example.com", "pi", "pi•••.•••@•••.•••"),
        ("email", "pia.lindqvist@example.com", "lindqvist@ex", "•••.lindqvist@ex•••.•••"),
        ("email", "pia.lindqvist@example.com", "anna", ""),
        ("chat", "visitor-1", "visitor", ""),
    ],
)
def test_an_address_shows_no_more_than_was_typed(kind: str, address: str, asked: str, shown: str) -> None:
    assert mask_address(kind, address, read_query(asked)) == shown
