"""The bus: "look, something has changed", within a process or between processes.

The rule of this file: a message on the bus only wakes; the truth is in the database. A subscriber that is woken reads
the database, and also polls it from time to time. A text may be lost or come twice. An empty text says only: look.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from typing import Protocol

Listener = Callable[[str], None]


class Bus(Protocol):
    async def start(self) -> None:
        """Returns at once, whether other processes can be reached or not."""

    async def stop(self) -> None: ...

    async def publish(self, topic: str, text: str) -> None:
        """Let every subscriber be called soon, in this process and in all others. Never waits, never raises."""

    def subscribe(self, topic: str, listener: Listener) -> None:
        """`listener(text)` runs on the event loop and must return at once. Subscribe before `start`."""

    @property
    def is_healthy(self) -> bool:
        """Whether messages from other processes arrive."""


class LocalBus:
    """The bus within one process."""

    def __init__(self) -> None:
        self._subscribers: dict[str, list[Listener]] = defaultdict(list)

    @property
    def is_healthy(self) -> bool:
        return True

    async def start(self) -> None:
        pass

    async def stop(self) -> None:
        pass

    async def publish(self, topic: str, text: str) -> None:
        for listener in self._subscribers.get(topic, ()):
            asyncio.get_running_loop().call_soon(listener, text)

    def subscribe(self, topic: str, listener: Listener) -> None:
        self._subscribers[topic].append(listener)
