"""Agents at their desks, as the load sees them: each accepts, answers, ends and wraps up, at once and for ever.

The rule of this file: success is what the desks received, counted here and nowhere in the hub.
"""

import asyncio
import time
from collections import Counter
from typing import Any

import aiohttp

from tests.bench.clients import Socket, sign_in
from tests.bench.world import World


class Floor:
    """All desks together. `works`: whether they take the offers or only look at them."""

    def __init__(self, world: World, session: aiohttp.ClientSession, *, works: bool) -> None:
        self._world, self._session, self._works = world, session, works
        self.desks: list[Desk] = []
        self.closed = 0
        self.offered_at: dict[str, float] = {}  # the first words of the interaction -> when a desk saw the offer
        self.refused: Counter[str] = Counter()
        self.removed = asyncio.Event()

    async def open(self, agents: range) -> None:
        for n in agents:
            cookie = await sign_in(self._session, self._world.port, f"a{n}", self._world.password)
            self.desks.append(await Desk(self, self._session, self._world.port, self._works).open(cookie))

    async def set_state(self, state: str, reason: str = "") -> None:
        await asyncio.gather(*(desk.command("set_state", state=state, reason=reason) for desk in self.desks))

    async def until_closed(self, number: int, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                while self.closed < number:
                    self.removed.clear()
                    await self.removed.wait()
        except TimeoutError:
            return False
        return True

    async def close(self) -> None:
        await asyncio.gather(*(desk.socket.close() for desk in self.desks))


class Desk:
    def __init__(self, floor: Floor, session: aiohttp.ClientSession, port: int, works: bool) -> None:
        self._floor, self._works = floor, works
        self.socket = Socket(session, port, "/desk")
        self.first_offer_at: float | None = None
        self.heard: dict[str, float] = {}  # text of a customer's message -> when it came
        self.holds: list[dict[str, Any]] = []
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

    def _hear(self, name: str, data: Any) -> None:
        if name == "events":
            for numbered in data:
                self._take(numbered["event"])

    def _take(self, event: dict[str, Any]) -> None:
        match event["kind"]:
            case "offer_made":
                now = self._floor.offered_at[event["offer"]["subject"]] = time.perf_counter()
                self.first_offer_at = self.first_offer_at or now
                if self._works:
                    self._do(self._accept(event["offer"]["id"]))
            case "interaction_added":
                self.holds.append(event["interaction"])
                if self._works:
                    self._do(self._answer(event["interaction"]))
            case "interaction_changed" if event["state"] == "wrap_up" and self._works:
                self._do(self._wrap_up(event["interaction_id"], event["version"]))
            case "interaction_removed":
                self._floor.closed += 1
                self._floor.removed.set()
            case "message_added" if event["message"]["kind"] == "customer":
                self.heard[event["message"]["text"]] = time.perf_counter()

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

    async def _wrap_up(self, interaction_id: str, version: int) -> None:
        where = {"interaction_id": interaction_id, "version": version}
        await self.command("complete_wrap_up", **where, disposition="solved", note="")
