"""What only the hub's own objects and its database can tell or do."""

from pathlib import Path

import pytest
from sqlalchemy import text

from hub.app import serve
from hub.settings.config import load
from hub.storage.database import Connection, Database
from hub.storage.inbox import Arrival, Inbox
from tests.flows.cast import Cast
from tests.flows.customers import eventually
from tests.flows.house import build_house, settings_with_sandbox_inside
from tests.flows.process_starter import ProcessStarter


@pytest.mark.promise("P1")
async def test_the_writer_of_a_running_hub_flushes_every_commit(
    process_starter: ProcessStarter, seeded: Path, tmp_path: Path
) -> None:
    house = build_house(tmp_path, process_starter, seeded, settings_with_sandbox_inside())
    house.write_config()
    process = await serve(load(house.config_file, {}), is_demo=True)

    async def unit(connection: Connection) -> list[object]:
        return [await connection.scalar(text(f"PRAGMA {name}")) for name in ("synchronous", "journal_mode")]

    try:
        assert await process.db.write(unit) == [2, "wal"]
    finally:
        await process.stop()


UNREADABLE = '{"class": "MessageReceived"'
OF_NO_CHANNEL = (
    '{"class":"MessageReceived","key":"telex:1","from_address":"+46701740301","to_address":"x","text":"Hej",'
    '"identity_level":"claimed","provider_id":"1"}'
)


@pytest.mark.promise("P8")
@pytest.mark.parametrize(("body", "tries"), [(UNREADABLE, 0), (OF_NO_CHANNEL, 3)])
async def test_poison_is_set_aside_and_shown_and_can_be_run_again(cast: Cast, body: str, tries: int) -> None:
    ada, tomasz = await cast.desk("ada"), await cast.cookie("tomasz")
    database = await Database.open(f"sqlite:///{cast.house.data / 'hub.db'}", read_connections=1)
    await Inbox(database).put([Arrival("poison", "MessageReceived", body, 1)])
    await database.close()
    await cast.customer("sam").text("Bakom giftet")
    held = await ada.accept()
    assert held["subject"] == "Bakom giftet"

    async def set_aside() -> list[dict[str, object]]:
        return list((await cast.get("/api/inbox/set-aside", tomasz))["arrivals"])

    (arrival,) = await eventually(set_aside)
    assert (arrival["kind"], arrival["tries"]) == ("MessageReceived", tries)
    assert arrival["problem"]
    await cast.get("/api/inbox/set-aside", ada.cookie, 403)
    url = f"{cast.house.url}/api/inbox/{arrival['id']}/run-again"
    async with cast.session.post(url, headers={"Cookie": tomasz}) as answer:
        assert answer.status == 200
    (again,) = await eventually(set_aside)
    assert again["id"] == arrival["id"]
    await ada.wrap_up(held["id"])
