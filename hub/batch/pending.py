"""What waits to be decided: rows of the inbox, and what is handed over within this process.

The rule of this file: whatever is handed over is written as a row, done, in the transaction that stores the decision,
and the giver waits for that transaction. Either way the delivery key is unique. What cannot be handed over goes
through the inbox: it is a row before it is decided.

Two kinds are handed over. What this process brings itself - a screen's command, the outcome of a request - waits for
its turn whatever else waits. What arrives from outside (`offer`) is refused, and then stored alone, where deciding it
at once would hold up its acknowledgement or overtake an earlier arrival:

- nobody routes here, or the router is being restored from rows;
- the inbox holds more than one batch: those rows came first;
- MOST_OFFERED arrivals wait already.

An arrival that was acknowledged before another one came is decided before it: the rows are read after the arrivals
of a batch were counted, and they are handled first.

What only tells how far a text has come (`is_report`) does not wake the dispatcher at once. It goes along with what
comes next, or alone after REPORT_SECONDS: a customer's message would otherwise pay for three batches of its answer.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import orjson
import structlog

from agent_console.commands import ANY_COMMAND, BoardCommand, Command
from channels.channel import DeliveryReported, Notice
from hub.storage.documents import ARRIVALS, HubNotice, SendResult, replace_nul
from hub.storage.inbox import Arrival, Waiting
from routing.model import AgentId

log = structlog.get_logger()

MOST_OFFERED = 100  # two batches, some 0.1 s: a sender waits no longer for a decision. More are stored faster alone
REPORT_SECONDS = 0.025  # nobody waits for a report


@dataclass(frozen=True, slots=True)
class ScreenCommand:
    staff_id: AgentId
    command: Command | BoardCommand
    desk_id: str = ""  # id of the desk that asks


What = Notice | HubNotice | ScreenCommand


@dataclass(frozen=True, slots=True)
class Stored:
    """The decision is on disk. `answer`: the answer to a command, as JSON."""

    answer: str | None


REPEATED = Stored(None)  # the delivery is on disk from an earlier time


def is_report(what: What) -> bool:
    """Whether it only tells how far a text has come on its way to its customer."""
    return isinstance(what, DeliveryReported) or (isinstance(what, SendResult) and what.kind == "TextOut")


@dataclass(slots=True, eq=False)
class Handed:
    """`outcome`: None if it was not taken; then nothing of it is stored, or nobody knows."""

    arrival: Arrival
    what: What
    is_ours: bool  # brought by this process itself
    outcome: "asyncio.Future[Stored | None]"

    def set_outcome(self, outcome: Stored | None) -> None:
        if not self.outcome.done():
            self.outcome.set_result(outcome)


@dataclass(slots=True)
class Item:
    """One thing to decide: from a row, or handed over."""

    row: Waiting | None
    what: What | None = None
    problem: str = ""  # why it cannot be read
    handed: Handed | None = None


@dataclass(frozen=True, slots=True)
class WaitingCounts:
    """How much of each kind waited at one moment."""

    offered: int
    ours: int


class WayIn(Protocol):
    """How an arrival gets to the process that routes, past the inbox: within it, or from an edge."""

    async def give(self, arrival: Arrival, what: What) -> Stored | None:
        """Return once it is decided and stored, or None if it has to go through the inbox."""

    async def offer(self, arrivals: Sequence[Arrival], notices: Sequence[Notice]) -> bool:
        """Whether all of these are decided and stored, or were stored before. If not, put all of them into the inbox:
        which of them are stored, if any, nobody knows."""


class HandOver:
    """Keeps what is handed over until the dispatcher decides it."""

    def __init__(self) -> None:
        self.is_routing = asyncio.Event()
        self.awake = asyncio.Event()  # something waits to be decided
        self._is_open = False  # to what comes from outside
        self._ours: deque[Handed] = deque()
        self._offered: deque[Handed] = deque()
        self._reporting: asyncio.TimerHandle | None = None  # wakes for the reports that nothing has taken along

    async def give(self, arrival: Arrival, what: What) -> Stored | None:
        """As `WayIn.give`."""
        handed = self.put((arrival,), (what,), is_ours=True)
        return await self._wait(handed[0]) if handed else None

    async def offer(self, arrivals: Sequence[Arrival], notices: Sequence[Notice]) -> bool:
        """As `WayIn.offer`."""
        handed = self.put(arrivals, notices, is_ours=False)
        return bool(handed) and None not in [await self._wait(one) for one in handed]

    def put(self, arrivals: Sequence[Arrival], whats: Sequence[What], *, is_ours: bool) -> Sequence[Handed]:
        """Let all of these wait to be decided. Empty if they have to go through the inbox."""
        is_open = self.is_routing.is_set() if is_ours else self._is_open and len(self._offered) < MOST_OFFERED
        if not is_open or any(map(_has_nul, arrivals)):
            return ()
        future = asyncio.get_running_loop().create_future
        handed = [Handed(arrival, what, is_ours, future()) for arrival, what in zip(arrivals, whats, strict=True)]
        (self._ours if is_ours else self._offered).extend(handed)
        if not all(map(is_report, whats)):
            self.awake.set()
        elif self._reporting is None:
            self._reporting = asyncio.get_running_loop().call_later(REPORT_SECONDS, self._wake_for_reports)
        return handed

    def _wake_for_reports(self) -> None:
        self._reporting = None
        self.awake.set()

    async def _wait(self, handed: Handed) -> Stored | None:
        return await handed.outcome

    # ---- the dispatcher's side

    def open(self) -> None:
        """This process routes."""
        self.is_routing.set()
        self._is_open = True

    def count(self) -> WaitingCounts:
        return WaitingCounts(len(self._offered), len(self._ours))

    def take(self, counted: WaitingCounts, rows: int, most: int) -> list[Item]:
        """At most so many of each kind, of those that waited when they were counted. `rows`: how many of the inbox
        were found after that; as many offers less are taken. Where that leaves no room, more rows may wait: all
        offers are refused, and none is taken until there is room again."""
        self._is_open = rows < most
        if not self._is_open:
            self._refuse(self._offered)
        taken = _pop(self._offered, min(counted.offered, most - rows)) if self._is_open else []
        taken += _pop(self._ours, min(counted.ours, most))
        if self._reporting is not None and not self._offered and not self._ours:
            self._reporting.cancel()
            self._reporting = None
        return [Item(None, handed.what, handed=handed) for handed in taken]

    def close(self) -> None:
        """Take no offers until `take` is asked again, and refuse those that wait."""
        self._is_open = False
        self._refuse(self._offered)

    def refuse_all(self) -> None:
        """Refuse everything that waits: this process has stopped routing."""
        self.is_routing.clear()
        self.close()
        self._refuse(self._ours)

    def _refuse(self, line: deque[Handed]) -> None:
        while line:
            line.popleft().set_outcome(None)


def _pop(line: deque[Handed], most: int) -> list[Handed]:
    return [line.popleft() for _ in range(min(most, len(line)))]


def _has_nul(arrival: Arrival) -> bool:
    """The inbox replaces NULs."""
    body = arrival.body if isinstance(arrival.body, str) else arrival.body.decode()
    return replace_nul(body) != body


def read_item(row: Waiting) -> Item:
    """Decode a row. An unreadable row gets a problem and is set aside at once: another try would not help."""
    try:
        return Item(row, read_arrival(row.kind, row.body))
    except Exception as error:
        log.error("an arrival cannot be read", inbox_id=row.id, kind=row.kind, error=type(error).__name__)
        return Item(row, None, f"cannot be read: {error}"[:500])


def read_arrival(kind: str, body: str) -> What:
    """What arrived, from its row or as an edge hands it over. Raises whatever is wrong with it."""
    document = replace_nul(body)
    if kind == "command":
        said = orjson.loads(document)
        command = ANY_COMMAND.validate_python(said["command"])
        return ScreenCommand(AgentId(said["agent_id"]), command, said.get("desk", ""))
    found: What = ARRIVALS.decode(document)
    return found


def refuse_offers(items: Sequence[Item]) -> None:
    """What came from outside is stored alone at once (P8), or refused where the database is away (P9)."""
    for item in items:
        if item.handed is not None and not item.handed.is_ours:
            item.handed.set_outcome(None)
