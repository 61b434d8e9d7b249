"""The mails that are no work, found by an administrator."""

import asyncio
from typing import Any

import aiohttp
import pytest
from sqlalchemy import insert

from hub.api.routes import PAGE
from hub.app import HubProcess
from hub.storage import tables
from hub.storage.documents import ARRIVALS
from hub.storage.inbox import Arrival, Inbox
from tests.hub.connected_screens import sign_in
from tests.hub.notices import OUR_MAILBOX, STRANGER_MAIL, mail

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_an_administrator_finds_them_without_who_wrote_or_what(hub: HubProcess) -> None:
    inbox = Inbox(hub.db)
    for kind in ("bounce", "absence"):
        note = mail("Borta till måndag", STRANGER_MAIL, is_automatic=True, notification=kind)
        await inbox.put([Arrival(note.key, "MessageReceived", ARRIVALS.encode(note), 1)])
    hub.dispatcher.wake()
    async with asyncio.timeout(10):
        while await inbox.count_pending():
            await asyncio.sleep(0)
    async with aiohttp.ClientSession() as session:

        async def ask(name: str) -> tuple[int, str]:
            cookie = await sign_in(hub.url, name)
            async with session.get(f"{hub.url}/api/mails/filed", headers={"Cookie": cookie}) as answer:
                return answer.status, await answer.text()

        assert (await ask("ada"))[0] == 403
        status, body = await ask("tomasz")
        assert status == 200
        assert body.index('"kind":"absence"') < body.index('"kind":"bounce"')  # the newest first
        assert "okänd.example" in body and STRANGER_MAIL not in body and "Borta" not in body


async def test_older_ones_are_found_page_by_page_while_others_come(hub: HubProcess) -> None:
    """By a key and not by a place: what comes between two pages moves nothing."""

    async def file(count: int) -> None:
        row = {"at": 1, "kind": "receipt", "address": STRANGER_MAIL, "our_address": OUR_MAILBOX}
        await hub.db.write(lambda conn: conn.execute(insert(tables.filed_mail), [row] * count))

    await file(2 * PAGE + 10)
    async with aiohttp.ClientSession(headers={"Cookie": await sign_in(hub.url, "tomasz")}) as session:

        async def ask(query: str) -> tuple[int, dict[str, Any]]:
            async with session.get(f"{hub.url}/api/mails/filed{query}") as answer:
                return answer.status, await answer.json()

        seen: list[int] = []
        query, has_more = "", True
        while has_more:
            status, page = await ask(query)
            assert status == 200 and 0 < len(page["mails"]) <= PAGE
            seen += [each["id"] for each in page["mails"]]
            query, has_more = f"?before={seen[-1]}", page["has_more"]
            await file(1)
        assert len(seen) >= 2 * PAGE + 10
        assert seen == list(range(seen[0], seen[-1] - 1, -1))
        assert (await ask("?before=0"))[1] == {"mails": [], "has_more": False}
        for nonsense in ("x", "-1", "1.5", str(2**63), "9" * 6_000):
            assert (await ask(f"?before={nonsense}"))[0] == 400, nonsense
