"""Merges of customers: who stands for whom, and everything that a value after a merge or an undo is computed from.

The rule of this file: a merge and its undo write a row of the merge, the rows of the customers in it, and the values
that change. What these customers have said and done stays under the id under which it came in.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

import orjson
from sqlalchemy import bindparam, func, insert, or_, select, update

from hub.storage import customers, profiles
from hub.storage.connection import Connection, Row
from hub.storage.customer_tables import profile_change
from hub.storage.matching_tables import customer_merge
from hub.storage.prepared import Prepared, among, is_among
from hub.storage.tables import customer

TIER: Final = "tier"  # its name in the history
COLUMNS: Final = (*profiles.COLUMNS, TIER)  # what a customer has beside the profile


@dataclass(frozen=True, slots=True)
class Merge:
    """`winner_id` has stood for `loser_id` since then. `choices`: by field "winner", "loser" or "both".
    `after_change`: the newest row of history before it."""

    id: str
    winner_id: str
    loser_id: str
    merged_at: int
    merged_by: str
    choices: Mapping[str, str]
    after_change: int
    undone_at: int | None = None
    undone_by: str = ""
    seq: int = 0  # the order of merges; given by the database


@dataclass(frozen=True, slots=True)
class MergedCustomer:
    """A customer as their row has them. `merged_into`: who stands for them; None: they themselves."""

    id: str
    values: Mapping[str, Any]  # the profile, and COLUMNS
    version: int
    created_at: int
    merged_into: str | None
    merged_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LoggedValue:
    """A row of the history of one value. `old` and `new` as JSON has them."""

    seq: int
    old: Any
    new: Any
    at: int
    changed_by: str
    changer_id: str


_MERGE = tuple(customer_merge.c[one.name] for one in fields(Merge))


_c = customer.c
_ROW: Final = (_c.id, _c.profile, _c.version, _c.created_at, _c.merged_into, _c.merged_ids)
_of_these: Final = select(*_ROW, *(_c[name] for name in COLUMNS)).where(is_among(_c.id, "ids")).order_by(_c.id)
_m, _p = customer_merge.c, profile_change.c
_IN_FORCE = Prepared(select(*_MERGE).where(is_among(_m.loser_id, "ids"), _m.undone_at.is_(None)).order_by(_m.seq))
_VALUES = Prepared(
    select(_p.customer_id, _p.name, _p.seq, _p.old, _p.new, _p.at, _p.changed_by, _p.changer_id)
    .where(is_among(_p.customer_id, "ids"), is_among(_p.name, "names"))
    .order_by(_p.seq)
)
_STAND = Prepared(
    update(customer)
    .where(_c.id == bindparam("of"))
    .values(version=_c.version + 1, merged_into=bindparam("new_into"), merged_ids=bindparam("new_ids"))
)
_FIND, _LOCK = Prepared(_of_these), Prepared(_of_these.with_for_update())


async def lock(connection: Connection, ids: Collection[str]) -> dict[str, MergedCustomer]:
    """By id: their rows, which nobody else changes until the end of the transaction."""
    return await _find(connection, _LOCK, ids)


async def find(connection: Connection, ids: Collection[str]) -> dict[str, MergedCustomer]:
    return await _find(connection, _FIND, ids)


async def _find(connection: Connection, query: Prepared, ids: Collection[str]) -> dict[str, MergedCustomer]:
    found = {}
    for row in await query.fetch(connection, {"ids": among(ids)}):
        customer_id, profile, version, created_at, merged_into, merged_ids, *columns = row
        values = orjson.loads(profile) | {name: one or None for name, one in zip(COLUMNS, columns, strict=True)}
        merged = tuple(orjson.loads(merged_ids))
        found[customer_id] = MergedCustomer(customer_id, values, version, created_at, merged_into, merged)
    return found


async def list_in_force(connection: Connection, ids: Collection[str]) -> list[Merge]:
    """The merges among these customers that nobody has undone, in the order in which they came."""
    return [_merge(row) for row in await _IN_FORCE.fetch(connection, {"ids": among(ids)})]


async def find_merge(connection: Connection, merge_id: str) -> Merge | None:
    row = (await connection.execute(select(*_MERGE).where(customer_merge.c.id == merge_id))).first()
    return None if row is None else _merge(tuple(row))


async def list_values(
    connection: Connection, ids: Collection[str], names: Collection[str]
) -> dict[tuple[str, str], list[LoggedValue]]:
    """By (customer id, name): the history of these values, the oldest first."""
    found: dict[tuple[str, str], list[LoggedValue]] = {}
    for row in await _VALUES.fetch(connection, {"ids": among(ids), "names": among(names)}):
        customer_id, name, seq, old, new, *how = row
        value = LoggedValue(seq, orjson.loads(old), orjson.loads(new), *how)
        found.setdefault((customer_id, name), []).append(value)
    return found


async def find_newest_change(connection: Connection) -> int:
    return await connection.scalar(select(func.max(profile_change.c.seq))) or 0


async def add(connection: Connection, merge: Merge) -> None:
    """Raises IntegrityError if the loser is merged into somebody already."""
    row = {one.name: getattr(merge, one.name) for one in fields(Merge) if one.name != "seq"}
    row["choices"] = orjson.dumps(dict(merge.choices)).decode()
    await connection.execute(insert(customer_merge), [row])


async def end(connection: Connection, merge_id: str, at: int, by: str) -> bool:
    """Undo the row of the merge. False if somebody has done so before."""
    m = customer_merge.c
    ended = update(customer_merge).where(m.id == merge_id, m.undone_at.is_(None))
    return bool((await connection.execute(ended.values(undone_at=at, undone_by=by))).rowcount)


async def set_standing(connection: Connection, stands: Mapping[str, tuple[str | None, Sequence[str]]]) -> None:
    """By customer: who stands for them (None: they themselves), and for whom they stand."""
    rows = [
        {"of": customer_id, "new_into": merged_into, "new_ids": orjson.dumps(list(merged_ids)).decode()}
        for customer_id, (merged_into, merged_ids) in stands.items()
    ]
    await _STAND.execute_all(connection, rows)


async def change_tier(connection: Connection, customer_id: str, old: str, new: str, log: Mapping[str, Any]) -> None:
    """Set the tier, with a row of history. `log`: the other columns of that row."""
    await note_value(connection, customer_id, TIER, old, new, log)
    await customers.set_tiers(connection, {customer_id: new})


async def note_value(
    connection: Connection, customer_id: str, name: str, old: Any, new: Any, log: Mapping[str, Any]
) -> None:
    """Add a row of history for a value that was changed without one."""
    row = {"customer_id": customer_id, "name": name, "old": _json(old), "new": _json(new), **log}
    await connection.execute(insert(profile_change), [row])


async def list_merges(connection: Connection, ids: Collection[str]) -> list[Merge]:
    """The merges of these customers, also those that were undone, the latest first."""
    m = customer_merge.c
    query = select(*_MERGE).where(or_(m.loser_id.in_(sorted(ids)), m.winner_id.in_(sorted(ids))))
    return [_merge(tuple(row)) for row in await connection.execute(query.order_by(m.seq.desc()))]


def _merge(row: Row) -> Merge:
    values = dict(zip((one.name for one in fields(Merge)), row, strict=True))
    return Merge(**values | {"choices": orjson.loads(values["choices"])})


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
