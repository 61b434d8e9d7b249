"""Signals: calls from a part of a process to parts that are built after it.

The rule of this file: the caller knows the signal and not its listeners. `app.py` connects each signal once, when
both sides are built. A call before that would be lost; no part calls a signal before the start.
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
    """Awaited like a coroutine function, until every listener has returned."""

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
    """An arrival waits to be decided."""
    ready_to_send: Signal[[Collection[str], bool]] = field(default_factory=Signal)
    """(channels, whether a request of each is due for certain): the outbox may have requests for these channels."""
    stored: Signal[[bool]] = field(default_factory=Signal)
    """(whether an interaction or an agent went on): a batch has been stored, and the rules may be asked about its
    customers."""
    sessions_ended: Signal[[]] = field(default_factory=Signal)
    board_opened: AsyncSignal[[]] = field(default_factory=AsyncSignal)
    """A person has opened a wallboard."""
    desk_events: AsyncSignal[[str, list[dict[str, object]]]] = field(default_factory=AsyncSignal)
    """(agent, numbered events), for every open desk of that agent."""
    agent_types: AsyncSignal[[str, str]] = field(default_factory=AsyncSignal)
    """(agent, interaction): the agent is typing."""
    customer_types: AsyncSignal[[str]] = field(default_factory=AsyncSignal)
    """(chat): its customer is typing."""
