"""Structured logs: one line per event, with the ids of what it is about and never a customer's words.

The rule of this file: the command line sets it up, once, and no stranger can fill the disk. A limited number of lines
of each kind is written in a span of time. Lines of libraries about clients' own faults are not written at all. A
further line says how many were held back (`tell_held_back`).
"""

import logging
import sys
import time
from collections import Counter
from collections.abc import Callable, MutableMapping
from typing import Any, Final

import structlog
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web import HTTPException, RequestPayloadError

LINES: Final = 50  # of one kind, in each span
SPAN_SECONDS: Final = 10.0
# loggers of libraries that listen to strangers; aiosmtpd writes whole mails to mail.log below ERROR
LIBRARIES: Final = ("aiohttp.server", "aiohttp.web", "engineio.server", "socketio.server", "mail.log")
# errors of a broken request: the client got its 4xx, or has gone
CLIENTS_FAULTS: Final = (HttpProcessingError, HTTPException, RequestPayloadError, ConnectionError)
HELD_BACK: Final = "lines held back"


class Damper:
    """Lets through `LINES` of each kind in `SPAN_SECONDS`, and counts the rest."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began = clock()
        self._written: Counter[str] = Counter()
        self._held_back: Counter[str] = Counter()

    def take(self, kind: str) -> bool:
        """Whether one more line of this kind may be written."""
        if self._clock() - self._began >= SPAN_SECONDS:
            self._written.clear()
            self._began = self._clock()
        if self._written[kind] >= LINES:
            self.hold_back(kind)
            return False
        self._written[kind] += 1
        return True

    def hold_back(self, kind: str) -> None:
        self._held_back[kind] += 1

    def collect(self) -> dict[str, int]:
        """How many lines of each kind were held back since the last call."""
        held_back, self._held_back = dict(self._held_back), Counter()
        return held_back


class LibraryFilter(logging.Filter):
    """For a library's logger: drops lines about clients' own faults, and of the others those that the damper holds
    back."""

    def __init__(self, damper: Damper) -> None:
        super().__init__()
        self._damper = damper

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, CLIENTS_FAULTS):
            self._damper.hold_back(f"{record.name}: {type(error).__name__}")
            return False
        return self._damper.take(record.name)


FORMAT: Final = "%(levelname)s %(name)s %(message)s"  # of libraries' lines

damper = Damper()
_process: dict[str, str] = {}  # a key of every line, where several processes write to one log
_steps: list[Any] = []  # what structlog does with each line; one list for good: a logger keeps the list it began with
_library_filter = LibraryFilter(damper)


def _damp(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    kind = str(event.get("event"))
    if kind != HELD_BACK and not damper.take(kind):
        raise structlog.DropEvent
    return event


def _name_process(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {**_process, **event}


def name_process(name: str) -> None:
    """From here on every line of this process carries its name: several write to one log."""
    _process["process"] = name
    for handler in logging.getLogger().handlers:
        handler.setFormatter(logging.Formatter(f"{FORMAT} process={name}"))


def tell_held_back() -> None:
    """Write one line if any were held back. A periodic task calls it."""
    if held_back := damper.collect():
        structlog.get_logger().warning(HELD_BACK, lines=sum(held_back.values()), kinds=held_back)


def set_up_logs(level: str, *, as_json: bool) -> None:
    number = logging.getLevelNamesMapping()[level.upper()]
    shown = max(number, logging.WARNING)  # the level for libraries
    logging.basicConfig(level=shown, stream=sys.stderr, format=FORMAT)
    for name in LIBRARIES:
        logger = logging.getLogger(name)
        logger.setLevel(logging.ERROR)
        logger.addFilter(_library_filter)  # on the logger, so that it works for every handler
    _steps[:] = [
        _damp,
        _name_process,
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False),
    ]
    structlog.configure(
        processors=_steps,
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),  # a line in one piece: several processes write here
        cache_logger_on_first_use=True,
    )
