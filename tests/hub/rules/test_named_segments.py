"""Rules of the policy name live segments: what is unknown, retired or goes in a circle is refused on both sides."""

from dataclasses import replace
from random import Random

import pytest
from sqlalchemy import select

from hub.policies.customer_rules import TierRulePolicy
from hub.policies.document import PolicyDocument
from hub.policies.named_segments import SegmentMissing
from hub.policies.publishing import apply_policy
from hub.policies.segment_rules import SegmentRefused
from hub.policies.stored_versions import get_newest_book
from hub.rules.rule_worker import RuleWorker
from hub.rules.stages import StageRules
from hub.rules.standing import choose
from hub.rules.tiers import TierRules
from hub.segments.segment_definitions import find_rule_columns
from hub.segments.segment_files import WrittenSegment
from hub.segments.segment_user import SegmentUser
from hub.storage import segments, tables
from hub.storage.database import Database
from hub.storage.rule_sql import select_answers
from scripts_library.condition_binding import bind
from tests.hub.house import BOTH, House
from tests.hub.rules.asking import learn, make_segment, settle
from tests.hub.rules.bureau import Bureau, open_bureau
from tests.hub.sample_policies import take_on

NAMES = {"en": "A name", "zh-CN": "名"}
HOUR = 3_600_000_000


def write(definition: str) -> WrittenSegment:
    return WrittenSegment(names=NAMES, definition=definition)


def rule_gold(house: House, up: str) -> PolicyDocument:
    rules = (TierRulePolicy(tier="platinum", up="customer.value_past > 999999"), TierRulePolicy(tier="gold", up=up))
    return replace(house.state.book.document, tier_rules=rules)


async def publish(house: House, up: str) -> None:
    assert await apply_policy(house.db, rule_gold(house, up), house.clock.now(), "test")
    await take_on(house)


async def test_a_segment_that_is_not_live_is_named_with_its_place(house: House) -> None:
    await make_segment(house, "spender", "customer.value_now > 100")
    await make_segment(house, "idle", "customer.value_now < 1", is_live=False)
    up = 'customer.city == "Lund"\n  && in_segment("spendr")'
    with pytest.raises(SegmentMissing) as caught:
        await publish(house, up)
    assert str(caught.value).splitlines() == [
        "The policy was not published: its rules name segments with which they cannot be asked.",
        '  tier_rules of "gold", up, line 2, character 17: There is no segment "spendr". Did you mean "spender"?',
        "Make these segments live, or take them out of the rules.",
    ]
    with pytest.raises(SegmentMissing, match='There is no segment "idle"'):
        await publish(house, 'in_segment("idle")')
    await publish(house, 'in_segment("spender")')


@pytest.mark.parametrize("path", [[], ["outer"]], ids=["itself", "by another"])
async def test_a_circle_of_tier_and_segment_is_refused_on_both_sides(house: House, path: list[str]) -> None:
    changes = await make_segment(house, "spender", 'customer.tier == "standard"')
    named = "spender"
    for outer in path:
        await make_segment(house, outer, f'in_segment("{named}")')
        named = outer
    said = f'tier_rules of "gold", up, which names "{named}": it reads customer.tier, which it decides itself'
    with pytest.raises(SegmentMissing, match=said):
        await publish(house, f'in_segment("{named}")')
    await changes.change("spender", write("customer.value_now > 100"), 1, "ada")
    await publish(house, f'in_segment("{named}")')
    for wished in ('customer.tier == "standard"', 'customer.city == "Lund" || customer.tier != "gold"'):
        with pytest.raises(SegmentRefused, match=said):
            await changes.change("spender", write(wished), 2, "ada")
    with pytest.raises(SegmentRefused, match=said):
        await changes.import_text(
            '[segments.spender]\nnames = { en = "A name", zh-CN = "名" }\ndefinition = \'customer.tier == "gold"\'\n',
            "ada",
        )


async def test_stages_that_a_tier_would_chase_are_refused_too(house: House) -> None:
    await make_segment(house, "settled", 'customer.stage == "established"')
    stages = house.state.book.document.stages
    chased = (replace(stages[0], when='customer.tier == "gold"', keeps=""), *stages[1:])
    document = replace(rule_gold(house, 'in_segment("settled")'), stages=chased)
    with pytest.raises(SegmentMissing, match=r"reads customer\.stage, whose rules read customer\.tier"):
        await apply_policy(house.db, document, house.clock.now(), "test")


async def test_a_segment_that_a_rule_names_is_not_retired(house: House) -> None:
    changes = await make_segment(house, "spender", "customer.value_now > 100")
    await publish(house, 'in_segment("spender")')
    with pytest.raises(
        SegmentRefused, match=r'names it \(tier_rules of "gold", up\): apply a policy without it first'
    ):
        await changes.retire("spender", "ada")
    await publish(house, "customer.value_now > 1000")
    await changes.retire("spender", "ada")


@BOTH
async def test_a_tier_follows_the_segment_that_its_rule_names(house: House) -> None:
    changes = await make_segment(house, "spender", "customer.value_now > 100000")
    await publish(house, 'in_segment("spender")')
    worker = RuleWorker(house.db, house.clock, [StageRules(), TierRules(), SegmentUser()])

    async def find_tier() -> str:
        worker._look_at = 0
        await settle(worker)
        (row,) = await house.rows(tables.customer, tables.customer.c.id == "sam")
        return str(row["tier"])

    assert await find_tier() == "standard"
    await learn(house, "sam", value_now=500000)
    assert await find_tier() == "gold", "what the segment reads asks the tier anew"
    await changes.change("spender", write("customer.value_now > 1000000"), 1, "ada")
    assert await find_tier() == "standard", "another definition asks everybody"
    (row, *_) = await house.rows(tables.tier_move, tables.tier_move.c.customer_id == "sam")
    assert "value_now" in row["reason"]


DEFINITIONS = [
    'count("complaint", within("2 days")) >= 1',
    'customer.city == "Kiruna"',
    'in_segment("buyer") && !has(customer.city)',
    "consent.marketing == false || customer.value_now > 100",
]
RULES = (
    TierRulePolicy(tier="platinum", up='in_segment("buyer") && !in_segment("angry")'),
    TierRulePolicy(tier="gold", up='in_segment("buyer") || customer.value_now > 50', keeps='!in_segment("angry")'),
)


async def recount(bureau: Bureau, tiers: TierRules) -> None:
    """What SQL says of everybody by the rules as they mean is what they have."""
    now = bureau.clock.at
    async with bureau.db.read() as connection:
        book = await get_newest_book(connection)
        rules = await tiers.read_rules(connection, book)
        columns = await find_rule_columns(connection, book, now)
        asked = select_answers([bind(one.condition, now, book.zone) for one in rules], columns)
        rows = [tuple(row) for row in await connection.execute(asked)]
        c = tables.customer.c
        stands = {row.id: row.tier for row in await connection.execute(select(c.id, c.tier))}
    for customer_id, *said in rows:
        answers = {one.id: None if yes is None else bool(yes) for one, yes in zip(rules, said, strict=True)}
        here = stands[customer_id]
        assert choose(tiers._places, here, answers, "standard") == here, (customer_id, answers)


@BOTH
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_asking_anew_is_a_full_recount_where_rules_name_segments(db: Database, seed: int) -> None:
    bureau, tiers, random = open_bureau(db), TierRules(), Random(seed)
    bureau.worker = RuleWorker(db, bureau.clock, [StageRules(), tiers, SegmentUser()])
    await bureau.make("buyer", 'count("payment", within("36 hours")) >= 2')
    await bureau.make("angry", DEFINITIONS[0])
    await bureau.apply(tier_rules=RULES)
    await bureau.step()
    for _ in range(30):
        one = random.choice(["sam", "maria", "gus"])
        match random.randrange(6):
            case 0:
                await bureau.happen(one, "payment")
            case 1:
                await bureau.happen(one, "complaint")
            case 2:
                await bureau.learn(one, "city", random.choice(["Kiruna", None]))
            case 3:
                await bureau.learn(one, "value_now", random.choice([10, 80, 500, None]))
            case 4:
                async with db.read() as connection:
                    angry = await segments.find(connection, "angry")
                assert angry is not None
                await bureau.changes.change("angry", write(random.choice(DEFINITIONS)), angry.version, "ada")
            case _:
                bureau.clock.at += random.choice([HOUR, 11 * HOUR, 25 * HOUR, 49 * HOUR])
        await bureau.step()
        await recount(bureau, tiers)
    async with db.read() as connection:
        assert len((await connection.execute(tables.tier_move.select())).all()) > 5
