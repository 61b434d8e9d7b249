"""The predicate for one customer and the SQL for the whole base give the same answers, on both databases."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, insert

from hub.storage.customer_tables import activity, rule_value
from hub.storage.database import Connection, Database
from hub.storage.rule_sql import TEN_THOUSANDTHS, RuleColumns, encode_value, select_answers
from hub.storage.tables import customer
from scripts_library.condition_binding import bind
from scripts_library.conditions import Condition, Facts, evaluate
from scripts_library.variables import VariableType
from tests.scripts_library.drawn_conditions import CUSTOMERS, DAY, NOW, RULES, TYPES, ZONES

COLUMNS: RuleColumns = {
    "customer.name": (func.nullif(customer.c.name, ""), VariableType.TEXT),
    "customer.city": (rule_value.c.text_1, VariableType.TEXT),
    "customer.segments": (rule_value.c.text_2, VariableType.LIST),
    "customer.value": (rule_value.c.number_1, VariableType.NUMBER),
    "customer.is_staff": (rule_value.c.number_2, VariableType.YES_NO),
    "customer.birthday": (rule_value.c.number_3, VariableType.DATE),
}
SLOTS = {
    "customer.city": "text_1",
    "customer.segments": "text_2",
    "customer.value": "number_1",
    "customer.is_staff": "number_2",
    "customer.birthday": "number_3",
}


async def store(connection: Connection, known: Sequence[Facts], merged: Collection[int]) -> None:
    """`merged`: who of them is merged into the first, by their place."""
    for table in (activity, rule_value, customer):
        await connection.execute(delete(table))
    people = [(f"c{number:03}", one) for number, one in enumerate(known)]
    new: dict[str, Any] = {"tier": "standard", "profile": "{}", "created_at": NOW}
    rows = [
        {"id": id_, "name": one.variables.get("customer.name", ""), "merged_into": into, **new}
        for number, (id_, one) in enumerate(people)
        for into in ["c000" if number in merged else None]
    ]
    await connection.execute(insert(customer), rows)
    rows = []
    for id_, one in people:
        values = {slot: one.variables.get(name) for name, slot in SLOTS.items()}
        encoded = {slot: None if value is None else encode_value(value) for slot, value in values.items()}
        if any(value is not None for value in values.values()):  # who has no value has no row
            rows.append({"customer_id": id_, **encoded})
    if rows:
        await connection.execute(insert(rule_value), rows)
    happened = [
        {
            "customer_id": id_,
            "kind": each.kind,
            "label": each.label,
            "at": each.at,
            "amount": None if each.amount is None else int(each.amount * TEN_THOUSANDTHS),
        }
        for id_, one in people
        for each in one.activities
    ]
    if happened:
        await connection.execute(insert(activity), happened)


async def compare(
    db: Database,
    known: Sequence[Facts],
    rules: Sequence[Condition],
    now: int,
    zone: ZoneInfo,
    merged: Collection[int] = (),
) -> None:
    await db.write(lambda connection: store(connection, known, merged))
    bound = [bind(rule, now, zone) for rule in rules]
    async with db.read() as connection:
        rows = [list(row) for row in await connection.execute(select_answers(bound, COLUMNS).order_by(customer.c.id))]
    found = [[None if answer is None else bool(answer) for answer in row[1:]] for row in rows]
    of_merged = tuple(each for number in sorted(merged) for each in known[number].activities)
    first = replace(known[0], activities=(*known[0].activities, *of_merged))
    standing = [first, *(one for number, one in enumerate(known) if number and number not in merged)]
    assert found == [[evaluate(rule, one, TYPES) for rule in bound] for one in standing]


async def test_the_sql_answers_as_the_predicate_does(db: Database) -> None:
    loop, examples = asyncio.get_running_loop(), list[Any]()

    @settings(max_examples=125, database=None, suppress_health_check=list(HealthCheck))
    @given(
        st.lists(CUSTOMERS, min_size=1, max_size=8),
        st.lists(RULES, min_size=1, max_size=8),
        st.integers(NOW - 40 * DAY, NOW + 40 * DAY),
        st.sampled_from(ZONES),
        st.sets(st.integers(1, 7), max_size=3),
    )
    def try_them(known: list[Facts], rules: list[Condition], now: int, zone: ZoneInfo, into_first: set[int]) -> None:
        examples.append(1)
        merged = {number for number in into_first if number < len(known)}
        asyncio.run_coroutine_threadsafe(compare(db, known, rules, now, zone, merged), loop).result()

    await asyncio.to_thread(try_them)
    assert len(examples) >= 125
