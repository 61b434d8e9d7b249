"""Recordings are found in slices of their time: each once, in order, whatever else there is, on either database."""

from typing import Any

import pytest
from sqlalchemy import insert

from hub.storage.database import Connection, Database
from hub.storage.recording_list import Wanted, list_slice
from hub.storage.tables import customer, interaction, recording
from routing.model import SECOND
from tests.hub.storage.conftest import NOON

EVERYTHING = Wanted(("cards", "support"), 0, NOON + 1000 * SECOND)


async def put(db: Database, *asked: tuple[str, int, str, str]) -> None:
    """Recordings by (id, seconds after noon, queue, agent), each of an interaction of Pia's."""

    async def unit(conn: Connection) -> None:
        row = {"id": "pia", "name": "Pia Åström", "tier": "platinum", "created_at": NOON}
        await conn.execute(insert(customer), row)
        work: dict[str, Any] = {"customer_id": "pia", "channel": "phone", "tier": "platinum", "state": "closed"}
        work |= {"address": "+46701740101", "entered_at": NOON, "state_at": NOON}
        kept = {"kind": "call", "channel": "phone", "state": "stored", "since": NOON}
        for name, seconds, queue, agent in asked:
            await conn.execute(insert(interaction), {"id": name, "queue": queue, "agent_id": agent, **work})
            at = NOON + seconds * SECOND
            await conn.execute(insert(recording), {"id": name, "interaction_id": name, "asked_at": at, **kept})

    await db.write(unit)


async def find_all(db: Database, wanted: Wanted, most: int) -> list[list[str]]:
    """The ids of each slice, until there is none."""
    slices, before = [], wanted.before
    while True:
        async with db.read() as conn:
            found, behind = await list_slice(conn, Wanted(wanted.queues, wanted.since, before, wanted.agent_id), most)
        slices.append([one.id for one in found])
        if behind is None:
            return slices
        assert behind < before
        before = behind


@pytest.mark.parametrize("most", [2, 3, 4, 9])
async def test_slices_give_each_recording_once_the_newest_first(db: Database, most: int) -> None:
    await put(db, *((f"r{n}", n // 2, "cards", "ada") for n in range(6)))  # two of each second
    slices = await find_all(db, EVERYTHING, most)
    ids = [one for found in slices for one in found]
    assert sorted(ids) == [f"r{n}" for n in range(6)]
    assert [int(one[1:]) // 2 for one in ids] == [2, 2, 1, 1, 0, 0]


async def test_only_what_is_wanted_is_found(db: Database) -> None:
    await put(
        db,
        ("long ago", -90, "cards", "ada"),
        ("adas", 1, "cards", "ada"),
        ("bens", 2, "cards", "ben"),
        ("elsewhere", 3, "fraud", "ada"),
        ("supported", 4, "support", "ada"),
        ("at the end", 5, "support", "ada"),
    )

    async def find(queues: tuple[str, ...], agent: str = "") -> list[str]:
        (ids,) = await find_all(db, Wanted(queues, NOON, NOON + 5 * SECOND, agent), 99)
        return ids

    assert await find(("cards", "support")) == ["supported", "bens", "adas"]
    assert await find(("cards", "support"), "ada") == ["supported", "adas"]
    assert await find(("cards",)) == ["bens", "adas"]
    assert await find(()) == []
    async with db.read() as conn:
        (first, *_), _ = await list_slice(conn, EVERYTHING, 99)
    assert (first.customer_name, first.address, first.queue) == ("Pia Åström", "+46701740101", "support")
