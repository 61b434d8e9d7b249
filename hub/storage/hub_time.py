"""Hub time over restarts and in other processes: where it stands is kept beside the lease.

The rule of this file: on the same start of the machine the boot clock says how much time has passed, whatever the
wall shows. Elsewhere the database's clock says so, where it is another than the machine's; else only the wall can.
Hub time never falls behind the latest instant that was routed at or kept here, and what it gains on the wall by that
is known: what was stored in between waits for nothing that has passed.
"""

from hub.clock import Clock, HubClock, Machine
from hub.storage import lease
from hub.storage.database import Database
from hub.storage.lease import ClockMark, Kept
from routing.model import Micros


async def align(db: Database, clock: Clock) -> None:
    """Set the clock to hub time as it stands; one that a test turns stays as it is. Nothing is set where nobody has
    routed yet. Raises StorageUnavailable."""
    if isinstance(clock, HubClock):
        kept = await lease.read_clock(db)
        if kept is not None:
            clock.set(find_now(kept, clock.machine))


async def read_now(db: Database, machine: Machine | None = None) -> Micros:
    """Hub time, for a command that does one thing beside hubs that may run. Raises StorageUnavailable."""
    clock = HubClock(machine)
    await align(db, clock)
    return clock.now()


def find_now(kept: Kept, machine: Machine) -> Micros:
    mark = kept.mark
    if mark.at == 0:
        now = machine.wall()
    elif mark.boot_id and mark.boot_id == machine.boot_id:
        now = mark.at + machine.boot() - mark.boot_at
    elif kept.passed is not None:
        now = mark.at + max(0, kept.passed)
    else:
        now = machine.wall() - kept.wall_ahead
    return max(now, kept.latest_now, mark.at)


def mark(clock: Clock) -> ClockMark | None:
    """Hub time beside this machine's boot clock, to be kept."""
    if not isinstance(clock, HubClock):
        return None
    boot_at = clock.machine.boot()
    return ClockMark(clock.now(), clock.machine.boot_id, boot_at)
