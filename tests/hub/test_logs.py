"""What is written of a flood: so many lines, none for what a client got wrong, and one that says how many more."""

import contextlib
import logging
from collections.abc import Iterator

import pytest
import structlog
from aiohttp.http_exceptions import BadHttpMessage

from hub import logs
from hub.logs import LINES, SPAN_SECONDS, Damper, LibraryFilter, set_up_logs, tell_held_back


@pytest.fixture
def library() -> Iterator[tuple[logging.Logger, Damper, list[str]]]:
    """A library's logger with the filter on it, the damper behind that, and what got through."""
    damper, written = Damper(), list[str]()
    logger, known, handler = logging.getLogger("a.library"), LibraryFilter(damper), logging.Handler()
    handler.emit = lambda record: written.append(record.getMessage())
    logger.addFilter(known)
    logger.addHandler(handler)
    logger.propagate = False
    yield logger, damper, written
    logger.removeFilter(known)
    logger.removeHandler(handler)


def test_of_each_kind_so_many_lines_are_written_in_a_while_and_the_rest_is_counted() -> None:
    now = 0.0
    damper = Damper(lambda: now)
    assert [damper.take("dropped") for _ in range(LINES + 3)] == [True] * LINES + [False] * 3
    assert damper.take("another")
    assert damper.collect() == {"dropped": 3}
    assert damper.collect() == {}
    now += SPAN_SECONDS
    assert damper.take("dropped")


def test_a_clients_nonsense_leaves_no_line_and_a_mistake_of_ours_its_traceback(
    library: tuple[logging.Logger, Damper, list[str]],
) -> None:
    logger, damper, written = library
    for error in (BadHttpMessage("no HTTP"), ConnectionResetError(), RuntimeError("ours")):
        try:
            raise error
        except Exception as raised:
            logger.exception("handling %s", type(raised).__name__)
    assert written == ["handling RuntimeError"]
    assert damper.collect() == {"a.library: BadHttpMessage": 1, "a.library: ConnectionResetError": 1}


def test_a_library_that_goes_on_and_on_is_held_back(library: tuple[logging.Logger, Damper, list[str]]) -> None:
    logger, damper, written = library
    for number in range(LINES + 1000):
        logger.error("broken %d", number)
    assert len(written) == LINES
    assert damper.collect() == {"a.library": 1000}


def test_one_line_says_how_many_were_held_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "damper", Damper())
    for _ in range(LINES + 7):
        with contextlib.suppress(structlog.DropEvent):
            logs._damp(None, "warning", {"event": "connection dropped"})
    with structlog.testing.capture_logs() as told:
        tell_held_back()
        tell_held_back()
    assert [(line["event"], line["lines"], line["kinds"]) for line in told] == [
        (logs.HELD_BACK, 7, {"connection dropped": 7})
    ]


def test_a_logger_that_is_in_use_goes_the_way_of_the_others_after_a_second_set_up() -> None:
    set_up_logs("warning", as_json=True)
    logger = structlog.get_logger("in.use")
    logger.warning("before")
    set_up_logs("warning", as_json=True)
    with structlog.testing.capture_logs() as told:
        logger.warning("after")
    assert [line["event"] for line in told] == ["after"]
