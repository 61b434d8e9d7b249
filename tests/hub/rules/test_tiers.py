"""Tiers by rules: who moves and why, who waits for it, and that nobody goes to and fro."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from random import Random
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from hub.customers.tier_reason import explain_tier
from hub.policies.customer_rules import EarlyWarningPolicy, StagePolicy, TierRulePolicy
from hub.policies.document_text import dump_policy, parse_policy
from hub.policies.publishing import apply_policy
from hub.policies.rule_variables import list_rule_types
from hub.reports.tier_pages import read_lifecycle
from hub.rules.rule_worker import RuleWorker
from hub.rules.stages import StageRules, WarningRules
from hub.rules.standing import choose
from hub.rules.tiers import TierRules
from hub.settings.config import load
from hub.storage import customers, rule_rounds, tier_moves
from hub.storage.rule_columns import find_columns
from hub.storage.rule_sql import select_answers
from hub.storage.rule_tables import stage_move, tier_move, tier_override
from hub.storage.tables import customer
from hub.storage.tier_moves import TierOverride, end_override, fix_tier
from hub.toml_files.problems import ConfigErrors, Finder
from routing.model import DAY, SECOND, InteractionId
from scripts_library.condition_binding import bind
from tests.hub.conftest import ROOT
from tests.hub.house import BOTH, House
from tests.hub.notices import GUS, call
from tests.hub.rules.asking import happen, learn, settle

MARIA = "+46701740303"
NAMES = {"en": "A name", "zh-CN": "名"}


def build(house: House) -> RuleWorker:
    return RuleWorker(house.db, house.clock, [StageRules(), WarningRules(), TierRules()])


async def publish(house: House, **changes: Any) -> RuleWorker:
    """Another policy is in force, and every customer has been asked about its rules."""
    document = replace(house.state.book.document, **changes)
    assert await apply_policy(house.db, document, house.clock.now(), "test")
    await house.until_heard()
    worker = build(house)
    await settle(worker)
    await house.until_heard()
    return worker


async def find_tier(house: House, customer_id: str) -> str:
    (row,) = await house.rows(customer, customer.c.id == customer_id)
    return str(row["tier"])


def rule(tier: str, up: str, keeps: str = "", days: int = 0) -> TierRulePolicy:
    return TierRulePolicy(tier=tier, up=up, keeps=keeps, minimum_days=days)


def by_value(days: int = 0) -> tuple[TierRulePolicy, ...]:
    return (
        rule("gold", "customer.value_now >= 1000", "customer.value_now >= 800", days),
        rule("platinum", "customer.value_now >= 5000", "customer.value_now >= 4000", days),
    )


def both(gold: str, platinum: str) -> tuple[TierRulePolicy, ...]:
    return rule("gold", gold), rule("platinum", platinum)


async def fix(house: House, tier: str, until: int | None) -> None:
    one = TierOverride(
        id=f"fixed-{house.clock.now()}",
        customer_id="sam",
        tier=tier,
        set_by="dot",
        why="A friend of the house",
        set_at=house.clock.now(),
        until_at=until,
    )
    await house.db.write(lambda connection: fix_tier(connection, one))


@BOTH
async def test_a_customer_whose_tier_rises_while_they_wait_overtakes(house: House) -> None:
    worker = await publish(house, tier_rules=by_value())
    await house.take(call("CA1", GUS))
    await house.turn(1)
    await house.take(call("CA2"))
    await learn(house, "sam", value_now=6000)
    await settle(worker)
    await house.until_heard()
    ada = await house.seat("ada")
    assert [(offer["customer_name"], offer["tier"]) for offer in ada.offers] == [("Sam Okoye", "platinum")]
    async with house.db.read() as connection:
        move = (await tier_moves.find_last_moves(connection, ["sam"]))["sam"]
        counted = await tier_moves.count_moves(connection, 0, house.clock.now())
    assert (move.old, move.new, move.moved_by, move.mover_id) == ("standard", "platinum", "rule", "platinum")
    assert move.reason["because"] == "reached"
    assert move.reason["clauses"] == [
        {"of": {"attribute": "value_now"}, "value": 6000, "holds": True, "operator": ">=", "limit": 5000}
    ]
    assert ("standard", "platinum", 1) in [(one.old, one.new, one.count) for one in counted]


async def test_the_reason_tells_the_values_of_that_time_and_hides_what_a_role_may_not_see(house: House) -> None:
    hidden = {"value_now": replace(house.state.book.attributes["value_now"], seen_by=("supervisor",))}
    worker = await publish(
        house, tier_rules=by_value(), attributes={**house.state.book.document.attributes, **hidden}
    )
    await learn(house, "sam", value_now=6000)
    await settle(worker)
    await learn(house, "sam", value_now=5500)

    async def say(role: str, language: str = "en") -> str:
        async with house.db.read() as connection:
            known = (await customers.find(connection, ["sam"]))["sam"]
            told = await explain_tier(
                connection, house.state.book, known, house.state.book.see_as([role]), language, house.clock.now()
            )
        return told.sentence

    begins = "Platinum since 22 November 2026, by its rule: "
    assert await say("supervisor") == begins + "Present value EUR 6,000 (at least EUR 5,000)."
    assert await say("agent") == begins + "Present value (hidden from your role)."
    await learn(house, "sam", value_now=10)
    await settle(worker)
    assert await say("supervisor", "zh-CN") == (
        "自2026年11月22日起为标准，因不再符合白金的规则：当前价值 EUR 10（低于 EUR 4,000）。"
    )


@BOTH
async def test_a_fixed_tier_outweighs_the_rules_until_its_time_is_over(house: House) -> None:
    worker = await publish(house, tier_rules=by_value())
    await learn(house, "sam", value_now=1500)
    await settle(worker)
    assert await find_tier(house, "sam") == "gold"
    until = house.clock.now() + DAY
    await fix(house, "platinum", until)
    await settle(worker)
    assert await find_tier(house, "sam") == "platinum"
    await learn(house, "sam", value_now=10)
    await settle(worker)
    assert await find_tier(house, "sam") == "platinum"
    house.clock.at = until + 1
    await settle(worker)
    assert await find_tier(house, "sam") == "standard"
    (row,) = await house.rows(tier_override)
    assert (row["ended_by"], row["ended_at"] >= until) == ("", True)


async def test_without_rules_a_tier_that_was_fixed_goes_back_when_somebody_ends_it(house: House) -> None:
    worker = await publish(house, tier_rules=(), organisation="Without rules")
    await fix(house, "gold", None)
    await settle(worker)
    assert await find_tier(house, "sam") == "gold"
    house.clock.at += DAY
    await fix(house, "platinum", house.clock.now() + DAY)  # it ends the first
    await settle(worker)
    assert await find_tier(house, "sam") == "platinum"
    assert [row["ended_by"] for row in await house.rows(tier_override) if row["tier"] == "gold"] == ["dot"]
    house.clock.at += 2 * DAY
    await settle(worker)
    assert await find_tier(house, "sam") == "standard"


async def test_what_is_not_known_moves_nobody(house: House) -> None:
    await publish(house, tier_rules=by_value())
    before = {row["id"]: row["tier"] for row in await house.rows(customer)}
    never = "customer.value_now > 1000000"
    worker = await publish(house, tier_rules=(rule("gold", 'customer.postcode == "1"'), rule("platinum", never)))
    after = {row["id"]: row["tier"] for row in await house.rows(customer)}
    assert {key for key in before if before[key] == "gold"} <= {key for key in after if after[key] == "gold"}
    await learn(house, "gus", postcode="2")
    await settle(worker)
    assert await find_tier(house, "gus") == "standard"


async def test_a_stage_moves_with_time_and_a_warning_ends_by_itself(house: House) -> None:
    stages = (
        StagePolicy(id="at_risk", names=NAMES, group="anti_attrition", when='days_since(last("complaint")) <= 30'),
        StagePolicy(id="established", names=NAMES, group="activate", when='days_since(last("complaint")) > 30'),
    )
    warning = EarlyWarningPolicy(
        id="cross",
        names={"en": "Two complaints", "zh-CN": "两次投诉"},
        when='count("complaint", within("10 days")) >= 2',
        boost_seconds=60,
    )
    worker = await publish(house, stages=stages, early_warnings=(warning,))
    now = house.clock.now()
    await happen(house, "sam", "complaint", now, now - DAY)
    await settle(worker)

    async def profile() -> tuple[Any, Any]:
        async with house.db.read() as connection:
            text = await connection.scalar(select(customer.c.profile).where(customer.c.id == "sam"))
        known = orjson.loads(text)
        return known.get("stage"), known.get("early_sign")

    assert await profile() == ("at_risk", "Two complaints")
    house.clock.at = now + 11 * DAY
    await settle(worker)
    assert await profile() == ("at_risk", None)
    house.clock.at = now + 32 * DAY
    await settle(worker)
    assert await profile() == ("established", None)
    moves = await house.rows(stage_move, stage_move.c.customer_id == "sam")
    assert [(row["old"], row["new"]) for row in moves][-1] == ("at_risk", "established")


@BOTH
async def test_another_policy_asks_everybody_anew_and_each_move_names_its_version(house: House) -> None:
    await publish(house, tier_rules=by_value())
    everybody = await house.count(customer)
    await learn(house, "sam", value_now=2000)
    await settle(build(house))
    low = (rule("gold", "customer.value_now >= 500"), rule("platinum", "customer.value_now >= 2000"))
    assert await apply_policy(house.db, replace(house.state.book.document, tier_rules=low), house.clock.now(), "test")
    await house.until_heard()
    worker, seen = build(house), list[int | None]()
    house.clock.at += DAY
    while await worker.work_once():
        async with house.db.read() as connection:
            seen.append(await rule_rounds.count_asked(connection))
    assert seen[-1] is None
    assert [one for one in seen if one is not None] == sorted(one for one in seen if one is not None)
    assert all(one <= everybody for one in seen if one is not None)
    async with house.db.read() as connection:
        move = (await tier_moves.find_last_moves(connection, ["sam"]))["sam"]
        known = (await customers.find(connection, ["sam"]))["sam"]
        told = await explain_tier(
            connection, house.state.book, known, house.state.book.see_as(["agent"]), "en", house.clock.now()
        )
    assert (move.new, move.reason["cause"], move.reason["policy"]) == ("platinum", "policy", house.state.book.version)
    assert told.sentence.endswith(f" The rules of policy version {house.state.book.version} brought this.")
    await learn(house, "sam", value_now=1)
    await settle(worker)
    async with house.db.read() as connection:
        assert "cause" not in (await tier_moves.find_last_moves(connection, ["sam"]))["sam"].reason


async def test_the_life_cycle_tells_who_moved_where_after_what(house: House) -> None:
    worker = await publish(house, organisation="Another")
    now = house.clock.now()
    await happen(house, "sam", "payment", now - DAY, amount="9")
    await settle(worker)
    house.clock.at = now + 195 * DAY
    await settle(worker)
    async with house.db.read() as connection:
        shown = await read_lifecycle(connection, house.state.book, "en", house.clock.now(), 200)
    flows = {(one.old, one.new): one for one in shown.flows}
    first, then = flows["established", "new"], flows["new", "at_risk"]
    assert (first.count, first.after) == (1, ["days since first “Payment” at most 183"])
    assert (then.count, then.after) == (1, ["at least one “Payment”", "no “Payment” in 6 months"])
    standing = {one.id: one.customers for one in shown.stages}
    assert sum(standing.values()) + shown.unknown == shown.customers == await house.count(customer)
    assert [(one.month, one.is_up) for one in shown.moves if (one.old, one.new) == ("new", "at_risk")] == [
        ("2027-06", False)
    ]


@BOTH
async def test_a_customer_whose_warning_turns_while_they_wait_goes_ahead_until_it_is_over(house: House) -> None:
    warning = EarlyWarningPolicy(
        id="cross", names=NAMES, when='count("complaint", within("10 days")) >= 1', boost_seconds=120
    )
    worker = await publish(house, early_warnings=(warning,), tier_rules=(), stages=())
    await house.take(call("CA1", MARIA))
    await house.turn(1)
    await house.take(call("CA2"))

    def rank() -> list[tuple[str, int]]:
        router, work = house.state.router, house.floor.interactions.values()
        rows = [(one.customer.id, router.find_interaction(InteractionId(one.id))) for one in work]
        return sorted((customer_id, row.boost // SECOND) for customer_id, row in rows if row is not None)

    assert rank() == [("maria", 0), ("sam", 0)]
    await happen(house, "sam", "complaint")
    await settle(worker)
    await house.until_heard()
    assert rank() == [("maria", 0), ("sam", 120)]
    ada = await house.seat("ada")
    assert [offer["customer_name"] for offer in ada.offers] == ["Sam Okoye"]
    house.clock.at += 11 * DAY
    await settle(worker)
    await house.until_heard()
    assert ("sam", 120) not in rank()
    await house.check_restored()


# ---- over random histories -----------------------------------------------------------------------------

STAY = 3
CLASH = (
    rule("platinum", 'sum("payment", within("5 days")) >= 20 || customer.value_now > 50', "", STAY),
    rule("gold", 'count("payment", within("36 hours")) >= 2', '!(count("complaint", within("2 days")) >= 1)', STAY),
)


async def recount(house: House) -> None:
    """What SQL says of all customers by the rules as they are: nobody would be moved who has stayed long enough."""
    book, now = house.state.book, house.clock.at
    user = TierRules()
    async with house.db.read() as connection:
        rules = await user.read_rules(connection, book)
        columns = await find_columns(connection, list_rule_types(book.attributes))
        bound = [bind(one.condition, now, book.zone) for one in rules]
        rows = [tuple(row) for row in await connection.execute(select_answers(bound, columns))]
        tiers = {row.id: row.tier for row in await connection.execute(select(customer.c.id, customer.c.tier))}
        overrides = await tier_moves.find_overrides(connection, list(tiers))
        moves = await tier_moves.find_last_moves(connection, list(tiers))
    for customer_id, *said in rows:
        answers = {one.id: None if yes is None else bool(yes) for one, yes in zip(rules, said, strict=True)}
        here = tiers[customer_id]
        if customer_id in overrides:
            assert here == overrides[customer_id].tier
        elif choose(user._places, here, answers, "standard") != here:
            last = moves[customer_id]
            assert (last.moved_by, last.new) == ("rule", here)
            assert now < last.at + STAY * DAY, (customer_id, here, answers)


@BOTH
@pytest.mark.parametrize("seed", [1, 2])
async def test_asking_anew_is_a_full_recount_and_nobody_goes_to_and_fro(house: House, seed: int) -> None:
    worker = await publish(house, tier_rules=CLASH, time_zone="Europe/Stockholm")
    # three days before the clocks go forward
    house.clock.at = 1_806_000_000_000_000 - 1_806_000_000_000_000 % (DAY) + 3 * 3600 * SECOND
    random, people = Random(seed), ("sam", "maria", "gus")
    for _ in range(45):
        one = random.choice(people)
        match random.randrange(7):
            case 0 | 1:
                await happen(house, one, "payment", amount=str(random.randrange(1, 15)))
            case 2:
                await happen(house, one, "complaint")
            case 3:
                await learn(house, one, value_now=random.choice([None, 10, 100]))
            case 4 if random.random() < 0.4:
                await fix(house, random.choice(["gold", "platinum", "standard"]), house.clock.at + DAY)
            case 5 if random.random() < 0.3:
                async with house.db.read() as connection:
                    known = await tier_moves.find_overrides(connection, ["sam"])
                for override in known.values():
                    await house.db.write(partial(end_override, override=override, at=house.clock.at, by="dot"))
            case _:
                house.clock.at += random.choice([3600 * SECOND, 11 * 3600 * SECOND, DAY, 2 * DAY])
        await settle(worker)
        await recount(house)
    await house.until_heard()
    rows = await house.rows(tier_move)
    for customer_id in people:
        mine = [row for row in rows if row["customer_id"] == customer_id]
        for before, after in itertools.pairwise(mine):
            assert before["new"] == after["old"]
            fixed = await house.count(tier_override, tier_override.c.customer_id == customer_id)
            if not fixed and before["new"] != "standard":
                assert after["at"] - before["at"] >= STAY * DAY


@pytest.mark.parametrize(
    ("rules", "problem"),
    [
        ((rule("gold", "customer.value_now > 1"),), "tiers[1].id: is reached by no rule"),
        ((*by_value(), rule("standard", "customer.value_now > 1")), "tier_rules[3].tier: is the default tier"),
        ((rule("gold", "customer.value > 1"), by_value()[1]), "tier_rules[1].up: column 1: "),
        (both("customer.value_now > 1", "customer.value_now > 1"), 'claims the same customers as "platinum"'),
        (
            both('customer.value_now > 1 && customer.city == "Å"', "customer.value_now > 1"),
            "tier_rules[1].up: is reached by nobody",
        ),
        (both("customer.value_now > 9", "customer.value_now > 1"), "tier_rules[1].up: is reached by nobody"),
        (
            both("customer.value_now > 9 && customer.value_now < 2", "customer.value_now > 1"),
            "[1].up: holds for nobody",
        ),
        ((rule("gold", 'customer.tier == "gold"'), by_value()[1]), "tier_rules[1].up: reads customer.tier"),
        ((rule("gold", "!" * 40 + "has(customer.city)"), by_value()[1]), "tier_rules[1].up: column"),
    ],
)
def test_rules_that_cannot_work_are_named(rules: Sequence[TierRulePolicy], problem: str) -> None:
    document = load(ROOT / "config.toml", {}).policy_document
    with pytest.raises(ConfigErrors) as raised:
        parse_policy(dump_policy(replace(document, tier_rules=tuple(rules))), Finder())
    assert problem in str(raised.value)
