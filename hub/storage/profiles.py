"""What is known of customers beside their name: the values of their attributes, and the history of each.

The rule of this file: a value changes by `change_profiles` alone. It writes the profile, the slots that rules compare
and one row of history, in one transaction; what was there already leaves no row. History is never changed.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final, Literal

import orjson
from sqlalchemy import bindparam, func, insert, select, text, update

from hub.storage.connection import Connection
from hub.storage.customer_tables import SLOTS, attribute, profile_change
from hub.storage.prepared import Bulk, Prepared, among, is_among, prepare_insert
from hub.storage.rule_due import mark_due
from hub.storage.rule_sql import encode_value
from hub.storage.search_index import OTHER_NAMES, index_customers
from hub.storage.tables import customer
from scripts_library.variables import VariableValue

Changer = Literal["agent", "script", "import", "rule", "api", "merge"]
_TEXTS: Final = ("text", "choice", "list")
BIRTHDAY: Final = "birthday"  # by which, beside the name, people are compared who may be one
COLUMNS: Final = ("name", "language")  # of the customer's row: they change like values, and are texts


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueChange:
    """`new`: as JSON has it; None: the value is taken away. `known`: the same as rules compare it."""

    customer_id: str
    name: str
    new: Any
    known: VariableValue | None
    at: int
    changed_by: Changer
    changer_id: str = ""  # the agent, the import, the rule
    source: str = ""  # the screen, the step of a script, the file
    interaction_id: str = ""


@dataclass(frozen=True, slots=True)
class PastValue:
    """One row of the history. `old` and `new` as JSON has them."""

    name: str
    old: Any
    new: Any
    at: int
    changed_by: str
    changer_id: str
    source: str
    seq: int = 0


_c = customer.c
_KEEP: Final = prepare_insert(profile_change, [one.name for one in profile_change.c if one.name != "seq"])
_WRITE: Final = Prepared(
    update(customer)
    .where(_c.id == bindparam("of"))
    .values(
        profile=bindparam("new_profile"),
        version=_c.version + 1,
        **{name: bindparam(f"new_{name}") for name in COLUMNS},
    )
)


_SLOTS: Final = Prepared(select(attribute.c.name, attribute.c.slot))
_LOCK: Final = Prepared(
    select(_c.id, _c.profile, _c.merged_into, *(_c[name] for name in COLUMNS))
    .where(is_among(_c.id, "ids"))
    .order_by(_c.id)
    .with_for_update()
)


class NoSlot(Exception):
    """All slots for attributes of this kind are taken. The text says what to do."""


async def assign_slots(connection: Connection, types: Mapping[str, str]) -> None:
    """Give each attribute that has none a slot. `types`: by name. Raises NoSlot. An attribute keeps its slot also
    when it is in no policy any more, since an older version may be applied again. Where the values of another type
    are written otherwise, the slot is *parked* under a name of its own until the attribute has that type again."""
    rows = (await connection.execute(select(attribute))).all()
    taken = {row.slot for row in rows}
    known = {row.name: row.type for row in rows}
    for name, type_ in types.items():
        if name in known and _write_alike(known[name], type_):
            if known[name] != type_:
                await _rename(connection, name, name, type_)
            continue
        if name in known and (known[name] in _TEXTS) == (type_ in _TEXTS):
            await _rename(connection, name, _park(name, known[name]), known[name])
            if (parked := _park(name, type_)) in known:
                await _rename(connection, parked, name, type_)
                continue
        elif name in known:
            raise NoSlot(f'"{name}" was of the type {known[name]}, and its values are kept so: use another name.')
        kind = "text" if type_ in _TEXTS else "number"
        slot = next((one for n in range(1, SLOTS + 1) if (one := f"{kind}_{n}") not in taken), None)
        if slot is None:
            like = "text, choice and list" if kind == "text" else "number, money, date and yes_no"
            raise NoSlot(f'There is no room for "{name}": {SLOTS} attributes of the types {like} are there already.')
        taken.add(slot)
        await connection.execute(insert(attribute), [{"name": name, "type": type_, "slot": slot}])


def _write_alike(one: str, other: str) -> bool:
    """Whether `encode_value` writes values of both types in the same way."""
    return one == other or {one, other} in ({"text", "choice"}, {"number", "money"})


def _park(name: str, type_: str) -> str:
    """The name under which the slot of another type waits; no attribute has such a name."""
    return f"{'n' if type_ in ('number', 'money') else 't' if type_ in ('text', 'choice') else type_[0]}:{name}"[:64]


async def _rename(connection: Connection, name: str, to: str, type_: str) -> None:
    await connection.execute(update(attribute).where(attribute.c.name == name).values(name=to, type=type_))


async def change_profiles(connection: Connection, changes: Collection[ValueChange]) -> None:
    """Changes of customers who are not there have no effect. A change of one who was merged into another meanwhile
    is a change of the one who stands for them, unless the merge itself makes it."""
    if not changes:
        return
    by_customer: dict[str, list[ValueChange]] = defaultdict(list)
    for one in changes:
        by_customer[one.customer_id].append(one)
    slots = dict[str, str](await _SLOTS.fetch(connection, {}))
    parked: dict[str, list[str]] = defaultdict(list)
    for name, slot in slots.items():
        if ":" in name:
            parked[name.partition(":")[2]].append(slot)
    rows = await _lock(connection, by_customer)
    merged = {row.id: row.merged_into for row in rows if row.merged_into is not None}
    if merged:
        by_customer.clear()
        for one in changes:
            is_merging = one.changed_by == "merge"
            by_customer[one.customer_id if is_merging else merged.get(one.customer_id, one.customer_id)].append(one)
        rows = await _lock(connection, by_customer)
    made = [found for row in rows if (found := _change(row, by_customer[row.id], slots, parked)) is not None]
    await _KEEP.execute_all(connection, [past for one in made for past in one.history])
    await _WRITE.execute_all(connection, [one.columns for one in made])
    await _write_coded(connection, {one.customer_id: one.slots for one in made})
    changed = {one.customer_id: {past["name"] for past in one.history} for one in made}
    compared = [customer_id for customer_id, names in changed.items() if names & {"name", OTHER_NAMES, BIRTHDAY}]
    await index_customers(connection, compared)
    await mark_due(connection, changed, max(one.at for one in changes))


@dataclass(frozen=True, slots=True)
class _Locked:
    id: str
    profile: str
    merged_into: str | None
    columns: Mapping[str, str]


async def _lock(connection: Connection, ids: Collection[str]) -> list[_Locked]:
    """Their rows, which nobody else changes until the end of the transaction."""
    rows = await _LOCK.fetch(connection, {"ids": among(ids)})
    return [
        _Locked(customer_id, profile, merged_into, dict(zip(COLUMNS, columns, strict=True)))
        for customer_id, profile, merged_into, *columns in rows
    ]


@dataclass(frozen=True, slots=True)
class _Changed:
    """What is written of one customer. `columns`: of their row, `slots`: of `rule_value`, as it keeps them."""

    customer_id: str
    history: Sequence[dict[str, Any]]
    columns: Mapping[str, Any]
    slots: Mapping[str, Any]


def _change(
    row: _Locked, changes: Sequence[ValueChange], slots: Mapping[str, str], parked: Mapping[str, Sequence[str]]
) -> _Changed | None:
    """None: all is as it was."""
    profile: dict[str, Any] = orjson.loads(row.profile)
    columns = dict(row.columns)
    history: list[dict[str, Any]] = []
    values: dict[str, Any] = {}
    for one in changes:
        is_column = one.name in columns
        old = columns[one.name] or None if is_column else profile.get(one.name)
        if old == one.new:
            continue
        if is_column:
            columns[one.name] = one.new or ""
        elif one.new is None:
            del profile[one.name]
        else:
            profile[one.name] = one.new
        if slot := slots.get(one.name):
            values[slot] = None if one.known is None else encode_value(one.known)
        values |= dict.fromkeys(parked.get(one.name, ()))  # what the other type held is no longer so
        history.append(_write_past(replace(one, customer_id=row.id), old))
    if not history:
        return None
    written = {"of": row.id, "new_profile": orjson.dumps(profile).decode()}
    return _Changed(row.id, history, written | {f"new_{name}": value for name, value in columns.items()}, values)


def _write_past(one: ValueChange, old: Any) -> dict[str, Any]:
    return {
        "customer_id": one.customer_id,
        "name": one.name,
        "old": orjson.dumps(old).decode(),
        "new": orjson.dumps(one.new).decode(),
        "at": one.at,
        "changed_by": one.changed_by,
        "changer_id": one.changer_id,
        "source": one.source,
        "interaction_id": one.interaction_id,
    }


async def note_history(connection: Connection, changes: Collection[tuple[ValueChange, Any]]) -> None:
    """Keep changes that are made already, each with the value before it. It changes no customer."""
    await _KEEP.execute_all(connection, [_write_past(one, old) for one, old in changes])


async def write_slots(connection: Connection, values: Mapping[str, Mapping[str, VariableValue | None]]) -> None:
    """By customer and slot: values as rules compare them, of customers who have them already."""
    await _write_coded(
        connection,
        {
            customer_id: {slot: None if one is None else encode_value(one) for slot, one in their.items()}
            for customer_id, their in values.items()
        },
    )


async def _write_coded(connection: Connection, values: Mapping[str, Mapping[str, Any]]) -> None:
    """By customer and slot: values as `encode_value` gives them."""
    rows: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for customer_id, coded in values.items():
        if coded:
            rows[tuple(sorted(coded))].append({"customer_id": customer_id, **coded})
    for slots, some in rows.items():
        await _prepare_slots(slots).execute_all(connection, some)


@lru_cache(256)
def _prepare_slots(slots: tuple[str, ...]) -> Prepared:
    """The names are those of columns of `rule_value`: `assign_slots` makes them."""
    into, given = ", ".join(slots), ", ".join(f":{one}" for one in slots)
    changed = ", ".join(f"{one} = excluded.{one}" for one in slots)
    return Prepared(
        text(
            f"INSERT INTO rule_value (customer_id, {into}) VALUES (:customer_id, {given})"  # noqa: S608  # own names
            f" ON CONFLICT (customer_id) DO UPDATE SET {changed}"
        )
    )


async def list_past_values(
    connection: Connection, customer_id: str, limit: int = 100, *, name: str = "", after: int = 0
) -> list[PastValue]:
    """The history of a customer's profile, the newest first. `name`: of one value alone. `after`: later rows
    alone."""
    p = profile_change.c
    query = select(p.name, p.old, p.new, p.at, p.changed_by, p.changer_id, p.source, p.seq)
    query = query.where(p.customer_id == customer_id, p.seq > after).order_by(p.seq.desc()).limit(limit)
    rows = await connection.execute(query.where(p.name == name) if name else query)
    return [PastValue(row.name, orjson.loads(row.old), orjson.loads(row.new), *row[3:]) for row in rows]


# Customer by customer: PostgreSQL would read the whole history where it has not yet counted its values
_SINCE: Final = Bulk(
    """
    SELECT p.customer_id, p.name, p.old, p.new, p.at, p.changed_by, p.changer_id, p.source, p.seq
    FROM json_each(:ids) CROSS JOIN profile_change p
    WHERE p.customer_id = value AND p.at >= :since ORDER BY p.seq
    """,
    """
    SELECT p.* FROM json_array_elements_text(CAST(:ids AS json)) AS t(id) CROSS JOIN LATERAL (
        SELECT c.customer_id, c.name, c.old, c.new, c.at, c.changed_by, c.changer_id, c.source, c.seq
        FROM profile_change c WHERE c.customer_id = t.id AND c.at >= CAST(:since AS BIGINT) OFFSET 0
    ) AS p ORDER BY p.seq
    """,
)


async def list_values_since(
    connection: Connection, ids: Collection[str], names: Collection[str], since: int
) -> list[tuple[str, PastValue]]:
    """(customer id, change) of these values from this instant on, the oldest first."""
    rows = await _SINCE.fetch(connection, {"ids": among(ids), "since": since})
    return [
        (row[0], PastValue(row[1], orjson.loads(row[2]), orjson.loads(row[3]), *row[4:]))
        for row in rows
        if row[1] in names
    ]


async def find_newest_change(connection: Connection, customer_id: str) -> int:
    """The `seq` of the newest row of the customer's history; 0 if there is none."""
    p = profile_change.c
    return await connection.scalar(select(func.max(p.seq)).where(p.customer_id == customer_id)) or 0


async def lock_customer(connection: Connection, customer_id: str) -> bool:
    """Let nobody else change the customer until this transaction ends. False if there is no such customer."""
    query = select(customer.c.id).where(customer.c.id == customer_id).with_for_update()
    return await connection.scalar(query) is not None
