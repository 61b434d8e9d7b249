"""The lines of all edges, at the process that routes: what they hand over is decided, each hears of its own screens.

The rule of this file: it hands over and answers; it decides nothing and stores nothing. An arrival that is not taken
is answered so, and the edge puts it into the inbox. Each edge is told the events of its own desks.
"""

import asyncio
from collections.abc import Collection, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from hub.batch.pending import Handed, HandOver, read_arrival
from hub.batch.stored_batch import StoredBatch
from hub.edges.frame_lines import FrameLine
from hub.storage.inbox import Arrival

log = structlog.get_logger()


class EdgeLines:
    def __init__(self, hand_over: HandOver, process: str) -> None:
        """`process`: the id of this process."""
        self._hand_over, self._process = hand_over, process
        self._desks: dict[FrameLine, set[str]] = {}  # by line, once the edge has said which it has
        self._pages: dict[FrameLine, set[str]] = {}  # the same for customers whose page is open there
        self._server: asyncio.Server | None = None

    async def open(self, path: Path) -> None:
        """Listen at this socket. A router that died has left its file there, which is replaced."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(lambda: FrameLine(self._hear, self._end), str(path))

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for line in tuple(self._desks):
            line.close()

    def tell(self, told: StoredBatch) -> None:
        """Tell each edge what concerns its screens. Chats are told to all: only the edge knows whose page is open."""
        of_all = bool(told.answers or told.chat_messages or told.chats_moved)
        for line, desks in self._desks.items():
            events = [event for event in told.events if event[0] in desks]
            customers = told.customers & self._pages.get(line, set())
            if events or of_all or customers:
                line.send(["told", write_told(told, events, customers)])

    def _hear(self, line: FrameLine, frame: Any) -> None:
        match frame:
            case ["decide", number, is_ours, arrivals]:
                self._take(line, number, is_ours, arrivals)
            case ["desks", opened, closed]:
                if line not in self._desks:
                    line.send(["hello", self._process])
                self._desks[line] = self._desks.get(line, set()).union(opened).difference(closed)
            case ["pages", opened, closed]:
                self._pages[line] = self._pages.get(line, set()).union(opened).difference(closed)
            case _:
                log.warning("the process that routes does not understand an edge")

    def _end(self, line: FrameLine) -> None:
        self._desks.pop(line, None)
        self._pages.pop(line, None)

    def _take(self, line: FrameLine, number: int, is_ours: bool, documents: Sequence[Sequence[Any]]) -> None:
        arrivals = [Arrival(*document) for document in documents]
        try:
            whats = [read_arrival(one.kind, str(one.body)) for one in arrivals]
        except Exception as error:  # as a row it is set aside
            log.error("an edge handed over what cannot be read", error=type(error).__name__)
            line.send(["decided", number, []])
        else:
            self._answer(line, number, self._hand_over.put(arrivals, whats, is_ours=is_ours))

    def _answer(self, line: FrameLine, number: int, handed: Sequence[Handed], _: object = None) -> None:
        """Answer for all of them together, once the last one has its outcome."""
        for one in handed:
            if not one.outcome.done():
                one.outcome.add_done_callback(partial(self._answer, line, number, handed))
                return
        outcomes = [one.outcome.result() for one in handed]
        line.send(["decided", number, [None if one is None else [one.answer] for one in outcomes]])


def write_told(
    told: StoredBatch, events: Sequence[tuple[str, int, str]], customers: Collection[str] = ()
) -> dict[str, Any]:
    """A batch as JSON, with these of its events and of its customers."""
    return {
        "events": events,
        "answers": told.answers,
        "chats": told.chat_messages,
        "moved": told.chats_moved,
        "customers": sorted(customers),
    }
