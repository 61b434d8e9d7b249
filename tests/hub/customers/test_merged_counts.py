"""A merged customer is no customer more: nothing counts, lists or finds them beside the one who stands for them."""

from collections.abc import AsyncIterator

import pytest

from hub.rules.rule_worker import RuleWorker
from hub.rules.tiers import TierRules
from hub.segments import segment_estimates
from hub.storage import customer_search, customers, segment_members, segment_sample, tier_moves
from hub.storage.database import Database
from hub.storage.relations import Author, Holding, put_holding
from hub.storage.tier_moves import TierOverride
from tests.hub.customers.merges import People
from tests.hub.rules.bureau import DAY, Bureau, open_bureau

TIERS = ["platinum", "gold", "standard"]


@pytest.fixture
async def bureau(either_url: str) -> AsyncIterator[Bureau]:
    db = await Database.open(either_url)
    try:
        yield open_bureau(db)
    finally:
        await db.close()


async def join(bureau: Bureau, winner: str, loser: str) -> tuple[People, str]:
    people = await People.open(bureau.db)
    people.now = bureau.clock.at
    return people, await people.merge(winner, loser)


async def search(bureau: Bureau, text: str) -> list[str]:
    async with bureau.db.read(is_slow=True) as connection:
        return [one.customer_id for one in await customer_search.find(connection, text, TIERS, 20)]


async def test_one_who_is_merged_leaves_their_segments_and_what_they_did_counts_for_the_other(bureau: Bureau) -> None:
    await bureau.make("plain", 'customer.tier == "standard"')
    await bureau.make("angry", 'count("complaint", within("30 days")) >= 2')
    await bureau.happen("gus", "complaint")
    await bureau.happen("sam", "complaint")
    await bureau.step()
    before = await bureau.members("plain")
    assert "sam" in before and await bureau.members("angry") == []
    bureau.clock.at += DAY
    people, merge_id = await join(bureau, "gus", "sam")
    assert "sam" not in await bureau.members("plain")
    async with bureau.db.read() as connection:
        left = await segment_members.list_changes_of(connection, "sam", 1)
    assert [(one.has_entered, one.clause) for one in left] == [(False, "merged")]
    await bureau.step()
    assert await bureau.members("angry") == ["gus"]
    await bureau.happen("sam", "complaint", ago=0)  # an interaction of theirs ends
    assert (await bureau.recount()).differences == []
    await bureau.make("very_angry", 'count("complaint", within("30 days")) >= 3')
    await bureau.step()
    assert await bureau.members("very_angry") == ["gus"]
    assert (await bureau.recount()).differences == []
    bureau.clock.at += DAY
    await people.undo(merge_id)
    await bureau.step()
    assert await bureau.members("plain") == before
    assert await bureau.members("angry") == ["sam"] and await bureau.members("very_angry") == []
    assert (await bureau.recount()).differences == []


async def test_a_recount_names_one_who_is_merged_and_in_a_segment(bureau: Bureau) -> None:
    await bureau.make("plain", 'customer.tier == "standard"')
    await bureau.step()
    await join(bureau, "gus", "sam")
    wrong = [segment_members.Answer("sam", "plain", 0, True)]
    await bureau.db.write(lambda connection: segment_members.set_answers(connection, wrong, 1))
    assert [(one.customer_id, one.should_be) for one in (await bureau.recount()).differences] == [("sam", False)]


async def test_estimates_samples_and_counts_ask_each_person_once(bureau: Bureau) -> None:
    await segment_sample.draw(bureau.db)
    before = await segment_estimates.estimate(bureau.db, "one", "has(customer.name)", bureau.clock.at)
    async with bureau.db.read() as connection:
        tiers = await customers.count_by_tier(connection, ())
    people, merge_id = await join(bureau, "gus", "sam")
    after = await segment_estimates.estimate(bureau.db, "one", "has(customer.name)", bureau.clock.at)
    counted = [one async for one in segment_estimates.count(bureau.db, "one", "has(customer.name)", bureau.clock.at)]
    assert (after.number, after.customers, after.sample) == (
        before.number - 1,
        before.customers - 1,
        before.sample - 1,
    )
    assert after.is_exact and (counted[-1].done, counted[-1].number) == (after.customers, after.number)
    async with bureau.db.read() as connection:
        assert await customers.count_by_tier(connection, ()) == tiers | {"standard": tiers["standard"] - 1}
        assert await customers.count_by_tier(connection, (), with_merged=True) == tiers
    assert await segment_sample.draw(bureau.db) == after.customers
    await people.undo(merge_id)
    again = await segment_estimates.estimate(bureau.db, "one", "has(customer.name)", bureau.clock.at)
    assert again.customers == before.customers


async def test_a_search_finds_the_one_who_stands_by_all_that_is_known_of_both(bureau: Bureau) -> None:
    by = Author(1, "agent", "ada", "holding")
    account = Holding(id="h1", customer_id="sam", product="Card", number="SE-4711-22")
    await bureau.db.write(lambda connection: put_holding(connection, account, by))
    own = {text: await search(bureau, text) for text in ("Sam", "Gus", "4711 22")}
    assert own["Sam"] == ["sam"] and own["4711 22"] == ["sam"]
    people, merge_id = await join(bureau, "gus", "sam")
    async with bureau.db.read() as connection:
        (number,) = [
            one.address for one in await customers.list_addresses(connection, ["sam"]) if one.kind == "phone"
        ][:1]
    for text in ("Sam", "Gus", "4711 22", number, number[-7:]):
        assert await search(bureau, text) == ["gus"], text
    await people.change("sam", "name", "Samuel Berg")  # an old screen still names the one who is merged
    assert await search(bureau, "Samuel") == ["gus"]
    await people.undo(merge_id)
    assert await search(bureau, number) == await search(bureau, "4711 22") == ["sam"]
    assert set(await search(bureau, "Sam")) == {"sam", "gus"}  # what was changed since stays


async def test_a_tier_that_was_fixed_for_one_of_them_holds_for_both(bureau: Bureau) -> None:
    worker = RuleWorker(bureau.db, bureau.clock, [TierRules()])
    fixed = TierOverride(
        id="f1", customer_id="sam", tier="platinum", set_by="dot", why="owner", set_at=1, until_at=None
    )
    await bureau.db.write(lambda connection: tier_moves.fix_tier(connection, fixed))
    while await worker.work_once():
        pass
    people, merge_id = await join(bureau, "gus", "sam")
    assert (await people.read("gus"))["tier"] == "platinum"
    while await worker.work_once():
        pass
    async with bureau.db.read() as connection:
        assert (await tier_moves.find_overrides(connection, ["gus"]))["gus"].id == "f1"
    assert (await people.read("gus"))["tier"] == "platinum"
    await people.undo(merge_id)
    while await worker.work_once():
        pass
    async with bureau.db.read() as connection:
        assert set(await tier_moves.find_overrides(connection, ["gus", "sam"])) == {"sam"}
    assert ((await people.read("gus"))["tier"], (await people.read("sam"))["tier"]) == ("gold", "platinum")
