"""Decisions of the past, explained by replaying the journal."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from hub.policies.stored_versions import publish_policy
from hub.routing_process.replay import START_EVERY, explain_offer, store_start
from hub.storage import journal, starts, tables
from hub.storage.database import Connection, Database
from hub.storage.documents import PolicyPublished
from routing.decisions import NotEligible, PassedOver
from routing.model import SECOND, OfferId
from tests.hub.house import BOTH, House, OpenDatabase
from tests.hub.notices import GUS, PIA, SAM, text
from tests.seeded import copy_database

HOUR_SECONDS = START_EVERY / SECOND


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path, seeded_file: Path) -> OpenDatabase:
    """With readers for what is slow, which the house does without."""
    if getattr(request, "param", "sqlite") == "postgres":
        url = request.getfixturevalue("seeded_postgres_url")
    else:
        copy_database(seeded_file, tmp_path / "hub.db")
        url = f"sqlite:///{tmp_path / 'hub.db'}"
    return lambda: Database.open(url, read_connections=1)


async def offers_of(house: House) -> list[OfferId]:
    rows = await house.rows(tables.offer)
    return [OfferId(row["id"]) for row in sorted(rows, key=lambda row: row["made_at"])]


async def start(house: House) -> None:
    assert await store_start(house.db, house.clock.now())


@BOTH
async def test_an_offer_of_the_past_is_explained_as_it_was_made(house: House) -> None:
    await start(house)
    await house.take(text("Hallå, mitt kort är borta", SAM))
    await house.open("ben")
    await house.seat("ada")
    await house.accept("ada")
    await house.do("ben", "set_state", state="available")
    await house.take(text("我的账户", PIA))
    first, second = await offers_of(house)
    past = await explain_offer(house.db, second)
    assert past is not None
    assert past.explanation.eligible == ("ada", "ben")
    assert past.decision.agent_id == "ben"
    assert past.decision.passed_over == ((PassedOver.MORE_LOAD, 1),)
    past = await explain_offer(house.db, first)
    assert past is not None
    reasons = {str(one.agent_id): [each.code for each in one.reasons] for one in past.explanation.agents}
    assert (reasons["ada"], reasons["ben"]) == ([], [NotEligible.OFFLINE])


async def test_a_replay_goes_through_a_change_of_policy(house: House) -> None:
    await start(house)
    await house.seat("ada")
    before = house.state.book.document
    version = await publish_policy(house.db, replace(before, organisation="Norrpost"), house.clock.now(), "test")
    assert version is not None
    await house.take(PolicyPublished(version))
    await house.take(text("Hallå", SAM))
    (offer,) = await offers_of(house)
    past = await explain_offer(house.db, offer)
    assert past is not None
    assert past.explanation.policy_version == version


async def test_it_begins_at_the_nearest_start(house: House) -> None:
    await start(house)
    await house.seat("ada")
    await house.take(text("Hallå", SAM))
    assert not await store_start(house.db, house.clock.now())
    await house.accept("ada")
    await house.turn(HOUR_SECONDS)
    await start(house)
    await house.take(text("Grüezi", GUS))
    first, last = await offers_of(house)

    async def forget(conn: Connection) -> None:  # what a replay from the first start would need
        kept = select(tables.journal_start.c.number).order_by(tables.journal_start.c.number.desc()).limit(1)
        await conn.execute(delete(tables.journal).where(tables.journal.c.number <= kept.scalar_subquery()))

    assert await explain_offer(house.db, first) is not None
    await house.db.write(forget)
    assert await explain_offer(house.db, first) is None
    assert await explain_offer(house.db, last) is not None


async def test_before_the_first_start_it_begins_with_the_journal(house: House) -> None:
    await house.seat("ada")
    await house.take(text("Hallå", SAM))
    (offer,) = await offers_of(house)
    past = await explain_offer(house.db, offer)
    assert past is not None
    assert past.explanation.eligible == ("ada",)


async def test_what_the_journal_does_not_wholly_cover_is_not_explained(house: House) -> None:
    await house.seat("ada")
    await house.take(text("Hallå", SAM))
    (offer,) = await offers_of(house)

    async def forget(conn: Connection) -> None:
        await conn.execute(delete(tables.journal).where(tables.journal.c.number == 1))

    await house.db.write(forget)
    assert await explain_offer(house.db, offer) is None  # neither a start nor a beginning
    assert await explain_offer(house.db, OfferId("nothing.1")) is None


async def test_an_input_that_only_another_release_knows_is_not_replayed(house: House) -> None:
    await house.seat("ada")
    await house.take(text("Hallå", SAM))
    (offer,) = await offers_of(house)

    async def age(conn: Connection) -> None:
        unknown = '{"class":"InteractionFailed","interaction_id":"i1"}'
        await conn.execute(update(tables.journal).where(tables.journal.c.number == 2).values(input=unknown))

    await house.db.write(age)
    assert await explain_offer(house.db, offer) is None


async def test_a_decision_that_does_not_come_out_again_is_not_explained(house: House) -> None:
    await start(house)
    await house.seat("ada")
    await house.take(text("Hallå", SAM))
    (offer,) = await offers_of(house)

    async def falsify(conn: Connection) -> None:
        decision = (await conn.execute(select(tables.offer.c.decision))).scalar_one()
        other = decision.replace('"eligible":1', '"eligible":7')
        assert other != decision
        await conn.execute(update(tables.offer).values(decision=other))

    await house.db.write(falsify)
    assert await explain_offer(house.db, offer) is None


@BOTH
async def test_starts_are_forgotten_with_the_journal(house: House) -> None:
    await house.seat("ada")
    await start(house)
    await house.turn(HOUR_SECONDS)
    await house.take(text("Hallå", SAM))
    between = house.clock.now()
    await house.take(text("Noch da?", GUS))
    await start(house)
    number = (await house.rows(tables.journal_start))[-1]["number"]

    async def forget(conn: Connection) -> int:
        return await starts.prune(conn, between) + await journal.prune(conn, between)

    while await house.db.write(forget):
        pass
    assert [row["number"] for row in await house.rows(tables.journal_start)] == [number]
    assert {row["number"] for row in await house.rows(tables.journal_part)} == {number}
