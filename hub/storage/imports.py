"""Imports: their state, their lines in order, and the rows that a line becomes.

The rule of this file: a slice of lines and how far the import has come are one transaction, and `move_on` fails if
somebody else has moved it meanwhile: so any process may go on with an import that another one left.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Final, Literal, TypeVar

import orjson
from sqlalchemy import Select, String, bindparam, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from hub.storage import segments
from hub.storage.calling_tables import appointment
from hub.storage.connection import Connection
from hub.storage.consent_tables import consent_entry
from hub.storage.customer_tables import activity, profile_change, rule_value
from hub.storage.database import Database
from hub.storage.import_tables import customer_import, import_line, import_mapping
from hub.storage.matching_tables import customer_merge, match_key, possible_match, shared_address
from hub.storage.prepared import Bulk, Prepared, among, is_among, prepare_insert
from hub.storage.relation_tables import holding, relation
from hub.storage.rule_tables import rule_due, stage_move, tier_move, tier_override
from hub.storage.segment_members import Answer, find_bits, has_bit, set_answers
from hub.storage.segment_tables import segment_change, segment_member, segment_sample
from hub.storage.tables import address, customer, interaction

T = TypeVar("T")
FORGOTTEN: Final = 500  # lines of one write (P11)
State = Literal[
    "uploading",
    "waiting",
    "staging",
    "unreadable",
    "staged",
    "applying",  # prepared beside the customers: nobody sees it yet
    "following",  # seen by everybody; history, search and rules follow
    "applied",
    "taking_back",  # prepared beside the customers: everybody sees all of it still
    "leaving",  # seen by nobody any more; history, search and rules follow
    "taken_back",
    "cancelled",
]
MOVING: Final = ("applying", "following", "taking_back", "leaving")  # somebody goes on with it to its end
_i, _l = customer_import.c, import_line.c


@dataclass(frozen=True, slots=True)
class StoredImport:
    id: str
    file_name: str
    state: State
    mapping: str
    started_by: str
    started_at: int
    at_line: int
    counts: str
    applied_at: int | None = None
    ended_at: int | None = None


@dataclass(frozen=True, slots=True)
class ImportLine:
    """`body`, `undo`: JSON, as `hub.exchange.importing` writes them."""

    line: int
    outcome: str
    customer_id: str
    body: str
    undo: str | None = None


class ImportMoved(Exception):
    """Somebody else works on this import, or has cancelled it, or has stored what a line of it was to store."""


# What the hub makes of a customer by itself: it goes with a customer whom nobody but an import knows
FOLLOWS: Final = (
    *(rule_due.c.customer_id, tier_move.c.customer_id, stage_move.c.customer_id, match_key.c.customer_id),
    *(segment_sample.c.customer_id, segment_member.c.customer_id, segment_change.c.customer_id),
    *(possible_match.c.one_id, possible_match.c.other_id),
    *(profile_change.c.customer_id, rule_value.c.customer_id, address.c.customer_id, consent_entry.c.customer_id),
)
# Whoever has a row here is known to more than an import. A merge that was undone leaves its row too
TOUCHES: Final = (
    *(interaction.c.customer_id, activity.c.customer_id, appointment.c.customer_id, tier_override.c.customer_id),
    *(holding.c.customer_id, relation.c.customer_id, relation.c.other_id),
    *(customer_merge.c.winner_id, customer_merge.c.loser_id, shared_address.c.customer_id),
)
_IMPORT = tuple(_i[one.name] for one in fields(StoredImport))
_LINE = (_l.line, _l.outcome, _l.customer_id, _l.body, _l.undo)
_ONE = Prepared(select(*_IMPORT).where(_i.id == bindparam("id")))
_NEXT = Prepared(
    select(*_LINE)
    .where(_l.import_id == bindparam("import_id"), _l.line > bindparam("after"), is_among(_l.outcome, "outcomes"))
    .order_by(_l.line)
    .limit(bindparam("limit"))
)
_MOVE_ON = Prepared(
    update(customer_import)
    .where(_i.id == bindparam("id"), _i.state == bindparam("from_state"), _i.at_line == bindparam("from_line"))
    .values(state=bindparam("to_state"), at_line=bindparam("to_line"))
)
_STAGE = prepare_insert(import_line, ["import_id", "line", "outcome", "customer_id", "body"])
_DONE = Bulk(
    """
    UPDATE import_line SET customer_id = r.value->>2, undo = r.value->>3, outcome = r.value->>4, body = r.value->>5
    FROM {rows} AS r WHERE import_id = r.value->>0 AND line = CAST(r.value->>1 AS INTEGER)
    """,
    """
    UPDATE import_line SET customer_id = value->>2, undo = value->>3, outcome = value->>4, body = value->>5
    FROM {rows} WHERE import_id = value->>0 AND line = CAST(value->>1 AS INTEGER)
    """,
)


def _by_state(query: Select[Any]) -> list[Select[Any]]:
    """A question about interactions as two: the open ones and the closed ones have an index each."""
    closed_at = interaction.c.closed_at
    return [query.where(closed_at.is_(None)), query.where(closed_at.is_not(None))]


def _list_touching() -> list[Select[Any]]:
    import_id, queries = bindparam("import_id", type_=String), list[Select[Any]]()
    for column in TOUCHES:
        query = select(column).where(is_among(column, "ids"))
        if column.table is activity:  # its own go with it
            query = query.where(func.coalesce(activity.c.import_id, "") != import_id)
        queries += _by_state(query) if column.table is interaction else [query]
    p, e = profile_change.c, consent_entry.c
    by_others = (p.changer_id != import_id, p.changed_by != "rule")
    queries.append(select(p.customer_id).where(is_among(p.customer_id, "ids"), *by_others))
    return [*queries, select(e.customer_id).where(is_among(e.customer_id, "ids"), e.by_id != import_id)]


_TOUCHING = [Prepared(one) for one in _list_touching()]
_REMOVE = [Prepared(delete(column.table).where(is_among(column, "ids"))) for column in (*FOLLOWS, customer.c.id)]
_OPEN_WORK = Prepared(
    select(interaction.c.customer_id).where(
        is_among(interaction.c.customer_id, "ids"), interaction.c.closed_at.is_(None)
    )
)


async def begin(connection: Connection, one: StoredImport) -> None:
    await connection.execute(insert(customer_import), [asdict(one)])


async def find(connection: Connection, import_id: str) -> StoredImport | None:
    rows = await _ONE.fetch(connection, {"id": import_id})
    return StoredImport(*rows[0]) if rows else None


async def list_newest(connection: Connection, limit: int) -> list[StoredImport]:
    rows = await connection.execute(select(*_IMPORT).order_by(_i.started_at.desc(), _i.id).limit(limit))
    return [StoredImport(*row) for row in rows]


async def list_moving(connection: Connection) -> list[str]:
    """The imports that are being applied or taken back, also those that somebody left in the middle."""
    return list(await connection.scalars(select(_i.id).where(_i.state.in_(MOVING)).order_by(_i.started_at)))


async def find_last_applied(connection: Connection) -> StoredImport | None:
    """The one that began to be seen last, also if it was taken back."""
    query = select(*_IMPORT).where(_i.applied_at.is_not(None)).order_by(_i.applied_at.desc(), _i.id).limit(1)
    row = (await connection.execute(query)).first()
    return None if row is None else StoredImport(*row)


async def lock_all(connection: Connection) -> None:
    """Let no other import begin or end until this transaction ends."""
    await connection.execute(select(_i.id).order_by(_i.id).with_for_update())


async def write(db: Database, unit: Callable[[Connection], Awaitable[T]]) -> T:
    """As `Database.write`. Raises ImportMoved also if an address that it adds is somebody's by now."""
    try:
        return await db.write(unit)
    except IntegrityError as error:
        raise ImportMoved("crossed") from error


async def write_long(db: Database, unit: Callable[[Connection], Awaitable[T]]) -> T:
    """As `write`, with `Database.write_long`."""
    try:
        return await db.write_long(unit)
    except IntegrityError as error:
        raise ImportMoved("crossed") from error


async def stage(connection: Connection, import_id: str, lines: Sequence[ImportLine]) -> None:
    rows = [
        {
            "import_id": import_id,
            "line": one.line,
            "outcome": one.outcome,
            "customer_id": one.customer_id,
            "body": one.body,
        }
        for one in lines
    ]
    await _STAGE.execute_all(connection, rows)


async def move_on(connection: Connection, one: StoredImport, state: State, at_line: int, **more: Any) -> StoredImport:
    """Raises ImportMoved unless it is as `one` says. `more`: other columns."""
    known = {"id": one.id, "from_state": one.state, "from_line": one.at_line}
    if await _MOVE_ON.execute(connection, {**known, "to_state": state, "to_line": at_line}) != 1:
        raise ImportMoved(one.id)
    if more:
        await connection.execute(update(customer_import).where(_i.id == one.id).values(**more))
    return replace(one, state=state, at_line=at_line, **more)


async def list_lines(
    connection: Connection, import_id: str, after: int, limit: int, outcomes: Collection[str]
) -> list[ImportLine]:
    """The next lines behind this number with one of these outcomes, in order."""
    wanted = {"import_id": import_id, "after": after, "outcomes": among(outcomes), "limit": limit}
    return [ImportLine(*row) for row in await _NEXT.fetch(connection, wanted)]


async def list_lines_of(connection: Connection, import_id: str, ids: Collection[str]) -> list[ImportLine]:
    """The lines for these customers, in order."""
    query = select(*_LINE).where(_l.import_id == import_id, is_among(_l.customer_id, "ids"), _l.outcome != "refuse")
    return [ImportLine(*row) for row in await connection.execute(query.order_by(_l.line), {"ids": among(ids)})]


async def list_lines_before(connection: Connection, import_id: str, before: int, limit: int) -> list[ImportLine]:
    """The last applied lines in front of this number, the last first."""
    query = select(*_LINE).where(_l.import_id == import_id, _l.line < before, _l.undo.is_not(None))
    return [ImportLine(*row) for row in await connection.execute(query.order_by(_l.line.desc()).limit(limit))]


async def note_done(connection: Connection, import_id: str, lines: Sequence[ImportLine]) -> None:
    """What became of these lines."""
    rows = [(import_id, one.line, one.customer_id, one.undo, one.outcome, one.body) for one in lines]
    await _DONE.execute_for(connection, rows)


async def forget_lines(connection: Connection, before: int) -> int:
    """Delete some lines of imports that ended without a way back, or of ones that were staged before this instant and
    left. Returns how many; 0: none are left."""
    last = await find_last_applied(connection)
    ended = _i.state.in_(["cancelled", "taken_back"]) | (
        (_i.state == "applied") & (_i.id != ("" if last is None else last.id))
    )
    left = _i.state.in_(["uploading", "waiting", "staging", "unreadable", "staged"]) & (_i.started_at < before)
    await connection.execute(update(customer_import).where(left).values(state="cancelled"))
    for import_id in await connection.scalars(select(_i.id).where(ended).order_by(_i.started_at.desc())):
        if number := await forget_lines_of(connection, import_id):
            return number
    return 0


async def forget_lines_of(connection: Connection, import_id: str) -> int:
    """Delete some lines of one import. Returns how many."""
    lines = list(await connection.scalars(select(_l.line).where(_l.import_id == import_id).limit(FORGOTTEN)))
    if lines:
        await connection.execute(delete(import_line).where(_l.import_id == import_id, _l.line.in_(lines)))
    return len(lines)


async def count(connection: Connection, import_id: str) -> dict[str, int]:
    """Lines by outcome."""
    query = select(_l.outcome, func.count()).where(_l.import_id == import_id).group_by(_l.outcome)
    return {row[0]: row[1] for row in await connection.execute(query)}


async def find_mapping(connection: Connection, fingerprint: str) -> Mapping[str, Any] | None:
    m = import_mapping.c
    found = await connection.scalar(select(m.mapping).where(m.fingerprint == fingerprint))
    return None if found is None else dict(orjson.loads(found))


async def keep_mapping(connection: Connection, fingerprint: str, mapping: str, now: int) -> None:
    m = import_mapping
    await connection.execute(delete(m).where(m.c.fingerprint == fingerprint))
    await connection.execute(insert(m), [{"fingerprint": fingerprint, "mapping": mapping, "used_at": now}])


async def find_with_open_work(connection: Connection, ids: Collection[str]) -> set[str]:
    return {row[0] for row in await _OPEN_WORK.fetch(connection, {"ids": among(ids)})}


async def lock_customers(connection: Connection, ids: Collection[str]) -> None:
    """Let nobody change them, and let nothing of them come in, until this transaction ends."""
    c = customer.c
    await connection.execute(select(c.id).where(c.id.in_(sorted(ids))).order_by(c.id).with_for_update())


async def list_touched(connection: Connection, ids: Collection[str], import_id: str) -> set[str]:
    """Those whom more than this import and the rules know: they got in touch, or somebody changed something."""
    given = {"ids": among(ids), "import_id": import_id}
    return {row[0] for statement in _TOUCHING for row in await statement.fetch(connection, given)}


async def remove(connection: Connection, ids: Collection[str], now: int) -> None:
    """Delete customers whom nobody but an import knows. What is searched of them goes first."""
    places = {one.id: one.place for one in await segments.list_all(connection) if one.place is not None}
    bits = await find_bits(connection, ids)
    left = [
        Answer(customer_id, segment_id, place, is_member=False, is_change=False)
        for customer_id, their in bits.items()
        for segment_id, place in places.items()
        if has_bit(their, place)
    ]
    await set_answers(connection, left, now)
    given = {"ids": among(ids)}
    for statement in _REMOVE:
        await statement.execute(connection, given)


async def list_staying(connection: Connection, import_id: str, limit: int) -> tuple[int, list[ImportLine]]:
    """Of an import that is being taken back: of how many customers something stays, and the first such lines. Read
    slowly."""
    where = (_l.import_id == import_id) & _l.undo.is_not(None) & _l.body.like('%"stays"%')
    number = await connection.scalar(select(func.count(_l.customer_id.distinct())).where(where)) or 0
    rows = await connection.execute(select(*_LINE).where(where).order_by(_l.line).limit(limit))
    return number, [ImportLine(*row) for row in rows]


async def list_used_addresses(connection: Connection, ids: Collection[str]) -> set[tuple[str, str]]:
    """(customer id, address) at which these customers were in touch."""
    c = interaction.c
    query = select(c.customer_id, c.address).where(is_among(c.customer_id, "ids"))
    found: set[tuple[str, str]] = set()
    for one in _by_state(query):
        found |= {(row[0], row[1]) for row in await connection.execute(one, {"ids": among(ids)})}
    return found
