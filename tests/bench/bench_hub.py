"""The whole hub under load, beside a bare skeleton of the same shape: `make bench`.

Load comes from this process over real HTTP and Socket.IO; the hub runs with the configuration of `make run`, but for
more agents and for the providers' sandbox in a process of its own. Figures are of one machine: compare the ratios.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import aiohttp

from tests.bench.clients import Socket, send_all, send_at, sign_in, signed_sms
from tests.bench.desks import Floor
from tests.bench.world import TOKEN, Skeleton, World

AGENTS = 200
WEBHOOKS = 12_000
RATES = (100, 150, 200, 300)


def show(what: str, value: str, aim: str = "") -> None:
    print(f"  {what:58} {value:>22}   {aim}", flush=True)


def quantiles(seconds: list[float]) -> tuple[float, float]:
    """p50 and p99 in milliseconds."""
    ordered = sorted(seconds)
    return statistics.median(ordered) * 1000, ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))] * 1000


def open_session() -> aiohttp.ClientSession:
    """As many connections as there are screens: the default stops at a hundred."""
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))


async def measure_webhooks(folder: Path) -> None:
    print("(a) signed SMS webhooks accepted durably")
    skeleton = Skeleton(folder)
    bare = await _take_webhooks(skeleton.port, skeleton.cpu_seconds)
    skeleton.stop()
    show("the skeleton", f"{bare[0]:,.0f}/s  {bare[1]:.0f} us")
    world = World(folder, 1)
    ours = await _take_webhooks(world.port, world.hub.cpu_seconds)
    everything = WEBHOOKS + WEBHOOKS // 10
    behind = everything - world.metric("hub_arrivals_total")
    began = time.perf_counter()
    while world.metric("hub_arrivals_total") < everything:
        await asyncio.sleep(0.05)
    show("ours", f"{ours[0]:,.0f}/s  {ours[1]:.0f} us")
    show("of the skeleton", f"{ours[0] / bare[0]:.2f}", "aim 0.5")
    show("backlog at the end, worked off in", f"{behind:,.0f} in {time.perf_counter() - began:.1f} s")
    world.stop()


async def _take_webhooks(port: int, cpu_seconds) -> tuple[float, float]:
    """Webhooks a second, and microseconds of CPU each."""
    warm = [signed_sms(port, TOKEN, 90_000_000 + n) for n in range(WEBHOOKS // 10)]
    requests = [signed_sms(port, TOKEN, n) for n in range(WEBHOOKS)]
    assert await send_all(port, warm) == 0
    cpu, began = cpu_seconds(), time.perf_counter()
    assert await send_all(port, requests) == 0
    took = time.perf_counter() - began
    return WEBHOOKS / took, (cpu_seconds() - cpu) / WEBHOOKS * 1e6


async def measure_whole_path(folder: Path) -> None:
    print("(b) webhook, customer, rank, offer, accept, reply, close: sustained, one process")
    world = World(folder, AGENTS)
    async with open_session() as session:
        floor = Floor(world, session, works=True)
        await floor.open(range(AGENTS))
        await floor.set_state("available")
        number = 0
        for rate in RATES:
            seconds = 10
            requests = [signed_sms(world.port, TOKEN, number + n) for n in range(rate * seconds)]
            number += len(requests)
            closed, cpu, began = floor.closed, world.hub.cpu_seconds(), time.perf_counter()
            failed = await send_at(world.port, requests, rate, lambda n: None)
            sent_in = time.perf_counter() - began
            done = floor.closed - closed
            whole = await floor.until_closed(closed + len(requests), 30)
            late = time.perf_counter() - began - sent_in
            each = (world.hub.cpu_seconds() - cpu) / len(requests) * 1e3
            holds = failed == 0 and whole and late < 1.0
            verdict = "sustained" if holds else "not sustained"
            text = f"{done / sent_in:.0f}/s, rest in {late:.1f} s"
            show(f"{rate}/s for {seconds} s: {each:.1f} ms of CPU each, {verdict}", text, "aim 150, hope 300")
            if floor.refused or failed:
                show("errors", f"{failed} {dict(floor.refused)}", "aim 0")
            if not holds:
                break
        await floor.close()
    world.stop()


async def measure_offers(folder: Path) -> None:
    print("(c) arrival to offer at the desk's socket, 10,000 waiting")
    async with open_session() as session:
        await _show_skeleton(folder, session)
        world = World(folder, AGENTS)
        floor = Floor(world, session, works=True)
        await floor.open(range(AGENTS))
        waiting = [signed_sms(world.port, TOKEN, n, to="+46850005002") for n in range(10_000)]
        assert await send_all(world.port, waiting) == 0
        while world.metric("hub_arrivals_total") < 10_000:
            await asyncio.sleep(0.1)
        await floor.set_state("available")
        texts = [f"Fråga nummer {n}" for n in range(1000)]
        requests = [signed_sms(world.port, TOKEN, 20_000 + n, text=text) for n, text in enumerate(texts)]
        sent: dict[int, float] = {}
        failed = await send_at(world.port, requests, 50, lambda n: sent.update({n: time.perf_counter()}))
        await floor.until_closed(len(requests), 20)
        waits = [floor.offered_at[text] - sent[n] for n, text in enumerate(texts)]
        p50, p99 = quantiles(waits)
        show("50/s: p50, p99", f"{p50:.1f} ms, {p99:.1f} ms", "aim 10, 25")
        show("errors", f"{failed} {dict(floor.refused)}", "aim 0")
        await floor.close()
        await _measure_freed(world, session)
    world.stop()


async def _show_skeleton(folder: Path, session: aiohttp.ClientSession) -> None:
    """At 50/s: what this machine takes for it where it is mostly idle, which is far more than in a flood."""
    skeleton = Skeleton(folder)
    heard: dict[str, float] = {}
    sent: dict[str, float] = {}
    socket = Socket(session, skeleton.port, "/desk")
    socket.on_event = lambda name, data: heard.update({data["text"]: time.perf_counter()})
    await socket.open()
    cpu = skeleton.cpu_seconds()
    texts = [f"Fråga nummer {n}" for n in range(500)]
    requests = [signed_sms(skeleton.port, TOKEN, n, text=text) for n, text in enumerate(texts)]
    assert await send_at(skeleton.port, requests, 50, lambda n: sent.update({texts[n]: time.perf_counter()})) == 0
    await asyncio.sleep(0.5)
    each = (skeleton.cpu_seconds() - cpu) / len(texts) * 1e6
    await socket.close()
    skeleton.stop()
    p50, p99 = quantiles([heard[text] - at for text, at in sent.items()])
    show(f"the skeleton, webhook to socket at 50/s ({each:.0f} us): p50, p99", f"{p50:.1f} ms, {p99:.1f} ms")


async def _measure_freed(world: World, session: aiohttp.ClientSession) -> None:
    floor = Floor(world, session, works=False)
    await floor.open(range(100))
    await floor.set_state("unavailable", "break")
    requests = [signed_sms(world.port, TOKEN, 30_000 + n, text=f"Väntar {n}") for n in range(500)]
    assert await send_all(world.port, requests) == 0
    await asyncio.sleep(1)
    began = time.perf_counter()
    await floor.set_state("available")
    await asyncio.sleep(2)
    firsts = sorted(desk.first_offer_at - began for desk in floor.desks if desk.first_offer_at is not None)
    what = f"100 agents freed at once: {len(firsts)} offered, the last after"
    show(what, f"{firsts[-1] * 1000:.0f} ms", "aim 250")
    await floor.close()


async def measure_chat(folder: Path) -> None:
    print("(d) chat message, customer to desk")
    world = World(folder, AGENTS)
    async with open_session() as session:
        floor, chats = await _open_chats(world, session, 300)
        for rate, aim in ((100, "aim 5, 15"), (300, "aim p99 50")):
            seconds, sent = 10, {}
            loop = asyncio.get_running_loop()
            cpu, began = world.hub.cpu_seconds(), loop.time()
            tasks = []
            for n in range(rate * seconds):
                await asyncio.sleep(began + n / rate - loop.time())
                text = f"{rate}: 第 {n} 条消息"
                sent[text] = time.perf_counter()
                call = chats[n % len(chats)].call("say", {"id": f"{rate}-{n}", "text": text})
                tasks.append(asyncio.create_task(call))
            answers = await asyncio.gather(*tasks)
            await asyncio.sleep(1)
            each = (world.hub.cpu_seconds() - cpu) / len(tasks) * 1e3
            heard = {text: at for desk in floor.desks for text, at in desk.heard.items()}
            lost = [text for text in sent if text not in heard]
            p50, p99 = quantiles([heard[text] - at for text, at in sent.items() if text in heard])
            show(f"{rate}/s: p50, p99", f"{p50:.1f} ms, {p99:.1f} ms", aim)
            show("CPU of the hub per message", f"{each:.2f} ms", "aim 0.5")
            refused = sum("code" in answer for answer in answers)
            if lost or refused:
                show("errors", f"{len(lost)} lost, {refused} refused", "aim 0")
        await floor.close()
        await asyncio.gather(*(chat.close() for chat in chats))
    world.stop()


async def _open_chats(world: World, session: aiohttp.ClientSession, number: int) -> tuple[Floor, list[Socket]]:
    """Desks and chats that are accepted and stay open: an agent takes three."""
    floor = Floor(world, session, works=False)
    await floor.open(range(AGENTS))
    for desk in floor.desks:
        accept_all(desk)
    await floor.set_state("available")
    chats = []
    for n in range(number):
        chat = await Socket(session, world.port, "/webchat").open()
        await chat.call("open", {"language": "zh-CN", "page": "https://bank.example/", "after": 0})
        await chat.call("say", {"id": f"first-{n}", "text": "您好"})
        chats.append(chat)
    async with asyncio.timeout(60):
        while sum(len(desk.holds) for desk in floor.desks) < min(number, 3 * AGENTS):
            await asyncio.sleep(0.1)
    return floor, chats


def accept_all(desk) -> None:
    hear = desk.socket.on_event

    def on_event(name: str, data) -> None:
        hear(name, data)
        for numbered in data if name == "events" else ():
            if numbered["event"]["kind"] == "offer_made":
                desk._do(desk._accept(numbered["event"]["offer"]["id"]))

    desk.socket.on_event = on_event


async def measure_memory(folder: Path) -> None:
    print("(e) memory and reconnecting")
    world = World(folder, AGENTS)
    async with open_session() as session:
        cookies = [await sign_in(session, world.port, f"a{n}", world.password) for n in range(AGENTS)]
        await asyncio.sleep(1)
        before = world.hub.resident_bytes()
        floor = Floor(world, session, works=False)
        for _ in range(5):
            await asyncio.gather(*(_open_desk(floor, world, session, cookie) for cookie in cookies))
        per_desk = (world.hub.resident_bytes() - before) / len(floor.desks) / 1024
        show(f"an idle desk, of {len(floor.desks)}", f"{per_desk:.0f} KiB", "aim 45")
        await floor.close()
        floor, chats = await _open_chats(world, session, 1)
        before = world.hub.resident_bytes()
        more = [await _chatting(world, session, n) for n in range(1000)]
        per_chat = (world.hub.resident_bytes() - before) / len(more) / 1024
        show("an open chat that has exchanged 20 messages, of 1,000", f"{per_chat:.0f} KiB", "aim 60; bare 31")
        whole = world.hub.resident_bytes() / 1e6
        show("in all, with 200 desks and 1,000 chats", f"{whole:.0f} MB", "aim 600")
        await asyncio.gather(*(chat.close() for chat in chats + more))
        await floor.close()
        began = time.perf_counter()
        gate = asyncio.Semaphore(200)
        sockets = await asyncio.gather(*(_reconnect(world, session, gate) for _ in range(5000)))
        show("5,000 clients reconnect", f"{time.perf_counter() - began:.1f} s", "aim 15")
        await asyncio.gather(*(each.close() for each in sockets))
    world.stop()


async def _open_desk(floor: Floor, world: World, session: aiohttp.ClientSession, cookie: str) -> None:
    from tests.bench.desks import Desk

    floor.desks.append(await Desk(floor, session, world.port, False).open(cookie))


async def _chatting(world: World, session: aiohttp.ClientSession, number: int) -> Socket:
    chat = await Socket(session, world.port, "/webchat").open()
    await chat.call("open", {"language": "en", "page": "https://bank.example/", "after": 0})
    for n in range(20):
        await chat.call("say", {"id": f"{number}-{n}", "text": f"What about my card? {n}"})
    return chat


async def _reconnect(world: World, session: aiohttp.ClientSession, gate: asyncio.Semaphore) -> Socket:
    async with gate:
        chat = await Socket(session, world.port, "/webchat").open()
        await chat.call("open", {"language": "en", "page": "https://bank.example/", "after": 0})
        return chat


PARTS = {
    "a": measure_webhooks,
    "b": measure_whole_path,
    "c": measure_offers,
    "d": measure_chat,
    "e": measure_memory,
}


def main() -> None:
    """`bench_hub.py [a b c d e]`: all parts, or those named."""
    for name in sys.argv[1:] or PARTS:
        with tempfile.TemporaryDirectory(prefix="hub-bench-") as folder:
            asyncio.run(PARTS[name](Path(folder)))


if __name__ == "__main__":
    main()
