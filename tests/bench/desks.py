"""Agents at their desks, as the load sees them.

The rule of this file: success is what the desks received, counted here and nowhere in the hub.
"""

import asyncio
import time
from collections import Counter, deque
from typing import Any

import aiohttp

from tests.bench.bench_house import BenchHouse
from tests.bench.clients import Socket, sign_in


class Floor:
    """All desks together. `works`: each accepts, answers, ends and wraps up, at once and for ever. `holds`: each
    accepts all it is offered and keeps it until it is told to `free` one. Otherwise they look at their offers."""

    def __init__(
        self, house: BenchHouse, session: aiohttp.ClientSession, *, works: bool = False, holds: bool = False
    ) -> None:
        self._house, self._session = house, session
        self.works, self.holds = works, holds
        self.desks: list[Desk] = []
        self.closed = 0
        self.offered_at: dict[str, float] = {}  # the first words of the interaction -> when a desk saw the offer
        self.refilled: list[float] = []  # seconds from a desk's word that it is free to its next offer
        self.refused: Counter[str] = Counter()
        self.removed = asyncio.Event()

    async def open(self, agents: range) -> None:
        password, turns = self._house.password, asyncio.Semaphore(8)

        async def open_one(n: int) -> Desk:
            async with turns:
                cookie = await sign_in(self._session, self._house.port, f"a{n}", password)
                return await Desk(self, self._session, self._house.port).open(cookie)

        self.desks += await asyncio.gather(*map(open_one, agents))

    async def set_state(self, state: str, reason: str = "", desks: slice = slice(None)) -> None:
        commands = (desk.command("set_state", state=state, reason=reason) for desk in self.desks[desks])
        await asyncio.gather(*commands)

    async def until_closed(self, number: int, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                while self.closed < number:
                    self.removed.clear()
                    await self.removed.wait()
        except TimeoutError:
            return False
        return True

    async def until_held(self, number: int, seconds: float) -> None:
        """Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while sum(len(desk.held) for desk in self.desks) < number:
                await asyncio.sleep(0.02)

    @property
    def packets(self) -> int:
        """Events and answers that the hub has sent to all desks."""
        return sum(desk.socket.packets for desk in self.desks)

    async def close(self) -> None:
        await asyncio.gather(*(desk.socket.close() for desk in self.desks))


class Desk:
    def __init__(self, floor: Floor, session: aiohttp.ClientSession, port: int) -> None:
        self._floor = floor
        self.socket = Socket(session, port, "/desk")
        self.first_offer_at: float | None = None
        self.heard: dict[str, float] = {}  # text of a customer's message -> when it came
        self.offers: list[str] = []  # not accepted yet
        self.held: dict[str, int] = {}  # interaction -> version
        self._wrapped_up: set[str] = set()  # interactions
        self._freed_at: deque[float] = deque()  # once for each that was wrapped up and has no successor yet
        self._commands = 0
        self._name = f"{id(self):x}.{time.monotonic_ns():x}"
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self, cookie: str) -> "Desk":
        self.socket.on_event = self._hear
        await self.socket.open(cookie)
        await self.socket.call("resume", {"number": None})
        return self

    async def command(self, kind: str, **fields: Any) -> str:
        self._commands += 1
        answer = await self.socket.call("command", {"id": f"{self._name}.{self._commands}", "kind": kind, **fields})
        if answer["code"]:
            self._floor.refused[f"{kind}: {answer['code']}"] += 1
        return str(answer["code"])

    def accept_all(self) -> None:
        offers, self.offers = self.offers, []
        for offer_id in offers:
            self._do(self._accept(offer_id))

    def free(self) -> None:
        """End what was held longest, and wrap it up: then there is room for one more."""
        interaction_id = next(iter(self.held))
        version = self.held.pop(interaction_id)
        self._do(self._end({"interaction_id": interaction_id, "version": version}))

    def _hear(self, name: str, data: Any) -> None:
        if name == "events":
            for numbered in data if isinstance(data, list) else (data,):
                self._take(numbered["event"])

    def _take(self, event: dict[str, Any]) -> None:
        is_busy = self._floor.works or self._floor.holds
        match event["kind"]:
            case "offer_made":
                self._take_offer(event["offer"])
            case "interaction_added":
                self.held[event["interaction"]["id"]] = event["interaction"]["version"]
                if self._floor.works:
                    self._do(self._answer(event["interaction"]))
            case "interaction_changed" if event["state"] == "wrap_up" and is_busy:
                self._begin_wrap_up(event["interaction_id"], event["version"])
            case "interaction_removed":
                self.held.pop(event["interaction_id"], None)
                self._floor.closed += 1
                self._floor.removed.set()
            case "message_added" if event["message"]["kind"] == "customer":
                self.heard[event["message"]["text"]] = time.perf_counter()

    def _take_offer(self, offer: dict[str, Any]) -> None:
        now = self._floor.offered_at[offer["subject"]] = time.perf_counter()
        self.first_offer_at = self.first_offer_at or now
        if self._freed_at:
            self._floor.refilled.append(now - self._freed_at.popleft())
        self.offers.append(offer["id"])
        if self._floor.works or self._floor.holds:
            self.accept_all()

    def _do(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _accept(self, offer_id: str) -> None:
        await self.command("accept_offer", offer_id=offer_id)

    async def _answer(self, interaction: dict[str, Any]) -> None:
        where = {"interaction_id": interaction["id"], "version": interaction["version"]}
        await self.command("send_message", **where, text="Ditt kort är på väg. 您的卡已寄出。")
        await self.command("end_interaction", **where)

    async def _end(self, where: dict[str, Any]) -> None:
        await self.command("end_interaction", **where)

    def _begin_wrap_up(self, interaction_id: str, version: int) -> None:
        """Once: what is learnt of the customer meanwhile changes the interaction too."""
        if interaction_id not in self._wrapped_up:
            self._wrapped_up.add(interaction_id)
            self._do(self._wrap_up(interaction_id, version))

    async def _wrap_up(self, interaction_id: str, version: int) -> None:
        where = {"interaction_id": interaction_id, "version": version}
        self._freed_at.append(time.perf_counter())
        await self.command("complete_wrap_up", **where, disposition="solved", note="")
