"""Who is slow to say what they want is let go; who is served, or waits between two requests, is not."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import pytest_asyncio
from aiohttp import web

from hub.doors.connection_deadlines import HeaderDeadline, build_body_deadline

SHORT = pytest.mark.parametrize("body_seconds", [0.05])
LARGEST = 1000


@dataclass
class Server:
    port: int
    deadline: HeaderDeadline
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    answer: asyncio.Event = field(default_factory=asyncio.Event)

    async def say(self, words: bytes) -> "Client":
        client = Client(*await asyncio.open_connection("127.0.0.1", self.port))
        client.writer.write(words)
        await client.writer.drain()
        return client


@dataclass
class Client:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def hears(self) -> bytes:
        """All that comes until the server closes, or cuts."""
        async with asyncio.timeout(10):
            try:
                return await self.reader.read()
            except ConnectionResetError:
                return b""

    async def hears_answer(self) -> bytes:
        async with asyncio.timeout(10):
            return await self.reader.readuntil(b"served")

    def close(self) -> None:
        self.writer.close()


@pytest.fixture
def idle_seconds() -> float:
    """How long aiohttp keeps a connection between two requests."""
    return 60


@pytest.fixture
def body_seconds() -> float:
    """How long a body may take to come."""
    return 60


@pytest_asyncio.fixture
async def server(idle_seconds: float, body_seconds: float) -> AsyncIterator[Server]:
    """`/` answers at once with all it was sent, `/slow` when it is told to."""

    async def serve(request: web.Request) -> web.Response:
        return web.Response(body=await request.read() + b"served")

    async def serve_slowly(request: web.Request) -> web.Response:
        server.asked.set()
        await server.answer.wait()
        return web.Response(body=b"served")

    async def give_up(request: web.Request) -> web.Response:
        raise TimeoutError("of its own")

    app = web.Application(middlewares=[build_body_deadline(body_seconds)], client_max_size=LARGEST)
    app.router.add_route("*", "/", serve)
    app.router.add_route("*", "/slow", serve_slowly)
    app.router.add_route("POST", "/sandbox/read", serve)
    app.router.add_route("POST", "/sandbox/give-up", give_up)
    runner = web.AppRunner(
        app, access_log=None, keepalive_timeout=idle_seconds, lingering_time=0, shutdown_timeout=0.1
    )
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert runner.server is not None
    server = Server(runner.addresses[0][1], HeaderDeadline(runner.server, seconds=0))
    yield server
    server.answer.set()
    await runner.cleanup()


async def until_connected(server: Server, number: int) -> None:
    async with asyncio.timeout(10):
        while len(server.deadline._server.connections) < number:
            await asyncio.sleep(0)


# ---- headers


@pytest.mark.parametrize(
    "words", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: hub\r\n"], ids=["none", "half", "no end"]
)
async def test_who_does_not_finish_the_header_is_dropped(server: Server, words: bytes) -> None:
    client = await server.say(words)
    await until_connected(server, 1)
    assert server.deadline.sweep() == 0  # seen for the first time
    assert server.deadline.sweep() == 1
    assert await client.hears() == b""
    client.close()


async def test_who_is_being_served_is_left_alone(server: Server) -> None:
    client = await server.say(b"GET /slow HTTP/1.1\r\nHost: hub\r\n\r\n")
    await server.asked.wait()
    assert [server.deadline.sweep() for _ in range(3)] == [0, 0, 0]
    server.answer.set()
    await client.hears_answer()
    client.close()


async def test_who_waits_between_two_requests_is_left_alone(server: Server) -> None:
    client = await server.say(b"GET / HTTP/1.1\r\nHost: hub\r\n\r\n")
    await client.hears_answer()
    assert [server.deadline.sweep() for _ in range(3)] == [0, 0, 0]
    client.writer.write(b"GET / HTTP/1.1\r\nHost: hub\r\n\r\n")
    await client.hears_answer()
    client.close()


@pytest.mark.parametrize("idle_seconds", [0.1])
async def test_a_second_header_that_does_not_end_is_not_waited_for(server: Server) -> None:
    client = await server.say(b"GET / HTTP/1.1\r\nHost: hub\r\n\r\n")
    await client.hears_answer()
    client.writer.write(b"GET / HTTP/1.1\r\nHo")
    assert await client.hears() == b""  # aiohttp's own keep-alive ends it
    client.close()


async def test_a_connection_that_has_gone_is_forgotten(server: Server) -> None:
    client = await server.say(b"GET / HT")
    await until_connected(server, 1)
    server.deadline.sweep()
    client.close()
    async with asyncio.timeout(10):
        while server.deadline._server.connections:
            await asyncio.sleep(0)
    assert server.deadline.sweep() == 0
    assert server.deadline._first_seen == {}


# ---- bodies


def post(path: str, length: int, body: bytes) -> bytes:
    return f"POST {path} HTTP/1.1\r\nHost: hub\r\nContent-Length: {length}\r\n\r\n".encode() + body


@SHORT
@pytest.mark.parametrize("path", ["/", "/sandbox/read"])
async def test_a_body_that_does_not_come_is_answered_408_and_closed(server: Server, path: str) -> None:
    client = await server.say(post(path, 10, b"abc"))
    heard = await client.hears()
    assert heard.startswith(b"HTTP/1.1 408 ")
    assert b"\r\nConnection: close\r\n" in heard
    assert heard.endswith(b'{"code": "too_slow"}')
    client.close()


async def test_a_body_that_comes_in_pieces_is_served(server: Server) -> None:
    client = await server.say(post("/", 6, b"abc"))
    client.writer.write(b"def")
    assert (await client.hears_answer()).endswith(b"abcdefserved")
    client.close()


async def test_a_body_that_is_too_large_is_answered_413(server: Server) -> None:
    client = await server.say(post("/", LARGEST + 1, b"x" * (LARGEST + 1)))
    async with asyncio.timeout(10):
        assert (await client.reader.readline()).startswith(b"HTTP/1.1 413 ")
    client.close()


@SHORT
async def test_a_body_that_is_there_may_take_longer_to_be_answered(server: Server, body_seconds: float) -> None:
    client = await server.say(post("/slow", 3, b"abc"))
    await server.asked.wait()
    asyncio.get_running_loop().call_later(2 * body_seconds, server.answer.set)
    assert b" 200 " in await client.hears_answer()
    client.close()


async def test_what_gives_up_by_itself_is_no_slow_client(server: Server) -> None:
    client = await server.say(post("/sandbox/give-up", 3, b"abc"))
    async with asyncio.timeout(10):
        assert (await client.reader.readline()).startswith(b"HTTP/1.1 504 ")
    client.close()
