"""The sandbox and the adapters on one loopback server, as `make run` has them."""

import asyncio
import heapq
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from aiohttp.test_utils import TestClient, unused_port
from aiohttp.typedefs import Middleware

from channels.phone.phone import PhoneChannel, PhoneSettings
from channels.sandbox.sandbox import Sandbox
from channels.sandbox.settings import SandboxCustomer, SandboxSettings
from channels.sms import SmsChannel, SmsSettings
from tests.channels.contract import MemoryHub, serve
from tests.channels.twilio_cast import ACCOUNT_SID, HUB_PHONE, HUB_SMS, TOKEN, build_account

PIA = SandboxCustomer("Pia Lindström", "+46701740601", "pia@customers.example")
MING = SandboxCustomer("王大明", "+8613800138000", "ming@customers.example", "zh-CN")
HUB_MAIL = "service@hub.example"


class ManualTime:
    """A `sleep` whose time passes only on request."""

    def __init__(self) -> None:
        self.now = 0.0
        self._order = count()
        self._sleepers: list[tuple[float, int, asyncio.Event]] = []

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.Event()
        heapq.heappush(self._sleepers, (self.now + seconds, next(self._order), woken))
        await woken.wait()

    def advance(self, seconds: float) -> None:
        self.now += seconds
        while self._sleepers and self._sleepers[0][0] <= self.now:
            heapq.heappop(self._sleepers)[2].set()


def build_settings(hub_url: str, **more: Any) -> SandboxSettings:
    settings = SandboxSettings((PIA, MING), ACCOUNT_SID, TOKEN, hub_url, HUB_PHONE, HUB_SMS, HUB_MAIL)
    return replace(settings, **more)


@dataclass(frozen=True)
class SandboxHouse:
    hub: MemoryHub
    sms: SmsChannel
    phone: PhoneChannel
    sandbox: Sandbox
    client: TestClient
    time: ManualTime
    url: str

    async def get(self, path: str) -> Any:
        async with self.client.get("/sandbox/api" + path) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def post(self, path: str, **body: Any) -> Any:
        async with self.client.post("/sandbox/api" + path, json=body) as answer:
            assert answer.status in (200, 201), await answer.text()
            return await answer.json()

    async def add_fault(self, where: str, kind: str, count: int = 1) -> None:
        await self.post("/faults", where=where, kind=kind, count=count)


@asynccontextmanager
async def build_sandbox_house(middlewares: Sequence[Middleware] = (), **more: Any) -> AsyncIterator[SandboxHouse]:
    port = unused_port()
    url = f"http://127.0.0.1:{port}"
    account = build_account(url, public_url=url)
    time, hub = ManualTime(), MemoryHub()
    sandbox = Sandbox(build_settings(url, **more), time.sleep)
    sms, phone = SmsChannel(SmsSettings(account, (HUB_SMS,)), hub), PhoneChannel(PhoneSettings(account), hub)
    client = await serve(sms, phone, sandbox, port=port, middlewares=middlewares)
    for channel in (sms, phone):
        await channel.start()
    await sandbox.start()
    yield SandboxHouse(hub, sms, phone, sandbox, client, time, url)
    await sandbox.stop()
    for channel in (sms, phone):
        await channel.stop()
    await client.close()


async def until(is_true: Any) -> None:
    """Let the loop run until a condition that needs no passing of time holds."""
    async with asyncio.timeout(60):
        while not is_true():
            await asyncio.sleep(0)
