"""(d) A chat message from its customer to the desk, beside the bare echo of the same path.

The rule of this file: the same clients, sockets, texts and pace for both. The echo is `skeleton.py`: python-socketio
over WebSocket, one durable insert, one emit to one desk's socket, one acknowledgement.
"""

import asyncio
import math
import time
from collections.abc import Sequence

import aiohttp

from tests.bench.aims import CHAT_CPU_MULTIPLE, CHAT_P50, CHAT_P99, cpu_aim
from tests.bench.bench_house import BenchHouse, Process
from tests.bench.clients import Socket
from tests.bench.desks import Floor
from tests.bench.running import Load, Run, open_session, quantiles

CHATS_EACH = 3  # a chat takes 33 of an agent's 100 points


async def measure(run: Run) -> None:
    sizes, add = run.sizes, run.report.add
    agents = -(-sizes.chats // CHATS_EACH)
    async with run.skeleton() as skeleton, open_session() as session:
        heard: dict[str, float] = {}
        desks = []
        for _ in range(agents):
            desk = Socket(session, skeleton.port, "/desk")
            desk.on_event = lambda name, data: heard.update({data["text"]: time.perf_counter()})
            desks.append(await desk.open())
        echoes = [await Socket(session, skeleton.port, "/webchat").open() for _ in range(sizes.chats)]
        bare = [await _talk(run, skeleton, echoes, [heard], *each) for each in sizes.chat_rates]
        await asyncio.gather(*(each.close() for each in (*desks, *echoes)))
    async with run.hub(agents) as house, open_session() as session:
        floor, chats = await open_chats(house, session, agents, sizes.chats)
        told = [desk.heard for desk in floor.desks]
        ours = [await _talk(run, house.hub, chats, told, *each) for each in sizes.chat_rates]
        await floor.close()
        await asyncio.gather(*(chat.close() for chat in chats))
    for mine, echo in zip(ours, bare, strict=True):
        name = f"{mine.rate:.0f}/s"
        is_slow = mine.rate <= 100
        note = "chat: in the column of the skeleton, the echo"
        p50, p99 = (CHAT_P50, CHAT_P99) if is_slow else (None, None)
        add("d", f"{name}: message to desk, p50", mine.p50, "ms", bare=echo.p50, aim=p50, note=note)
        add("d", f"{name}: message to desk, p99", mine.p99, "ms", bare=echo.p99, aim=p99)
        aim = cpu_aim(CHAT_CPU_MULTIPLE, run.report.database, name)
        add("d", f"{name}: CPU for each message", mine.cpu, "ms", bare=echo.cpu, aim=aim)


async def _talk(
    run: Run, server: Process, chats: Sequence[Socket], told: Sequence[dict[str, float]], rate: int, seconds: float
) -> Load:
    await say_at(server, chats, told, rate, 0.5)  # the first ones import what they need
    load = await say_at(server, chats, told, rate, seconds)
    if load.fault:
        run.report.remark(f"(d) {rate}/s: {load.fault}")
    return load


async def say_at(
    server: Process, chats: Sequence[Socket], told: Sequence[dict[str, float]], rate: int, seconds: float
) -> Load:
    """Messages at a steady pace, each to the next chat. `told`: where desks note which text came when."""
    loop, sent, tasks = asyncio.get_running_loop(), {}, []
    this = time.monotonic_ns()  # a message has the same id as no earlier one
    cpu, began = server.cpu_seconds(), loop.time()
    for n in range(max(int(rate * seconds), 1)):
        await asyncio.sleep(began + n / rate - loop.time())
        name = f"{this}-{n}"
        text = f"{name}: 第 {n} 条消息"
        sent[text] = time.perf_counter()
        tasks.append(asyncio.create_task(chats[n % len(chats)].call("say", {"id": name, "text": text})))
    answers = await asyncio.gather(*tasks)
    heard: dict[str, float] = {}
    until = loop.time() + 10
    while loop.time() < until and not sent.keys() <= heard.keys():
        await asyncio.sleep(0.02)
        heard = {text: at for one in told for text, at in one.items()}
    each = (server.cpu_seconds() - cpu) / len(tasks) * 1e3
    p50, p99 = quantiles([heard.get(text, math.inf) - at for text, at in sent.items()])
    lost, refused = len(sent.keys() - heard.keys()), sum("code" in answer for answer in answers)
    return Load(rate, each, p50, p99, f"{lost} lost, {refused} refused" if lost or refused else "")


async def open_chats(
    house: BenchHouse, session: aiohttp.ClientSession, agents: int, number: int
) -> tuple[Floor, list[Socket]]:
    """Desks and chats that are accepted and stay open."""
    floor = Floor(house, session, holds=True)
    await floor.open(range(agents))
    await floor.set_state("available")
    turns = asyncio.Semaphore(16)

    async def open_one(n: int) -> Socket:
        async with turns:
            chat = await Socket(session, house.port, "/webchat").open()
            await chat.call("open", {"language": "zh-CN", "page": "https://bank.example/", "after": 0})
            await chat.call("say", {"id": f"first-{n}", "text": "您好"})
            return chat

    chats = await asyncio.gather(*map(open_one, range(number)))
    await floor.until_held(min(number, CHATS_EACH * agents), 60)
    return floor, chats
