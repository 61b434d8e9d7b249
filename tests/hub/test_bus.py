"""Both forms of the bus keep one contract; the Redis form also survives a Redis that dies, hangs and returns."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from urllib.parse import urlsplit

import pytest

from hub.bus import Bus, LocalBus
from hub.redis_bus import RedisBus

PING_SECONDS = 0.1


class Heard:
    """What a subscriber was told, without the invitations to look for itself."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.invitations = 0
        self._changed = asyncio.Event()

    def __call__(self, text: str) -> None:
        if text:
            self.texts.append(text)
        else:
            self.invitations += 1
        self._changed.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not condition():
                self._changed.clear()
                await self._changed.wait()


class Cable:
    """A port of our own in front of Redis, so that the way to it can be cut, blocked and mended."""

    def __init__(self, url: str) -> None:
        self._target = urlsplit(url)
        self._server: asyncio.Server | None = None
        self._writers: list[asyncio.StreamWriter] = []
        self._flows = asyncio.Event()
        self._flows.set()
        self._port = 0

    async def mend(self) -> None:
        self._flows.set()
        if self._server is None:
            self._server = await asyncio.start_server(self._carry, "127.0.0.1", self._port)
            self._port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        assert self._server is not None
        self._server.close()
        self._server = None
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    def block(self) -> None:
        self._flows.clear()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self._port}/0"

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server = self._server
        far_reader, far_writer = await asyncio.open_connection(self._target.hostname, self._target.port)
        if self._server is not server:  # cut meanwhile
            writer.transport.abort()
            far_writer.transport.abort()
            return
        self._writers += [writer, far_writer]
        await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                await self._flows.wait()
                writer.write(data)
                await writer.drain()
        writer.close()


@pytest.fixture
async def cable(valkey_url: str) -> AsyncIterator[Cable]:
    cable = Cable(valkey_url)
    await cable.mend()
    yield cable
    if cable._server is not None:
        await cable.cut()


class Contract:
    """What every bus does, whatever carries it."""

    async def test_every_subscriber_of_a_topic_hears_what_is_published_once_and_in_order(self, bus: Bus) -> None:
        ada, ben = Heard(), Heard()
        bus.subscribe("desk", ada)
        bus.subscribe("desk", ben)
        await bus.start()
        for text in ("1", "2 två", "3 你好"):
            await bus.publish("desk", text)
        await ada.until(lambda: len(ada.texts) >= 3)
        await ben.until(lambda: len(ben.texts) >= 3)
        assert ada.texts == ben.texts == ["1", "2 två", "3 你好"]

    async def test_a_topic_is_heard_by_its_subscribers_alone(self, bus: Bus) -> None:
        desk, outbox = Heard(), Heard()
        bus.subscribe("desk", desk)
        bus.subscribe("outbox", outbox)
        await bus.start()
        await bus.publish("outbox", "look")
        await bus.publish("nobody", "look")
        await outbox.until(lambda: bool(outbox.texts))
        assert desk.texts == []

    async def test_a_subscriber_is_called_later_and_never_inside_publish(self, bus: Bus) -> None:
        heard = Heard()
        bus.subscribe("desk", heard)
        await bus.start()
        await bus.publish("desk", "1")
        assert heard.texts == []

    async def test_a_bus_that_works_says_so(self, bus: Bus) -> None:
        await bus.start()
        async with asyncio.timeout(60):
            while not bus.is_healthy:
                await asyncio.sleep(0)


class TestLocalBus(Contract):
    @pytest.fixture
    async def bus(self) -> AsyncIterator[Bus]:
        bus = LocalBus()
        yield bus
        await bus.stop()


class TestRedisBus(Contract):
    @pytest.fixture
    async def bus(self, valkey_url: str, request: pytest.FixtureRequest) -> AsyncIterator[Bus]:
        bus = RedisBus(valkey_url, prefix=f"{request.node.name}:", ping_seconds=PING_SECONDS)
        yield bus
        await bus.stop()


@pytest.fixture
async def two(
    cable: Cable, valkey_url: str, request: pytest.FixtureRequest
) -> AsyncIterator[tuple[RedisBus, RedisBus, Heard]]:
    """A bus whose way to Redis can be cut, a second process's bus, and what the first one hears."""
    here = RedisBus(cable.url, prefix=f"{request.node.name}:", ping_seconds=PING_SECONDS)
    there = RedisBus(valkey_url, prefix=f"{request.node.name}:", ping_seconds=PING_SECONDS)
    heard = Heard()
    here.subscribe("desk", heard)
    await here.start()
    await there.start()
    await heard.until(lambda: heard.invitations > 0)
    yield here, there, heard
    await here.stop()
    await there.stop()


async def say(bus: Bus, text: str, heard: Heard) -> None:
    """Until it is heard: a text may be lost, and on a busy machine a line is soon taken for deaf."""
    async with asyncio.timeout(60):
        while text not in heard.texts:
            await bus.publish("desk", text)
            await asyncio.sleep(PING_SECONDS)


async def test_equal_texts_that_wait_together_are_sent_once(two: tuple[RedisBus, RedisBus, Heard]) -> None:
    """A flood of arrivals wakes the routing process once for each trip to Redis."""
    _, there, heard = two
    await say(there, "hör du", heard)
    for _ in range(100):
        await there.publish("desk", "vakna")
    await say(there, "slut", heard)
    assert heard.texts.count("vakna") <= 1


async def test_another_process_is_heard(two: tuple[RedisBus, RedisBus, Heard]) -> None:
    _, there, heard = two
    await say(there, "från den andra", heard)


@pytest.mark.promise("P9")
async def test_after_a_cut_it_connects_by_itself_and_tells_everyone_to_look(
    two: tuple[RedisBus, RedisBus, Heard], cable: Cable
) -> None:
    here, there, heard = two
    await cable.cut()
    await here.publish("desk", "within the process")
    await heard.until(lambda: heard.texts == ["within the process"])
    before = heard.invitations
    await cable.mend()
    await heard.until(lambda: heard.invitations > before)
    await say(there, "again", heard)


@pytest.mark.promise("P9")
async def test_a_listener_that_is_deaf_without_an_error_is_noticed(
    two: tuple[RedisBus, RedisBus, Heard], cable: Cable
) -> None:
    here, _, heard = two
    cable.block()
    connected = len(cable._writers)
    async with asyncio.timeout(60):
        while here.is_healthy or len(cable._writers) == connected:  # it has noticed once it connects anew
            await here.publish("desk", "never waits")
            await asyncio.sleep(PING_SECONDS)
    before = heard.invitations
    await cable.mend()
    await heard.until(lambda: heard.invitations > before)
    async with asyncio.timeout(60):
        while not here.is_healthy:
            await asyncio.sleep(PING_SECONDS)


async def test_a_redis_that_was_never_there_stops_nothing() -> None:
    bus, heard = RedisBus("redis://127.0.0.1:1/0", ping_seconds=PING_SECONDS), Heard()
    bus.subscribe("desk", heard)
    await bus.start()
    await bus.publish("desk", "1")
    await heard.until(lambda: heard.texts == ["1"])
    assert not bus.is_healthy
    await bus.stop()
