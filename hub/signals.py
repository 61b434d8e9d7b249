"""What a part of a process says to others that are built after it.

The rule of this file: who says something knows the signal and not who listens; `app.py` connects each signal, once,
when both sides stand. What is said before that is lost, and nothing is said before the start.
"""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from typing import Generic, ParamSpec

P = ParamSpec("P")


class Signal(Generic[P]):
    """Called like a function; the listener returns at once."""

    def __init__(self) -> None:
        self._listeners: list[Callable[P, None]] = []

    def connect(self, listener: Callable[P, None]) -> None:
        self._listeners.append(listener)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> None:
        for listener in self._listeners:
            listener(*args, **kwargs)


class AsyncSignal(Generic[P]):
    """Awaited like a coroutine function, until every listener is through."""

    def __init__(self) -> None:
        self._listeners: list[Callable[P, Awaitable[None]]] = []

    def connect(self, listener: Callable[P, Awaitable[None]]) -> None:
        self._listeners.append(listener)

    async def __call__(self, *args: P.args, **kwargs: P.kwargs) -> None:
        for listener in self._listeners:
            await listener(*args, **kwargs)


@dataclass(frozen=True, slots=True)
class Signals:
    arrived: Signal[[]] = field(default_factory=Signal)
    """Something waits to be decided."""
    ready_to_send: Signal[[Collection[str]]] = field(default_factory=Signal)
    """The outbox has requests for these channels."""
    sessions_ended: Signal[[]] = field(default_factory=Signal)
    board_opened: AsyncSignal[[]] = field(default_factory=AsyncSignal)
    """Somebody begins to watch the wallboard."""
    desk_event: AsyncSignal[[str, dict[str, object]]] = field(default_factory=AsyncSignal)
    """(agent, numbered event), for every open desk of that agent."""
    agent_types: AsyncSignal[[str, str]] = field(default_factory=AsyncSignal)
    """(agent, interaction)"""
    customer_types: AsyncSignal[[str]] = field(default_factory=AsyncSignal)
    """(chat)"""
