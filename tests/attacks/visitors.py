"""Browsers somewhere on the internet, each of an address of its own, that sign in or guess.

The rule of this file: loopback is a trusted proxy, so a visitor's address is what X-Forwarded-For says.
"""

import asyncio
from collections import Counter
from typing import Any

import aiohttp

from hub.access.sessions import Sessions
from hub.access.signing_in import SigningIn
from hub.app import HubProcess
from hub.clock import SystemClock
from hub.policies.stored_versions import read_organisation


def beside(hub: HubProcess) -> SigningIn:
    """What another process has of the same database."""
    clock = SystemClock()
    return SigningIn(hub.db, clock, Sessions(hub.db, clock, hours=12), lambda: read_organisation(hub.db))


class Visitor:
    """A browser somewhere: it keeps its cookies."""

    def __init__(self, url: str, address: str) -> None:
        self.url, self.address = url, address
        self.session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))

    async def sign_in(self, name: str, password: str) -> int:
        headers = {"X-Forwarded-For": self.address}  # loopback is a trusted proxy
        body = {"name": name, "password": password}
        async with self.session.post(f"{self.url}/api/sign-in", json=body, headers=headers) as answer:
            return answer.status

    async def post(self, path: str, **body: str) -> tuple[int, dict[str, Any]]:
        async with self.session.post(self.url + path, json=body) as answer:
            return answer.status, await answer.json()

    async def guess(self, name: str, times: int, at_once: int = 100) -> Counter[int]:
        seats = asyncio.Semaphore(at_once)

        async def one(number: int) -> int:
            async with seats:
                return await self.sign_in(name, f"guess {number}")

        return Counter(await asyncio.gather(*(one(number) for number in range(times))))
