"""A Socket.IO line to the hub that knows at once when it is cut, as the JavaScript clients do."""

import asyncio
from collections.abc import Callable
from typing import Any

import socketio

Json = dict[str, Any]


class LineCut(Exception):
    """Nobody knows whether what was asked was heard."""


class Line:
    """`hear(event, data)` is called for everything that the hub says."""

    def __init__(self, namespace: str, events: tuple[str, ...], hear: Callable[[str, Any], None]) -> None:
        self._namespace = namespace
        self._cut = asyncio.Event()
        self._socket = socketio.AsyncClient(reconnection=False)
        for event in events:
            self._socket.on(event, self._build_handler(event, hear), namespace=namespace)
        self._socket.on("disconnect", self._on_disconnect, namespace=namespace)

    def _build_handler(self, event: str, hear: Callable[[str, Any], None]) -> Callable[[Any], Any]:
        async def handle(data: Any) -> None:
            hear(event, data)

        return handle

    async def _on_disconnect(self, *reason: object) -> None:
        self._cut.set()

    @property
    def is_up(self) -> bool:
        return bool(self._socket.connected) and not self._cut.is_set()

    async def connect(self, url: str, **headers: str) -> None:
        """Raises LineCut."""
        self._cut.clear()
        try:
            await self._socket.connect(
                url, headers=headers, namespaces=[self._namespace], transports=["websocket"], wait_timeout=5
            )
        except (socketio.exceptions.ConnectionError, OSError) as error:
            raise LineCut from error

    async def ask(self, event: str, data: Json) -> Json:
        """The acknowledgement. Raises LineCut."""
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
        await self._socket.emit(event, data, namespace=self._namespace)

    async def close(self) -> None:
        await self._socket.disconnect()
