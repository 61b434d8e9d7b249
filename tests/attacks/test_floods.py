"""Too much of everything: of one visitor's words, of chats, of sockets, of questions. Others keep their pace, and who
asks too much is told so in their protocol.

A load here is bounded, stops by itself and stays on this machine.
"""

from typing import Any

import aiohttp
import orjson
import pytest
from sqlalchemy import insert, select, update

from hub.app import HubProcess
from hub.storage import tables
from hub.storage.database import Connection as Transaction
from hub.transcript import SHOWN, new_row
from tests.attacks.doors import BOTH
from tests.hub.screens import Connection, sign_in

pytestmark = pytest.mark.asyncio(loop_scope="module")

FLOOD = 3_000  # messages of one visitor, of the longest text that one may have
LONG = "长" * 4_000


async def say_without_end(hub: HubProcess, chat_id: str) -> str:
    """FLOOD messages are in the transcript of this chat, as if they had been said; its interaction's id."""
    i = tables.interaction
    async with hub.db.read() as conn:
        row = (await conn.execute(select(i.c.id, i.c.customer_id).where(i.c.provider_ref == chat_id))).one()
    rows = [
        new_row(
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

    async def unit(conn: Transaction) -> None:
        await conn.execute(insert(tables.message), rows)
        await conn.execute(update(i).where(i.c.id == row.id).values(last_number=FLOOD + 1))

    await hub.db.write(unit)
    return str(row.id)


async def take_first(desk: Connection, known: dict[str, Any]) -> dict[str, Any]:
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
async def test_a_visitor_who_never_stops_is_read_in_pages_by_the_desk_and_by_their_own_page(hub: HubProcess) -> None:
    page = await Connection.open(hub.url, "", "/webchat")
    chat = await page.ask("open", {})
    assert (await page.ask("say", {"id": "m1", "text": "Grüß Gott"}))["ok"]
    cookie = await sign_in(hub.url, "emre")  # of the first ring of the queue that chats enter
    desk = await Connection.open(hub.url, cookie)
    known = (await desk.ask("resume", {}))["snapshot"]
    await desk.ask("command", {"kind": "set_state", "id": f"s{id(hub)}", "state": "available"})
    offer = await take_first(desk, known)
    assert await say_without_end(hub, chat["chat_id"]) == offer["interaction_id"]
    await desk.close()

    again = await Connection.open(hub.url, cookie)
    snapshot = (await again.ask("resume", {}))["snapshot"]
    (held,) = snapshot["interactions"]
    assert 0 < len(held["messages"]) <= SHOWN
    assert held["messages"][-1]["id"] == f"{held['id']}.f{FLOOD + 1}"
    assert len(orjson.dumps(snapshot)) < 2_000_000
    await again.close()

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
    assert heard == list(range(1, FLOOD + 2))
    await page.close()
