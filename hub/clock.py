"""The time: integer microseconds since 1970, UTC, on two scales.

*Hub time* (`now`) never decreases. It follows the machine's boot clock, whatever is done to the wall clock, and goes
on after restarts and in other processes (`hub.storage.hub_time`). Every instant that is stored or compared is hub
time. *The wall* is the machine's clock that people set and read. `ahead` is its distance from hub time, usually
almost nothing. It is for the calendar: opening hours, days, and times that people read.

The rule of this file: no other module of `hub` reads the system's clock, so that a test can pass in its own.
"""

import time
import zoneinfo
from functools import cache
from pathlib import Path
from typing import Protocol

from routing.model import SECOND, Micros

STEP = SECOND // 2  # a smaller difference counts as none; many small ones add up to a step
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_BOOT_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
_AT_ONCE = SECOND // 100  # two clocks that are read within this time count as read together


@cache
def list_time_zones() -> frozenset[str]:
    """The names of all time zones that this machine knows. Read once: that walks through folders, for 5 ms."""
    return frozenset(zoneinfo.available_timezones())


class Clock(Protocol):
    def now(self) -> Micros:
        """Hub time."""
        ...

    def ahead(self) -> Micros:
        """The wall clock less hub time, at this moment."""
        ...


class Machine(Protocol):
    boot_id: str  # of this start of the machine; empty if the machine gives none

    def wall(self) -> Micros: ...

    def boot(self) -> Micros:
        """The time since the machine started, its sleep included. Nobody can set it."""
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
    """It starts from the wall clock. `hub.storage.hub_time` sets it to the present hub time."""

    def __init__(self, machine: Machine | None = None) -> None:
        self.machine: Machine = machine or ThisMachine()
        self._started_at = self.machine.wall() - self.machine.boot()  # in hub time: when the boot clock was 0

    def now(self) -> Micros:
        return self.machine.boot() + self._started_at

    def ahead(self) -> Micros:
        for _ in range(3):  # a delay between the two readings would look like a step
            before = self.machine.boot()
            wall = self.machine.wall()
            after = self.machine.boot()
            if after - before < _AT_ONCE:
                break
        return wall - (before + after) // 2 - self._started_at

    def set(self, now: Micros) -> None:
        self._started_at = now - self.machine.boot()


class SystemClock:
    """The wall clock alone, for commands that run once and end."""

    def now(self) -> Micros:
        return time.time_ns() // 1000

    def ahead(self) -> Micros:
        return 0


def find_step(clock: Clock, known: Micros) -> Micros | None:
    """How far the wall clock is ahead of hub time, if that differs from `known` by a step; else None."""
    ahead = clock.ahead()
    if abs(ahead - known) < STEP:
        return None
    return ahead if abs(ahead) >= STEP else 0


def to_millis(at: Micros) -> int:
    """The instant in milliseconds, as screens count."""
    return at // 1000
