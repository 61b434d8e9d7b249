"""A desk in which a call is heard beats over its socket; where it stops, the router is told."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from agent_console import call_beats
from hub.administration.staff_phones import set_softphone
from hub.app import HubProcess
from hub.settings.config import load
from hub.storage import lease, tables
from hub.storage.database import Database
from hub.storage.documents import ARRIVALS, DeskStill
from scripts_library.loader import Library
from tests.hub.conftest import ROOT, start
from tests.hub.connected_screens import ScreenConnection, sign_in
from tests.hub.flows import talk
from tests.hub.house import open_house
from tests.seeded import copy_database

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def list_told(hub: HubProcess) -> list[DeskStill]:
    i = tables.inbox.c
    async with hub.db.read() as conn:
        return [ARRIVALS.decode(body) for body in await conn.scalars(select(i.body).where(i.kind == "DeskStill"))]


async def until_told(hub: HubProcess, count: int) -> list[DeskStill]:
    async with asyncio.timeout(60):
        while len(told := await list_told(hub)) < count:
            await asyncio.sleep(0.05)
    return told


async def test_a_desk_that_stops_beating_is_told_of_and_one_that_says_goodbye_is_not(
    hub: HubProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_beats, "STILL_AFTER", 0.1)
    ada = await ScreenConnection.open(hub.url, await sign_in(hub.url, "ada"))
    for wrong in (None, "i1", {}, {"interaction_id": 7}):
        await ada.tell("beat", wrong)
    await ada.tell("beat", {"interaction_id": "i1", "is_lost": False})
    assert await until_told(hub, 1) == [DeskStill("ada", "i1", is_still=True)]
    await ada.tell("beat", {"interaction_id": "i1", "is_lost": True})
    assert (await until_told(hub, 2))[1] == DeskStill("ada", "i1", is_still=False)
    await ada.close()


async def test_a_hub_that_begins_misses_the_page_that_heard_a_call_before_and_has_not_come_back(
    seeded_file: Path, library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("BACK_WITHIN", "STILL_AFTER"):
        monkeypatch.setattr(call_beats, name, 0.1)
    config = load(ROOT / "config.toml", {"HUB_PORT": "0", "HUB_MAIL_PORT": "0", "HUB_DATA": str(tmp_path)})
    config = replace(config, sandbox=replace(config.sandbox, sound=False))
    file = tmp_path / "hub.db"
    copy_database(seeded_file, file)
    async with open_house(await Database.open(f"sqlite:///{file}"), tmp_path / "media", library.scripts) as house:
        held = (await talk(house)).held[0]["id"]
        await set_softphone(house.db, "ada", house.clock.now(), is_usable=True, is_opened=True)
        await lease.release(house.db, house.epoch)
    hub = await start(config)
    try:
        assert await until_told(hub, 1) == [DeskStill("ada", held, is_still=True)]
    finally:
        await hub.stop()
