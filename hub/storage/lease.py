"""The lease: which process routes, and the fence that keeps every other one out.

The rule of this file: the epoch alone decides. A process may believe that it routes for as long as it likes; its
transaction begins with `fence`, and no row, no commit. Time is the database's: clocks of machines differ.

On SQLite there is one hub per file: a lock on a file beside the database, which the kernel gives back when a process
dies, makes sure of it; the lease is then taken at once, and the epoch works as it does on PostgreSQL.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, bindparam, literal_column, or_, text, update
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
class Progress:
    """How far routing has come; stored with each batch."""

    next_sequence: int = 1
    next_journal: int = 1
    performed: int = 0  # the effects of the journal up to this number are performed
    latest_now: int = 0
    policy_version: int = 0


@dataclass(frozen=True, slots=True)
class LeaseTaken:
    epoch: int
    progress: Progress


_PROGRESS = (
    lease.c.next_sequence,
    lease.c.next_journal,
    lease.c.performed,
    lease.c.latest_now,
    lease.c.policy_version,
)
_CREATE = text("INSERT INTO lease (id, expires_at) VALUES (1, 0) ON CONFLICT (id) DO NOTHING")
_OURS = (THE_ROW, lease.c.epoch == bindparam("mine"))
_fence = update(lease).where(*_OURS).values(batch=lease.c.batch + literal_column("1"))
_FENCE = Prepared(_fence)
_ADVANCE = Prepared(_fence.values({column: bindparam("new_" + column.name) for column in _PROGRESS}))
_RENEW = update(lease).where(*_OURS).values(expires_at=database_now() + bindparam("lasts", type_=BigInteger))


async def take(db: Database, holder: str, seconds: float) -> LeaseTaken | None:
    """Become the one that routes, under a new epoch, or return None while another holds the lease.

    `holder` names this process, uniquely among those that run. Raises DatabaseInUse where another hub has this
    SQLite file open.
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
        return None if row is None else LeaseTaken(row[0], Progress(*row[1:]))

    return await db.write(unit)


async def renew(db: Database, epoch: int, seconds: float) -> None:
    """Hold on for another while. Raises LeaseLost."""

    async def unit(connection: Connection) -> None:
        if (await connection.execute(_RENEW, {"mine": epoch, "lasts": int(seconds * SECOND)})).rowcount != 1:
            raise LeaseLost(f"epoch {epoch} is over")

    await db.write(unit)


async def release(db: Database, epoch: int) -> None:
    """Let another process take over at once; nothing happens when the lease is lost already."""
    gone = update(lease).where(*_OURS).values(expires_at=0, holder="")

    async def unit(connection: Connection) -> None:
        await connection.execute(gone, {"mine": epoch})

    await db.write(unit)


async def fence(connection: Connection, epoch: int, progress: Progress | None = None) -> None:
    """Begin a routing transaction: from here to its commit nobody else can take over. Raises LeaseLost."""
    if progress is None:
        held = await _FENCE.execute(connection, {"mine": epoch})
    else:
        new = {"new_" + column.name: getattr(progress, column.name) for column in _PROGRESS}
        held = await _ADVANCE.execute(connection, {"mine": epoch, **new})
    if held != 1:
        raise LeaseLost(f"epoch {epoch} is over")
