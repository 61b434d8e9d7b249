"""Sockets of strangers: so many in all and from one address; whoever is one too many is told so, staff come in."""

import asyncio
from typing import Self

import aiohttp
import pytest

from hub.app import HubProcess
from tests.attacks.doors import STAFF
from tests.hub.connected_screens import ScreenConnection, sign_in

pytestmark = pytest.mark.asyncio(loop_scope="module")

SOCKET = "/socket.io/?EIO=4&transport=websocket"
OF_ALL, OF_ONE = 12, 4


@pytest.fixture(scope="module")
def changes() -> dict[str, str]:
    return {"sockets = ": f"sockets = {OF_ALL}", "sockets_per_address = ": f"sockets_per_address = {OF_ONE}"}


class Crowd:
    """Sockets that stay open until it leaves."""

    def __init__(self, hub: HubProcess) -> None:
        self._url = hub.url + SOCKET
        self._session = aiohttp.ClientSession()
        self._open: list[aiohttp.ClientWebSocketResponse] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for socket in self._open:
            await socket.close()
        await self._session.close()

    async def open_from(self, address: str, **more: str) -> int:
        """The status of the refusal, or 101."""
        headers = {"X-Forwarded-For": address, **more} if address else more
        try:
            self._open.append(await self._session.ws_connect(self._url, headers=headers))
        except aiohttp.WSServerHandshakeError as refused:
            assert refused.headers is not None
            assert int(refused.headers["Retry-After"]) > 0
            return refused.status
        return 101


@pytest.mark.parametrize("address", ["198.51.100.7", "2001:db8:1:2::{}"])
async def test_one_address_has_its_share_and_others_have_theirs(hub: HubProcess, address: str) -> None:
    async with Crowd(hub) as crowd:
        statuses = [await crowd.open_from(address.format(n)) for n in range(OF_ONE + 2)]
        assert statuses == [101] * OF_ONE + [429] * 2
        assert await crowd.open_from("203.0.113.9") == 101
        # claimed by the client itself, before what our proxy wrote
        assert await crowd.open_from(f"203.0.113.10, {address.format(0)}") == 429
    async with asyncio.timeout(60), Crowd(hub) as crowd:  # what was given back is free again
        while await crowd.open_from(address.format(0)) != 101:
            pass


async def test_staff_come_in_where_strangers_have_taken_every_seat(hub: HubProcess) -> None:
    async with Crowd(hub) as crowd:
        statuses = [await crowd.open_from("") for _ in range(OF_ALL + 1)]  # of this machine: no cap per address
        assert statuses[-1] == 503
        assert await crowd.open_from("198.51.100.7") == 503
        assert await crowd.open_from("198.51.100.7", Cookie="hub_session=guessed") == 503
        desk = await ScreenConnection.open(hub.url, await sign_in(hub.url, STAFF["agent"]))
        assert "snapshot" in await desk.ask("resume", {})
        await desk.close()
