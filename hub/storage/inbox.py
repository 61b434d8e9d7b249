"""The inbox: everything that enters, once per delivery key, handled in the order of its id.

The rule of this file: insert first, under the unique key. The database reports a key that was there already; no query
looks it up before. An arrival is acknowledged to the outside only after the commit of its row (P1, P2).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, func, insert, literal_column, select, update

from hub.storage.connection import Connection, StorageError
from hub.storage.database import Database
from hub.storage.prepared import Bulk, Prepared, among, is_among
from hub.storage.tables import DONE, KEY_KEPT, PENDING, SET_ASIDE, caught_up, inbox

# Kinds of delivery that add to a transcript or begin an interaction
MAKES_SOMETHING = frozenset(("MessageReceived", "CallArrived", "ChatOpened", "VoicemailLeft"))


@dataclass(frozen=True, slots=True)
class Arrival:
    """`key`: unique per delivery. `kind`: the notice's class, or "command". `body`: JSON."""

    key: str
    kind: str
    body: str | bytes
    received_at: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row that is to be handled. `tries` counts the attempts that failed."""

    id: int
    key: str
    kind: str
    body: str
    received_at: int
    tries: int


@dataclass(frozen=True, slots=True)
class Handled:
    """The result of a row: a command's answer, and the reason if it failed."""

    id: int
    answer: str | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class StoredArrival:
    id: int
    state: int  # tables.PENDING, DONE, SET_ASIDE or KEY_KEPT
    answer: str | None
    problem: str | None


class HandledBefore(StorageError):
    """A delivery was decided that had been decided before: nothing of this decision may be stored."""


# PostgreSQL lets a process wait for a key that another has not committed. All processes take keys in one order there,
# so that no two wait for each other. The rows get their ids before that: they are handled in the order they came.
_INSERT = Bulk(
    """
    INSERT INTO inbox (key, kind, body, received_at)
    SELECT value->>0, value->>1, value->>2, CAST(value->>3 AS BIGINT) FROM {rows} WHERE true
    ON CONFLICT (key) DO NOTHING RETURNING id, key
    """,
    in_postgres="""
    INSERT INTO inbox (id, key, kind, body, received_at)
    SELECT * FROM (
        SELECT nextval('inbox_id_seq') AS id, value->>0 AS key, value->>1, value->>2, CAST(value->>3 AS BIGINT)
        FROM {rows}
    ) AS coming ORDER BY key COLLATE "C", id
    ON CONFLICT (key) DO NOTHING RETURNING id, key
    """,
)
_INSERT_DONE = Bulk(
    """
    INSERT INTO inbox (key, kind, body, received_at, answer, handled_at, state)
    SELECT value->>0, value->>1, value->>2, CAST(value->>3 AS BIGINT),
        value->>4, CAST(value->>5 AS BIGINT), CAST(value->>6 AS SMALLINT)
    FROM {rows} WHERE true
    ON CONFLICT (key) DO UPDATE SET body = excluded.body, answer = excluded.answer,
        handled_at = excluded.handled_at, state = excluded.state
    WHERE inbox.state = 0
    """,
    in_postgres="""
    INSERT INTO inbox (id, key, kind, body, received_at, answer, handled_at, state)
    SELECT * FROM (
        SELECT nextval('inbox_id_seq') AS id, value->>0 AS key, value->>1, value->>2, CAST(value->>3 AS BIGINT),
            value->>4, CAST(value->>5 AS BIGINT), CAST(value->>6 AS SMALLINT)
        FROM {rows}
    ) AS coming ORDER BY key COLLATE "C", id
    ON CONFLICT (key) DO UPDATE SET body = excluded.body, answer = excluded.answer,
        handled_at = excluded.handled_at, state = excluded.state
    WHERE inbox.state = 0
    """,
)
_WAITING = (inbox.c.id, inbox.c.key, inbox.c.kind, inbox.c.body, inbox.c.received_at, inbox.c.tries)
_TAKE = Prepared(
    select(*_WAITING)
    # written out, else no partial index is used
    .where(inbox.c.state == literal_column(str(PENDING)), inbox.c.id > bindparam("after"))
    .order_by(inbox.c.id)
    .limit(bindparam("most"))
)
_TAKE_COMMANDS = Prepared(
    select(*_WAITING)
    .where(
        inbox.c.state == literal_column(str(PENDING)),
        inbox.c.kind == literal_column("'command'"),
        inbox.c.id > bindparam("after"),
    )
    .order_by(inbox.c.id)
    .limit(bindparam("most"))
)
_FIND = Prepared(
    select(inbox.c.id, inbox.c.state, inbox.c.answer, inbox.c.problem).where(inbox.c.key == bindparam("key"))
)
_FIND_ALL = Prepared(
    select(inbox.c.key, inbox.c.id, inbox.c.state, inbox.c.answer, inbox.c.problem).where(
        is_among(inbox.c.key, "keys")
    )
)
_HEARD = Prepared(select(inbox.c.key).where(is_among(inbox.c.key, "keys")))
_OURS = inbox.c.id == bindparam("row_id")
_FINISH = Prepared(
    update(inbox)
    .where(_OURS)
    .values(
        state=literal_column(str(DONE)),
        answer=bindparam("given"),
        problem=bindparam("why"),
        handled_at=bindparam("now"),
    )
)
_SET_ASIDE = update(inbox).where(_OURS).values(state=SET_ASIDE, problem=bindparam("why"), handled_at=bindparam("now"))
_COUNT_TRY = update(inbox).where(_OURS).values(tries=inbox.c.tries + 1).returning(inbox.c.tries)
_RUN_AGAIN = (
    update(inbox)
    .where(_OURS, inbox.c.state == SET_ASIDE)
    .values(state=PENDING, tries=0, problem=None, handled_at=None)
)


class Inbox:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def put(self, arrivals: Sequence[Arrival]) -> list[int | None]:
        """Store these arrivals durably. Returns, for each, the id of its new row, or None if its key was there
        already."""
        return await self._db.write_together(self._put_all, arrivals)

    async def _put_all(self, connection: Connection, calls: Sequence[Sequence[Arrival]]) -> list[list[int | None]]:
        rows = [(a.key, a.kind, _text(a.body), a.received_at) for arrivals in calls for a in arrivals]
        if not rows:
            return [[] for _ in calls]
        fresh = {key: row_id for row_id, key in await _INSERT.fetch_for(connection, rows)}
        # the first of several with one key in this batch is the one that was stored
        return [[fresh.pop(a.key, None) for a in arrivals] for arrivals in calls]

    async def find(self, key: str) -> StoredArrival | None:
        async with self._db.read() as connection:
            rows = await _FIND.fetch(connection, {"key": key})
        return StoredArrival(*rows[0]) if rows else None

    async def find_all(self, keys: Collection[str]) -> dict[str, StoredArrival]:
        """Those of these delivery keys that have arrived."""
        async with self._db.read() as connection:
            rows = await _FIND_ALL.fetch(connection, {"keys": among(keys)})
        return {key: StoredArrival(*row) for key, *row in rows}

    async def count_pending(self) -> int:
        async with self._db.read() as connection:
            pending = select(func.count()).select_from(inbox).where(inbox.c.state == literal_column(str(PENDING)))
            return int(await connection.scalar(pending))

    async def list_set_aside(self, limit: int = 100) -> list[tuple[Waiting, str]]:
        """The rows that were set aside, each with its problem, the oldest first."""
        statement = (
            select(*_WAITING, inbox.c.problem)
            .where(inbox.c.state == literal_column(str(SET_ASIDE)))
            .order_by(inbox.c.id)
            .limit(limit)
        )
        async with self._db.read() as connection:
            return [(Waiting(*row[:-1]), row[-1]) for row in await connection.execute(statement)]

    async def read_set_aside(self, row_id: int) -> tuple[str, str] | None:
        """The body and the problem of a row that was set aside; None if this row was not."""
        is_aside = inbox.c.state == literal_column(str(SET_ASIDE))
        query = select(inbox.c.body, inbox.c.problem).where(inbox.c.id == row_id, is_aside)
        async with self._db.read() as connection:
            row = (await connection.execute(query)).first()
        return (row.body, row.problem or "") if row is not None else None

    async def run_again(self, row_id: int) -> bool:
        """Make a row that was set aside pending again. False if there is no such row with this id."""

        async def unit(connection: Connection) -> bool:
            return (await connection.execute(_RUN_AGAIN, {"row_id": row_id})).rowcount == 1

        return await self._db.write(unit)


async def put(connection: Connection, arrivals: Sequence[Arrival]) -> None:
    """Store arrivals in the transaction that stores what they report."""
    await _INSERT.fetch_for(connection, [(a.key, a.kind, _text(a.body), a.received_at) for a in arrivals])


async def take_pending(connection: Connection, limit: int, after: int = 0) -> list[Waiting]:
    """The oldest pending rows with an id above `after`, in the order of their ids. They stay pending."""
    return [Waiting(*row) for row in await _TAKE.fetch(connection, {"after": after, "most": limit})]


async def take_commands(connection: Connection, limit: int, after: int) -> list[Waiting]:
    """As `take_pending`, but only the agents' commands."""
    return [Waiting(*row) for row in await _TAKE_COMMANDS.fetch(connection, {"after": after, "most": limit})]


async def finish(connection: Connection, results: Sequence[Handled], now: int) -> None:
    rows = [{"row_id": r.id, "given": r.answer, "why": r.problem, "now": now} for r in results]
    await _FINISH.execute_all(connection, rows)


async def put_done(connection: Connection, rows: Sequence[tuple[Arrival, str | None]], now: int) -> None:
    """Store arrivals with their answers, in the transaction of the decision about them.

    Another process may have put the same delivery into the inbox since its key was looked up. Only the one process
    that routes handles a row, so that row is pending: it becomes the one that was decided. Raises HandledBefore where
    it is not pending. No two of these arrivals have one key.
    """
    if rows:
        values = [(a.key, a.kind, _text(a.body), a.received_at, answer, now, DONE) for a, answer in rows]
        if await _INSERT_DONE.execute_for(connection, values) != len(values):
            raise HandledBefore("a delivery of this batch was handled before")


async def find_heard(connection: Connection, keys: Collection[str]) -> set[str]:
    """Those of these delivery keys that have arrived."""
    return {key for (key,) in await _HEARD.fetch(connection, {"keys": among(keys)})}


async def find_caught_up(connection: Connection, channel: str) -> int | None:
    """Until when the hub knows all events of the channel's provider. None if it has never asked."""
    at: int | None = await connection.scalar(select(caught_up.c.at).where(caught_up.c.channel == channel))
    return at


async def set_caught_up(connection: Connection, channel: str, at: int) -> None:
    await connection.execute(delete(caught_up).where(caught_up.c.channel == channel))
    await connection.execute(insert(caught_up), [{"channel": channel, "at": at}])


async def count_try(connection: Connection, row_id: int) -> int:
    """Count one more failed attempt, and return how many there are."""
    return int(await connection.scalar(_COUNT_TRY, {"row_id": row_id}))


async def set_aside(connection: Connection, row_id: int, problem: str, now: int) -> None:
    """Set a row aside that fails again and again, so that it delays no other (P8)."""
    await connection.execute(_SET_ASIDE, {"row_id": row_id, "why": problem, "now": now})


async def prune(connection: Connection, before: int, limit: int = 500) -> int:
    """Forget at most `limit` rows handled before an instant, and return how many; call it until it returns 0.

    If a delivery made a message or an interaction, only its body is deleted and its key stays. So the delivery
    cannot come in again while that message exists: a provider's signature has no date, and somebody who overheard
    a webhook could send it again after years.
    """
    beyond = select(func.coalesce(func.max(inbox.c.id), 0)).where(inbox.c.state == literal_column(str(KEY_KEPT)))
    # the newest row stays: SQLite gives the next one its id plus one
    newest = select(func.max(inbox.c.id)).scalar_subquery()
    oldest = (
        select(inbox.c.id, inbox.c.kind, inbox.c.state, inbox.c.handled_at)
        .where(inbox.c.id > beyond.scalar_subquery(), inbox.c.id < newest, inbox.c.state != SET_ASIDE)
        .order_by(inbox.c.id)
        .limit(limit)
    )
    rows = (await connection.execute(oldest)).all()
    old = [row for row in rows if row.state == DONE and row.handled_at < before]
    gone = [row.id for row in old if row.kind not in MAKES_SOMETHING]
    made = [row.id for row in old if row.kind in MAKES_SOMETHING]
    if gone:
        await connection.execute(delete(inbox).where(inbox.c.id.in_(gone)))
    if made:
        forget = {"state": KEY_KEPT, "body": "", "answer": None, "problem": None}
        await connection.execute(update(inbox).where(inbox.c.id.in_(made)).values(**forget))
    return len(old)


def _text(body: str | bytes) -> str:
    return body if isinstance(body, str) else body.decode()
