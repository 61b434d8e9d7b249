"""A screen's connection to a whole hub: signed in over HTTP, one namespace of its own.

The rule of this file: it speaks the wire and knows nothing of what it hears.
"""

import asyncio
import json
from collections.abc import Callable
from typing import Any, Self

import aiohttp
import socketio
import socketio.exceptions

PASSWORD = "a password for tests only"
SECONDS = 60.0  # until something is given up that should take milliseconds


async def sign_in(url: str, name: str) -> str:
    """The cookie of a new session."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        async with session.post(f"{url}/api/sign-in", json={"name": name, "password": PASSWORD}) as answer:
            assert answer.status == 200, await answer.text()
        return "; ".join(f"{cookie.key}={cookie.value}" for cookie in session.cookie_jar)


class ScreenRefused(Exception):
    """The hub does not let this connection in. It says why."""


class ScreenConnection:
    """`told` is every event heard, in order."""

    def __init__(self, namespace: str) -> None:
        self.namespace = namespace
        self.told: list[tuple[str, Any]] = []
        self._changed = asyncio.Event()
        self._session = aiohttp.ClientSession()
        self._socket = socketio.AsyncClient(
            reconnection=False, http_session=self._session, json=json
        )  # says what it is told to
        self._socket.on("*", self._hear, namespace=namespace)
        self._socket.on("disconnect", self._lose, namespace=namespace)
        self._socket.on("connect_error", self._refuse, namespace=namespace)
        self._reason = ""

    @classmethod
    async def open(cls, url: str, cookie: str, namespace: str = "/desk", **headers: str) -> Self:
        """Raises `ScreenRefused`."""
        connection = cls(namespace)
        sent = {"Cookie": cookie, "Origin": url, **headers}
        try:
            await connection._socket.connect(
                url, headers=sent, namespaces=[namespace], transports=["websocket"], wait_timeout=SECONDS
            )
        except socketio.exceptions.ConnectionError as error:
            await connection.close()
            raise ScreenRefused(connection._reason) from error
        return connection

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def is_open(self) -> bool:
        return self.namespace in self._socket.namespaces

    async def ask(self, event: str, data: Any = None) -> Any:
        return await self._socket.call(event, data, namespace=self.namespace, timeout=SECONDS)

    async def tell(self, event: str, data: Any) -> None:
        await self._socket.emit(event, data, namespace=self.namespace)

    async def close(self) -> None:
        await self._socket.disconnect()
        await self._session.close()

    async def hears(self, name: str) -> Any:
        """The first event of that name."""
        await self._until(lambda: name in dict(self.told))
        return next(data for told, data in self.told if told == name)

    async def hears_that(self, holds: Callable[[list[tuple[str, Any]]], bool]) -> None:
        """Return when `holds` of everything that was told."""
        await self._until(lambda: holds(self.told))

    async def is_closed(self) -> None:
        await self._until(lambda: not self.is_open)

    async def _until(self, holds: Any) -> None:
        async with asyncio.timeout(SECONDS):
            while not holds():
                self._changed.clear()
                await self._changed.wait()

    async def _hear(self, name: str, data: Any = None) -> None:
        self.told.append((name, data))
        self._changed.set()

    async def _refuse(self, data: Any = None) -> None:
        self._reason = data["message"] if isinstance(data, dict) else str(data)

    async def _lose(self, *reason: object) -> None:
        self._changed.set()
