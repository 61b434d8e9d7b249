"""A script whose statements must be said, and the steps of an agent who is bound by it.

The rule of this file: what is owed is read from the desk, what is proven from the rows.
"""

from pathlib import Path
from typing import Any

import orjson

from agent_console.commands import CommandAnswer
from hub.storage import tables
from tests.hub.flows import hold_text
from tests.hub.house import House
from tests.hub.scripts.test_desk_scripts import script_of, step, use, write

WRITTEN = """+++
id = "binding"
version = 1
title = "Binding"
language = "en"
+++

## ask: Ask

> Good day.

- [1] Go on -> terms
- [2] No -> close

## terms: Terms

!> Dear {{ customer.name | fallback: "customer" }}, it costs 5.

!> It is recorded.

-> close

## close: Close

> Goodbye.

-> end
"""
BY_HAND = """+++
id = "other"
version = 1
title = "Other"
language = "en"
priority = -10
+++

## say: Say

!> Something else.

-> end
"""
FIRST, SECOND = "terms.1", "terms.2"


async def bind(house: House, tmp_path: Path) -> None:
    """Everything goes by the script `binding`; `other` is there to be picked."""
    folder = tmp_path / "scripts"
    folder.mkdir()
    write(folder, "binding", WRITTEN)
    write(folder, "other", BY_HAND)
    await use(house, folder)


async def settle(
    house: House, held: dict[str, Any], statement: str, agent: str = "ada", script_id: str = "binding", **fields: Any
) -> CommandAnswer:
    said = {"script_id": script_id, "statement": statement, "is_said": not fields, **fields}
    return await house.about(agent, held["id"], "settle_statement", **said)


async def complete(house: House, held: dict[str, Any], agent: str = "ada") -> CommandAnswer:
    return await house.about(agent, held["id"], "complete_wrap_up", disposition="solved")


async def end(house: House, held: dict[str, Any], agent: str = "ada") -> None:
    assert not (await house.about(agent, held["id"], "end_interaction")).code


async def hold_terms(house: House) -> dict[str, Any]:
    """Ada with Sam's text, at the step with two statements."""
    held = await hold_text(house)
    assert not (await step(house, held, "choose", choice="1")).code
    return held


def owed_of(house: House, held: dict[str, Any], agent: str = "ada") -> list[str]:
    return [one["statement"] for one in script_of(house, held, agent)["owed"]]


async def proofs_of(house: House, held: dict[str, Any], script_id: str = "binding") -> list[tuple[Any, ...]]:
    r = tables.script_run
    (row,) = await house.rows(r, r.c.interaction_id == held["id"], r.c.script_id == script_id)
    proofs = orjson.loads(row["run"])["proofs"]
    assert [one["at"] for one in proofs] == sorted(one["at"] for one in proofs)
    assert all(one["at"] <= house.clock.at for one in proofs)
    return [(one["statement"], one["kind"], one["by"], one["reason"], one["note"]) for one in proofs]
