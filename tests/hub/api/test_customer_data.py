"""The file of a customer and their erasure over HTTP: for administrators, with a reason, and by typing the name."""

import io
import zipfile
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import orjson
import pytest
import pytest_asyncio
from sqlalchemy import select, update

from hub.app import HubProcess
from hub.storage import tables
from hub.storage.connection import Connection
from tests.hub.connected_screens import sign_in

pytestmark = pytest.mark.asyncio(loop_scope="module")
WHY = {"reason": "Asked for it in writing"}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def ask(hub: HubProcess) -> AsyncIterator[Any]:
    cookies: dict[str, str] = {}
    async with aiohttp.ClientSession() as session:

        async def send(path: str, body: Any = None, name: str = "tomasz") -> tuple[int, bytes]:
            if name not in cookies:
                cookies[name] = await sign_in(hub.url, name)
            url, method = f"{hub.url}/api/customers/{path}", "GET" if body is None else "POST"
            async with session.request(method, url, json=body, headers={"Cookie": cookies[name]}) as answer:
                return answer.status, await answer.read()

        yield send


async def trail(hub: HubProcess, action: str) -> list[Any]:
    a = tables.audit.c
    async with hub.db.read() as conn:
        rows = await conn.execute(select(a.staff_id, a.subject, a.detail).where(a.action == action))
        return [(row.staff_id, row.subject, orjson.loads(row.detail)) for row in rows]


async def test_an_administrator_gets_the_file_and_the_trail_says_so(hub: HubProcess, ask: Any) -> None:
    status, body = await ask("pia/file", WHY)
    assert status == 200
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        document = orjson.loads(archive.read("data.json"))
    assert document["tables"]["customer"][0]["name"] == "Pia Lindqvist"
    assert await trail(hub, "customer.export") == [("tomasz", "pia", WHY)]
    assert (await ask("nobody/file", WHY))[0] == 404
    assert (await ask("pia/file", {"reason": "   "}))[0] == 400
    assert (await ask("pia/file", WHY, "dot"))[0] == 403


async def test_an_erasure_is_confirmed_by_the_name_told_as_it_goes_on_and_done_once(
    hub: HubProcess, ask: Any
) -> None:
    assert orjson.loads((await ask("gus/erasure"))[1])["typed"] == "Gus Moreau"
    typed = {**WHY, "typed": "Gus Moreau"}
    assert (await ask("gus/erasure", typed, "ada"))[0] == 403
    assert (await ask("gus/erasure", {**typed, "typed": "gus"}))[0] == 400
    status, body = await ask("gus/erasure", typed)
    steps = [orjson.loads(line) for line in body.splitlines()]
    assert (status, steps[0]["done"], steps[-1]["is_done"]) == (200, 0, True)
    assert [one["done"] for one in steps[:-1]] == list(range(steps[0]["of"]))
    assert await trail(hub, "customer.erase") == [("tomasz", "gus", WHY)]
    assert orjson.loads((await ask("gus/erasure"))[1]) == {
        "id": "gus",
        "typed": "gus",
        "hindrance": "",
        "is_erased": True,
    }
    assert orjson.loads((await ask("gus"))[1])["name"] == ""


async def test_a_legal_hold_refuses_an_erasure_by_its_name(hub: HubProcess, ask: Any) -> None:
    async def hold(conn: Connection) -> None:
        c = tables.customer
        await conn.execute(update(c).where(c.c.id == "lin").values(profile='{"legal_hold": true}'))

    await hub.db.write(hold)
    assert orjson.loads((await ask("lin/erasure"))[1])["hindrance"] == "legal_hold"
    refused = await ask("lin/erasure", {**WHY, "typed": "Lin Jiayi"})
    assert (refused[0], orjson.loads(refused[1])["code"]) == (409, "legal_hold")


async def test_a_reason_opens_no_customer_to_an_administrator(ask: Any) -> None:
    status, head = await ask("pia/open", {"reason": "I want to read this"})
    assert (status, orjson.loads(head)["is_open"]) == (200, False)
