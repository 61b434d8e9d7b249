"""Two versions compared: a customer always gets the same, calls keep theirs, and every ending is clear."""

from types import SimpleNamespace
from typing import Any

import pytest

from hub.reports.comparison_standing import judge
from hub.reports.fair_comparison import Arm
from hub.scripts.script_comparisons import ComparisonRefused, Plan, end_comparison, start_comparison
from hub.scripts.script_publishing import begin_due, retire_script
from hub.scripts.script_trials import Trial, assign, assigns_candidate
from hub.storage import script_comparisons, script_facts, tables
from hub.storage.script_comparisons import ComparedMeanwhile, StoredComparison
from hub.storage.script_facts import StoredFacts
from routing.model import DAY
from tests.hub.flows import hold_text, wrap_up
from tests.hub.house import BOTH, House
from tests.hub.notices import PIA, text
from tests.hub.scripts.test_desk_scripts import step
from tests.hub.scripts.test_published_scripts import publish, settle, states_of, write
from tests.hub.scripts.test_published_scripts import settled as settled

PLAN = Plan(
    script_id="offer", outcome="done", base_rate=2_000, smallest=500, needed=900, sentence="Which greets better"
)


async def schedule(house: House, version: int = 2, words: str = "The candidate") -> None:
    await publish(house, write(version, words=words), begins_at=house.clock.now() + 30 * DAY)


async def start(house: House, plan: Plan = PLAN) -> StoredComparison:
    one = await start_comparison(house.db, plan, house.clock.now(), "ines")
    await settle(house)
    return one


async def end(house: House, *, publishes: bool) -> None:
    try:
        await end_comparison(house.db, "offer", publishes, "Enough", house.clock.now(), "ines")
    finally:
        await settle(house)


async def compared(house: House) -> StoredComparison:
    await publish(house, write(words="The base"))
    await schedule(house)
    return await start(house)


def gets(one: StoredComparison, customer_id: str) -> int:
    return one.candidate_version if assigns_candidate(one.id, customer_id) else one.base_version


async def runs_of(house: House, one: StoredComparison) -> list[StoredFacts]:
    async with house.db.read() as conn:
        return await script_facts.list_compared(conn, one.id, 100)


def version_of(held: dict[str, Any]) -> int:
    return int(held["script"]["version"])


@BOTH
async def test_a_customer_gets_the_same_version_every_time_and_the_run_says_by_which_comparison(house: House) -> None:
    one = await compared(house)
    assert await states_of(house) == [(2, "compared"), (1, "published")]
    first = await hold_text(house)
    await house.take(text("Hej", PIA))
    other = await house.accept("ada")
    assert (version_of(first), version_of(other)) == (gets(one, "sam"), gets(one, "pia"))
    await wrap_up(house, "ada", first["id"])
    await house.take(text("Hej igen"))
    again = await house.accept("ada")
    assert version_of(again) == version_of(first)
    assert [run.customer_id for run in await runs_of(house, one)] == ["sam", "pia", "sam"]
    standing = judge(one, await runs_of(house, one))
    assert sum(standing.assigned) == 2, "a customer counts once"
    assert standing.base.runs + standing.candidate.runs == 1, "Pia's conversation is open"


@BOTH
async def test_the_candidate_is_published_and_who_is_in_a_call_keeps_theirs(house: House) -> None:
    one = await compared(house)
    held = await hold_text(house)
    begun = version_of(held)
    await end(house, publishes=True)
    assert await states_of(house) == [(2, "published"), (1, "replaced")]
    assert not (await step(house, held, "choose", choice="1")).code
    assert version_of(house.screens["ada"].find(held["id"])) == begun
    await house.take(text("Hej", PIA))
    assert version_of(await house.accept("ada")) == 2
    rows = await house.rows(tables.script_run)
    assert sorted(row["comparison"] for row in rows) == ["", one.id]
    with pytest.raises(ComparisonRefused, match="state"):
        await end(house, publishes=False)


@BOTH
async def test_what_is_in_force_is_kept_and_the_candidate_is_retired(house: House) -> None:
    await compared(house)
    await end(house, publishes=False)
    assert await states_of(house) == [(2, "retired"), (1, "published")]
    held = await hold_text(house)
    assert version_of(held) == 1
    async with house.db.read() as conn:
        (kept,) = await script_comparisons.list_of(conn, "offer", 5)
    assert (kept.state, kept.ended_by, kept.word) == ("kept", "ines", "Enough")


async def test_a_candidate_does_not_come_into_force_at_its_time_while_it_is_compared(house: House) -> None:
    await compared(house)
    assert await begin_due(house.db, house.clock.now() + 60 * DAY) == 0


@BOTH
async def test_a_script_that_is_retired_or_published_anew_meanwhile_assigns_nobody_any_more(house: House) -> None:
    one = await compared(house)
    await publish(house, write(3, words="Somebody else's"))
    held = await hold_text(house)
    assert version_of(held) == 3
    with pytest.raises(ComparisonRefused, match="interrupted"):
        await end(house, publishes=True)
    assert await retire_script(house.db, "offer", house.clock.now(), "ines", "")
    await settle(house)
    await house.take(text("Hej", PIA))
    assert (await house.accept("ada"))["script"]["script_id"] != "offer"
    assert await runs_of(house, one) == []
    with pytest.raises(ComparisonRefused, match="interrupted"):
        await end(house, publishes=True)
    await end(house, publishes=False)
    assert (2, "retired") in await states_of(house)


@BOTH
async def test_what_cannot_be_compared_is_said(house: House) -> None:
    with pytest.raises(ComparisonRefused, match="no_candidate"):
        await start(house)
    await schedule(house, 1)
    with pytest.raises(ComparisonRefused, match="no_base"):
        await start(house)
    await publish(house, write(2, words="The base"))
    await schedule(house, 3)
    for outcome in ("unknown", "", "' OR 1=1 --", "\u202edone"):
        with pytest.raises(ComparisonRefused, match="outcome"):
            await start(house, Plan(**{**{n: getattr(PLAN, n) for n in PLAN.__slots__}, "outcome": outcome}))
    one = await start(house)
    with pytest.raises(ComparisonRefused, match="runs_already"):
        await start(house)
    with pytest.raises(ComparedMeanwhile):
        twin = StoredComparison(**{n: getattr(one, n) for n in StoredComparison.__slots__} | {"id": "twin"})
        await house.db.write(lambda conn: script_comparisons.start(conn, twin))
    await schedule(house, 4, "Yet another")
    with pytest.raises(ComparisonRefused, match="other_scheduled"):
        await end(house, publishes=True)
    await end(house, publishes=False)


@BOTH
async def test_the_agent_after_a_transfer_goes_on_with_the_assigned_version(house: House) -> None:
    one = await compared(house)
    held = await hold_text(house)
    assert not (await house.about("ada", held["id"], "transfer_interaction", queue="cards")).code
    await house.seat("cleo")
    taken = await house.accept("cleo")
    assert version_of(taken) == gets(one, "sam")
    assert len(await runs_of(house, one)) == 1


# ---- pure


def test_the_assignment_is_even_stable_and_new_for_each_comparison() -> None:
    units = [f"customer {n} 客户" for n in range(4_000)]
    one, other = ([assigns_candidate(name, unit) for unit in units] for name in ("cmp1", "cmp2"))
    assert one == [assigns_candidate("cmp1", unit) for unit in units]
    assert abs(sum(one) - 2_000) < 160  # five standard deviations
    assert abs(sum(a == b for a, b in zip(one, other, strict=True)) - 2_000) < 160


def facts(customer: str, version: int, *, outcome: str = "", closed: bool = True, at: int = 0) -> StoredFacts:
    ended = at + 1 if outcome else None
    return StoredFacts(
        f"i{customer}{at}", customer, version, at, "", "[]", "[]", outcome, ended, at if closed else None
    )


def test_it_is_judged_by_each_customers_first_run_and_said_in_one_word() -> None:
    one = StoredComparison(
        id="c",
        script_id="s",
        base_version=1,
        candidate_version=2,
        outcome="sold",
        base_rate=2_000,
        smallest=1_000,
        needed=300,
        state="running",
        started_by="ines",
        started_at=0,
        sentence="",
    )

    def runs(version: int, number: int, sold: int, name: str) -> list[StoredFacts]:
        return [facts(f"{name}{n}", version, outcome="sold" if n < sold else "other") for n in range(number)]

    twice = [facts("a0", 2, outcome="sold", at=9)]
    standing = judge(one, [*runs(1, 100, 20, "a"), *runs(2, 100, 25, "b"), *twice, facts("open", 2, closed=False)])
    assert (standing.base, standing.candidate) == (Arm(100, 20), Arm(100, 25))
    assert (standing.assigned, standing.verdict) == ((100, 101), "too_few")
    assert judge(one, [*runs(1, 400, 40, "a"), *runs(2, 400, 200, "b")]).verdict == "better"
    assert judge(one, [*runs(1, 400, 200, "a"), *runs(2, 400, 40, "b")]).verdict == "worse"
    assert judge(one, [*runs(1, 400, 100, "a"), *runs(2, 400, 100, "b")]).verdict == "no_difference"
    assert judge(one, [*runs(1, 400, 100, "a"), *runs(2, 200, 50, "b")]).verdict == "uneven"
    assert judge(one, []).verdict == "too_few"


def test_a_script_without_a_candidate_in_its_language_is_as_in_force() -> None:
    script = SimpleNamespace(language="en", version=1)
    twin = SimpleNamespace(language="en", version=2)
    assert assign(None, script, "sam") == (script, "")
    assert assign(Trial("c", 1, {"zh-CN": twin}), script, "sam") == (script, "")
    assert assign(Trial("c", 2, {"en": twin}), script, "sam") == (script, ""), "another version is in force"
    got = {assign(Trial("c", 1, {"en": twin}), script, f"customer {n}")[0].version for n in range(20)}
    assert got == {1, 2}
