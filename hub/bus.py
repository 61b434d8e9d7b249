"""The bus: "look, something has changed", within a process or between processes.

The rule of this file: a wake-up, never the truth. Whoever hears of something reads it in the database, and
looks there by itself now and then. A text may be lost or come twice; an empty text says: look for yourself.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from typing import Protocol

Callback = Callable[[str], None]


class Bus(Protocol):
    async def start(self) -> None:
        """Return at once, whether or not others can be reached."""

    async def stop(self) -> None: ...

    async def publish(self, topic: str, text: str) -> None:
        """Have every subscriber called soon, in this process and in every other. Never waits, never raises."""

    def subscribe(self, topic: str, callback: Callback) -> None:
        """`callback(text)` runs on the event loop and returns at once. Subscribe before `start`."""

    @property
    def is_healthy(self) -> bool:
        """Whether other processes are heard."""


class LocalBus:
    """Within one process."""

    def __init__(self) -> None:
        self._subscribers: dict[str, list[Callback]] = defaultdict(list)

    @property
    def is_healthy(self) -> bool:
        return True

    async def start(self) -> None:
        pass

    async def stop(self) -> None:
        pass

    async def publish(self, topic: str, text: str) -> None:
        for callback in self._subscribers.get(topic, ()):
            asyncio.get_running_loop().call_soon(callback, text)

    def subscribe(self, topic: str, callback: Callback) -> None:
        self._subscribers[topic].append(callback)
