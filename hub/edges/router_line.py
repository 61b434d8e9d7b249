"""An edge's line to the process that routes: it hands arrivals over, and hears what was decided.

The rule of this file: the line only saves trips through the database. Where it is down, or its answer does not come,
an arrival goes through the inbox, and screens read what they have missed from storage. A delivery that went both ways
is one delivery, by its key.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import structlog

from channels.channel import ChatMessage, Notice
from hub.batch.batch_writes import ChatMoved
from hub.batch.pending import Stored, What
from hub.batch.stored_batch import StoredBatch
from hub.edges.frame_lines import FrameLine
from hub.storage.inbox import Arrival

ANSWER_SECONDS = 3.0  # a router that has stopped answers nobody
AGAIN_SECONDS = 0.2

log = structlog.get_logger()


class RouterLine:
    def __init__(self, path: Path) -> None:
        """`path`: of the socket at which the process that routes listens."""
        self._path = path
        self._line: FrameLine | None = None
        self._numbers = count()
        self._asked: dict[int, asyncio.Future[list[Stored | None]]] = {}
        self._told: asyncio.Queue[StoredBatch] = asyncio.Queue()
        self._desks: set[str] = set()
        self._pages: set[str] = set()
        self._look: Callable[[], None] = lambda: None
        self.router = ""  # the id of the process that routes, while the line tells what it decides

    # ---- what the doors call

    async def give(self, arrival: Arrival, what: What) -> Stored | None:
        """As `HandOver.give`."""
        outcomes = await self._ask((arrival,), is_ours=True)
        return outcomes[0] if outcomes else None

    async def offer(self, arrivals: Sequence[Arrival], notices: Sequence[Notice]) -> bool:
        """As `HandOver.offer`."""
        outcomes = await self._ask(arrivals, is_ours=False)
        return bool(outcomes) and None not in outcomes

    def note_desk(self, agent_id: str, is_open: bool) -> None:
        """An agent's first desk at this edge has come, or the last one has gone."""
        (self._desks.add if is_open else self._desks.discard)(agent_id)
        if self._line is not None:
            self._line.send(["desks", [agent_id] if is_open else [], [] if is_open else [agent_id]])

    def note_page(self, customer_id: str, is_open: bool) -> None:
        """A customer's first page at this edge has opened, or the last one has closed."""
        (self._pages.add if is_open else self._pages.discard)(customer_id)
        if self._line is not None:
            self._line.send(["pages", [customer_id] if is_open else [], [] if is_open else [customer_id]])

    async def _ask(self, arrivals: Sequence[Arrival], *, is_ours: bool) -> Sequence[Stored | None]:
        if self._line is None or not self.router:
            return ()
        number = next(self._numbers)
        answer: asyncio.Future[list[Stored | None]] = asyncio.get_running_loop().create_future()
        self._asked[number] = answer
        self._line.send(["decide", number, is_ours, [_write_arrival(one) for one in arrivals]])
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                outcomes = await answer
        except TimeoutError:
            return ()
        finally:
            self._asked.pop(number, None)
        return outcomes

    # ---- the line

    async def run(self, tell: Callable[[StoredBatch], Awaitable[None]], look: Callable[[], None]) -> None:
        """Keep the line. `tell` gets what the router has stored, `look` is called where something may have been
        missed."""
        self._look = look
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep(), name="line to the router")
            group.create_task(self._tell_all(tell), name="tell what the router decided")

    async def _keep(self) -> None:
        while True:
            with suppress(OSError):
                await self._hold()
                self._look()  # what is decided from here on is not told on this line
            await asyncio.sleep(AGAIN_SECONDS)

    async def _hold(self) -> None:
        """Returns when the line has ended. Raises OSError if nobody listens."""
        ended = asyncio.Event()
        line = FrameLine(self._hear, lambda _: ended.set())
        await asyncio.get_running_loop().create_unix_connection(lambda: line, str(self._path))
        self._line = line
        line.send(["desks", sorted(self._desks), []])
        line.send(["pages", sorted(self._pages), []])
        try:
            await ended.wait()
        finally:
            self._forget()
            line.close()

    def _forget(self) -> None:
        self._line, self.router = None, ""
        for answer in self._asked.values():
            if not answer.done():
                answer.set_result([])

    def _hear(self, line: FrameLine, frame: Any) -> None:
        match frame:
            case ["decided", number, outcomes]:
                answer = self._asked.get(number)
                if answer is not None and not answer.done():
                    answer.set_result([Stored(one[0]) if one else None for one in outcomes])
            case ["told", told]:
                self._told.put_nowait(read_told(told))
            case ["hello", process]:
                self.router = process
                self._look()  # what was decided before is not told on this line
            case _:
                log.warning("an edge does not understand the process that routes")

    async def _tell_all(self, tell: Callable[[StoredBatch], Awaitable[None]]) -> None:
        while True:
            told = await self._told.get()
            try:
                await tell(told)
            except Exception:  # it is stored, and the screens read it there
                log.exception("a stored batch could not be told: screens read it from storage")


def _write_arrival(one: Arrival) -> list[str | int]:
    return [one.key, one.kind, one.body if isinstance(one.body, str) else one.body.decode(), one.received_at]


def read_told(document: Any) -> StoredBatch:
    """The batch that `edge_lines.write_told` wrote."""
    return StoredBatch(
        events=tuple((agent, number, event) for agent, number, event in document["events"]),
        answers=tuple((row_id, answer) for row_id, answer in document["answers"]),
        chat_messages=tuple((chat_id, ChatMessage(**message)) for chat_id, message in document["chats"]),
        chats_moved={chat_id: ChatMoved(**moved) for chat_id, moved in document["moved"].items()},
        customers=frozenset(document["customers"]),
    )
