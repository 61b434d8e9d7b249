"""Puts the sample base into a database, slice by slice.

The rule of this file: a slice whose first customer is there stays as it is, so the base may be sown at every start
and after an interruption. One slice is one transaction of some milliseconds, so live work goes on beside it.
"""

import asyncio
import multiprocessing
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from functools import partial
from typing import Any, Final

import orjson

from hub.administration.sample_base.people import (
    SLICE,
    SamplePerson,
    happen,
    make_slice,
    name_customer,
    only_known,
)
from hub.policies.attributes import AttributePolicy
from hub.policies.document import PolicyDocument
from hub.storage import bulk_customers
from hub.storage.bulk_customers import CustomerRows
from hub.storage.database import Connection, Database
from hub.storage.profiles import assign_slots
from hub.storage.rule_sql import encode_value
from hub.storage.search_index import describe_all

SEED: Final = 2026
AT_ONCE: Final = 4  # slices of one transaction, where nobody else uses the database
MakeRows = Callable[[Sequence[int]], CustomerRows]  # of the slices with these numbers


async def sow(
    db: Database, policy: PolicyDocument, number: int, now: int, *, seed: int = SEED, processes: int = 0
) -> int:
    """Add the customers that the database lacks of the first `number`. Returns how many were added. `processes`: make
    them in so many processes, and store many slices at once: for a large base and a database that nobody uses."""

    async def assign(connection: Connection) -> dict[str, str]:
        await assign_slots(connection, {name: one.type for name, one in policy.all_attributes.items()})
        return await bulk_customers.list_slots(connection)

    slots = await db.write(assign)
    lacking = await _list_lacking(db, number)
    at_once = AT_ONCE if processes else 1
    wanted = [lacking[at : at + at_once] for at in range(0, len(lacking), at_once)]
    columns = {name: slots[name] for name in policy.all_attributes if name in slots}
    make = partial(
        make_rows, seed, number, now, policy.all_attributes, tuple(columns), policy.currency, is_sqlite=db.is_sqlite
    )
    added = 0
    async for rows in _make_ahead(make, wanted, processes) if processes else _make_here(make, wanted):
        await db.write(partial(bulk_customers.add_rows, rows=rows, slots=list(columns.values()), now=now))
        added += len(rows.customers)
    return added


async def _list_lacking(db: Database, number: int) -> list[int]:
    """The numbers of the slices whose first customer is not there."""
    firsts = {name_customer(one * SLICE): one for one in range(-(-number // SLICE))}
    async with db.read() as connection:
        known = await bulk_customers.list_known(connection, list(firsts))
    return [one for customer_id, one in firsts.items() if customer_id not in known]


def make_rows(
    seed: int,
    number: int,
    now: int,
    attributes: Mapping[str, AttributePolicy],
    columns: Collection[str],
    currency: str,
    slices: Sequence[int],
    *,
    is_sqlite: bool,
) -> CustomerRows:
    """The customers of these slices, of the first `number`."""
    people = (one for each in slices for one in make_slice(seed, each, now, number - each * SLICE))
    return list_rows(people, attributes, columns, currency, is_sqlite=is_sqlite)


async def _make_here(make: MakeRows, wanted: Sequence[Sequence[int]]) -> AsyncIterator[CustomerRows]:
    for slices in wanted:
        yield make(slices)


async def _make_ahead(make: MakeRows, wanted: Sequence[Sequence[int]], processes: int) -> AsyncIterator[CustomerRows]:
    """In their order, while others are made. A few are ahead, so that memory does not grow with their number."""
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        ahead: deque[asyncio.Future[CustomerRows]] = deque()
        for slices in wanted:
            ahead.append(loop.run_in_executor(pool, make, slices))
            if len(ahead) > processes:
                yield await ahead.popleft()
        while ahead:
            yield await ahead.popleft()


async def sow_activities(db: Database, stages: Mapping[str, str], now: int, *, seed: int = SEED) -> None:
    """Activities of the customers of these ids and stages who have none."""

    async def unit(connection: Connection) -> None:
        idle = await bulk_customers.list_idle(connection, list(stages))
        rows = CustomerRows()
        for one in sorted(idle):
            rows.activities.extend((one, *each) for each in sorted(happen(one, stages[one], seed, now), key=_when))
        await bulk_customers.add_rows(connection, rows, [], now)

    await db.write(unit)


def list_rows(
    people: Iterable[SamplePerson],
    attributes: Mapping[str, AttributePolicy],
    columns: Collection[str],
    currency: str,
    *,
    is_sqlite: bool = True,
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
    names = [(row[0], row[1], row[2]) for row in rows.customers]
    rows.searched.extend(describe_all(names, (row[:3] for row in rows.addresses), is_sqlite=is_sqlite))
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
