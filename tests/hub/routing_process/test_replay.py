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
from tests.hub.conftest import copy_database
from tests.hub.notices import GUS, PIA, SAM, text
from tests.hub.stage import BOTH, OpenDatabase, Stage

HOUR_SECONDS = START_EVERY / SECOND


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path, seeded_file: Path) -> OpenDatabase:
    """With readers for what is slow, which the stage does without."""
    if getattr(request, "param", "sqlite") == "postgres":
        url = request.getfixturevalue("seeded_postgres_url")
    else:
        copy_database(seeded_file, tmp_path / "hub.db")
        url = f"sqlite:///{tmp_path / 'hub.db'}"
    return lambda: Database.open(url, read_connections=1)


async def offers_of(stage: Stage) -> list[OfferId]:
    rows = await stage.rows(tables.offer)
    return [OfferId(row["id"]) for row in sorted(rows, key=lambda row: row["made_at"])]


async def start(stage: Stage) -> None:
    assert await store_start(stage.db, stage.clock.now())


@BOTH
async def test_an_offer_of_the_past_is_explained_as_it_was_made(stage: Stage) -> None:
    await start(stage)
    await stage.take(text("Hallå, mitt kort är borta", SAM))
    await stage.open("ben")
    await stage.seat("ada")
    await stage.accept("ada")
    await stage.do("ben", "set_state", state="available")
    await stage.take(text("我的账户", PIA))
    first, second = await offers_of(stage)
    past = await explain_offer(stage.db, second)
    assert past is not None
    assert past.explanation.eligible == ("ada", "ben")
    assert past.decision.agent_id == "ben"
    assert past.decision.passed_over == ((PassedOver.MORE_LOAD, 1),)
    past = await explain_offer(stage.db, first)
    assert past is not None
    reasons = {str(one.agent_id): [each.code for each in one.reasons] for one in past.explanation.agents}
    assert (reasons["ada"], reasons["ben"]) == ([], [NotEligible.OFFLINE])


async def test_a_replay_goes_through_a_change_of_policy(stage: Stage) -> None:
    await start(stage)
    await stage.seat("ada")
    before = stage.state.book.document
    version = await publish_policy(stage.db, replace(before, organisation="Norrpost"), stage.clock.now(), "test")
    assert version is not None
    await stage.take(PolicyPublished(version))
    await stage.take(text("Hallå", SAM))
    (offer,) = await offers_of(stage)
    past = await explain_offer(stage.db, offer)
    assert past is not None
    assert past.explanation.policy_version == version


async def test_it_begins_at_the_nearest_start(stage: Stage) -> None:
    await start(stage)
    await stage.seat("ada")
    await stage.take(text("Hallå", SAM))
    assert not await store_start(stage.db, stage.clock.now())
    await stage.accept("ada")
    await stage.turn(HOUR_SECONDS)
    await start(stage)
    await stage.take(text("Grüezi", GUS))
    first, last = await offers_of(stage)

    async def forget(conn: Connection) -> None:  # what a replay from the first start would need
        kept = select(tables.journal_start.c.number).order_by(tables.journal_start.c.number.desc()).limit(1)
        await conn.execute(delete(tables.journal).where(tables.journal.c.number <= kept.scalar_subquery()))

    assert await explain_offer(stage.db, first) is not None
    await stage.db.write(forget)
    assert await explain_offer(stage.db, first) is None
    assert await explain_offer(stage.db, last) is not None


async def test_before_the_first_start_it_begins_with_the_journal(stage: Stage) -> None:
    await stage.seat("ada")
    await stage.take(text("Hallå", SAM))
    (offer,) = await offers_of(stage)
    past = await explain_offer(stage.db, offer)
    assert past is not None
    assert past.explanation.eligible == ("ada",)


async def test_what_the_journal_does_not_wholly_cover_is_not_explained(stage: Stage) -> None:
    await stage.seat("ada")
    await stage.take(text("Hallå", SAM))
    (offer,) = await offers_of(stage)

    async def forget(conn: Connection) -> None:
        await conn.execute(delete(tables.journal).where(tables.journal.c.number == 1))

    await stage.db.write(forget)
    assert await explain_offer(stage.db, offer) is None  # neither a start nor a beginning
    assert await explain_offer(stage.db, OfferId("nothing.1")) is None


async def test_an_input_that_only_another_release_knows_is_not_replayed(stage: Stage) -> None:
    await stage.seat("ada")
    await stage.take(text("Hallå", SAM))
    (offer,) = await offers_of(stage)

    async def age(conn: Connection) -> None:
        unknown = '{"class":"InteractionFailed","interaction_id":"i1"}'
        await conn.execute(update(tables.journal).where(tables.journal.c.number == 2).values(input=unknown))

    await stage.db.write(age)
    assert await explain_offer(stage.db, offer) is None


async def test_a_decision_that_does_not_come_out_again_is_not_explained(stage: Stage) -> None:
    await start(stage)
    await stage.seat("ada")
    await stage.take(text("Hallå", SAM))
    (offer,) = await offers_of(stage)

    async def falsify(conn: Connection) -> None:
        decision = (await conn.execute(select(tables.offer.c.decision))).scalar_one()
        other = decision.replace('"eligible":1', '"eligible":7')
        assert other != decision
        await conn.execute(update(tables.offer).values(decision=other))

    await stage.db.write(falsify)
    assert await explain_offer(stage.db, offer) is None


@BOTH
async def test_starts_are_forgotten_with_the_journal(stage: Stage) -> None:
    await stage.seat("ada")
    await start(stage)
    await stage.turn(HOUR_SECONDS)
    await stage.take(text("Hallå", SAM))
    between = stage.clock.now()
    await stage.take(text("Noch da?", GUS))
    await start(stage)
    number = (await stage.rows(tables.journal_start))[-1]["number"]

    async def forget(conn: Connection) -> int:
        return await starts.prune(conn, between) + await journal.prune(conn, between)

    while await stage.db.write(forget):
        pass
    assert [row["number"] for row in await stage.rows(tables.journal_start)] == [number]
    assert {row["number"] for row in await stage.rows(tables.journal_part)} == {number}
