"""A desk in which a call is heard beats over its socket; where it stops, the router is told."""

import asyncio

import pytest
from sqlalchemy import select

from agent_console import call_beats
from hub.app import HubProcess
from hub.storage import tables
from hub.storage.documents import ARRIVALS, DeskStill
from tests.hub.connected_screens import ScreenConnection, sign_in

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def list_told(hub: HubProcess) -> list[DeskStill]:
    i = tables.inbox.c
    async with hub.db.read() as conn:
        return [ARRIVALS.decode(body) for body in await conn.scalars(select(i.body).where(i.kind == "DeskStill"))]


async def test_a_desk_that_stops_beating_is_told_of_and_one_that_says_goodbye_is_not(
    hub: HubProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_beats, "STILL_AFTER", 0.1)
    ada = await ScreenConnection.open(hub.url, await sign_in(hub.url, "ada"))
    for wrong in (None, "i1", {}, {"interaction_id": 7}):
        await ada.tell("beat", wrong)
    await ada.tell("beat", {"interaction_id": "i1", "is_lost": False})
    async with asyncio.timeout(60):
        while not (told := await list_told(hub)):
            await asyncio.sleep(0.05)
    assert told == [DeskStill("ada", "i1", is_still=True)]
    await ada.tell("beat", {"interaction_id": "i1", "is_lost": True})
    async with asyncio.timeout(60):
        while len(told := await list_told(hub)) < 2:
            await asyncio.sleep(0.05)
    assert told[1] == DeskStill("ada", "i1", is_still=False)
    await ada.close()
