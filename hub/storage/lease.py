"""The lease: it says which process routes. Its fence keeps every other process from committing.

The rule of this file: only the epoch decides. A process may believe for any time that it routes. But its transaction
begins with `fence`, and if that finds no row, the transaction does not commit. Time is the database's, because
machines' clocks differ.

On SQLite there is one hub per file. A lock on a file beside the database makes sure of it, and the kernel releases
that lock when the process dies. So the lease is taken at once, and the epoch works as on PostgreSQL.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, bindparam, literal_column, or_, select, text, update
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import ColumnElement

from hub.storage.connection import Connection, LeaseLost
from hub.storage.database import Database
from hub.storage.prepared import Prepared
from hub.storage.tables import lease

SECOND = 1_000_000
THE_ROW = lease.c.id == literal_column("1")


class database_now(ColumnElement[int]):
    """The database's clock in microseconds since 1970."""

    type = BigInteger()
    inherit_cache = True


@compiles(database_now, "sqlite")
def _sqlite_now(*_: Any, **__: Any) -> str:
    return "CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)"


@compiles(database_now, "postgresql")
def _postgres_now(*_: Any, **__: Any) -> str:
    return "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)"


@dataclass(frozen=True, slots=True)
class RoutingProgress:
    """How far routing has come. Stored with each batch."""

    next_sequence: int = 1
    next_journal: int = 1
    performed: int = 0  # the effects of the journal up to this number are performed
    latest_now: int = 0
    policy_version: int = 0
    wall_ahead: int = 0


@dataclass(frozen=True, slots=True)
class LeaseTaken:
    epoch: int
    progress: RoutingProgress


@dataclass(frozen=True, slots=True)
class ClockMark:
    """Hub time, and the reading of a machine's boot clock at the same moment."""

    at: int
    boot_id: str
    boot_at: int


@dataclass(frozen=True, slots=True)
class StoredClock:
    """The stored facts from which hub time follows. `passed`: the time since the mark, by the database's clock;
    None if that clock is this machine's own. A mark at 0 was never made."""

    mark: ClockMark
    passed: int | None
    wall_ahead: int
    latest_now: int


@dataclass(frozen=True, slots=True)
class StoredWallStep:
    """When the wall clock was set, in hub time, and by how much."""

    at: int
    by: int


_PROGRESS = (
    lease.c.next_sequence,
    lease.c.next_journal,
    lease.c.performed,
    lease.c.latest_now,
    lease.c.policy_version,
    lease.c.wall_ahead,
)
_CREATE = text("INSERT INTO lease (id, expires_at) VALUES (1, 0) ON CONFLICT (id) DO NOTHING")
_TOUCH = text("UPDATE lease SET batch = batch WHERE id = 1")
_POLICY_IN_FORCE = Prepared(select(lease.c.policy_version))
_OURS = (THE_ROW, lease.c.epoch == bindparam("mine"))
_fence = update(lease).where(*_OURS).values(batch=lease.c.batch + literal_column("1"))
_FENCE = Prepared(_fence)
_ADVANCE = Prepared(_fence.values({column: bindparam("new_" + column.name) for column in _PROGRESS}))
_STORE_STEP = update(lease).where(*_OURS).values(wall_moved_at=bindparam("moved_at"), wall_moved_by=bindparam("by"))
_RENEW = update(lease).where(*_OURS).values(expires_at=database_now() + bindparam("lasts", type_=BigInteger))


_MARK = _RENEW.values(
    clock_at=bindparam("mark_at"),
    clock_boot_id=bindparam("boot_id"),
    clock_boot_at=bindparam("boot_at"),
    clock_database_at=database_now(),
)


async def take(db: Database, holder: str, seconds: float) -> LeaseTaken | None:
    """Become the process that routes, under a new epoch. None while another process holds the lease.

    `holder` names this process uniquely among those that run. Raises DatabaseInUse if another hub has this SQLite
    file open.
    """
    db.lock_file()

    async def unit(connection: Connection) -> LeaseTaken | None:
        await connection.execute(_CREATE)
        statement = (
            update(lease)
            .where(THE_ROW)
            .values(epoch=lease.c.epoch + 1, holder=holder, expires_at=database_now() + int(seconds * SECOND))
            .returning(lease.c.epoch, *_PROGRESS)
        )
        if not db.is_sqlite:
            statement = statement.where(or_(lease.c.expires_at < database_now(), lease.c.holder == holder))
        row = (await connection.execute(statement)).first()
        return None if row is None else LeaseTaken(row[0], RoutingProgress(*row[1:]))

    return await db.write(unit)


async def renew(db: Database, epoch: int, seconds: float, mark: ClockMark | None = None) -> None:
    """Extend the lease, and store the mark of hub time. Raises LeaseLost."""
    values: dict[str, int | str] = {"mine": epoch, "lasts": int(seconds * SECOND)}
    if mark is not None:
        values |= {"mark_at": mark.at, "boot_id": mark.boot_id, "boot_at": mark.boot_at}

    async def unit(connection: Connection) -> None:
        if (await connection.execute(_RENEW if mark is None else _MARK, values)).rowcount != 1:
            raise LeaseLost(f"epoch {epoch} is over")

    await db.write(unit)


async def read_clock(db: Database) -> StoredClock | None:
    """None if no process has ever routed on this database."""
    of = lease.c
    columns = of.clock_at, of.clock_boot_id, of.clock_boot_at, of.wall_ahead, of.latest_now
    query = select(*columns, (database_now() - of.clock_database_at).label("passed")).where(THE_ROW)
    async with db.read() as connection:
        row = (await connection.execute(query)).first()
    if row is None:
        return None
    mark = ClockMark(row.clock_at, row.clock_boot_id, row.clock_boot_at)
    return StoredClock(mark, None if db.is_sqlite else row.passed, row.wall_ahead, row.latest_now)


async def read_wall_ahead(db: Database) -> int:
    """How far the wall clock is ahead of hub time, as routing has it."""
    async with db.read() as connection:
        return await find_wall_ahead(connection)


async def find_wall_ahead(connection: Connection) -> int:
    """As `read_wall_ahead`, within a transaction or snapshot."""
    return await connection.scalar(select(lease.c.wall_ahead).where(THE_ROW)) or 0


async def find_wall_step(connection: Connection, since: int) -> StoredWallStep | None:
    """The last time that the wall clock was set, if it was after an instant."""
    query = select(lease.c.wall_moved_at, lease.c.wall_moved_by).where(lease.c.wall_moved_at > since)
    row = (await connection.execute(query)).first()
    return StoredWallStep(*row) if row is not None else None


async def read_progress(connection: Connection) -> RoutingProgress:
    """How far routing has come. Requires that some process has routed on this database."""
    return RoutingProgress(*(await connection.execute(select(*_PROGRESS))).one())


async def find_policy_in_force(connection: Connection) -> int | None:
    """The policy's version by which routing works. 0 or None: none is in force."""
    rows = await _POLICY_IN_FORCE.fetch(connection, {})
    return rows[0][0] if rows else None


async def touch(db: Database) -> None:
    """Commit a change of nothing, which shows that the database works. Raises StorageUnavailable."""

    async def unit(connection: Connection) -> None:
        await connection.execute(_TOUCH)

    await db.write(unit)


async def store_wall_step(connection: Connection, epoch: int, at: int, by: int) -> None:
    """Within a routing transaction: store that the wall clock was set at this instant of hub time, by so much."""
    await connection.execute(_STORE_STEP, {"mine": epoch, "moved_at": at, "by": by})


async def release(db: Database, epoch: int) -> None:
    """Let another process take over at once. Does nothing if the lease is already lost."""
    gone = update(lease).where(*_OURS).values(expires_at=0, holder="")

    async def unit(connection: Connection) -> None:
        await connection.execute(gone, {"mine": epoch})

    await db.write(unit)


async def fence(connection: Connection, epoch: int, progress: RoutingProgress | None = None) -> None:
    """Begin a routing transaction: until its commit no other process can take over. Raises LeaseLost."""
    if progress is None:
        held = await _FENCE.execute(connection, {"mine": epoch})
    else:
        new = {"new_" + column.name: getattr(progress, column.name) for column in _PROGRESS}
        held = await _ADVANCE.execute(connection, {"mine": epoch, **new})
    if held != 1:
        raise LeaseLost(f"epoch {epoch} is over")
