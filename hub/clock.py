"""What time it is: integer microseconds since 1970, UTC, on two scales.

*Hub time* (`now`) never decreases. It goes with the machine's boot clock, whatever is done to the clock on the wall,
and goes on over restarts and in other processes (`hub.storage.hub_time`). Every instant that is stored or compared is
hub time. *The wall* is what the machine says that people's clocks show; `ahead` is how far it is from hub time:
mostly nothing. It is asked for where the calendar is meant: opening hours, days, and what people read.

The rule of this file: nothing else in `hub` reads the system's clock, so that a test can hand in its own.
"""

import time
from pathlib import Path
from typing import Protocol

from routing.model import SECOND, Micros

STEP = SECOND // 2  # a smaller difference is none; many small ones add up to one
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_BOOT_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
_AT_ONCE = SECOND // 100  # two clocks that were read within it were read together


class Clock(Protocol):
    def now(self) -> Micros:
        """Hub time."""
        ...

    def ahead(self) -> Micros:
        """The wall less hub time, as it is at this moment."""
        ...


class Machine(Protocol):
    boot_id: str  # of this start of the machine; empty where it tells none

    def wall(self) -> Micros: ...

    def boot(self) -> Micros:
        """Since the machine started, its sleep counted; nobody sets it."""
        ...


class ThisMachine:
    def __init__(self) -> None:
        try:
            self.boot_id = _BOOT_ID.read_text().strip()
        except OSError:
            self.boot_id = ""

    def wall(self) -> Micros:
        return time.time_ns() // 1000

    def boot(self) -> Micros:
        return time.clock_gettime_ns(_BOOT_CLOCK) // 1000


class HubClock:
    """Begins at the wall. `hub.storage.hub_time` sets it to where hub time stands."""

    def __init__(self, machine: Machine | None = None) -> None:
        self.machine: Machine = machine or ThisMachine()
        self._started_at = (
            self.machine.wall() - self.machine.boot()
        )  # in hub time: when the boot clock showed nothing

    def now(self) -> Micros:
        return self.machine.boot() + self._started_at

    def ahead(self) -> Micros:
        for _ in range(3):  # whoever is held up between the two would see a step
            before = self.machine.boot()
            wall = self.machine.wall()
            after = self.machine.boot()
            if after - before < _AT_ONCE:
                break
        return wall - (before + after) // 2 - self._started_at

    def set(self, now: Micros) -> None:
        self._started_at = now - self.machine.boot()


class SystemClock:
    """The wall alone, for commands that do one thing and end."""

    def now(self) -> Micros:
        return time.time_ns() // 1000

    def ahead(self) -> Micros:
        return 0


def find_step(clock: Clock, known: Micros) -> Micros | None:
    """How far the wall is ahead, where that is another distance than the one that is known."""
    ahead = clock.ahead()
    if abs(ahead - known) < STEP:
        return None
    return ahead if abs(ahead) >= STEP else 0


def to_millis(at: Micros) -> int:
    """Screens count in milliseconds."""
    return at // 1000
