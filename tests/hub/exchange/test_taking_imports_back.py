"""An import that is taken back leaves what came since, and takes with it all that the hub made of it by itself."""

from dataclasses import replace
from pathlib import Path

import pytest

from hub.customers.match_worker import MatchWorker
from hub.exchange.column_mapping import ColumnMapping
from hub.exchange.importing import Wish, begin_applying, begin_taking_back, finish, stage
from hub.policies.customer_rules import StagePolicy, TierRulePolicy
from hub.policies.document import PolicyDocument
from hub.policies.publishing import apply_policy
from hub.rules.rule_worker import RuleWorker
from hub.rules.stages import StageRules
from hub.rules.tiers import TierRules
from hub.segments.segment_changes import SegmentChanges
from hub.segments.segment_counting import SegmentCounter
from hub.segments.segment_files import WrittenSegment
from hub.segments.segment_user import SegmentUser
from hub.storage import customers, imports, segments, tier_moves
from hub.storage.columns import metadata
from hub.storage.database import Database
from hub.storage.search_tables import customer_search
from hub.storage.tables import customer
from hub.storage.tier_moves import TierOverride, fix_tier
from tests.hub.clocks import HandClock
from tests.hub.customers.merges import People
from tests.hub.exchange.imported_files import read, staged
from tests.hub.house import BOTH, NOON


def test_whatever_names_a_customer_goes_with_them_or_keeps_them() -> None:
    """A table that names customers belongs to what an import removes with them, or to what tells that more is known
    of them; else they could not be removed, or something would be lost."""
    named = {
        key.parent for table in metadata.tables.values() for key in table.foreign_keys if key.column is customer.c.id
    }
    removed = {*imports.FOLLOWS, customer_search.c.customer_id}
    missing = named - removed - set(imports.TOUCHES) - {customer.c.merged_into}  # which a merge explains
    # rows of work stand beside their interaction
    assert {str(column) for column in missing} <= {"message.customer_id"}


async def ask_rules(db: Database) -> None:
    """Let tiers, stages and segments follow what has changed."""
    clock, user = HandClock(), SegmentUser()
    clock.at = NOON
    worker = RuleWorker(
        db,
        clock,
        [StageRules(), TierRules(), user],
        work_idle=[SegmentCounter(db, clock, user).work_once, MatchWorker(db, clock).work_once],
    )
    for _ in range(100):
        worker._look_at = 0
        if not await worker.work_once():
            return


@BOTH
async def test_whoever_an_import_added_goes_with_all_that_the_rules_made_of_them(
    db: Database, document: PolicyDocument, tmp_path: Path
) -> None:
    clock = HandClock()
    clock.at = NOON
    changes = SegmentChanges(db, clock)
    await changes.create("north", WrittenSegment(names={"en": "N"}, definition='customer.city == "北京"'), "ada")
    await changes.begin("north", "ada")
    await ask_rules(db)
    before = await read(db)
    one = await staged(db, document, tmp_path / "base.csv")
    await begin_applying(db, one.id)
    await finish(db, one.id, document, lambda: NOON)
    await ask_rules(db)
    async with db.read() as conn:
        assert [each.size for each in await segments.list_all(conn)] == [1]
    await begin_taking_back(db, one.id)
    await finish(db, one.id, document, lambda: NOON)
    await ask_rules(db)
    async with db.read() as conn:
        assert [each.size for each in await segments.list_all(conn)] == [0]
    assert await read(db) == before


@BOTH
async def test_a_line_for_a_merged_customer_changes_the_one_who_stands_for_them(
    db: Database, document: PolicyDocument, tmp_path: Path
) -> None:
    people = await People.open(db)
    lin, wei = await people.add("Lin", city="Malmö"), await people.add("Wei")
    merge_id = await people.merge(lin, wei)
    text = f"Customer id,Name,Mobile,E-mail,City,Value\n{wei},,+46701110011,,Lund,\n"
    before = await read(db)
    path = tmp_path / "base.csv"
    path.write_text(text)
    mapping = ColumnMapping(("customer_id", "name", "phone", "email", "city", "value_now"))
    one = await stage(db, Wish(path, "base.csv", "ada", mapping), document, 5)
    await begin_applying(db, one.id)
    await finish(db, one.id, document, lambda: 6)
    assert (await people.read(lin))["city"] == "Lund"
    async with db.read() as conn:
        owners = await customers.find_owners(conn, [("phone", "+46701110011")])
    assert [owner.customer_id for owner in owners.values()] == [lin]
    await begin_taking_back(db, one.id)
    await finish(db, one.id, document, lambda: 7)
    assert (await people.read(lin))["city"] == "Malmö"
    assert await read(db) == before
    await people.undo(merge_id)


async def test_whoever_was_merged_since_stays_as_they_are(
    db: Database, document: PolicyDocument, tmp_path: Path
) -> None:
    one = await staged(db, document, tmp_path / "base.csv")
    await begin_applying(db, one.id)
    await finish(db, one.id, document, lambda: 6)
    people = await People.open(db)
    lin = await people.add("Lin")
    async with db.read() as conn:
        (owner,) = (await customers.find_owners(conn, [("email", "wang@post.example")])).values()
    merge_id = await people.merge(lin, owner.customer.id)
    await begin_taking_back(db, one.id)
    await finish(db, one.id, document, lambda: 7)
    await people.undo(merge_id)
    assert (await people.read(owner.customer.id))["name"] == "王小明"


@BOTH
@pytest.mark.parametrize("known", [None, 140])
async def test_a_tier_and_a_stage_that_came_by_an_import_are_as_before(
    db: Database, document: PolicyDocument, tmp_path: Path, known: int | None
) -> None:
    """Neither a minimum stay nor an unknown value keeps them."""
    enough, more = "customer.value_now >= 1000", "customer.value_now >= 5000"
    up = TierRulePolicy(tier="gold", up=enough, keeps="customer.value_now >= 900", minimum_days=30)
    top = TierRulePolicy(tier="platinum", up=more, keeps="", minimum_days=0)
    rich = StagePolicy(id="established", names={"en": "E", "zh-CN": "老"}, group="acquire", when=enough, keeps="")
    ruled = replace(document, tier_rules=(up, top), stages=(rich,), early_warnings=())
    await apply_policy(db, ruled, NOON, "test")
    people = await People.open(db)
    sam = await people.add("Sam", **({} if known is None else {"value_now": known}))
    gus = await people.add("Gus")
    await ask_rules(db)
    path = tmp_path / "base.csv"
    path.write_text(f"Customer id,Value\n{sam},1500\n{gus},6000\n")
    one = await stage(db, Wish(path, "base.csv", "ada", ColumnMapping(("customer_id", "value_now"))), document, NOON)
    await begin_applying(db, one.id)
    await finish(db, one.id, document, lambda: NOON)
    await ask_rules(db)
    assert [(await people.read(each))["tier"] for each in (sam, gus)] == ["gold", "platinum"]
    assert (await people.read(sam))["stage"] == "established"
    by_hand = TierOverride(
        id="o", customer_id=gus, tier="gold", set_by="dot", why="A friend", set_at=NOON, until_at=None
    )
    await db.write(lambda conn: fix_tier(conn, by_hand))
    await ask_rules(db)
    await begin_taking_back(db, one.id)
    await finish(db, one.id, document, lambda: NOON)
    await ask_rules(db)
    read = await people.read(sam)
    assert (read["tier"], read.get("stage"), read.get("value_now")) == ("standard", None, known)
    assert (await people.read(gus))["tier"] == "gold"  # as a person has fixed it
    async with db.read() as conn:
        move = (await tier_moves.find_last_moves(conn, [sam]))[sam]
    assert (move.old, move.new, dict(move.reason)) == ("gold", "standard", {"because": "taken_back"})
