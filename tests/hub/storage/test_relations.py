"""What customers hold and whom they know, from both sides, each change with its row of history."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import insert, select

from hub.storage.database import Connection, Database
from hub.storage.profiles import list_past_values
from hub.storage.relations import (
    Author,
    Holding,
    Relation,
    add_relation,
    list_holdings,
    list_relations,
    put_holding,
    remove_relation,
)
from hub.storage.tables import customer

Run = Callable[..., Awaitable[Any]]
ADA = Author(7, "agent", "ada", "page")


async def add_gus(connection: Connection) -> None:
    (pia,) = (await connection.execute(select(customer).where(customer.c.id == "pia"))).mappings()
    await connection.execute(insert(customer), [{**pia, "id": "gus", "name": "Gus", "tier": "gold"}])


async def test_what_is_held_comes_before_what_has_ended(db: Database, run: Run, pia: str) -> None:
    card = Holding(id="h1", customer_id="pia", product="Card 金卡", number="4711", began_on="2020-01-02")
    loan = Holding(id="h2", customer_id="pia", product="Loan", began_on="2025-01-02")
    for one in (card, loan, loan, replace(loan, ended_on="2026-01-02")):
        assert await run(put_holding, one, ADA)
    assert not await run(put_holding, replace(card, customer_id="gus"), ADA)
    async with db.read() as connection:
        assert [one.id for one in await list_holdings(connection, "pia")] == ["h1", "h2"]
        past = await list_past_values(connection, "pia", name="holding")
    assert [(one.old and one.old["id"], one.new["id"]) for one in past] == [
        ("h2", "h2"),
        (None, "h2"),
        (None, "h1"),
    ]
    assert {(one.at, one.changed_by, one.changer_id, one.source) for one in past} == {(7, "agent", "ada", "page")}


async def test_a_relation_is_seen_from_both_sides_and_kept_once(db: Database, run: Run, pia: str) -> None:
    await run(add_gus)
    works = Relation("r1", "pia", "works_for", "gus")
    home = Relation("r2", "gus", "household", "pia")
    assert await run(add_relation, works, ADA)
    assert await run(add_relation, home, ADA)
    for refused in (
        replace(works, id="r3"),
        Relation("r4", "pia", "household", "gus"),
        Relation("r5", "pia", "works_for", "pia"),
        Relation("r6", "pia", "works_for", "nobody"),
    ):
        assert not await run(add_relation, refused, ADA)

    async def see(customer_id: str) -> list[tuple[str, bool, str]]:
        async with db.read() as connection:
            found = await list_relations(connection, customer_id)
        return sorted((one.kind, one.is_from, one.other_name) for one in found)

    assert await see("pia") == [("household", False, "Gus"), ("works_for", True, "Gus")]
    assert [one[:2] for one in await see("gus")] == [("household", True), ("works_for", False)]
    assert not await run(remove_relation, "nobody", "r1", ADA)
    assert await run(remove_relation, "gus", "r1", ADA)
    assert await see("pia") == [("household", False, "Gus")]
    async with db.read() as connection:
        past = await list_past_values(connection, "pia", name="relation")
    assert [(one.old is None, (one.old or one.new)["other"]) for one in past] == [
        (False, "gus"),
        (True, "gus"),
        (True, "gus"),
    ]
