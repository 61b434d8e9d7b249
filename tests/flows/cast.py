"""A hub and everyone around it, by name: `desk("ada")`, `customer("pia")`, `widget()`, `provider`.

What a cast opened it closes.
"""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any, Self

import aiohttp

from tests.flows.customers import Customer, Provider, Widget, eventually
from tests.flows.desk import Desk, sign_in
from tests.flows.house import WholeHouse


class Cast:
    def __init__(self, house: WholeHouse) -> None:
        self.house = house
        self._stack = AsyncExitStack()
        self.session: aiohttp.ClientSession

    async def __aenter__(self) -> Self:
        self.session = await self._stack.enter_async_context(aiohttp.ClientSession())
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()

    @property
    def provider(self) -> Provider:
        return Provider(self.session, self.house)

    def customer(self, name: str) -> Customer:
        return Customer(self.session, self.house.sandbox_url, name)

    async def desk(self, name: str, *, is_available: bool = True, url: str = "") -> Desk:
        desk = await Desk.open(url or self.house.url, name, self.house.password)
        self._stack.push_async_callback(desk.close)
        if is_available:
            await desk.go_available()
        return desk

    async def widget(self, url: str = "", **more: Any) -> Widget:
        widget = await Widget.visit(url or self.house.url, **more)
        self._stack.push_async_callback(widget.close)
        return widget

    async def add_fault(self, where: str, kind: str, **more: float) -> None:
        """What the provider does wrong next."""
        async with self.session.post(
            f"{self.house.sandbox_url}/sandbox/api/faults", json={"where": where, "kind": kind, **more}
        ) as answer:
            assert answer.status in (200, 201), await answer.text()

    async def cookie(self, name: str) -> str:
        """Of somebody signed in who needs no desk."""
        return await sign_in(self.house.url, name, self.house.password)

    async def get(self, path: str, cookie: str, expected: int = 200) -> Any:
        """JSON from the hub's API."""
        async with self.session.get(self.house.url + path, headers={"Cookie": cookie}) as answer:
            assert answer.status == expected, await answer.text()
            return await answer.json()

    async def post(self, path: str, cookie: str, body: Any, expected: int = 200) -> Any:
        async with self.session.post(self.house.url + path, json=body, headers={"Cookie": cookie}) as answer:
            assert answer.status == expected, await answer.text()
            return await answer.json()

    async def waiting(self, *names: str, queue: str = "service") -> list[dict[str, Any]]:
        """What waits in a queue, once it is decided that it is these customers in this order: what was answered is
        stored, and may not be decided yet."""
        cookie = await self.cookie("dot")

        async def look() -> list[dict[str, Any]] | None:
            lines: list[dict[str, Any]] = (await self.get(f"/api/queues/{queue}/waiting", cookie))["lines"]
            return lines if [line["customer_name"] for line in lines] == list(names) else None

        return list(await eventually(look))


OpenCast = Callable[..., Awaitable[Cast]]
