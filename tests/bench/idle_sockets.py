"""What idle sockets hold in memory, and how soon 5,000 clients are back after all were cut off.

The rule of this file: memory is the hub's resident memory, as the system gives it, shared by those who came.
"""

import asyncio
import time

import aiohttp

from tests.bench.bench_house import BenchHouse
from tests.bench.chat_messages import open_chats
from tests.bench.clients import Socket, sign_in
from tests.bench.desks import Desk, Floor
from tests.bench.running import Run, open_session

CHATS, RECONNECTING = 1000, 5000


async def measure(run: Run) -> None:
    sizes, add = run.sizes, run.report.add
    async with run.hub(sizes.agents) as house, open_session() as session:
        cookies = [await sign_in(session, house.port, f"a{n}", house.password) for n in range(sizes.agents)]
        await asyncio.sleep(1)
        before = house.hub.resident_bytes()
        floor = Floor(house, session)
        for _ in range(5):
            desks = (Desk(floor, session, house.port).open(cookie) for cookie in cookies)
            floor.desks += await asyncio.gather(*desks)
        add("sockets", "an idle desk", (house.hub.resident_bytes() - before) / len(floor.desks) / 1024, "KiB")
        await floor.close()
        floor, chats = await open_chats(house, session, sizes.agents, 1)
        before = house.hub.resident_bytes()
        more = [await _chat(house, session, n) for n in range(CHATS)]
        each = (house.hub.resident_bytes() - before) / len(more) / 1024
        add("sockets", "an open chat that has exchanged 20 messages", each, "KiB")
        add("sockets", f"in all, with desks and {CHATS:,} chats", house.hub.resident_bytes() / 1e6, "MB")
        await asyncio.gather(*(chat.close() for chat in chats + more))
        await floor.close()
        began = time.perf_counter()
        gate = asyncio.Semaphore(200)
        sockets = await asyncio.gather(*(_reconnect(house, session, gate) for _ in range(RECONNECTING)))
        add("sockets", f"{RECONNECTING:,} clients reconnect in", time.perf_counter() - began, "s")
        await asyncio.gather(*(each.close() for each in sockets))


async def _chat(house: BenchHouse, session: aiohttp.ClientSession, number: int) -> Socket:
    chat = await Socket(session, house.port, "/webchat").open()
    await chat.call("open", {"language": "en", "page": "https://bank.example/", "after": 0})
    for n in range(20):
        await chat.call("say", {"id": f"{number}-{n}", "text": f"What about my card? {n}"})
    return chat


async def _reconnect(house: BenchHouse, session: aiohttp.ClientSession, gate: asyncio.Semaphore) -> Socket:
    async with gate:
        chat = await Socket(session, house.port, "/webchat").open()
        await chat.call("open", {"language": "en", "page": "https://bank.example/", "after": 0})
        return chat
