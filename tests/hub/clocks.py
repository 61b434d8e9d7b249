"""What a house is turned by and counted with: clocks that only a test moves, and an inbox that knows what has come.

The rule of this file: nothing here waits, and nothing looks at the clocks of this machine.
"""

from collections.abc import Sequence

from hub.batch.pending import REPEATED, Handed, HandOver, Stored
from hub.clock import HubClock
from hub.storage.inbox import Arrival, Inbox
from routing.model import SECOND, Micros

NOON: Micros = 1_795_348_800_000_000  # 2026-11-22 12:00 UTC


class HandClock:
    """No two looks at it show the same instant, as with a real one."""

    def __init__(self) -> None:
        self.at = NOON
        self.wall_ahead: Micros = 0

    def ahead(self) -> Micros:
        return self.wall_ahead

    def now(self) -> Micros:
        self.at += 1
        return self.at


class HandMachine:
    """One start of a machine, whose clocks a test turns: `turn` lets time pass, `step` sets the wall alone."""

    def __init__(self, boot_id: str = "first", wall: Micros = NOON, boot: Micros = 500 * SECOND) -> None:
        self.boot_id, self._wall, self._boot = boot_id, wall, boot

    def wall(self) -> Micros:
        return self._wall

    def boot(self) -> Micros:
        return self._boot

    def turn(self, micros: Micros) -> None:
        self._wall += micros
        self._boot += micros

    def step(self, seconds: float) -> None:
        self._wall += int(seconds * SECOND)


class MachineClock(HubClock):
    """The hub's own, on a machine of the test; no two looks at it show the same instant."""

    machine: HandMachine

    @property
    def at(self) -> Micros:
        return super().now()

    @at.setter
    def at(self, at: Micros) -> None:
        self.machine.turn(at - super().now())

    def now(self) -> Micros:
        self.machine.turn(1)
        return super().now()


class CountingInbox(Inbox):
    """Knows how much has come in, so that nobody has to ask the database all the time."""

    stored = 0

    async def put(self, arrivals: Sequence[Arrival]) -> list[int | None]:
        ids = await super().put(arrivals)
        self.stored += sum(row_id is not None for row_id in ids)
        return ids


class CountingHandOver(HandOver):
    """Tells the inbox how much has come in beside it."""

    def __init__(self, inbox: CountingInbox) -> None:
        super().__init__()
        self._inbox = inbox

    async def _wait(self, handed: Handed) -> Stored | None:
        stored = await super()._wait(handed)
        self._inbox.stored += stored is not None and stored is not REPEATED
        return stored
