"""A hidden value is shown for a reason, to one person, for a while; the trail has the reason."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import aiohttp
import orjson
import pytest
import pytest_asyncio
from sqlalchemy import select, update

from hub.app import HubProcess
from hub.policies.attributes import AttributePolicy
from hub.policies.masking import HIDDEN, MaskingPolicy
from hub.policies.stored_versions import get_newest_book, publish_policy
from hub.storage import tables
from hub.storage.connection import Connection
from tests.hub.connected_screens import sign_in

pytestmark = pytest.mark.asyncio(loop_scope="module")
INCOME = {"en": "Income", "zh-CN": "收入"}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def ask(hub: HubProcess) -> AsyncIterator[Any]:
    """Asks as one person; the policy hides income and addresses from agents."""
    async with hub.db.read() as conn:
        document = (await get_newest_book(conn)).document
    income = AttributePolicy(type="money", names=INCOME, seen_by=("supervisor",))
    masking = MaskingPolicy(addresses_seen_by=("supervisor",))
    closed = replace(income, names={"en": "Health", "zh-CN": "健康"}, type="text", never_shown=True)
    known = {**document.attributes, "income": income, "health": closed}
    hidden = replace(document, attributes=known, masking=masking)
    await publish_policy(hub.db, hidden, 1, "test")
    cookies: dict[str, str] = {}
    async with aiohttp.ClientSession() as session:

        async def send(path: str, name: str, body: Any = None, reason: str = "") -> tuple[int, Any]:
            if name not in cookies:
                cookies[name] = await sign_in(hub.url, name)
            url, method = f"{hub.url}/api/customers/{path}", "GET" if body is None else "POST"
            async with session.request(
                method, url, json=body, headers={"Cookie": cookies[name], "Hub-Reason": reason}
            ) as answer:
                return answer.status, orjson.loads(await answer.read())

        reason = {"reason": "At the counter"}
        _, page = await send("sam/open", "dot", reason)
        values = [{"name": "income", "value": 48123}, {"name": "health", "value": "Asthma"}]
        change = {"version": page["version"], **reason, "changes": values}
        assert (await send("sam/changes", "dot", change))[0] == 200
        yield send


def income_of(page: Any) -> Any:
    (found,) = [one for one in page["fields"] if one["attribute"]["name"] == "income"]
    return "masked" if found["is_masked"] else found["value"]


async def test_a_reason_shows_one_value_to_one_person_for_a_while(hub: HubProcess, ask: Any) -> None:
    opened = {"reason": "At the counter"}
    assert income_of((await ask("sam/open", "ada", opened))[1]) == "masked"
    status, shown = await ask("sam/show", "ada", {"name": "income", "reason": "She asks what we have"})
    assert (status, income_of(shown["page"])) == (200, 48123)
    assert shown["page"]["addresses"][0]["address"].startswith(HIDDEN), "one value, not all"
    assert income_of((await ask("sam/open", "ada", opened))[1]) == 48123
    assert income_of((await ask("sam/open", "ben", opened))[1]) == "masked"
    assert income_of((await ask("pia/open", "ada", opened))[1]) == "masked"
    _, history = await ask("sam/history?name=income", "ada", reason="At the counter")
    assert [one["new"] for one in history["changes"]] == [48123]
    a = tables.audit.c
    query = select(a.staff_id, a.subject, a.customer_id, a.detail).where(a.action == "customer.show")
    async with hub.db.read() as conn:
        ((staff, subject, customer, detail),) = (await conn.execute(query)).all()
    assert (staff, subject, customer) == ("ada", "income", "sam")
    assert orjson.loads(detail)["reason"] == "She asks what we have"

    async def age(conn: Connection) -> None:
        await conn.execute(update(tables.audit).where(a.action == "customer.show").values(at=a.at - 600 * 10**6))

    await hub.db.write(age)
    assert income_of((await ask("sam/open", "ada", opened))[1]) == "masked", "the time is over"
    assert (await ask("sam/history?name=income", "ada", reason="At the counter"))[1] == {"changes": []}


async def test_a_show_needs_a_reason_and_something_that_is_hidden(ask: Any) -> None:
    why = "She asks what we have"
    assert (await ask("sam/show", "ada", {"name": "income", "reason": "   "}))[0] == 400
    assert (await ask("sam/show", "ada", {"name": "city", "reason": why}))[0] == 404
    assert (await ask("nobody/show", "ada", {"name": "income", "reason": why}))[0] == 404
    assert (await ask("sam/show", "tomasz", {"name": "income", "reason": why}))[0] == 403
    assert (await ask("sam/show", "dot", {"name": "income", "reason": why}))[0] == 404, "she sees it already"
    _, shown = await ask("sam/show", "ada", {"name": "addresses", "reason": why})
    assert all(HIDDEN not in one["address"] for one in shown["page"]["addresses"])


async def test_what_is_never_shown_is_shown_for_no_reason(hub: HubProcess, ask: Any) -> None:
    assert await ask("sam/show", "ada", {"name": "health", "reason": "She is ill"}) == (403, {"code": "never_shown"})
    _, page = await ask("sam/open", "ada", {"reason": "At the counter"})
    (health,) = [one for one in page["fields"] if one["attribute"]["name"] == "health"]
    assert (health["is_masked"], health["value"], health["may_show"]) == (True, None, False)
    async with hub.db.read() as conn:
        sight = (await get_newest_book(conn)).see_as(("agent",))
    assert replace(sight, opened=frozenset(("health",))).hides("health"), "also if it was shown before"
    _, seen = await ask("sam/open", "dot", {"reason": "At the counter"})
    assert [one["value"] for one in seen["fields"] if one["attribute"]["name"] == "health"] == ["Asthma"]
