"""The door closes: a request whose first byte is here is answered, and an idle connection ends at once."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from aiohttp import web

from hub.doors import closing
from hub.doors.closing import close_door
from hub.doors.kept_connections import HubSite, KeptConnection, is_anybody_asking, list_connections
from hub.wiring.listening import open_door

pytestmark = pytest.mark.promise("P10")
BODY = b"CallSid=CA1"
HEADER = b"POST /call HTTP/1.1\r\nHost: hub\r\nContent-Length: %d\r\n\r\n" % len(BODY)
REQUEST = HEADER + BODY


@dataclass
class ClosingServer:
    runner: web.AppRunner
    door: socket.socket
    answered: list[bytes]
    stack: contextlib.ExitStack

    async def connect(self) -> "IdleClient":
        """A connection on which a first request was answered."""
        client = IdleClient(self.stack.enter_context(socket.create_connection(self.door.getsockname())))
        client.say(REQUEST)
        await client.hears(b"CallSid=CA1!")
        return client

    async def close(self) -> None:
        await close_door(self.runner, self.door)
        await self.runner.cleanup()


@dataclass
class IdleClient:
    """Speaks at once: the loop of the server has no turn meanwhile."""

    socket: socket.socket

    def __post_init__(self) -> None:
        self.socket.setblocking(False)

    def say(self, words: bytes) -> None:
        self.socket.sendall(words)

    async def hears(self, words: bytes) -> None:
        heard = b""
        async with asyncio.timeout(10):
            while not heard.endswith(words):
                heard += await asyncio.get_running_loop().sock_recv(self.socket, 1000)

    async def hears_all(self) -> bytes:
        """Until the server closes."""
        heard = b""
        async with asyncio.timeout(10):
            while some := await asyncio.get_running_loop().sock_recv(self.socket, 1000):
                heard += some
        return heard


@pytest_asyncio.fixture
async def server() -> AsyncIterator[ClosingServer]:
    answered: list[bytes] = []

    async def answer(request: web.Request) -> web.Response:
        body = await request.read()
        answered.append(body)
        return web.Response(body=body + b"!")

    app = web.Application()
    app.router.add_post("/call", answer)
    door = open_door("127.0.0.1", 0)
    runner = web.AppRunner(app, shutdown_timeout=1)
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.closing(door))
        await runner.setup()
        await HubSite(runner, door).start()
        yield ClosingServer(runner, door, answered, stack)
        await runner.cleanup()


async def test_a_request_that_is_in_the_kernel_at_the_last_look_is_answered(
    server: ClosingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await server.connect()
    looks: list[bool] = []

    def ask_before_the_look(connections: list[KeptConnection]) -> bool:
        if not looks:
            client.say(REQUEST)
        looks.append(is_anybody_asking(connections))
        return looks[-1]

    monkeypatch.setattr(closing, "is_anybody_asking", ask_before_the_look)
    await server.close()
    assert (await client.hears_all()).endswith(b"CallSid=CA1!")
    assert looks[0] is True and looks[-1] is False
    assert server.answered == [BODY, BODY]


@pytest.mark.parametrize("here", range(1, len(REQUEST), 7))
async def test_a_request_that_has_begun_is_heard_to_its_end(server: ClosingServer, here: int) -> None:
    """It begins on an idle connection, and its rest comes while the door is closed."""
    client = await server.connect()
    client.say(REQUEST[:here])
    closed = asyncio.create_task(server.close())
    while server.runner.sites:  # the door is closed
        await asyncio.sleep(0)
    for _ in range(2):
        await asyncio.sleep(2 * closing.LOOK_SECONDS)
        assert not closed.done()
    client.say(REQUEST[here:])
    assert (await client.hears_all()).endswith(b"CallSid=CA1!")
    await closed


async def test_idle_connections_end_at_the_first_look(server: ClosingServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closing, "MOST_LOOKS", 1)
    clients = [await server.connect() for _ in range(5)]
    await close_door(server.runner, server.door)
    assert [await client.hears_all() for client in clients] == [b""] * 5
    assert server.runner.server is not None
    assert list_connections(server.runner.server) == []


async def test_who_never_ends_a_request_holds_up_nobody_for_ever(
    server: ClosingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(closing, "MOST_LOOKS", 3)
    client = await server.connect()
    client.say(HEADER[:20])
    await server.close()
    assert await client.hears_all() == b""
