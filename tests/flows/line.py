"""A Socket.IO line to the hub that knows at once when it is cut, as the JavaScript clients do."""

import asyncio
from collections.abc import Callable
from typing import Any

import aiohttp
import socketio

Json = dict[str, Any]


class LineCut(Exception):
    """Nobody knows whether what was asked was heard."""


class Line:
    """`hear(event, data)` is called for everything that the hub says. Each connection is a client of its own."""

    def __init__(self, namespace: str, events: tuple[str, ...], hear: Callable[[str, Any], None]) -> None:
        self._namespace, self._events, self._hear = namespace, events, hear
        self._cut = asyncio.Event()
        self._socket: socketio.AsyncClient | None = None
        self._session: aiohttp.ClientSession | None = None

    @property
    def is_up(self) -> bool:
        return self._socket is not None and self._socket.connected and not self._cut.is_set()

    async def connect(self, url: str, **headers: str) -> None:
        """Raises LineCut."""
        await self.close()
        self._cut = cut = asyncio.Event()
        self._session = aiohttp.ClientSession()
        self._socket = socket = socketio.AsyncClient(reconnection=False, http_session=self._session)

        async def on_disconnect(*reason: object) -> None:
            cut.set()

        for event in self._events:
            socket.on(event, self._build_handler(event), namespace=self._namespace)
        socket.on("disconnect", on_disconnect, namespace=self._namespace)
        try:
            await socket.connect(
                url, headers=headers, namespaces=[self._namespace], transports=["websocket"], wait_timeout=15
            )
        except (socketio.exceptions.ConnectionError, OSError) as error:
            await self.close()
            raise LineCut from error

    def _build_handler(self, event: str) -> Callable[[Any], Any]:
        async def handle(data: Any) -> None:
            self._hear(event, data)

        return handle

    async def ask(self, event: str, data: Json) -> Json:
        """The acknowledgement. Raises LineCut."""
        if self._socket is None:
            raise LineCut
        asked = asyncio.create_task(self._socket.call(event, data, namespace=self._namespace, timeout=20))
        cut = asyncio.create_task(self._cut.wait())
        try:
            await asyncio.wait((asked, cut), return_when=asyncio.FIRST_COMPLETED)
            if not asked.done():
                raise LineCut
            answer: Json = asked.result()
            return answer
        except (socketio.exceptions.SocketIOError, OSError) as error:
            raise LineCut from error
        finally:
            for task in (asked, cut):
                task.cancel()
            await asyncio.gather(asked, cut, return_exceptions=True)

    async def say(self, event: str, data: Json) -> None:
        assert self._socket is not None
        await self._socket.emit(event, data, namespace=self._namespace)

    async def close(self) -> None:
        if self._socket is not None:
            await self._socket.disconnect()
        if self._session is not None:
            await self._session.close()
