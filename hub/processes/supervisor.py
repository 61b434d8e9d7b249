"""Starts processes, starts again the one that dies, and ends all together.

The rule of this file: it knows no hub. A child is a name and what runs in it. The supervisor serves nobody, runs no
event loop and starts no thread, so it may fork at any time, and a child is there at once with all its imports.

Parent and child hold the two ends of a socket, the lifeline. The child writes READY when it has started. It ends when
it reads the end of the line: the supervisor wants it to, or is dead. So no child outlives its supervisor.
"""

import os
import selectors
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

import structlog

READY: Final = b"r"
STEADY_SECONDS: Final = 10.0  # who dies later starts again at once, who dies earlier after a growing pause
MOST_PAUSE_SECONDS: Final = 30.0
DRAIN_SECONDS: Final = 17.0  # after SIGTERM, for all children but the first
END_SECONDS: Final = 3.0  # after that, for the first

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Child:
    """`run` gets the child's end of the lifeline, in a process of its own, and returns the exit code."""

    name: str
    run: Callable[[socket.socket], int]


class StartFailed(Exception):
    """A child ended before it was ready at the first start. It has said why; the message names it."""


@dataclass(slots=True)
class _Living:
    child: Child
    pid: int
    lifeline: socket.socket
    started_at: float
    is_ready: bool = False
    code: int = 0  # of its end; negative for a signal


def find_pause(early: int) -> float:
    """Seconds until a child starts again that has died `early` times in a row soon after its start. The first time
    may be an accident; then the pause doubles."""
    return 0.0 if early <= 1 else min(2.0 ** (early - 2), MOST_PAUSE_SECONDS)


class Supervisor:
    def __init__(
        self,
        children: Sequence[Child],
        *,
        on_ready: Callable[[], None],
        on_start: Callable[[str], None] = lambda name: None,
        on_death: Callable[[str, float], None] = lambda name, pause: None,
        on_stop: Callable[[], None] = lambda: None,
        find_pause: Callable[[int], float] = find_pause,
        drain_seconds: float = DRAIN_SECONDS,
    ) -> None:
        """The first child starts before all others, and ends after them: they need it. `on_start` is called before a
        child starts, `on_death` with the pause until it starts again, `on_stop` before all are told to end."""
        self._children, self._on_ready = children, on_ready
        self._on_start, self._on_death, self._on_stop = on_start, on_death, on_stop
        self._find_pause = find_pause
        self._drain_seconds = drain_seconds
        self._living: list[_Living] = []
        self._early: dict[str, int] = {}
        self._due: list[tuple[float, Child]] = []
        self._is_told = False  # to end, by SIGTERM or SIGINT
        self._selector = selectors.DefaultSelector()

    def run(self) -> bool:
        """Returns after SIGTERM or SIGINT, when all children have ended: whether each did so by itself. Raises
        StartFailed when they have."""
        with self._hear_signals():
            try:
                self._start_all()
                if not self._is_told:
                    self._on_ready()
                while not self._is_told:
                    self._keep()
            finally:
                is_in_order = self._end_all()
                self._selector.close()
        return is_in_order

    # ---- life

    def _start_all(self) -> None:
        first, *others = self._children
        for group in ([first], others):
            started = [self._start(child) for child in group]
            while not self._is_told and not all(one.is_ready for one in started):
                for dead in self._turn(None):
                    raise StartFailed(f"{dead.child.name} did not start ({_say_end(dead.code)}), so the hub ends.")

    def _keep(self) -> None:
        """Wait until a child ends or is due, and act."""
        for dead in self._turn(min((at for at, _ in self._due), default=None)):
            name = dead.child.name
            is_early = dead.code != 0 and time.monotonic() - dead.started_at < STEADY_SECONDS
            self._early[name] = self._early.get(name, 0) + 1 if is_early else 0
            pause = self._find_pause(self._early[name])
            log.warning("a process ended", name=name, pid=dead.pid, why=_say_end(dead.code), starts_again_in=pause)
            self._on_death(name, pause)
            self._due.append((time.monotonic() + pause, dead.child))
        if not self._is_told:
            ripe = [one for one in self._due if one[0] <= time.monotonic()]
            self._due = [one for one in self._due if one not in ripe]
            for _, child in ripe:
                self._start(child)

    def _end_all(self) -> bool:
        is_in_order, first = True, self._children[0].name
        self._on_stop()
        for seconds, ending in (
            (self._drain_seconds, [one for one in self._living if one.child.name != first]),
            (END_SECONDS, [one for one in self._living if one.child.name == first]),
        ):
            until = time.monotonic() + seconds
            for one in ending:
                with suppress(OSError):  # it has just died
                    one.lifeline.shutdown(socket.SHUT_WR)
            while (left := [one for one in ending if one in self._living]) and time.monotonic() < until:
                self._turn(until)
            for one in left:
                log.error("a process is killed: it did not end in time", name=one.child.name, pid=one.pid)
                is_in_order = False
                os.kill(one.pid, signal.SIGKILL)
            while any(one in self._living for one in left):
                self._turn(None)
        return is_in_order

    # ---- one child

    def _start(self, child: Child) -> _Living:
        ours, theirs = socket.socketpair()
        sys.stdout.flush()
        sys.stderr.flush()
        self._on_start(child.name)
        pid = os.fork()
        if pid == 0:
            ours.close()
            self._become(child, theirs)
        theirs.close()
        ours.setblocking(False)
        living = _Living(child, pid, ours, time.monotonic())
        self._living.append(living)
        self._selector.register(ours, selectors.EVENT_READ, living)
        log.info("a process started", name=child.name, pid=pid)
        return living

    def _become(self, child: Child, lifeline: socket.socket) -> None:
        """In the child. It never returns: what stands below in the stack is the supervisor's."""
        code = 1
        try:
            os.setpgid(0, 0)  # Ctrl+C is for the supervisor, which ends all in order
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
                signal.signal(number, signal.SIG_DFL)
            self._selector.close()
            for other in self._living:  # or their lines would not end with the supervisor
                other.lifeline.close()
            for end in self._wake:
                end.close()
            code = child.run(lifeline)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    # ---- waiting

    def _turn(self, until: float | None) -> list[_Living]:
        """Wait until something happens or it is `until`. The children that have ended."""
        timeout = None if until is None else max(0.0, until - time.monotonic())
        for key, _ in self._selector.select(timeout):
            if key.data is None:
                with suppress(BlockingIOError):
                    self._wake[0].recv(4096)
            elif _hear(key.data):
                key.data.is_ready = True
            else:
                self._selector.unregister(key.data.lifeline)
        return [one for one in tuple(self._living) if self._reap(one)]

    def _reap(self, one: _Living) -> bool:
        pid, status = os.waitpid(one.pid, os.WNOHANG)
        if not pid:
            return False
        one.code = os.waitstatus_to_exitcode(status)
        with suppress(KeyError):
            self._selector.unregister(one.lifeline)
        one.lifeline.close()
        self._living.remove(one)
        return True

    @contextmanager
    def _hear_signals(self) -> Iterator[None]:
        """A signal wakes the selector through a socket: none is missed between a look and the wait."""
        self._wake = socket.socketpair()
        for end in self._wake:
            end.setblocking(False)
        self._selector.register(self._wake[0], selectors.EVENT_READ)
        signal.set_wakeup_fd(self._wake[1].fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._take_end)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # ignored by default, and then it would wake nobody
        try:
            yield
        finally:
            signal.set_wakeup_fd(-1)
            for end in self._wake:
                end.close()

    def _take_end(self, *_: object) -> None:
        self._is_told = True


def _hear(living: _Living) -> bool:
    """Whether the child has said READY. False: it has closed its end."""
    try:
        return living.lifeline.recv(16) != b""
    except BlockingIOError:
        return living.is_ready
    except ConnectionError:
        return False


def _say_end(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
