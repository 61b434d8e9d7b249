"""An import of customers: staged line by line, looked at, then applied; and taken back (`taking_back.py`).

The rule of this file: neither staging nor preparing shows anybody anything. One transaction, `_show`, shows all of
it; what is not the customer itself (history, search, rules) follows in slices. Each slice is one transaction together
with how far the import has come, and whoever is there goes on with it: a crash at any statement leaves the base as it
was, or with all of the import. One import moves at a time.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import orjson

from hub.exchange import taking_back, told_activities
from hub.exchange.column_mapping import CUSTOMER, ColumnMapping, fingerprint, guess
from hub.exchange.import_lines import ADDED, REFUSED, SAME, Known, Source, plan_lines
from hub.exchange.import_preparing import follow_lines, prepare_again, prepare_lines
from hub.exchange.line_reading import LineReader, check_mapping
from hub.exchange.table_files import TableFile, UnreadableFile, open_table
from hub.exchange.taking_back import BEHIND
from hub.ids import new_id
from hub.policies.document import PolicyDocument
from hub.storage import activities, import_ready, imports
from hub.storage.database import Connection, Database
from hub.storage.import_parts import READABLE
from hub.storage.imports import MOVING, ImportLine, ImportMoved, StoredImport
from hub.storage.search_index import Described, describe_ahead

SLICE: Final = 25  # lines whose changes are one transaction (P11)
PREPARED_SLICE: Final = 100
PAUSE_SHARE: Final = 1.0  # of the time that a slice took, where nobody knows whether there is live work
LIVE_SHARE: Final = 3.0  # while there is: it comes first
QUIET_SHARE: Final = 0.2  # while there is none
FOLLOWED: Final = (ADDED, "change")
CROSSINGS: Final = 20  # times in a row that somebody else was first, before it is taken for a defect
Tell = Callable[[int], None]
Rest = Callable[[float], Awaitable[None]]  # after a slice that took so many seconds


async def rest(took: float) -> None:
    await asyncio.sleep(took * PAUSE_SHARE)


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to import. `name`: as they call the file. `by`: who. `mapping`: None: as of the last file
    with this header, or a guess by its names."""

    path: Path
    name: str
    by: str
    mapping: ColumnMapping | None = None
    id: str = ""  # of an import whose file was uploaded; empty: it gets one


async def stage(
    db: Database,
    wish: Wish,
    document: PolicyDocument,
    now: int,
    tell: Tell = lambda line: None,
    rest: Rest = rest,
) -> StoredImport:
    """Read a file and say of each line what it would do. `tell` hears the number of lines read. `rest`:
    after each slice. Raises UnreadableFile and OSError, and ImportMoved if somebody cancels it meanwhile."""
    one = StoredImport(wish.id or new_id("m"), wish.name[:320], "staging", "{}", wish.by, now, 0, "{}")
    try:
        table = await asyncio.to_thread(open_table, wish.path, wish.name)
        header = fingerprint(table.columns)
        async with db.read() as conn:
            kept = await imports.find_mapping(conn, header) if wish.mapping is None else None
        mapping = wish.mapping or ColumnMapping(guess(table.columns, document.all_attributes))
        if kept is not None:
            mapping = ColumnMapping(tuple(kept["targets"]), kept["country"])
        said = say_mapping(table, mapping)
        one = await db.write(lambda conn: _begin_staging(conn, one, said))
        while await db.write(lambda conn: imports.forget_lines_of(conn, one.id)):
            pass
        check_mapping(mapping, table, wish.name)
        await db.write(lambda conn: imports.keep_mapping(conn, header, said, now))
        reader, known = LineReader(table, mapping, document, now), Known(document, now)
        id_column = dict(zip(mapping.targets, table.columns, strict=True)).get(CUSTOMER, "")
        while lines := await asyncio.to_thread(reader.read_slice):
            began = time.monotonic()
            one = await db.write(lambda conn, one=one, lines=lines: _stage_slice(conn, one, lines, known, id_column))  # type: ignore[misc]  # what a lambda binds has no type
            tell(one.at_line)
            await rest(time.monotonic() - began)
    except UnreadableFile as error:
        await note_unreadable(db, one.id, error)
        raise

    async def end(conn: Connection) -> StoredImport:
        counts = {**await imports.count(conn, one.id), "last": one.at_line}
        return await imports.move_on(conn, one, "staged", 0, counts=orjson.dumps(counts).decode())

    return await db.write(end)


def say_mapping(table: TableFile, mapping: ColumnMapping) -> str:
    said = {"columns": table.columns, "targets": mapping.targets, "country": mapping.country, "form": table.form}
    return orjson.dumps(said).decode()


async def _begin_staging(conn: Connection, one: StoredImport, said: str) -> StoredImport:
    found = await imports.find(conn, one.id)
    if found is None:
        await imports.begin(conn, one)
        found = one
    elif found.state != "waiting":
        raise ImportMoved(one.id)
    return await imports.move_on(conn, found, "staging", 0, mapping=said, counts="{}")


async def note_unreadable(db: Database, import_id: str, error: UnreadableFile) -> None:
    """The file is of no use: keep why."""

    async def unit(conn: Connection) -> None:
        one = await imports.find(conn, import_id)
        if one is not None and one.state in ("waiting", "staging"):
            said = {"problem": error.code, "said": error.said}
            await imports.move_on(conn, one, "unreadable", one.at_line, counts=orjson.dumps(said).decode())

    await db.write(unit)


async def _stage_slice(
    conn: Connection, one: StoredImport, lines: Sequence[ImportLine], known: Known, id_column: str
) -> StoredImport:
    planned = await plan_lines(conn, [line for line in lines if line.outcome != REFUSED], known)
    by_line = {each.line.line: each.stage(id_column) for each in planned}
    await imports.stage(conn, one.id, [by_line.get(line.line, line) for line in lines])
    return await imports.move_on(conn, one, "staging", lines[-1].line)


# ---- it goes on to its end -----------------------------------------------------------------------------


async def begin_applying(db: Database, import_id: str) -> StoredImport:
    """The one small write after which it goes on to its end. Raises ImportMoved unless it is staged, and no other
    import moves."""
    return await _turn(db, import_id, ("staged",), "applying", 0)


async def begin_taking_back(db: Database, import_id: str) -> StoredImport:
    """Of the last import that was applied. Raises ImportMoved if it is another."""
    while await db.write(import_ready.forget_left):  # of when it came, or of a taking back that was cancelled
        pass
    return await _turn(db, import_id, ("applied",), "taking_back", BEHIND)


async def cancel(db: Database, import_id: str) -> StoredImport:
    """Of an import that is being taken back: it stays. Raises ImportMoved if the switch is done: then it is taken
    back, or imported again."""
    async with db.read() as conn:
        one = await imports.find(conn, import_id)
    if one is not None and one.state == "taking_back":
        return await _turn(db, import_id, ("taking_back",), "applied", 0)
    return await _turn(db, import_id, (*READABLE, "applying"), "cancelled", 0)


async def _turn(
    db: Database, import_id: str, states: Sequence[str], state: imports.State, at_line: int
) -> StoredImport:
    async def unit(conn: Connection) -> StoredImport:
        await imports.lock_all(conn)
        one = await imports.find(conn, import_id)
        if one is None or one.state not in states:
            raise ImportMoved(import_id)
        if state in MOVING and set(await imports.list_moving(conn)) - {import_id}:
            raise ImportMoved(import_id)
        last = await imports.find_last_applied(conn)
        if state == "taking_back" and (last is None or last.id != import_id):
            raise ImportMoved(import_id)
        return await imports.move_on(conn, one, state, at_line)

    return await db.write(unit)


async def finish(
    db: Database,
    import_id: str,
    document: PolicyDocument,
    now: Callable[[], int],
    tell: Tell = lambda line: None,
    on_stored: Callable[[], None] = lambda: None,
    rest: Rest = rest,
) -> StoredImport:
    """Go on with an import that is being applied or taken back, until it has ended. Others may do the same.
    `on_stored`: called after each slice, since live work may have to hear of it. `rest`: after each slice."""
    crossed = 0
    while True:
        async with db.read() as conn:
            one = await imports.find(conn, import_id)
        if one is None:
            raise ImportMoved(import_id)
        if one.state not in MOVING:
            while await db.write(import_ready.forget_left):
                pass
            return one
        began = time.monotonic()
        try:
            moved = await _step(db, one, Known(document, now()))
            crossed = 0
            tell(moved.at_line)
            on_stored()
        except ImportMoved:  # somebody else did this slice, or an address came in meanwhile: look again
            crossed += 1
            if crossed > CROSSINGS:
                raise
        await rest(time.monotonic() - began)


async def _step(db: Database, one: StoredImport, known: Known) -> StoredImport:
    match one.state:
        case "following":
            async with db.read() as conn:
                lines = await imports.list_lines(conn, one.id, one.at_line, SLICE, FOLLOWED)
            ahead = await describe_ahead(db, {line.customer_id for line in lines})
            return await imports.write(db, lambda conn: _follow_slice(conn, one, known, ahead))
        case "taking_back" | "leaving":
            return await taking_back.step(db, one, known)
    async with db.read() as conn:
        lines = await imports.list_lines(conn, one.id, one.at_line, PREPARED_SLICE, [ADDED, "change", SAME])
    if lines:
        return await imports.write(db, lambda conn: _prepare_slice(conn, one, lines, known))
    async with db.read(is_slow=True) as conn:
        stale = sorted(await import_ready.list_stale(conn, one.id) | await import_ready.list_taken(conn, one.id))
    if stale:
        await imports.write(db, lambda conn: _prepare_again(conn, one, stale[:PREPARED_SLICE], known))
        return one
    return await imports.write_long(db, lambda conn: _show(conn, one, known))


async def _prepare_slice(
    conn: Connection, one: StoredImport, lines: Sequence[ImportLine], known: Known
) -> StoredImport:
    moved = await imports.move_on(conn, one, "applying", lines[-1].line)  # first: it holds the row
    await prepare_lines(conn, one.id, lines, known)
    return moved


async def _prepare_again(conn: Connection, one: StoredImport, ids: Sequence[str], known: Known) -> None:
    await imports.move_on(conn, one, "applying", one.at_line)
    await prepare_again(conn, one.id, ids, known)


async def _show(conn: Connection, one: StoredImport, known: Known) -> StoredImport:
    """The switch: before it nobody sees anything of the import, after it everybody sees all of it."""
    last = await imports.find_last_applied(conn)
    at = known.now if last is None else max(known.now, (last.applied_at or 0) + 1)  # an order without ties
    moved = await imports.move_on(conn, one, "following", 0, applied_at=at)
    await import_ready.show(conn, one.id, known.document.default_tier, known.now)
    if told_activities.KIND in orjson.loads(one.mapping)["targets"]:
        await activities.add_imported(conn, one.id)
    return moved


async def _follow_slice(conn: Connection, one: StoredImport, known: Known, ahead: Described) -> StoredImport:
    lines = await imports.list_lines(conn, one.id, one.at_line, SLICE, FOLLOWED)
    if not lines:
        counts = {**await imports.count(conn, one.id), "last": one.at_line}
        ended = {"ended_at": known.now, "counts": orjson.dumps(counts).decode()}
        return await imports.move_on(conn, one, "applied", one.at_line, **ended)
    moved = await imports.move_on(conn, one, "following", lines[-1].line)
    await follow_lines(conn, _say_source(one), lines, known, ahead)
    await imports.note_done(conn, one.id, [replace(line, body="{}") for line in lines])
    return moved


def _say_source(one: StoredImport) -> Source:
    return Source("import", one.id, one.file_name)
