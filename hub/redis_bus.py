"""The bus between processes: Redis pub/sub.

The rule of this file: Redis may be killed, emptied or cut off at any instant, and no part waits for it (P9). This
file is imported only by a hub whose settings name Redis.
"""

import asyncio
import secrets
import time
from contextlib import suppress

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from hub.bus import Listener, LocalBus

CONNECT_SECONDS = 2
MOST_UNSENT = 10_000  # texts that wait for Redis; further ones are dropped

log = structlog.get_logger(__name__)


class RedisBus:
    """Between processes over Redis pub/sub; within the process without Redis.

    A listener can lose its connection without an error, so this one listens for pings of its own. When it hears
    something after a gap, every subscriber is called with an empty text.
    """

    def __init__(self, url: str, *, prefix: str = "hub:", ping_seconds: float = 1.0) -> None:
        # the listening connection has no time-out: a quiet subscription is not a dead one. Only our own loops retry
        self._listen = _connect(url, socket_timeout=None)
        self._send = _connect(url, socket_timeout=CONNECT_SECONDS)
        self._prefix = prefix
        self._ping_seconds = ping_seconds
        self._origin = secrets.token_hex(8)
        self._here = LocalBus()
        self._topics: list[str] = []
        self._unsent: asyncio.Queue[tuple[str, str]] = asyncio.Queue(MOST_UNSENT)
        self._heard_at = float("-inf")
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False  # the client may swallow a cancellation, so the tasks also check this flag

    @property
    def is_healthy(self) -> bool:
        return time.monotonic() - self._heard_at < 3 * self._ping_seconds

    async def start(self) -> None:
        self._tasks = [asyncio.create_task(work()) for work in (self._keep_listening, self._keep_sending, self._ping)]

    async def stop(self) -> None:
        self._stopping = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._listen.aclose()
        await self._send.aclose()

    async def publish(self, topic: str, text: str) -> None:
        await self._here.publish(topic, text)
        with suppress(asyncio.QueueFull):
            self._unsent.put_nowait((topic, text))

    def subscribe(self, topic: str, listener: Listener) -> None:
        self._here.subscribe(topic, listener)
        self._topics.append(topic)

    async def _keep_listening(self) -> None:
        while not self._stopping:
            try:
                await self._listen_until_deaf()
                log.warning("the bus hears nothing: it subscribes again")
            except (RedisError, OSError) as error:
                log.warning("the bus is away", error=str(error))
            await asyncio.sleep(self._ping_seconds / 2)

    async def _listen_until_deaf(self) -> None:
        async with self._listen.pubsub() as listener:
            async with asyncio.timeout(CONNECT_SECONDS):
                await listener.subscribe(*(self._prefix + topic for topic in {*self._topics, self._ping_topic}))
            is_deaf_at = time.monotonic() + 3 * self._ping_seconds
            has_heard = False
            while time.monotonic() < is_deaf_at and not self._stopping:
                message = await listener.get_message(timeout=self._ping_seconds)
                if message is not None:
                    self._heard_at = time.monotonic()
                    is_deaf_at = self._heard_at + 3 * self._ping_seconds
                    if not has_heard:
                        has_heard = True
                        await self._invite_all()
                    if message["type"] == "message":
                        await self._hear(message["channel"].removeprefix(self._prefix), message["data"])

    async def _invite_all(self) -> None:
        for topic in self._topics:
            await self._here.publish(topic, "")

    async def _hear(self, topic: str, data: str) -> None:
        origin, _, text = data.partition(" ")
        if origin != self._origin:
            await self._here.publish(topic, text)

    async def _keep_sending(self) -> None:
        """In one trip what has come while the last one was under way; what is equal once, for it only wakes."""
        while not self._stopping:
            waiting = dict.fromkeys([await self._unsent.get()])
            while not self._unsent.empty():
                waiting[self._unsent.get_nowait()] = None
            with suppress(RedisError, OSError):
                async with self._send.pipeline(transaction=False) as trip:
                    for topic, text in waiting:
                        trip.publish(self._prefix + topic, f"{self._origin} {text}")
                    await trip.execute()

    @property
    def _ping_topic(self) -> str:
        return f"ping:{self._origin}"

    async def _ping(self) -> None:
        while not self._stopping:
            with suppress(asyncio.QueueFull):
                self._unsent.put_nowait((self._ping_topic, ""))
            await asyncio.sleep(self._ping_seconds)


def _connect(url: str, socket_timeout: float | None) -> Redis:
    return Redis.from_url(
        url,
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=socket_timeout,
        retry=Retry(NoBackoff(), 0),
        decode_responses=True,
    )
