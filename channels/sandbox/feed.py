"""The events for an open page `/sandbox`.

The rule of this file: a listener that is too slow is cut off, and gets a fresh snapshot when it comes back.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import orjson
from aiohttp import web

from channels.sandbox.shapes import Json

MOST_UNREAD: Final = 1000
QUIET_SECONDS: Final = 15.0  # after so long a silence, the stream shows that it is alive

Event = tuple[str, Json]  # its name and its data


class Feed:
    def __init__(self) -> None:
        self._listeners: dict[str, set[asyncio.Queue[Event | None]]] = {}

    async def stream(
        self, request: web.Request, customer_id: str, take_snapshot: Callable[[], Json]
    ) -> web.StreamResponse:
        """Server-Sent Events: a snapshot, then every event of that customer until either side leaves."""
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await stream.prepare(request)
        with self.listen(customer_id) as events:
            event: Event | None = ("snapshot", take_snapshot())
            try:
                while event is not None:
                    await stream.write(b"event: %s\ndata: %s\n\n" % (event[0].encode(), orjson.dumps(event[1])))
                    event = await _next(events, stream)
            except ConnectionError:  # the page has gone
                pass
        return stream

    @contextmanager
    def listen(self, customer_id: str) -> Iterator[asyncio.Queue[Event | None]]:
        """The events of one customer's devices from this moment on. None is the end."""
        queue: asyncio.Queue[Event | None] = asyncio.Queue()
        self._listeners.setdefault(customer_id, set()).add(queue)
        try:
            yield queue
        finally:
            self._listeners.get(customer_id, set()).discard(queue)

    def has_listener(self, customer_id: str) -> bool:
        return bool(self._listeners.get(customer_id))

    def publish(self, customer_id: str, event: Event) -> None:
        for queue in tuple(self._listeners.get(customer_id, ())):
            if queue.qsize() < MOST_UNREAD:
                queue.put_nowait(event)
            else:
                self._end(customer_id, queue)

    def publish_to_all(self, event: Event) -> None:
        for customer_id in tuple(self._listeners):
            self.publish(customer_id, event)

    def close(self) -> None:
        for customer_id, queues in self._listeners.items():
            for queue in tuple(queues):
                self._end(customer_id, queue)

    def _end(self, customer_id: str, queue: asyncio.Queue[Event | None]) -> None:
        self._listeners[customer_id].discard(queue)
        queue.put_nowait(None)


async def _next(events: asyncio.Queue[Event | None], stream: web.StreamResponse) -> Event | None:
    while True:
        try:
            async with asyncio.timeout(QUIET_SECONDS):
                return await events.get()
        except TimeoutError:
            await stream.write(b": still here\n\n")
