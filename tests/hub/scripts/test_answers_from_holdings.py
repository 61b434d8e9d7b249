"""An agent chooses from what the customer holds: the number is kept, and the product decides how it goes on."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from hub.policies.masking import MaskingPolicy
from hub.storage.changed_customers import announce_changes
from hub.storage.connection import Connection
from hub.storage.relations import Author, Holding, put_holding
from tests.hub.calls.recorded_calls import publish
from tests.hub.flows import hold_text
from tests.hub.house import BOTH, House
from tests.hub.scripts.test_desk_scripts import folder as folder
from tests.hub.scripts.test_desk_scripts import parts, script_of, step, use, write

WRITTEN = """+++
id = "lost"
version = 1
title = "Lost card"
language = "en"

[fields.account]
label = "Which"
type = "choice"
options_from = "customer.accounts"
options = { other = "Another one" }

[fields.product]
label = "Product"
type = "choice"
options_from = "customer.holdings"
options = { none = "None" }
+++

## ask: Ask

{{ field: account }}
{{ field: product }}

-> card if product.account == "Visa"
-> home

## card: The card

> Your {{ product.account | fallback: "card" }} {{ answer.account | fallback: "" }}.

-> home

## home: Home

> Goodbye.

-> end
"""
HELD = [
    Holding(id="h1", customer_id="sam", product="Visa", number="4021 7788 1234", began_on="2026-01-01"),
    Holding(id="h2", customer_id="sam", product="Savings", number="SE45 5000", began_on="2025-01-01"),
    Holding(id="h3", customer_id="sam", product="Insurance", began_on="2024-01-01"),
    Holding(id="h4", customer_id="sam", product="Loan", number="L1", began_on="2020-01-01", ended_on="2024-01-01"),
    Holding(id="h5", customer_id="pia", product="Visa", number="9"),
]


async def hold(house: House, *held: Holding) -> None:
    async def put(conn: Connection) -> None:
        by = Author(house.clock.now(), "api", "", "test")
        for one in held:
            assert await put_holding(conn, one, by)
        await announce_changes(conn, {one.customer_id for one in held}, house.clock.now())

    await house.db.write(put)
    await house.until_heard()


async def open_script(house: House, folder: Path) -> dict[str, Any]:
    write(folder, "lost", WRITTEN)
    await use(house, folder)
    return await hold_text(house)


def options(house: House, held: dict[str, Any]) -> list[list[str]]:
    return [one["options"] for one in parts(script_of(house, held), "field")]


@BOTH
async def test_what_is_held_at_present_is_offered_and_its_product_branches(house: House, folder: Path) -> None:
    held = await open_script(house, folder)
    accounts, before = options(house, held)
    assert (accounts, before[-1]) == (["other"], "none"), "what is always there remains"
    await hold(house, *HELD)
    accounts, products = options(house, held)
    assert accounts == ["4021 7788 1234", "SE45 5000", "other"], "the latest comes first"
    assert sorted(products) == sorted(["Visa", "Savings", "Insurance", *before])
    assert (await step(house, held, "answer", values={"account": "L1"})).code == "bad_answer", "it has ended"
    assert not (await step(house, held, "next", values={"account": "4021 7788 1234"})).code
    assert script_of(house, held)["step_id"] == "card"
    assert "Your Visa 4021 7788 1234." in "".join(
        span["text"] for block in parts(script_of(house, held), "prompt")[0]["blocks"] for span in block["spans"]
    )
    await house.check_screens()
    await house.check_restored()
    assert not (await step(house, held, "back")).code
    assert not (await step(house, held, "next", values={"account": "SE45 5000"})).code
    assert script_of(house, held)["step_id"] == "home"


async def test_who_may_not_see_accounts_is_offered_none(house: House, folder: Path) -> None:
    document = house.state.book.document
    await publish(house, replace(document, masking=MaskingPolicy(accounts_seen_by=("supervisor",))))
    await hold(house, *HELD)
    held = await open_script(house, folder)
    accounts, products = options(house, held)
    assert (accounts, "Visa" in products) == (["other"], True)
    await house.check_screens()


async def test_a_long_list_is_capped(house: House, folder: Path) -> None:
    many = [Holding(id=f"m{n}", customer_id="sam", product=f"P{n}", number=f"N{n:03}") for n in range(40)]
    await hold(house, *many)
    held = await open_script(house, folder)
    assert [len(one) for one in options(house, held)] == [31, 31]
