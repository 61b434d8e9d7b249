"""Who is in which segment at present, and the row of each who entered or left.

The rule of this file: `set_answers` alone changes who is in a segment. It writes the bits, the changes, the sums of
the day and the sizes in the transaction that is given, and it compares with the bits that stand there.
"""

import asyncio
import sys
from array import array
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import ColumnElement, func, select

from hub.storage.connection import Connection
from hub.storage.prepared import Bulk, Prepared, among, is_among
from hub.storage.segment_tables import BITS, COLUMNS, segment, segment_change, segment_member

DAY: Final = 86_400_000_000
COUNTED_AT_ONCE: Final = 20_000  # members whose bits are read together
Bits = tuple[int, ...]  # one number for each column
NOBODY: Final[Bits] = (0,) * COLUMNS


class Answer(NamedTuple):  # hundreds of thousands while all are asked
    """Whether a customer is in a segment, as the rules say. `clause`: what turned, if they were not, or were.
    `is_change`: False while the segment is counted for the first time, since nobody enters or leaves by that."""

    customer_id: str
    segment_id: str
    place: int
    is_member: bool
    clause: str = ""
    is_change: bool = True


@dataclass(frozen=True, slots=True)
class MemberChange:
    segment_id: str
    customer_id: str
    at: int
    has_entered: bool
    clause: str


_names: Final = [f"bits_{n}" for n in range(1, COLUMNS + 1)]
_m = segment_member.c
_columns: Final[list[ColumnElement[Any]]] = [_m[name] for name in _names]
_FIND = Prepared(select(_m.customer_id, *_columns).where(is_among(_m.customer_id, "ids")))
_PUT = Bulk(
    f"INSERT INTO segment_member (customer_id, {', '.join(_names)})"  # noqa: S608  # names of this file alone
    f" SELECT value->>0, {', '.join(f'CAST(value->>{n} AS BIGINT)' for n in range(1, COLUMNS + 1))}"
    " FROM {rows} WHERE true ON CONFLICT (customer_id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _names)
)
_CHANGED = Bulk("""
    INSERT INTO segment_change (segment_id, customer_id, at, has_entered, clause)
    SELECT value->>0, value->>1, CAST(value->>2 AS BIGINT), CAST(CAST(value->>3 AS INTEGER) AS BOOLEAN), value->>4
    FROM {rows}
""")
_DAYS = Bulk("""
    INSERT INTO segment_day (segment_id, day, entered, left_it)
    SELECT value->>0, CAST(value->>1 AS INTEGER), CAST(value->>2 AS INTEGER), CAST(value->>3 AS INTEGER)
    FROM {rows} WHERE true
    ON CONFLICT (segment_id, day) DO UPDATE SET
        entered = segment_day.entered + excluded.entered, left_it = segment_day.left_it + excluded.left_it
""")
_SIZES = Bulk("""
    UPDATE segment SET size = size + CAST(value->>1 AS INTEGER),
        empty_at = CASE WHEN size + CAST(value->>1 AS INTEGER) > 0 THEN NULL
                        ELSE coalesce(empty_at, CAST(value->>2 AS BIGINT)) END
    FROM {rows} WHERE segment.id = value->>0
""")


def has_bit(bits: Bits, place: int) -> bool:
    return bool(bits[place // BITS] >> place % BITS & 1)


def is_member(place: int) -> ColumnElement[bool]:
    """The condition on a row of `segment_member`."""
    return _columns[place // BITS].op("&")(1 << place % BITS) != 0


async def find_bits(connection: Connection, customer_ids: Collection[str]) -> dict[str, Bits]:
    """Who is in no segment may be left out."""
    rows = await _FIND.fetch(connection, {"ids": among(customer_ids)})
    return {row[0]: tuple(row[1:]) for row in rows}


async def set_answers(connection: Connection, answers: Sequence[Answer], at: int) -> list[MemberChange]:
    """Returns what has changed by these answers. `at`: of the changes."""
    if not answers:
        return []
    by_customer: dict[str, list[Answer]] = defaultdict(list)
    for one in answers:
        by_customer[one.customer_id].append(one)
    known = await find_bits(connection, list(by_customer))
    turned: list[Answer] = []
    rows = []
    for customer_id, asked in by_customer.items():
        before = known.get(customer_id, NOBODY)
        flipped = [one for one in asked if has_bit(before, one.place) is not one.is_member]
        if flipped:
            bits = list(before)
            for one in flipped:
                bits[one.place // BITS] ^= 1 << one.place % BITS
            rows.append([customer_id, *bits])
            turned += flipped
    if not turned:
        return []
    await _PUT.execute_for(connection, rows)
    await _count(connection, turned, at)
    changes = [
        MemberChange(one.segment_id, one.customer_id, at, one.is_member, one.clause)
        for one in turned
        if one.is_change
    ]
    await add_changes(connection, changes)
    return changes


async def list_names(connection: Connection, customer_ids: Collection[str], language: str) -> list[str]:
    """The segments in which any of these ids is, by name in this language."""
    found = await find_bits(connection, customer_ids)
    s = segment.c
    rows = (await connection.execute(select(s.names, s.place).where(s.place.is_not(None)))).all() if found else []
    names = [orjson.loads(row.names) for row in rows if any(has_bit(bits, row.place) for bits in found.values())]
    return sorted(one.get(language) or next(iter(one.values()), "") for one in names)


async def leave_all(connection: Connection, customer_id: str, clause: str, at: int) -> None:
    """Let a customer leave every segment that they are in."""
    bits = (await find_bits(connection, [customer_id])).get(customer_id, NOBODY)
    if not any(bits):
        return
    s = segment.c
    rows = await connection.execute(select(s.id, s.place, s.counted_version).where(s.place.is_not(None)))
    left = [Answer(customer_id, row[0], row[1], False, clause, row[2] != 0) for row in rows if has_bit(bits, row[1])]
    await set_answers(connection, left, at)


async def _count(connection: Connection, turned: Iterable[Answer], at: int) -> None:
    more: Counter[str] = Counter()
    for one in turned:
        more[one.segment_id] += 1 if one.is_member else -1
    await _SIZES.execute_for(connection, [[segment_id, number, at] for segment_id, number in sorted(more.items())])


async def add_changes(connection: Connection, changes: Sequence[MemberChange]) -> None:
    """Their rows and the sums of their days, without the bits."""
    if not changes:
        return
    rows = [[one.segment_id, one.customer_id, one.at, int(one.has_entered), one.clause] for one in changes]
    await _CHANGED.execute_for(connection, rows)
    entered = Counter((one.segment_id, one.at // DAY) for one in changes if one.has_entered)
    left = Counter((one.segment_id, one.at // DAY) for one in changes if not one.has_entered)
    days = [[*key, entered[key], left[key]] for key in sorted({*entered, *left})]
    await _DAYS.execute_for(connection, days)


# ---- one segment ---------------------------------------------------------------------------------------


async def count_members(connection: Connection, place: int) -> int:
    """From the bits: what `size` should be. Read slowly."""
    query = select(func.count()).select_from(segment_member).where(is_member(place))
    return int(await connection.scalar(query) or 0)


async def list_members(connection: Connection, place: int, after: str, limit: int) -> list[str]:
    """Ids of customers who are in it at present, in their order, beyond `after`. Read slowly."""
    query = select(_m.customer_id).where(_m.customer_id > after, is_member(place))
    return list(await connection.scalars(query.order_by(_m.customer_id).limit(limit)))


async def count_overlaps(connection: Connection, place: int, others: Mapping[str, int]) -> dict[str, int]:
    """By id of another segment: how many are in both. `others`: their places. Read slowly.

    The bits of the members are read in slices and counted a place at a time: a sum for each place, in the database,
    took half a minute at a million customers."""
    by_column: dict[int, list[int]] = defaultdict(list)
    for other in sorted(set(others.values())):
        by_column[other // BITS].append(other)
    shared, after = Counter[int](), ""
    query = select(_m.customer_id, *(_columns[column] for column in by_column))
    while by_column:
        slice_of = (
            query.where(_m.customer_id > after, is_member(place)).order_by(_m.customer_id).limit(COUNTED_AT_ONCE)
        )
        rows = (await connection.execute(slice_of)).all()
        for number, places in enumerate(by_column.values(), 1):
            shared.update(await asyncio.to_thread(count_places, [row[number] for row in rows], places))
        if len(rows) < COUNTED_AT_ONCE:
            break
        after = rows[-1][0]
    return {segment_id: shared[other] for segment_id, other in others.items()}


def count_places(words: Sequence[int], places: Sequence[int]) -> dict[int, int]:
    """How many of these numbers have the bit of each of these places, which are all of one column."""
    whole = int.from_bytes(array("q", words).tobytes(), sys.byteorder)
    lowest = int.from_bytes((1).to_bytes(8, sys.byteorder) * len(words), sys.byteorder)
    return {place: (whole >> place % BITS & lowest).bit_count() for place in places}


async def clear_place(
    connection: Connection, segment_id: str, place: int, clause: str | None, at: int, most: int
) -> int:
    """Let the next `most` members leave, with this clause; None: without a change, for a segment that was never
    live. Returns how many left; 0: nobody is left."""
    ids = await list_members(connection, place, "", most)
    left = [Answer(one, segment_id, place, False, clause or "", clause is not None) for one in ids]
    await set_answers(connection, left, at)
    return len(ids)


async def list_changes_of(connection: Connection, customer_id: str, limit: int) -> list[MemberChange]:
    """What a customer has entered and left, the newest first."""
    c = segment_change.c
    query = select(c.segment_id, c.customer_id, c.at, c.has_entered, c.clause).where(c.customer_id == customer_id)
    return [MemberChange(*row) for row in await connection.execute(query.order_by(c.seq.desc()).limit(limit))]
