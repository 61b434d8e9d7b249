"""The figures of a script are those of a plain model, over random histories; and they stay when the answers go."""

import random
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson
import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.administration.privacy_commands import erase
from hub.open_work.run_steps import MOST_VISITS, Visit, add_visits, begin_visits, read_visits, write_visits
from hub.policies.document import RetentionPolicy
from hub.reports.script_figure_page import TooManyRuns, read_figures, was_in
from hub.reports.script_figures import RunFacts, VersionFigures, count_figures, pick_rank
from hub.routing_process.retention import OldRows
from hub.storage import tables
from hub.storage.script_facts import SegmentTurn
from routing.model import DAY, SECOND
from scripts_library.run import ScriptRun, Taken
from tests.hub.house import BOTH, House
from tests.hub.notices import GUS, PIA, SAM, text
from tests.hub.scripts.test_desk_scripts import script_of, step, use

WRITTEN = """+++
id = "figures"
version = 3
title = "Figures"
language = "en"
priority = 900

[outcomes.sold]
label = "Sold"
[outcomes.declined]
label = "Declined"
+++

## ask: Ask

> Would you like it?

- [1] Yes -> sort
- [2] No -> end: declined

## sort: Sort

-> golden if customer.tier == "gold"
-> offer

## golden: For gold

> With our compliments.

-> offer

## offer: Offer

> It is yours.

- [1] Done -> end: sold
- [2] Again -> ask
"""
ENDED = {("ask", "2"): "declined", ("offer", "1"): "sold"}


@pytest_asyncio.fixture(autouse=True)
async def folder(house: House, tmp_path: Path) -> None:
    (tmp_path / "figures.en.md").write_text(WRITTEN, "utf-8")
    await use(house, tmp_path)


async def figures_of(house: House, script_id: str, since: int, until: int) -> list[VersionFigures]:
    async with house.db.read() as conn:
        return await read_figures(conn, script_id, since, until)


class Told:
    """One run, as whoever sits beside the agent would write it down."""

    def __init__(self, tier: str, at: int) -> None:
        self.tier, self.seen, self.went = tier, [("ask", at)], list[tuple[str, str]]()
        self.outcome, self.last, self.is_closed = "", "", False

    @property
    def step(self) -> str:
        return self.seen[-1][0]

    def go(self, key: str, at: int) -> None:
        here = self.step
        if (here, key) in ENDED:
            self.outcome, self.last, ways = ENDED[here, key], here, [(here, "")]
        elif here == "ask":
            after = "golden" if self.tier == "gold" else "offer"
            ways = [(here, "sort"), ("sort", after)]
        else:
            ways = [(here, "offer" if here == "golden" else "ask")]
        self.went += ways
        self.seen.append((ways[-1][1], at))


async def live(house: House, seed: int, interactions: int = 7, steps: int = 60) -> list[Told]:
    """Ada with several customers at once, at random."""
    dice = random.Random(seed)
    await house.seat("ada")
    open_: dict[str, tuple[dict[str, Any], Told]] = {}
    told: list[Told] = []
    for _ in range(steps):
        await house.turn(dice.randrange(1, 9))
        if len(told) < interactions and (not open_ or (len(open_) < 3 and dice.random() < 0.3)):
            sender = dice.choice(
                [one for one in (SAM, GUS, PIA) if one not in {held["address"] for held, _ in open_.values()}]
            )
            await house.take(text("Hej", sender))
            held = await house.accept("ada")
            told.append(Told(held["tier"], house.clock.at))
            open_[held["id"]] = (held, told[-1])
            continue
        if not open_:
            break
        held, one = dice.choice(list(open_.values()))
        assert script_of(house, held)["step_id"] == (one.step or "end")
        deed = dice.choice(["on", "on", "on", "on", "back", "close"])
        if deed == "close":
            assert not (await house.about("ada", held["id"], "end_interaction")).code
            assert not (await house.about("ada", held["id"], "complete_wrap_up", disposition="solved")).code
            one.is_closed = True
            del open_[held["id"]]
        elif deed == "back" and script_of(house, held)["can_go_back"]:
            assert not (await step(house, held, "back")).code
            one.seen.append((script_of(house, held)["step_id"], house.clock.at))
            one.outcome = ""
        elif deed == "on" and one.step == "golden":
            assert not (await step(house, held, "next")).code
            one.go("", house.clock.at)
        elif deed == "on" and one.step:
            key = dice.choice("12")
            assert not (await step(house, held, "choose", choice=key)).code
            one.go(key, house.clock.at)
    return told


def check(found: VersionFigures, told: list[Told]) -> None:
    closed = [one for one in told if one.is_closed]
    finished = [one for one in closed if not one.step]
    assert (found.version, found.under_way) == (3, len(told) - len(closed))
    assert (found.whole.runs, found.whole.finished) == (len(closed), len(finished))
    assert found.whole.outcomes == Counter(one.outcome for one in finished)
    assert {tier: (one.runs, one.finished) for tier, one in found.by_tier.items()} == {
        tier: (sum(one.tier == tier for one in closed), sum(one.tier == tier for one in finished))
        for tier in {one.tier for one in closed}
    }
    ends = [(one.last, f"end:{one.outcome}") for one in finished]
    assert found.ways == Counter([*(way for one in closed for way in one.went if way[1]), *ends])
    for step_id in ("ask", "sort", "golden", "offer"):
        showed = [one for one in closed if step_id in {name for name, _ in one.seen} | {way[0] for way in one.went}]
        figures = found.steps.get(step_id)
        assert (figures.reached if figures else 0) == len(showed), step_id
        assert (figures.dropped if figures else 0) == sum(one.step == step_id for one in closed)
        times = sorted(
            sum(after[1] - before[1] for before, after in pairwise(one.seen) if before[0] == step_id)
            for one in showed
            if one.step != step_id
        )
        assert (figures.left if figures else 0) == len(times)
        if figures and times:
            for rank, said in ((0.5, figures.median), (0.9, figures.p90)):
                beyond = [one for one in times if sum(other <= one for other in times) >= rank * len(times)]
                assert said is not None and abs(said - beyond[0]) < 10_000, "the test's looks at the clock count"


@BOTH
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_they_are_those_of_a_plain_model(house: House, seed: int) -> None:
    since = house.clock.at
    told = await live(house, seed)
    assert sum(one.is_closed for one in told) >= 2, "or the seed tells nothing"
    (found,) = await figures_of(house, "figures", since, house.clock.at)
    check(found, told)
    assert await figures_of(house, "figures", 0, since) == []
    assert await figures_of(house, "figures' OR 1=1 --", 0, house.clock.at) == []
    assert await figures_of(house, "\u202efigures", 0, house.clock.at) == []


@BOTH
async def test_a_transfer_and_a_clock_that_is_set_change_no_time(house: House) -> None:
    await house.seat("ada")
    await house.take(text("Hej"))
    held = await house.accept("ada")
    await house.turn(7)
    house.clock.wall_ahead -= 7200 * SECOND  # the wall is set back, and hub time goes on
    assert not (await house.about("ada", held["id"], "transfer_interaction", queue="cards")).code
    await house.seat("cleo")
    taken = await house.accept("cleo")
    await house.turn(5)
    assert not (await step(house, taken, "choose", "cleo", choice="2")).code
    assert not (await house.about("cleo", held["id"], "end_interaction")).code
    assert not (await house.about("cleo", held["id"], "complete_wrap_up", disposition="solved")).code
    (found,) = await figures_of(house, "figures", 0, house.clock.at)
    assert found.steps["ask"].median is not None and found.steps["ask"].median // SECOND == 12
    assert (found.whole.runs, found.whole.outcomes["declined"]) == (1, 1)


@BOTH
async def test_they_stay_when_the_customer_is_erased_and_the_answers_are_old(house: House) -> None:
    told = await live(house, 5)
    for held in [*house.screens["ada"].held]:
        assert not (await house.about("ada", held["id"], "end_interaction")).code
        assert not (await house.about("ada", held["id"], "complete_wrap_up", disposition="solved")).code
    for one in told:
        one.is_closed = True
    (before,) = await figures_of(house, "figures", 0, house.clock.at)
    check(before, told)
    await erase(house.db, house.media._folder, "sam", "asked for it")
    house.clock.at += 11 * DAY
    await OldRows(house.db).forget(RetentionPolicy(scripts_days=10), house.clock.now())
    assert {row["run"] for row in await house.rows(tables.script_run)} == {"{}"}
    assert await figures_of(house, "figures", 0, house.clock.at) == [before]
    house.screens.clear()


async def test_who_was_of_another_tier_then_is_counted_as_they_were(house: House) -> None:
    await live(house, 2)
    rows = await house.rows(tables.script_run)
    assert {row["tier"] for row in rows} <= {"platinum", "gold", "standard"}
    assert all(orjson.loads(row["segments"]) is not None for row in rows)
    (before,) = await figures_of(house, "figures", 0, house.clock.at)
    await house.db.write(lambda conn: conn.execute(tables.customer.update().values(tier="silver", profile="{}")))
    assert await figures_of(house, "figures", 0, house.clock.at) == [before]
    house.screens.clear()


async def test_more_runs_than_a_page_counts_are_refused(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.reports.script_figure_page.MOST_RUNS", 1)
    told = await live(house, 1)
    assert len(told) > 1
    with pytest.raises(TooManyRuns):
        await figures_of(house, "figures", 0, house.clock.at)


# ---- pure

SEGMENTS = st.sampled_from(["loyal", "new", "游客"])


@settings(max_examples=100, deadline=None)
@given(st.frozensets(SEGMENTS), st.lists(st.tuples(SEGMENTS, st.integers(1, 9)), max_size=12), st.integers(0, 10))
def test_the_segments_of_an_instant_follow_from_the_present_ones_and_the_turns(
    first: frozenset[str], turned: list[tuple[str, int]], asked: int
) -> None:
    members, then, turns = set(first), set(first), []
    for segment, at in sorted(turned, key=lambda one: one[1]):
        turns.append(SegmentTurn("sam", segment, at, segment not in members))
        members ^= {segment}
        if at <= asked:
            then ^= {segment}
    assert was_in(frozenset(members), turns, asked) == then


@given(st.lists(st.integers(0, 50), min_size=1, max_size=30), st.sampled_from([0.5, 0.9]))
def test_a_rank_is_the_smallest_time_that_enough_do_not_exceed(times: list[int], share: float) -> None:
    found = pick_rank(times, share)
    assert found in times
    assert sum(one <= found for one in times) >= share * len(times)
    assert sum(one < found for one in times) < share * len(times)


def test_a_run_that_goes_round_for_ever_is_noted_so_far_and_no_further() -> None:
    run = ScriptRun("s", 1, "en", "a")
    visits = begin_visits(run, 1)
    for number in range(MOST_VISITS + 50):
        after = ScriptRun(
            "s", 1, "en", "b" if number % 2 == 0 else "a", (*run.path, Taken(run.step_id or "")), stepped_at=number
        )
        visits, run = add_visits(visits, run, after), after
    assert len(visits) == MOST_VISITS
    assert read_visits(write_visits(visits)) == visits
    assert read_visits("[]") == ()


def test_a_run_of_an_earlier_release_is_not_counted() -> None:
    assert count_figures([RunFacts(1, "gold", (), (), True, "sold", True)]) == []
    visits = (Visit("a", 1, "start"), Visit("", 3, "on"), Visit("a", 5, "back"))
    (found,) = count_figures([RunFacts(1, "gold", ("x", "x"), visits, False, "", True)])
    assert (found.steps["a"].dropped, found.steps["a"].left, found.by_segment["x"].runs) == (1, 0, 1)
