"""A value of a customer: in the profile, in the slot that rules compare, and in the history, all or nothing."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from hub.storage.customer_tables import SLOTS, attribute, rule_value
from hub.storage.database import Database
from hub.storage.profiles import NoSlot, ValueChange, assign_slots, change_profiles, list_past_values
from hub.storage.tables import customer
from scripts_library.variables import VariableValue

Run = Callable[..., Awaitable[Any]]
TYPES = {"city": "text", "holds": "list", "height": "number", "birthday": "date", "is_staff": "yes_no"}


def change(name: str, new: Any, known: VariableValue | None, at: int = 1) -> ValueChange:
    return ValueChange(
        customer_id="pia", name=name, new=new, known=known, at=at, changed_by="agent", changer_id="ada"
    )


async def read(db: Database) -> tuple[dict[str, Any], dict[str, Any], int]:
    """Pia's profile, her values by attribute, and the version of her row."""
    async with db.read() as connection:
        row = (await connection.execute(select(customer.c.profile, customer.c.version))).one()
        values = (await connection.execute(select(rule_value))).mappings().first() or {}
        slots = (await connection.execute(select(attribute.c.name, attribute.c.slot))).all()
    return orjson.loads(row.profile), {name: values[slot] for name, slot in slots if values}, row.version


async def test_values_stand_in_the_profile_and_in_their_slots(db: Database, run: Run, pia: str) -> None:
    await run(assign_slots, TYPES)
    told = [
        change("city", "Malmö", "Malmö"),
        change("holds", ["卡", "Loan"], ("卡", "Loan")),
        change("height", 171.5, 171),
        change("birthday", "1970-01-11", date(1970, 1, 11)),
        change("is_staff", False, False),
        change("of_no_attribute", "kept", None),
    ]
    await run(change_profiles, told)
    profile, values, version = await read(db)
    assert profile == {one.name: one.new for one in told}
    assert values == {
        "city": "Malmö",
        "holds": "\x1f卡\x1fLoan\x1f",
        "height": 1_710_000,
        "birthday": 10,
        "is_staff": 0,
    }
    assert version == 2


async def test_each_change_is_a_row_of_history_and_what_was_there_already_is_none(
    db: Database, run: Run, pia: str
) -> None:
    await run(assign_slots, TYPES)
    for at, new in enumerate(["Malmö", "Malmö", "Umeå", None, None], 1):
        await run(change_profiles, [change("city", new, new, at)])
    async with db.read() as connection:
        past = await list_past_values(connection, "pia")
    assert [(one.old, one.new, one.at) for one in past] == [
        ("Umeå", None, 4),
        ("Malmö", "Umeå", 3),
        (None, "Malmö", 1),
    ]
    assert {(one.name, one.changed_by, one.changer_id) for one in past} == {("city", "agent", "ada")}
    profile, values, version = await read(db)
    assert (profile, values["city"], version) == ({}, None, 4)


async def test_of_who_is_not_there_nothing_is_kept(db: Database, run: Run) -> None:
    await run(change_profiles, [change("city", "Malmö", "Malmö")])
    async with db.read() as connection:
        assert await list_past_values(connection, "pia") == []


async def test_an_attribute_keeps_its_slot_and_may_change_to_a_type_that_is_stored_alike(
    db: Database, run: Run
) -> None:
    async def read_slots() -> dict[str, str]:
        async with db.read() as connection:
            rows = (await connection.execute(select(attribute))).all()
        return {row.name: row.slot for row in rows}

    await run(assign_slots, TYPES)
    before = await read_slots()
    await run(assign_slots, {"more": "choice", "city": "choice"})
    assert await read_slots() == before | {"more": "text_3"}
    with pytest.raises(NoSlot, match='"city" was of the type choice, and its values are kept so: use another name'):
        await run(assign_slots, {"city": "number"})


async def test_a_value_of_another_type_is_not_known_and_comes_back_with_its_type_unless_it_changed(
    db: Database, run: Run, pia: str
) -> None:
    async def read_slot() -> int | None:
        async with db.read() as connection:
            slot = await connection.scalar(select(attribute.c.slot).where(attribute.c.name == "height"))
            found = await connection.scalar(select(rule_value.c[slot]).where(rule_value.c.customer_id == "pia"))
        return None if found is None else int(found)

    await run(assign_slots, {"height": "number"})
    await run(change_profiles, [change("height", 180, 180)])
    for type_, known in [("money", 1_800_000), ("date", None), ("yes_no", None), ("number", 1_800_000)]:
        await run(assign_slots, {"height": type_})
        assert await read_slot() == known, type_
    await run(assign_slots, {"height": "yes_no"})
    await run(change_profiles, [change("height", True, True, 2)])
    assert await read_slot() == 1
    await run(assign_slots, {"height": "number"})
    assert await read_slot() is None, "it is yes now, and no number"


async def test_where_there_is_no_room_the_attribute_is_named(db: Database, run: Run) -> None:
    await run(assign_slots, {f"a{number}": "text" for number in range(SLOTS)})
    with pytest.raises(NoSlot, match=f'There is no room for "one_more": {SLOTS} attributes'):
        await run(assign_slots, {"one_more": "list"})
