"""A stranger has the stage of the rules with their row, as the worker of rules would have given it."""

from dataclasses import replace
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from hub.policies.customer_rules import StagePolicy
from hub.policies.document import PolicyDocument
from hub.rules.first_stages import FirstStages
from hub.rules.rule_worker import RuleWorker
from hub.rules.stages import STAGE, StageRules, WarningRules
from hub.rules.tiers import TierRules
from hub.storage import tables
from hub.storage.customer_tables import attribute, profile_change, rule_value
from hub.storage.rule_tables import stage_move
from tests.hub.calls.recorded_calls import publish
from tests.hub.house import BOTH, House
from tests.hub.notices import mail, text
from tests.hub.rules.asking import settle

PAYS_NOT, BY_NAME = 'count("payment") == 0 && !has(customer.products)', "has(customer.name)"
OF_TODAY = 'count("contact", within("30 days")) == 0'
# Each policy's stages in order, with their rules; and what each of the strangers below is
POLICIES: dict[str, tuple[tuple[tuple[str, str], ...], list[str | None]]] = {
    "of the sample": ((("prospect", PAYS_NOT), ("new", 'days_since(first("payment")) <= 183')), ["prospect"] * 4),
    "by name": (
        (("established", BY_NAME), ("prospect", PAYS_NOT)),
        ["prospect", "established", "prospect", "prospect"],
    ),
    "by language": ((("new", 'customer.language == "sv"'),), [None, None, "new", None]),
    "by time": ((("lapsed", 'count("payment", within("2 days")) >= 1'), ("new", OF_TODAY)), ["new"] * 4),
    "unknown": ((("established", "customer.value_now >= 5"), ("prospect", PAYS_NOT)), ["prospect"] * 4),
    "none": ((), [None] * 4),
}


def rule(document: PolicyDocument, stages: tuple[tuple[str, str], ...]) -> PolicyDocument:
    made = [
        StagePolicy(id=id_, names={"en": id_, "zh-CN": id_}, group="acquire", when=when, keeps="")
        for id_, when in stages
    ]
    return replace(document, stages=tuple(made), early_warnings=(), tier_rules=())


async def write_in(house: House, number: int) -> list[str]:
    """Four strangers: one by text, one by mail with a name, one with a language, one nobody knows how to call."""
    a, b = text("Hej", f"+467055{number:05}"), mail("Hej", f"s{number}@post.example")
    c, d = text("Hej", f"+467066{number:05}"), mail("Hej", f"t{number}@post.example")
    before = {row["id"] for row in await house.rows(tables.customer)}
    found = []
    for one in (replace(a, from_name=""), replace(b, from_name="Åsa"), replace(c, language="sv", from_name=""), d):
        await house.take(replace(one, from_name="") if one is d else one)
        now = {row["id"] for row in await house.rows(tables.customer)}
        (fresh,) = now - before
        found.append(fresh)
        before = now
    return found


async def read(house: House, customer_id: str) -> Any:
    """Everything that the rules have made of them."""
    (row,) = await house.rows(tables.customer, tables.customer.c.id == customer_id)
    past = await house.rows(profile_change, profile_change.c.customer_id == customer_id)
    moves = await house.rows(stage_move, stage_move.c.customer_id == customer_id)
    async with house.db.read() as conn:
        slot = await conn.scalar(select(attribute.c.slot).where(attribute.c.name == STAGE))
        held = await conn.scalar(select(rule_value.c[slot]).where(rule_value.c.customer_id == customer_id))
    return (
        orjson.loads(row["profile"]).get(STAGE),
        held,
        [(one["name"], one["old"], one["new"], one["changed_by"], one["changer_id"]) for one in past],
        [(one["old"], one["new"], orjson.loads(one["reason"])) for one in moves],
    )


@BOTH
@pytest.mark.parametrize("name", POLICIES)
async def test_a_stranger_has_at_once_the_stage_that_the_worker_would_give(house: House, name: str) -> None:
    wanted, expected = POLICIES[name]
    stages = StageRules()
    worker = RuleWorker(house.db, house.clock, [stages, WarningRules(), TierRules()])
    await publish(house, rule(house.state.book.document, wanted))
    worker.look_again()
    await settle(worker)
    by_worker = await write_in(house, 1)
    await settle(worker)
    house.dispatcher._find_stage = FirstStages(worker, stages).find
    at_once = await write_in(house, 2)
    before = [await read(house, one) for one in at_once]
    decided = [await read(house, one) for one in by_worker]
    assert before == decided
    assert [one[0] for one in decided] == expected
    await settle(worker)
    assert [await read(house, one) for one in at_once] == before, "the worker finds nothing to do"
    await house.check_restored()


async def test_only_the_worker_decides_where_the_rules_are_not_those_of_the_batch(house: House) -> None:
    stages = StageRules()
    worker = RuleWorker(house.db, house.clock, [stages])
    house.dispatcher._find_stage = FirstStages(worker, stages).find
    first = await write_in(house, 1)
    assert [(await read(house, one))[0] for one in first] == [None] * 4, "it has read no rules yet"
    worker.look_again()
    await settle(worker)
    assert [(await read(house, one))[0] for one in first] == ["prospect"] * 4
    await publish(house, rule(house.state.book.document, ()))
    later = await write_in(house, 2)
    assert [(await read(house, one))[0] for one in later] == [None] * 4, "the policy of the batch has no stages"
