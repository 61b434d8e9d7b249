"""What waits to be decided: rows of the inbox, and what was handed over by this very process.

The rule of this file: what comes from outside is a row before anyone decides about it. What this process itself
brings - a screen's command, the outcome of a request - may skip that step: its row is then written, done, in the
transaction that stores the decision, and whoever brought it waits for that. Either way the delivery key is unique,
and what cannot be taken this way goes by way of the inbox.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import orjson
import structlog

from agent_console.commands import ANY_COMMAND, BoardCommand, Command
from channels.channel import Notice
from hub.storage.documents import ARRIVALS, Fact, replace_nul
from hub.storage.inbox import Arrival, Waiting
from routing.model import AgentId

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ScreenCommand:
    staff_id: AgentId
    command: Command | BoardCommand
    desk_id: str = ""  # of the desk that asks


What = Notice | Fact | ScreenCommand


@dataclass(frozen=True, slots=True)
class Stored:
    """It is decided, and on disk. `answer`: a command's, as JSON."""

    answer: str | None


@dataclass(slots=True, eq=False)
class Handed:
    """`outcome`: None when it was not taken, and nothing of it is stored."""

    arrival: Arrival
    what: What
    outcome: "asyncio.Future[Stored | None]"

    def settle(self, outcome: Stored | None) -> None:
        if not self.outcome.done():
            self.outcome.set_result(outcome)


@dataclass(slots=True)
class Item:
    """One thing to decide: of a row, or handed over."""

    row: Waiting | None
    what: What | None = None
    problem: str = ""  # why it cannot be read
    handed: Handed | None = None


class HandOver:
    """Where this process hands over what it brings itself."""

    def __init__(self, is_routing: asyncio.Event, wake: Callable[[], None]) -> None:
        self._is_routing, self._wake = is_routing, wake
        self._waiting: deque[Handed] = deque()

    async def give(self, arrival: Arrival, what: What) -> Stored | None:
        """Returns when it is decided and stored; None where it has to go by way of the inbox."""
        body = arrival.body if isinstance(arrival.body, str) else arrival.body.decode()
        if not self._is_routing.is_set() or replace_nul(body) != body:  # a NUL is replaced on that way
            return None
        handed = Handed(arrival, what, asyncio.get_running_loop().create_future())
        self._waiting.append(handed)
        self._wake()
        return await handed.outcome

    def take(self, most: int) -> list[Item]:
        waiting = self._waiting
        taken = [waiting.popleft() for _ in range(min(most, len(waiting)))]
        return [Item(None, handed.what, handed=handed) for handed in taken]

    def refuse_all(self) -> None:
        """Nobody routes here any more."""
        while self._waiting:
            self._waiting.popleft().settle(None)


def read_item(row: Waiting) -> Item:
    """What cannot be read is set aside at once: trying again would not help."""
    try:
        document = replace_nul(row.body)
        if row.kind == "command":
            body = orjson.loads(document)
            command = ANY_COMMAND.validate_python(body["command"])
            return Item(row, ScreenCommand(AgentId(body["agent_id"]), command, body.get("desk", "")))
        return Item(row, ARRIVALS.decode(document))
    except Exception as error:
        log.error("an arrival cannot be read", inbox_id=row.id, kind=row.kind, error=type(error).__name__)
        return Item(row, None, f"cannot be read: {error}"[:500])
