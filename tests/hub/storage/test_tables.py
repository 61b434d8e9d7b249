"""What must hold under any race is held by the database itself."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import Table, UniqueConstraint, insert, update
from sqlalchemy.exc import IntegrityError

from hub.storage.database import Connection
from hub.storage.tables import address, customer, metadata, offer, participant

NOON = 1_795_348_800_000_000
Run = Callable[..., Awaitable[Any]]


async def add(connection: Connection, table: Table, row: dict[str, Any]) -> None:
    await connection.execute(insert(table), row)


def an_offer(offer_id: str, agent_id: str, **values: Any) -> dict[str, Any]:
    return {
        "id": offer_id,
        "interaction_id": "pia-1",
        "agent_id": agent_id,
        "made_at": NOON,
        "deadline_at": NOON + 20_000_000,
        **values,
    }


def a_participant(agent_id: str, role: str, **values: Any) -> dict[str, Any]:
    return {"interaction_id": "pia-1", "agent_id": agent_id, "role": role, "joined_at": NOON, **values}


@pytest.mark.promise("P3")
async def test_an_interaction_has_at_most_one_open_offer(run: Run, pia: str) -> None:
    await run(add, offer, an_offer("1", "ada"))
    with pytest.raises(IntegrityError):
        await run(add, offer, an_offer("2", "ben"))
    ended = update(offer).values(ended_at=NOON, ended_as="declined")
    await run(lambda connection: connection.execute(ended))
    await run(add, offer, an_offer("2", "ben"))


@pytest.mark.promise("P3")
async def test_an_interaction_has_at_most_one_owner_and_consults_are_none(run: Run, pia: str) -> None:
    await run(add, participant, a_participant("ada", "owner"))
    await run(add, participant, a_participant("ben", "consult"))
    await run(add, participant, a_participant("dot", "monitor"))
    with pytest.raises(IntegrityError):
        await run(add, participant, a_participant("cleo", "owner"))
    await run(lambda connection: connection.execute(update(participant).values(left_at=NOON)))
    await run(add, participant, a_participant("cleo", "owner"))


async def test_an_address_belongs_to_one_customer(run: Run, pia: str) -> None:
    await run(add, address, {"customer_id": "pia", "kind": "phone", "address": "+46701234567"})
    await run(add, address, {"customer_id": "pia", "kind": "email", "address": "+46701234567"})
    with pytest.raises(IntegrityError):
        await run(add, address, {"customer_id": "pia", "kind": "phone", "address": "+46701234567"})


async def test_an_interaction_of_nobody_is_refused_on_both_databases(run: Run) -> None:
    with pytest.raises(IntegrityError):
        await run(add, offer, an_offer("1", "ada"))


async def test_instants_are_big_integers_that_end_in_at() -> None:
    for table in metadata.tables.values():
        for column in table.c:
            if column.name.endswith("_at"):
                assert column.type.__class__.__name__ == "BigInteger", f"{table.name}.{column.name}"


def test_whoever_refers_to_a_customer_is_found_by_an_index_of_all_rows() -> None:
    """Before a customer is deleted, both databases look for rows that refer to them, and use no index of a part."""
    keys = {
        key.parent for table in metadata.tables.values() for key in table.foreign_keys if key.column is customer.c.id
    }
    indexed = {next(iter(table.primary_key.columns), None) for table in metadata.tables.values()}
    for table in metadata.tables.values():
        indexed |= {next(iter(one.columns)) for one in table.constraints if isinstance(one, UniqueConstraint)}
        whole = [one for one in table.indexes if one.dialect_options["sqlite"]["where"] is None]
        indexed |= {next(iter(one.columns), None) for one in whole}
    assert len(keys) > 10
    assert keys <= indexed, {str(one) for one in keys - indexed}
