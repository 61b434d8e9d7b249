"""Puts the sample base into a database, slice by slice.

The rule of this file: a slice whose first customer is there stays as it is, so the base may be sown at every start
and after an interruption. One slice is one transaction of some milliseconds, so live work goes on beside it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

import orjson

from hub.administration.sample_base.people import SLICE, SamplePerson, happen, make_slice, only_known
from hub.policies.attributes import AttributePolicy
from hub.policies.document import PolicyDocument
from hub.storage import bulk_customers
from hub.storage.bulk_customers import CustomerRows
from hub.storage.database import Connection, Database
from hub.storage.profiles import assign_slots
from hub.storage.rule_sql import encode_value

SEED: Final = 2026


async def sow(db: Database, policy: PolicyDocument, number: int, now: int, *, seed: int = SEED) -> int:
    """Add the customers that the database lacks of the first `number`. Returns how many were added."""

    async def assign(connection: Connection) -> dict[str, str]:
        await assign_slots(connection, {name: one.type for name, one in policy.all_attributes.items()})
        return await bulk_customers.list_slots(connection)

    slots = await db.write(assign)
    added = 0
    for slice_number in range(-(-number // SLICE)):
        people = make_slice(seed, slice_number, now, number - slice_number * SLICE)
        added += await _sow_slice(db, policy, people, slots)
    return added


async def _sow_slice(
    db: Database, policy: PolicyDocument, people: Sequence[SamplePerson], slots: Mapping[str, str]
) -> int:
    async with db.read() as connection:
        if await bulk_customers.list_known(connection, [people[0].id]):
            return 0
    columns = {name: slots[name] for name in policy.all_attributes if name in slots}
    rows = list_rows(people, policy.all_attributes, tuple(columns), policy.currency)
    await db.write(lambda connection: bulk_customers.add_rows(connection, rows, list(columns.values())))
    return len(people)


async def sow_activities(db: Database, stages: Mapping[str, str], now: int, *, seed: int = SEED) -> None:
    """Activities of the customers of these ids and stages who have none."""

    async def unit(connection: Connection) -> None:
        idle = await bulk_customers.list_idle(connection, list(stages))
        rows = CustomerRows()
        for one in sorted(idle):
            rows.activities.extend((one, *each) for each in sorted(happen(one, stages[one], seed, now), key=_when))
        await bulk_customers.add_rows(connection, rows, [])

    await db.write(unit)


def list_rows(
    people: Iterable[SamplePerson], attributes: Mapping[str, AttributePolicy], columns: Collection[str], currency: str
) -> CustomerRows:
    """`columns`: the attributes that have a slot, in the order of the slots."""
    rows = CustomerRows()
    for one in people:
        values = only_known(one.values, attributes)
        profile = orjson.dumps({"currency": currency, **values}).decode()
        rows.customers.append((one.id, one.name, one.tier, one.language, profile, one.since, 1))
        rows.addresses.extend((one.id, kind, text, "verified") for kind, text in one.addresses)
        known = [_encode(attributes[name].type, values[name]) if name in values else None for name in columns]
        rows.values.append((one.id, *known))
        rows.activities.extend((one.id, *each) for each in sorted(one.happened, key=_when))
        rows.past.extend(
            (one.id, name, orjson.dumps(old).decode(), orjson.dumps(new).decode(), at, "import", "sample base")
            for name, old, new, at in one.past
        )
    return rows


def _encode(of_type: str, value: Any) -> str | int:
    """As `AttributePolicy.read` and `encode_value` together, but faster, since every value fits its type."""
    match of_type:
        case "date":
            return encode_value(date.fromisoformat(value))
        case "list":
            return encode_value(tuple(value))
        case _:
            return encode_value(value)


def _when(one: tuple[str, str, int, int | None]) -> int:
    return one[2]
