"""The mails that are no work, found by an administrator."""

import asyncio

import aiohttp
import pytest

from hub.app import HubProcess
from hub.storage.documents import ARRIVALS
from hub.storage.inbox import Arrival, Inbox
from tests.hub.notices import STRANGER_MAIL, mail
from tests.hub.screens import sign_in

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
