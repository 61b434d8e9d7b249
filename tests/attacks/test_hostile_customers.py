"""What is known of a customer is data: it runs nowhere, it has an end, and it is kept whole or refused by name."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from sqlalchemy import insert, select

from hub.app import HubProcess
from hub.policies.attributes import AttributePolicy, ChoicePolicy
from hub.policies.stored_versions import get_newest_book, publish_policy
from hub.storage import tables
from hub.storage.connection import Connection
from tests.attacks.doors import BOTH
from tests.hub.connected_screens import sign_in

pytestmark = [pytest.mark.asyncio(loop_scope="module"), BOTH]
NAMES = {"en": "One", "zh-CN": "一"}
TYPES: dict[str, Any] = {
    one: AttributePolicy(
        type=one, names=NAMES, choices=(ChoicePolicy(value="sms", names=NAMES),) if one == "choice" else ()
    )
    for one in ("text", "number", "money", "date", "choice", "yes_no", "list")
}
SCRIPT = "<img src=x onerror=alert(1)>\"'</script>{{7*7}}"
TEXTS = [
    SCRIPT,
    "\u202eevil\u202c מרים",
    "مريم عبد الله",
    "a\u0301" * 50,
    "=HYPERLINK(1)",
    "'; DROP TABLE customer;--",
]
REFUSED = [SCRIPT, "9" * 400, [], {}, [SCRIPT] * 51, "2026-02-30", True, 10**30]


class Page:
    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def ask(self, path: str, body: Any = None) -> tuple[int, Any]:
        method = "GET" if body is None else "POST"
        headers = {"Hub-Reason": "An%20attack"}
        async with self._session.request(method, f"/api/customers/{path}", json=body, headers=headers) as answer:
            return answer.status, await answer.json()

    async def change(self, name: str, value: Any) -> tuple[int, Any]:
        change = {"name": name, "value": value}
        return await self.ask("sam/changes", {"version": 10**9, "reason": "An attack", "changes": [change]})

    async def read(self, name: str) -> Any:
        _, page = await self.ask("sam")
        return next(one["value"] for one in page["fields"] if one["attribute"]["name"] == name)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def page(hub: HubProcess) -> AsyncIterator[Page]:
    async with hub.db.read() as conn:
        document = (await get_newest_book(conn)).document
    await publish_policy(hub.db, replace(document, attributes={**document.attributes, **TYPES}), 1, "test")
    async with aiohttp.ClientSession(hub.url, headers={"Cookie": await sign_in(hub.url, "ada")}) as session:
        yield Page(session)


@pytest.mark.parametrize("value", TEXTS)
async def test_a_text_is_kept_letter_by_letter_and_never_read_as_anything_else(
    page: Page, value: str, no_traceback: None
) -> None:
    for name, sent in (("text", value), ("list", [value, "b"]), ("name", value)):
        assert (await page.change(name, sent))[0] == 200
        assert await page.read(name) == sent
    assert (await page.ask("sam/holdings", {"product": value, "number": value[:64], "reason": "An attack"}))[0] == 200


async def test_what_does_not_fit_its_type_is_refused_by_name_and_nothing_changes(
    page: Page, no_traceback: None
) -> None:
    for name in TYPES:
        before = await page.read(name)
        for value in REFUSED:
            status, refused = await page.change(name, value)
            if status == 200:  # it is of this type after all
                before = value
                continue
            assert status == 400 and refused["field"].partition(".")[0] in (name, "changes"), (name, value)
        assert await page.read(name) == before
    for name, longest in (("name", 200), ("given_name", 99), ("language", 16)):
        assert (await page.change(name, "x" * 500)) == (400, {"code": "too_long", "field": name})
        if name != "language":
            assert (await page.change(name, "林" * longest))[0] == 200


async def test_thousands_of_messages_and_hundreds_of_accounts_are_shown_in_parts(
    hub: HubProcess, page: Page, no_traceback: None
) -> None:
    i, m = tables.interaction.c, tables.message
    notes = {"kind": "note", "channel": "sms", "text": SCRIPT * 20, "customer_id": "gus", "interaction_id": "many"}

    async def unit(conn: Connection) -> None:
        given = {"id": "many", "customer_id": "gus", "channel": "sms", "queue": "service", "state": "closed"}
        given |= {"entered_at": 1, "closed_at": 2, "tier": "gold", "address": "+46701740201", "state_at": 1}
        await conn.execute(insert(tables.interaction), [given])
        rows = [{**notes, "id": f"m{n}", "number": n, "at": (1_000 + n // 3) * 1_000} for n in range(5_000)]
        await conn.execute(insert(m), rows)
        held = [{"id": f"x{n}", "customer_id": "gus", "product": SCRIPT, "changed_at": 1} for n in range(700)]
        await conn.execute(insert(tables.holding), held)

    await hub.db.write(unit)
    async with hub.db.read() as conn:
        assert await conn.scalar(select(i.id).where(i.id == "many")) == "many"
    status, told = await page.ask("gus/conversation")
    assert (status, len(told["messages"]) <= 50, told["has_more"]) == (200, True, True)
    status, earlier = await page.ask(f"gus/conversation?before={told['messages'][0]['at']}")
    assert status == 200 and not {one["id"] for one in earlier["messages"]} & {one["id"] for one in told["messages"]}
    _, shown = await page.ask("gus")
    assert len(shown["holdings"]) == 500
