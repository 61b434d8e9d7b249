"""Which desks are alive: told when they come and go, beaten for in between, and missed when the beats end."""

from sqlalchemy import delete, insert

from hub.storage import tables
from hub.storage.database import Connection
from hub.storage.desk_presence import GONE_AFTER, Presence, find_changes, put_seen
from hub.storage.documents import DeskSeen
from routing.model import SECOND
from tests.hub.flows import hold_text
from tests.hub.house import BOTH, House
from tests.hub.notices import text

GONE_SECONDS = GONE_AFTER / SECOND


async def changes(house: House) -> list[DeskSeen]:
    return list(await find_changes(house.db, house.clock.now()))


async def watch(house: House) -> None:
    """What the routing process does every few seconds."""
    await put_seen(house.inbox, await changes(house), house.clock.now())
    await house.until_handled()


async def test_a_desk_that_is_open_is_here_as_long_as_it_is_beaten_for(house: House) -> None:
    await house.seat("ada")
    for _ in range(5):
        await house.turn(GONE_SECONDS - 1)
        await house.presence.beat(["ada"], house.clock.now())
        assert await changes(house) == []


async def test_an_agent_whose_desk_has_gone_keeps_what_they_hold_for_a_while(house: House) -> None:
    held = await hold_text(house)
    screen = await house.close("ada")
    await house.turn(19)
    await house.come_back("ada", screen)
    await house.turn(60)
    assert screen.find(held["id"])["state"] == "active"
    assert screen.shown["agent"]["state"] == "available"


async def test_then_texts_go_back_to_their_place_and_the_agent_is_offline(house: House) -> None:
    held = await hold_text(house)
    before = await house.interaction(id=held["id"])
    screen = await house.close("ada")
    await house.turn(21)
    after = await house.interaction(id=held["id"])
    assert (after["state"], after["rank_at"], after["agent_id"]) == ("waiting", before["rank_at"], None)
    await house.come_back("ada", screen)
    assert (screen.held, screen.shown["agent"]["state"]) == ([], "offline")


async def test_nobody_whose_desk_has_gone_is_offered_anything(house: House) -> None:
    await house.seat("ada")
    await house.close("ada")
    await house.take(text("Hej"))
    assert (await house.interaction(customer_id="sam"))["state"] == "waiting"
    ben = await house.seat("ben")
    assert len(ben.offers) == 1


async def test_a_process_that_dies_takes_its_desks_with_it(house: House) -> None:
    """It says nothing any more; its beats end."""
    await house.seat("ada")
    await house.turn(GONE_SECONDS + 1)
    assert await changes(house) == [DeskSeen("ada", False)]
    await watch(house)
    assert await changes(house) == []  # told once
    await house.turn(21)
    assert house.screens["ada"].shown["agent"]["state"] == "offline"


async def test_a_desk_that_was_missed_and_is_beaten_for_again_is_here(house: House) -> None:
    await house.seat("ada")
    await house.turn(GONE_SECONDS + 1)
    await watch(house)
    await house.presence.beat(["ada"], house.clock.now())
    assert await changes(house) == [DeskSeen("ada", True)]
    await watch(house)
    await house.take(text("Hej"))
    assert len(house.screens["ada"].offers) == 1


async def test_who_is_offline_is_missed_by_nobody(house: House) -> None:
    await house.open("ada")
    await house.turn(GONE_SECONDS + 1)
    assert await changes(house) == []


async def test_two_desks_in_two_processes_are_one_presence(house: House) -> None:
    await house.seat("ada")
    there = Presence(house.db, house.inbox, "another process")
    await there.say("ada", is_here=True, now=house.clock.now())
    await house.until_handled()
    seen = await house.count(tables.inbox, tables.inbox.c.kind == "DeskSeen")
    await there.say("ada", is_here=False, now=house.clock.now())
    assert await house.count(tables.inbox, tables.inbox.c.kind == "DeskSeen") == seen
    await house.until_handled()
    await house.take(text("Hej"))
    assert len(house.screens["ada"].offers) == 1


@BOTH
async def test_a_process_knows_whose_desk_has_gone_to_another_one_since(house: House) -> None:
    there, since = Presence(house.db, house.inbox, "another process"), house.clock.now()
    await there.beat(["ada"], since)
    await house.presence.beat(["ben"], since + 1)
    assert await house.presence.list_elsewhere(since) == set(), "it may have ended with that beat"
    await there.beat(["ada"], since + 1)
    assert await house.presence.list_elsewhere(since) == {"ada"}


async def test_beats_of_the_long_dead_are_cleared_away(house: House) -> None:
    p = tables.desk_presence

    async def unit(conn: Connection) -> None:
        long_ago = house.clock.now() - 100 * GONE_AFTER
        await conn.execute(insert(p), [{"agent_id": "ben", "process": "dead", "seen_at": long_ago}])

    await house.db.write(unit)
    await house.presence.beat(["ada"], house.clock.now())
    assert [row["agent_id"] for row in await house.rows(p)] == ["ada"]


async def test_a_beat_for_the_same_desks_writes_their_rows_in_place_and_another_one_writes_all(house: House) -> None:
    async def beat(*agents: str) -> dict[str, int]:
        now = house.clock.now()
        await house.presence.beat(agents, now)
        return {row["agent_id"]: row["seen_at"] - now for row in await house.rows(tables.desk_presence)}

    assert await beat("ada", "ben") == {"ada": 0, "ben": 0}
    assert await beat("ada", "ben") == {"ada": 0, "ben": 0}
    assert await beat("ben") == {"ben": 0}
    assert await beat("ben", "cleo") == {"ben": 0, "cleo": 0}
    await house.db.write(lambda conn: conn.execute(delete(tables.desk_presence)))
    assert await beat("ben", "cleo") == {"ben": 0, "cleo": 0}
