"""Which desks are alive: told when they come and go, beaten for in between, and missed when the beats end."""

from sqlalchemy import insert

from hub.storage import tables
from hub.storage.database import Connection
from hub.storage.desk_presence import GONE_AFTER, Presence, find_changes, put_seen
from hub.storage.documents import DeskSeen
from routing.model import SECOND
from tests.hub.notices import text
from tests.hub.scenes import hold_text
from tests.hub.stage import Stage

GONE_SECONDS = GONE_AFTER / SECOND


async def changes(stage: Stage) -> list[DeskSeen]:
    return list(await find_changes(stage.db, stage.clock.now()))


async def watch(stage: Stage) -> None:
    """What the routing process does every few seconds."""
    await put_seen(stage.inbox, await changes(stage), stage.clock.now())
    await stage.settle()


async def test_a_desk_that_is_open_is_here_as_long_as_it_is_beaten_for(stage: Stage) -> None:
    await stage.seat("ada")
    for _ in range(5):
        await stage.turn(GONE_SECONDS - 1)
        await stage.presence.beat(["ada"], stage.clock.now())
        assert await changes(stage) == []


async def test_an_agent_whose_desk_has_gone_keeps_what_they_hold_for_a_while(stage: Stage) -> None:
    held = await hold_text(stage)
    screen = await stage.close("ada")
    await stage.turn(19)
    await stage.come_back("ada", screen)
    await stage.turn(60)
    assert screen.find(held["id"])["state"] == "active"
    assert screen.shown["agent"]["state"] == "available"


async def test_then_texts_go_back_to_their_place_and_the_agent_is_offline(stage: Stage) -> None:
    held = await hold_text(stage)
    before = await stage.interaction(id=held["id"])
    screen = await stage.close("ada")
    await stage.turn(21)
    after = await stage.interaction(id=held["id"])
    assert (after["state"], after["rank_at"], after["agent_id"]) == ("waiting", before["rank_at"], None)
    await stage.come_back("ada", screen)
    assert (screen.held, screen.shown["agent"]["state"]) == ([], "offline")


async def test_nobody_whose_desk_has_gone_is_offered_anything(stage: Stage) -> None:
    await stage.seat("ada")
    await stage.close("ada")
    await stage.take(text("Hej"))
    assert (await stage.interaction(customer_id="sam"))["state"] == "waiting"
    ben = await stage.seat("ben")
    assert len(ben.offers) == 1


async def test_a_process_that_dies_takes_its_desks_with_it(stage: Stage) -> None:
    """It says nothing any more; its beats end."""
    await stage.seat("ada")
    await stage.turn(GONE_SECONDS + 1)
    assert await changes(stage) == [DeskSeen("ada", False)]
    await watch(stage)
    assert await changes(stage) == []  # told once
    await stage.turn(21)
    assert stage.screens["ada"].shown["agent"]["state"] == "offline"


async def test_a_desk_that_was_missed_and_is_beaten_for_again_is_here(stage: Stage) -> None:
    await stage.seat("ada")
    await stage.turn(GONE_SECONDS + 1)
    await watch(stage)
    await stage.presence.beat(["ada"], stage.clock.now())
    assert await changes(stage) == [DeskSeen("ada", True)]
    await watch(stage)
    await stage.take(text("Hej"))
    assert len(stage.screens["ada"].offers) == 1


async def test_who_is_offline_is_missed_by_nobody(stage: Stage) -> None:
    await stage.open("ada")
    await stage.turn(GONE_SECONDS + 1)
    assert await changes(stage) == []


async def test_two_desks_in_two_processes_are_one_presence(stage: Stage) -> None:
    await stage.seat("ada")
    there = Presence(stage.db, stage.inbox, "another process")
    await there.say("ada", is_here=True, now=stage.clock.now())
    await stage.settle()
    seen = await stage.count(tables.inbox, tables.inbox.c.kind == "DeskSeen")
    await there.say("ada", is_here=False, now=stage.clock.now())
    assert await stage.count(tables.inbox, tables.inbox.c.kind == "DeskSeen") == seen
    await stage.settle()
    await stage.take(text("Hej"))
    assert len(stage.screens["ada"].offers) == 1


async def test_beats_of_the_long_dead_are_cleared_away(stage: Stage) -> None:
    p = tables.desk_presence

    async def unit(conn: Connection) -> None:
        long_ago = stage.clock.now() - 100 * GONE_AFTER
        await conn.execute(insert(p), [{"agent_id": "ben", "process": "dead", "seen_at": long_ago}])

    await stage.db.write(unit)
    await stage.presence.beat(["ada"], stage.clock.now())
    assert [row["agent_id"] for row in await stage.rows(p)] == ["ada"]
