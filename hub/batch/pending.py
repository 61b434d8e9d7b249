"""What waits to be decided: rows of the inbox, and what this process hands over to itself.

The rule of this file: whatever comes from outside is a row before it is decided. What this process brings itself - a
screen's command, the outcome of a request - may skip that step. Its row is then written as done, in the transaction
that stores the decision, and the giver waits for that transaction. Either way the delivery key is unique. What cannot
be handed over goes through the inbox.
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
    desk_id: str = ""  # id of the desk that asks


What = Notice | Fact | ScreenCommand


@dataclass(frozen=True, slots=True)
class Stored:
    """The decision is on disk. `answer`: the answer to a command, as JSON."""

    answer: str | None


@dataclass(slots=True, eq=False)
class Handed:
    """`outcome`: None if it was not taken; then nothing of it is stored."""

    arrival: Arrival
    what: What
    outcome: "asyncio.Future[Stored | None]"

    def settle(self, outcome: Stored | None) -> None:
        if not self.outcome.done():
            self.outcome.set_result(outcome)


@dataclass(slots=True)
class Item:
    """One thing to decide: from a row, or handed over."""

    row: Waiting | None
    what: What | None = None
    problem: str = ""  # why it cannot be read
    handed: Handed | None = None


class HandOver:
    """Takes what this process brings itself, until the dispatcher decides it."""

    def __init__(self, is_routing: asyncio.Event, wake: Callable[[], None]) -> None:
        self._is_routing, self._wake = is_routing, wake
        self._waiting: deque[Handed] = deque()

    async def give(self, arrival: Arrival, what: What) -> Stored | None:
        """Return once it is decided and stored, or None if it has to go through the inbox."""
        body = arrival.body if isinstance(arrival.body, str) else arrival.body.decode()
        if not self._is_routing.is_set() or replace_nul(body) != body:  # the inbox replaces NULs
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
        """Refuse everything that waits: this process has stopped routing."""
        while self._waiting:
            self._waiting.popleft().settle(None)


def read_item(row: Waiting) -> Item:
    """Decode a row. An unreadable row gets a problem and is set aside at once: another try would not help."""
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
