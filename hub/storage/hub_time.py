"""Hub time after a restart and in other processes: a mark of it is stored beside the lease.

The rule of this file: since the same start of the machine, the boot clock says how much time has passed, whatever the
wall clock shows. After another start, the database's clock says so if it belongs to another machine; else only the
wall clock can. Hub time never falls behind the latest instant of routing or the mark. If that puts it ahead of the
wall clock, the difference is known, so that stored rows do not wait for an instant that has passed.
"""

from hub.clock import Clock, HubClock, Machine
from hub.storage import lease
from hub.storage.database import Database
from hub.storage.lease import ClockMark, StoredClock
from routing.model import Micros


async def align(db: Database, clock: Clock) -> None:
    """Set a HubClock to the present hub time; a clock turned by a test stays as it is. Does nothing if no process
    has ever routed. Raises StorageUnavailable."""
    if isinstance(clock, HubClock):
        stored = await lease.read_clock(db)
        if stored is not None:
            clock.set(find_now(stored, clock.machine))


async def read_now(db: Database, machine: Machine | None = None) -> Micros:
    """Hub time, for a command that runs once, perhaps beside running hubs. Raises StorageUnavailable."""
    clock = HubClock(machine)
    await align(db, clock)
    return clock.now()


def find_now(stored: StoredClock, machine: Machine) -> Micros:
    mark = stored.mark
    if mark.at == 0:
        now = machine.wall()
    elif mark.boot_id and mark.boot_id == machine.boot_id:
        now = mark.at + machine.boot() - mark.boot_at
    elif stored.passed is not None:
        now = mark.at + max(0, stored.passed)
    else:
        now = machine.wall() - stored.wall_ahead
    return max(now, stored.latest_now, mark.at)


def mark(clock: Clock) -> ClockMark | None:
    """Hub time beside this machine's boot clock, for storing. None for a clock turned by a test."""
    if not isinstance(clock, HubClock):
        return None
    boot_at = clock.machine.boot()
    return ClockMark(clock.now(), clock.machine.boot_id, boot_at)
