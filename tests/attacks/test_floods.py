"""Too much of everything: of one visitor's words, of chats, of sockets, of questions. Others keep their pace, and who
asks too much is told so in their protocol.

A load here is bounded, stops by itself and stays on this machine.
"""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import aiohttp
import orjson
import pytest
import pytest_asyncio
from sqlalchemy import select, update

from hub.app import HubProcess
from hub.batch.transcript import SHOWN, new_message
from hub.storage import tables, transcripts
from hub.storage.database import StorageUnavailable
from tests.attacks.doors import BOTH
from tests.hub.connected_screens import ScreenConnection, sign_in

pytestmark = pytest.mark.asyncio(loop_scope="module")

FLOOD = 3_000  # messages of one visitor, of the longest text that one may have
LONG = "长" * 4_000
SLICE = 250  # messages of one write


async def say_without_end(hub: HubProcess, chat_id: str) -> str:
    """FLOOD messages are in the transcript of this chat, as if they had been said; its interaction's id. The hub is
    told of them, or the next thing that happens to the interaction would store its old number again."""
    i = tables.interaction
    async with hub.db.read() as conn:
        row = (await conn.execute(select(i.c.id, i.c.customer_id).where(i.c.provider_ref == chat_id))).one()
    messages = [
        new_message(
            message_id=f"{row.id}.f{number}",
            interaction_id=row.id,
            customer_id=row.customer_id,
            kind="customer",
            channel="webchat",
            now=1_795_000_000_000_000 + number * 10_000,
            number=number,
            text=LONG,
        )
        for number in range(2, FLOOD + 2)
    ]

    for some in (messages[first : first + SLICE] for first in range(0, FLOOD, SLICE)):
        await hub.db.write(partial(transcripts.add, messages=some))
    hub.dispatcher.state.floor.interactions[row.id].last_number = FLOOD + 1
    await hub.db.write(lambda conn: conn.execute(update(i).where(i.c.id == row.id).values(last_number=FLOOD + 1)))
    return str(row.id)


@pytest_asyncio.fixture(loop_scope="module")
async def page(hub: HubProcess) -> AsyncIterator[ScreenConnection]:
    """A visitor's."""
    async with await ScreenConnection.open(hub.url, "", "/webchat") as page:
        yield page


async def take_first(desk: ScreenConnection, known: dict[str, Any]) -> dict[str, Any]:
    """What this desk is offered, accepted."""
    offers = known["offers"]
    while not offers:
        told = [one["event"] for one in await desk.hears("events")]
        offers = [event["offer"] for event in told if event["kind"] == "offer_made"]
        desk.told.clear()
    answer = await desk.ask("command", {"kind": "accept_offer", "id": offers[0]["id"], "offer_id": offers[0]["id"]})
    assert answer["code"] == ""
    return dict(offers[0])


@BOTH
async def test_a_visitor_who_never_stops_is_read_in_pages_by_the_desk_and_by_their_own_page(
    hub: HubProcess, page: ScreenConnection
) -> None:
    chat = await page.ask("open", {})
    assert (await page.ask("say", {"id": "m1", "text": "Grüß Gott"}))["ok"]
    cookie = await sign_in(hub.url, "emre")  # of the first ring of the queue that chats enter
    async with await ScreenConnection.open(hub.url, cookie) as desk:
        known = (await desk.ask("resume", {}))["snapshot"]
        await desk.ask("command", {"kind": "set_state", "id": f"s{id(hub)}", "state": "available"})
        offer = await take_first(desk, known)
        assert await say_without_end(hub, chat["chat_id"]) == offer["interaction_id"]

    async with await ScreenConnection.open(hub.url, cookie) as again:
        snapshot = (await again.ask("resume", {}))["snapshot"]
        (held,) = snapshot["interactions"]
        answer = {"kind": "send_message", "id": f"a{id(hub)}", "text": "Ein Moment, bitte."}
        told = await again.ask("command", answer | {"interaction_id": held["id"], "version": held["version"]})
        assert told["code"] == ""
    assert 0 < len(held["messages"]) <= SHOWN
    assert held["messages"][-1]["id"] == f"{held['id']}.f{FLOOD + 1}"
    assert len(orjson.dumps(snapshot)) < 2_000_000

    read, before = list[str](), ""
    async with aiohttp.ClientSession(headers={"Cookie": cookie}) as session:
        while True:  # what came before is read by page
            address = f"{hub.url}/api/customers/{held['customer']['id']}/conversation{before}"
            async with session.get(address) as response:
                conversation = await response.json()
            read = [message["id"] for message in conversation["messages"] if ".f" in message["id"]] + read
            if not conversation["has_more"]:
                break
            before = f"?before={conversation['messages'][0]['at']}"
    assert read == [f"{held['id']}.f{number}" for number in range(2, FLOOD + 2)]

    heard, has_more = list[int](), True
    while has_more:
        mine = {"chat_id": chat["chat_id"], "token": chat["token"], "after": heard[-1] if heard else 0}
        answer = await page.ask("open", mine)
        if answer.get("code") != "too_fast":
            heard += [message["number"] for message in answer["messages"]]
            has_more = answer["has_more"]
            assert len(answer["messages"]) <= 100
    assert heard == list(range(1, FLOOD + 3))  # the agent's answer is the last


# ---- sockets that read nothing


async def test_a_desk_that_reads_nothing_is_cut_off_and_comes_back_to_a_fresh_snapshot(
    hub: HubProcess, no_traceback: None
) -> None:
    cookie = await sign_in(hub.url, "ben")
    address = f"{hub.url}/socket.io/?EIO=4&transport=websocket"
    at_once = aiohttp.ClientWSTimeout(ws_close=0.1)
    async with (
        aiohttp.ClientSession(headers={"Cookie": cookie}) as session,
        session.ws_connect(address, timeout=at_once) as deaf,
    ):
        await deaf.send_str("40/desk,")
        await deaf.send_str('42/desk,1["resume",{}]')
        while not (await deaf.receive()).data.startswith("43/desk,1"):
            pass
        transport = deaf._response.connection.transport
        transport.pause_reading()
        server = hub.sockets
        ((_, engine_id),) = server.manager.get_participants("/desk", "staff:ben")
        waiting = server.eio.sockets[engine_id].queue
        for _ in range(5_000):
            await server.emit("queues", [{"queue": LONG}], room="staff:ben", namespace="/desk")
            if engine_id not in server.eio.sockets or server.eio.sockets[engine_id].closed:
                break
        assert waiting.qsize() < 300
        async with asyncio.timeout(30):  # the namespace hears of it a moment later
            while "staff:ben" in server.manager.rooms.get("/desk", {}):
                await asyncio.sleep(0)
        transport.abort()
    again = await ScreenConnection.open(hub.url, cookie)
    assert (await again.ask("resume", {"number": 10**6}))["snapshot"]["staff"]["id"] == "ben"
    await again.close()


# ---- questions of strangers


async def test_however_many_ask_whether_it_is_ready_the_database_is_tried_once(
    hub: HubProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = 0
    write = hub.db.write

    async def count(unit: Any) -> Any:
        nonlocal tries
        tries += unit.__qualname__.startswith("touch.")
        return await write(unit)

    monkeypatch.setattr(hub.db, "write", count)
    async with aiohttp.ClientSession() as session:

        async def ask() -> int:
            async with session.get(f"{hub.url}/readyz") as response:
                return response.status

        began = asyncio.get_running_loop().time()
        statuses = [status for _ in range(10) for status in await asyncio.gather(*(ask() for _ in range(50)))]
        took = asyncio.get_running_loop().time() - began
        assert set(statuses) == {200}
        assert 1 <= tries <= 2 + took

        async def fail(unit: Any) -> Any:
            if unit.__qualname__.startswith("touch."):
                raise StorageUnavailable("away")
            return await write(unit)

        monkeypatch.setattr(hub.db, "write", fail)
        async with asyncio.timeout(30):
            while await ask() != 503:
                await asyncio.sleep(0.05)
        monkeypatch.undo()
        async with asyncio.timeout(30):
            while await ask() != 200:
                await asyncio.sleep(0.05)
