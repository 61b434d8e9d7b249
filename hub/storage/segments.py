"""What the segments are: names, definitions, versions, states, and the places of their bits.

The rule of this file: a state changes only from one that the caller names, so two who press at once do it once. A
definition that changes is a version, and every version stays.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy import bindparam, case, delete, func, insert, select, update

from hub.storage.connection import Connection
from hub.storage.prepared import Prepared
from hub.storage.segment_tables import PLACES, segment, segment_day, segment_version

DRAFT: Final = "draft"
LIVE: Final = "live"
RETIRED: Final = "retired"
AGAIN: Final = -1  # a `counted_version` that no version has
BROKEN: Final = 0  # the `meaning` of a definition that cannot be asked, or was not yet


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSegment:
    """`names`: by language. `place`: of its bit, once it is live. Instants are hub time.

    While `counted_version` is not `version`, customers beyond `counted_to` are in it as the older version says: in
    nobody's case, if that is 0. `meaning`: a number for the definition as the policy in force understands it.
    """

    id: str
    names: Mapping[str, str]
    purpose: str
    owner: str
    state: str
    definition: str
    version: int
    place: int | None
    size: int
    counted_version: int
    counted_to: str
    counted_number: int
    meaning: int
    created_at: int
    live_at: int | None
    retired_at: int | None
    expires_at: int | None
    read_at: int | None
    empty_at: int | None


@dataclass(frozen=True, slots=True)
class SegmentVersion:
    version: int
    definition: str
    at: int
    changed_by: str


class NoPlace(Exception):
    """As many segments as possible are live already."""


_s = segment.c
_COLUMNS: Final = [_s[name] for name in StoredSegment.__dataclass_fields__]
_MARKED: Final = (_s.version, _s.place, _s.counted_version, _s.live_at, _s.meaning)
_MARK = Prepared(select(func.count(), *(func.coalesce(func.sum(one), 0) for one in _MARKED)).where(_s.state == LIVE))


async def list_all(connection: Connection) -> list[StoredSegment]:
    rows = await connection.execute(select(*_COLUMNS).order_by(_s.id))
    return [_read(row._mapping) for row in rows]


async def list_counted(connection: Connection) -> dict[str, int]:
    """The places of the segments about which all customers were asked at least once, by id."""
    query = select(_s.id, _s.place).where(_s.state == LIVE, _s.place.is_not(None), _s.counted_version != 0)
    return {row.id: row.place for row in await connection.execute(query)}


async def list_live(connection: Connection) -> list[str]:
    return list(await connection.scalars(select(_s.id).where(_s.state == LIVE).order_by(_s.id)))


async def keep_live(connection: Connection, ids: Collection[str]) -> bool:
    """Whether all of these are live. They stay so until this transaction ends."""
    query = select(_s.id).where(_s.id.in_(sorted(ids)), _s.state == LIVE).order_by(_s.id).with_for_update(read=True)
    return not ids or {*await connection.scalars(query)} == {*ids}


async def find_mark(connection: Connection) -> tuple[int, ...]:
    """Differs from the last one if another definition is live, means something else, or has been counted."""
    (row,) = await _MARK.fetch(connection, {})
    return tuple(int(number) for number in row)


async def find(connection: Connection, segment_id: str) -> StoredSegment | None:
    row = (await connection.execute(select(*_COLUMNS).where(_s.id == segment_id))).first()
    return None if row is None else _read(row._mapping)


def _read(row: Mapping[Any, Any]) -> StoredSegment:
    return StoredSegment(**{**row, "names": orjson.loads(row["names"])})


async def add(
    connection: Connection,
    segment_id: str,
    names: Mapping[str, str],
    purpose: str,
    definition: str,
    expires_at: int | None,
    *,
    by: str,
    at: int,
) -> bool:
    """Add a draft, owned by who makes it. False: the id is taken."""
    if await connection.scalar(select(_s.id).where(_s.id == segment_id)) is not None:
        return False
    row = {
        "id": segment_id,
        "names": orjson.dumps(dict(names)).decode(),
        "purpose": purpose,
        "owner": by,
        "state": DRAFT,
        "definition": definition,
        "created_at": at,
        "expires_at": expires_at,
    }
    await connection.execute(insert(segment), [row])
    await _add_version(connection, segment_id, 1, definition, by, at)
    return True


async def change(
    connection: Connection,
    segment_id: str,
    seen_version: int,
    names: Mapping[str, str],
    purpose: str,
    definition: str,
    expires_at: int | None,
    *,
    by: str,
    at: int,
) -> int | None:
    """Returns its version from then on, which grows with the definition. None: it is not at the version that was
    seen."""
    known = await connection.scalar(
        select(_s.definition).where(_s.id == segment_id, _s.version == seen_version, _s.state != RETIRED)
    )
    if known is None:
        return None
    version = seen_version + int(known != definition)
    values: dict[str, Any] = {
        "names": orjson.dumps(dict(names)).decode(),
        "purpose": purpose,
        "definition": definition,
        "expires_at": expires_at,
        "version": version,
    }
    await connection.execute(update(segment).where(_s.id == segment_id).values(**values))
    if version != seen_version:
        again = {"counted_to": "", "counted_number": 0}
        await connection.execute(update(segment).where(_s.id == segment_id).values(**again))
        await _add_version(connection, segment_id, version, definition, by, at)
    return version


async def _add_version(
    connection: Connection, segment_id: str, version: int, definition: str, by: str, at: int
) -> None:
    row = {"segment_id": segment_id, "version": version, "definition": definition, "at": at, "changed_by": by}
    await connection.execute(insert(segment_version), [row])


async def begin(connection: Connection, segment_id: str, at: int) -> bool:
    """Make a draft live: it gets a place, whose bits nobody has, and is to be counted. False: it is no draft. Raises
    NoPlace."""
    taken = set(await connection.scalars(select(_s.place).where(_s.place.is_not(None))))
    place = next((n for n in range(PLACES) if n not in taken), None)
    if place is None:
        raise NoPlace
    values = {"state": LIVE, "place": place, "size": 0, "live_at": at, "empty_at": at}
    where = (_s.id == segment_id, _s.state == DRAFT)
    return bool((await connection.execute(update(segment).where(*where).values(**values))).rowcount)


async def begin_in_past(connection: Connection, meanings: Mapping[str, int], at: int, read_at: int) -> None:
    """Take these live segments, by id, for counted with these meanings, and for live since this instant: for whoever
    writes their past."""
    values = {"live_at": at, "counted_version": _s.version, "empty_at": None, "read_at": read_at}
    await connection.execute(update(segment).where(_s.id.in_(meanings), _s.state == LIVE).values(**values))
    await note_meanings(connection, meanings)


async def note_meanings(connection: Connection, meanings: Mapping[str, int]) -> None:
    """By id. Of a segment that has another one, all customers are to be asked; unless it is BROKEN."""
    query = update(segment).where(_s.id == bindparam("one"), _s.state == LIVE).values(meaning=bindparam("other"))
    if meanings:
        await connection.execute(query, [{"one": key, "other": value} for key, value in sorted(meanings.items())])


async def count_again(connection: Connection, ids: Collection[str]) -> None:
    """What these live segments say has changed by what they name: all customers are to be asked about them."""
    where = (_s.id.in_(ids), _s.state == LIVE)
    first = case((_s.counted_version == 0, 0), else_=AGAIN)  # one that was never counted still is not
    values = {"counted_version": first, "counted_to": "", "counted_number": 0}
    await connection.execute(update(segment).where(*where).values(**values))


async def note_counting(
    connection: Connection, segment_id: str, version: int, after: str, to: str | None, more: int
) -> bool:
    """All customers beyond `after` and up to `to` have been asked about this version; None: up to the last one.
    `more`: how many these are. False: it has another version, or has been counted to another place meanwhile."""
    where = (_s.id == segment_id, _s.version == version, _s.state == LIVE, _s.counted_to == after)
    values: dict[str, Any] = {"counted_number": _s.counted_number + more}
    values |= {"counted_version": version, "counted_to": ""} if to is None else {"counted_to": to}
    return bool((await connection.execute(update(segment).where(*where).values(**values))).rowcount)


async def retire(connection: Connection, segment_id: str, at: int) -> bool:
    """Nobody is asked about it from then on. Its place is free once its bits are cleared. False: it is no segment
    that is counted."""
    where = (_s.id == segment_id, _s.state == LIVE)
    return bool(
        (await connection.execute(update(segment).where(*where).values(state=RETIRED, retired_at=at))).rowcount
    )


async def free_place(connection: Connection, segment_id: str) -> None:
    await connection.execute(update(segment).where(_s.id == segment_id, _s.state == RETIRED).values(place=None))


async def discard(connection: Connection, segment_id: str) -> bool:
    """Delete a draft, of which nobody was ever a member."""
    await connection.execute(
        delete(segment_version).where(
            segment_version.c.segment_id == segment_id,
            select(_s.id).where(_s.id == segment_id, _s.state == DRAFT).exists(),
        )
    )
    return bool((await connection.execute(delete(segment).where(_s.id == segment_id, _s.state == DRAFT))).rowcount)


async def note_reading(connection: Connection, segment_id: str, at: int) -> None:
    await connection.execute(update(segment).where(_s.id == segment_id).values(read_at=at))


async def list_versions(connection: Connection, segment_id: str) -> list[SegmentVersion]:
    """The newest first."""
    v = segment_version.c
    query = select(v.version, v.definition, v.at, v.changed_by).where(v.segment_id == segment_id)
    return [SegmentVersion(*row) for row in await connection.execute(query.order_by(v.version.desc()))]


async def list_days(connection: Connection, since_day: int, segment_id: str = "") -> list[tuple[str, int, int, int]]:
    """(segment, day, entered, left) from this day on, of one segment or of all."""
    d = segment_day.c
    query = select(d.segment_id, d.day, d.entered, d.left_it).where(d.day >= since_day)
    if segment_id:
        query = query.where(d.segment_id == segment_id)
    return [(row[0], row[1], row[2], row[3]) for row in await connection.execute(query.order_by(d.segment_id, d.day))]
