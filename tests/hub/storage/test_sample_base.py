"""The sample base is invented, the same for the same seed, and stored as the hub itself would store it."""

from collections import Counter
from itertools import chain
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import func, select

from hub.administration.sample_base.habits import DAY, DAYS
from hub.administration.sample_base.moves import sow_moves
from hub.administration.sample_base.people import SLICE, happen, make_slice
from hub.administration.sample_base.seeding import list_rows, sow, sow_activities
from hub.administration.sample_base.segments import sow_segments
from hub.policies.stored_versions import publish_policy
from hub.segments import segment_report
from hub.segments.segment_counting import recount
from hub.sending.telephone_numbers import find_country
from hub.settings.config import load
from hub.storage import profiles, rule_due, rule_rounds, segments
from hub.storage.customer_tables import activity, profile_change, rule_value
from hub.storage.database import Database
from hub.storage.rule_rounds import Round
from hub.storage.rule_sql import encode_value
from hub.storage.rule_tables import stage_move, tier_move
from hub.storage.search_tables import customer_search
from hub.storage.tables import address, customer

ROOT = Path(__file__).parents[3]
POLICY = load(ROOT / "config.toml", {}).policy_document
MOVED = select(tier_move.c.customer_id, tier_move.c.old, tier_move.c.new, tier_move.c.at).order_by(tier_move.c.seq)
STAGED = select(stage_move.c.customer_id, stage_move.c.old, stage_move.c.new, stage_move.c.at).order_by(
    stage_move.c.seq
)
NOW = 1_795_348_800_000_000  # 2026-11-22 12:00 UTC


def test_the_same_seed_gives_the_same_people_whatever_was_made_before() -> None:
    assert make_slice(1, 3, NOW) == make_slice(1, 3, NOW)
    assert make_slice(1, 3, NOW) != make_slice(2, 3, NOW)


def test_everybody_differs_and_nothing_happens_in_the_future() -> None:
    people = [*make_slice(1, 0, NOW), *make_slice(1, 1, NOW), *make_slice(1, 12, NOW)]
    addresses = [each for one in people for each in one.addresses]
    assert len(set(addresses)) == len(addresses)
    assert len({one.id for one in people}) == 3 * SLICE
    instants = [at for one in people for _, _, at, _ in one.happened]
    assert min(instants) > NOW - (DAYS + 1) * DAY and max(instants) < NOW
    assert {one.since < NOW for one in people} == {True}


def test_there_is_something_of_everything() -> None:
    people = [*chain.from_iterable(make_slice(1, number, NOW) for number in range(4))]
    languages = Counter(one.language for one in people)
    assert min(languages["en"], languages["zh-CN"]) > len(people) * 0.25
    assert {one.values["stage"] for one in people} == {"prospect", "new", "established", "at_risk", "lapsed"}
    assert {one.tier for one in people} == {"platinum", "gold", "standard"}
    kinds = Counter(kind for one in people for kind, *_ in one.happened)
    assert min(kinds[kind] for kind in ("payment", "complaint", "visit", "contact")) > 300
    letters = set("".join(one.name for one in people))
    assert {"Å", "ş", "ễ", "ł", "王", "欧"} <= letters
    half = NOW - DAYS * DAY // 2
    early = Counter(one.values["stage"] for one in people for *_, at, _ in one.happened if at < half)
    late = Counter(one.values["stage"] for one in people for *_, at, _ in one.happened if at >= half)
    assert early["lapsed"] > 0 == late["lapsed"] and early["at_risk"] > late["at_risk"]


def test_numbers_and_mailboxes_reach_nobody() -> None:
    addresses = [each for number in (0, 9, 10, 99) for one in make_slice(1, number, NOW) for each in one.addresses]
    assert {text.partition("@")[2] for kind, text in addresses if kind == "email"} == {"mail.example"}
    numbers = [text for kind, text in addresses if kind == "phone"]
    assert {text[:8] for text in numbers if not text.startswith("+999")} <= {f"+467017{n}" for n in range(4, 5)}
    assert {find_country(text) for text in numbers if text.startswith("+999")} == {""}


async def test_it_is_stored_as_the_hub_stores_it(db: Database) -> None:
    number = SLICE + 40
    assert await sow(db, POLICY, number, NOW) == number
    assert await sow(db, POLICY, number, NOW + DAY) == 0
    attributes = POLICY.all_attributes
    async with db.read() as connection:
        slots = {row.name: row.slot for row in await connection.execute(select(profiles.attribute))}
        query = select(customer.c.profile, rule_value).join(rule_value)
        rows = [row._mapping for row in await connection.execute(query)]
        counts = [await connection.scalar(select(func.count()).select_from(t)) for t in (customer, address, activity)]
        assert await connection.scalar(select(func.count()).select_from(profile_change)) > 0
    assert counts[0] == len(rows) == number and counts[1] > number and counts[2] > number * 4
    for row in rows:
        profile = orjson.loads(row["profile"])
        for name, attribute in attributes.items():
            known = attribute.read(profile.get(name)) if name in profile else None
            assert row[slots[name]] == (None if known is None else encode_value(known)), name


async def test_a_larger_base_begins_with_the_same_customers_and_those_that_are_added_later_are_asked_about(
    db: Database,
) -> None:
    async def read() -> list[Any]:
        async with db.read() as connection:
            columns = (customer.c.id, customer.c.name, customer.c.profile, customer_search.c.words)
            query = select(*columns).join(customer_search, customer_search.c.customer_id == customer.c.id)
            return list((await connection.execute(query.order_by(customer.c.id))).all())

    await sow(db, POLICY, SLICE, NOW)
    first = await read()
    async with db.read() as connection:
        assert await rule_due.list_due(connection, NOW, 10) == []  # the first round will come to all of them
    await db.write(lambda connection: rule_rounds.note_none(connection, "rules", NOW))
    assert await sow(db, POLICY, 2 * SLICE + 3, NOW, processes=1) == SLICE + 3
    whole = await read()
    assert whole[:SLICE] == first and len(whole) == 2 * SLICE + 3
    async with db.read() as connection:
        due = await rule_due.list_due(connection, NOW, 9 * SLICE)
    assert {one.customer_id for one in due} == {row.id for row in whole[SLICE:]}


async def test_named_customers_get_activities_once(db: Database) -> None:
    await sow(db, POLICY, 3, NOW)

    async def count() -> int:
        async with db.read() as connection:
            return int(await connection.scalar(select(func.count()).select_from(activity)) or 0)

    before = await count()
    await sow_activities(db, {"b0000001": "established", "nobody": "new"}, NOW)
    assert await count() == before


async def test_its_segments_are_live_with_a_past_and_a_recount_finds_nothing(db: Database) -> None:
    await sow(db, POLICY, SLICE, NOW)
    await publish_policy(db, POLICY, NOW, "config.toml")
    await sow_segments(db, "tomasz", NOW)
    await sow_segments(db, "tomasz", NOW)
    async with db.read() as connection:
        known = await segments.list_all(connection)
        flows = {one.id: await segment_report.find_flows(connection, one, NOW - 300 * DAY, NOW) for one in known}
        points = {one.id: await segment_report.list_points(connection, one, NOW, DAYS) for one in known}
    assert len(known) == 25 and {one.state for one in known} == {"live"}
    assert sum(one.size > 0 for one in known) >= 22
    assert sum(len({point.size for point in points[one.id]}) > 8 for one in known) > 10
    assert sum(len(flow.parts) > 1 for flow in flows.values()) > 10
    assert all(min(point.size for point in some) >= 0 for some in points.values())
    assert (await recount(db, NOW, lambda _: None)).differences == []


@pytest.mark.parametrize("has_asked", [True, False])
async def test_the_rules_are_due_for_its_members_unless_the_first_round_is_to_come(
    db: Database, has_asked: bool
) -> None:
    await sow(db, POLICY, 30, NOW)
    await publish_policy(db, POLICY, NOW, "config.toml")
    if has_asked:
        await db.write(lambda connection: rule_rounds.note(connection, Round("rules", "", NOW)))
    await sow_segments(db, "tomasz", NOW)
    async with db.read() as connection:
        due = await rule_due.list_due(connection, NOW, 100)
    assert bool(due) is has_asked


@pytest.mark.parametrize("stage", ["established", "lapsed"])
def test_a_named_customer_acts_as_their_stage_does(stage: str) -> None:
    found = happen("lin", stage, 1, NOW)
    assert found == happen("lin", stage, 1, NOW)


def test_attributes_that_the_policy_lacks_are_left_out() -> None:
    few = {"city": POLICY.all_attributes["city"]}
    rows = list_rows(make_slice(1, 0, NOW, 5), few, ["city"], "EUR")
    assert {tuple(orjson.loads(row[4])) for row in rows.customers} == {("currency", "city")}
    assert {len(row) for row in rows.values} == {2}


async def test_its_people_have_moved_between_tiers_and_stages_as_the_rules_say(db: Database) -> None:
    await sow(db, POLICY, SLICE, NOW)
    await publish_policy(db, POLICY, NOW, "config.toml")
    await sow_moves(db, NOW)
    await sow_moves(db, NOW)
    async with db.read() as connection:
        tiers = [tuple(row) for row in await connection.execute(MOVED)]
        stages = [tuple(row) for row in await connection.execute(STAGED)]
        people = {
            row.id: row
            for row in await connection.execute(select(customer.c.id, customer.c.tier, customer.c.profile))
        }
    assert len(tiers) > 10 and len(stages) > 100
    for moves, find in ((tiers, lambda one: one.tier), (stages, lambda one: orjson.loads(one.profile)["stage"])):
        last: dict[str, str] = {}
        for customer_id, old, new, at in moves:
            assert last.get(customer_id, old) == old
            assert NOW - 500 * DAY < at <= NOW
            last[customer_id] = new
        assert {one: find(people[one]) for one in last} == last
