"""`apply --move`, killed before each of its statements: either all has moved or nothing has, and everything open has
its one place. A process of its own, beside a hub that runs or beside none."""

import asyncio
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from hub.batch.one_place import find_misplaced
from hub.storage import tables
from hub.storage.database import Database
from scripts_library.loader import Library
from tests.flows.house import merge, repository_settings
from tests.flows.process_starter import ProcessStarter
from tests.hub.house import House, OpenDatabase, open_house
from tests.hub.notices import GUS, PIA_MAIL, call, mail, text
from tests.hub.sample_policies import CARDS_MAIL, CARDS_NUMBER, take_on, wait_for_callback

KILLED = "tests.hub.killed_commands"


@pytest.fixture
def database(either_url: str) -> OpenDatabase:
    return lambda: Database.open(either_url, read_connections=1)


@dataclass
class Apply:
    """The command, for a policy without the queue "cards"; its work goes to "service"."""

    process_starter: ProcessStarter
    folder: Path
    url: str

    def __post_init__(self) -> None:
        settings = merge(repository_settings(), {"server": {"data_folder": "data"}, "database": {"url": self.url}})
        policy = settings["policy"]
        cards, service = [next(q for q in policy["queues"] if q["id"] == one) for one in ("cards", "service")]
        service["callback"] = cards["callback"]
        policy["queues"] = [queue for queue in policy["queues"] if queue["id"] != "cards"]
        policy["entries"] = [one for one in policy["entries"] if one["queue"] != "cards" and "menu" not in one]
        policy["menus"] = {}
        for one in (*policy["dispositions"], *settings["demo"]["staff"]):
            one["queues"] = [queue for queue in one.get("queues", []) if queue != "cards"]
        (self.folder / "config.toml").write_text(tomli_w.dumps(settings), encoding="utf-8")

    async def run(self, killed_at: int = 0) -> str:
        """Up to its so many-th statement; what it said."""
        output = self.folder / f"apply-{killed_at}.log"
        arguments = ("apply", "--config", str(self.folder / "config.toml"), "--move", "cards=service")
        environ = {"HUB_KILLED_AT": str(killed_at)}
        pid = self.process_starter.start(KILLED, *arguments, output=output, environ=environ)
        ended = await asyncio.to_thread(self.process_starter.wait, pid, 60)
        said = output.read_text(encoding="utf-8")
        assert ended == (-9 if killed_at else 0), said
        return said


async def begin_work(house: House) -> None:
    """In "cards" one that is held, two that wait, and one to be called back; and one elsewhere."""
    await house.seat("cleo")
    await house.take(mail("Ett", PIA_MAIL, to_address=CARDS_MAIL))
    await house.accept("cleo")
    await house.do("cleo", "set_state", state="unavailable", reason="break")
    await wait_for_callback(house)
    await house.take(mail("Två", to_address=CARDS_MAIL), call("CA2", GUS, to_address=CARDS_NUMBER), text("Hej"))


async def open_work(house: House) -> list[dict[str, Any]]:
    assert find_misplaced(house.floor, house.state.router, house.state.book) == {}
    return await house.interactions()


def queues(work: list[dict[str, Any]]) -> set[str]:
    return {row["queue"] for row in work}


async def test_killed_beside_a_hub_that_runs_it_has_moved_all_or_nothing(
    house: House, process_starter: ProcessStarter, tmp_path: Path, either_url: str
) -> None:
    apply = Apply(process_starter, tmp_path, either_url)
    await begin_work(house)
    before = await open_work(house)
    assert queues(before) == {"cards", "service"}
    for killed_at in count(1, 3 if "postgres" in either_url else 4):
        await apply.run(killed_at)
        if await house.count(tables.policy_version) == 2:
            break
        await house.until_handled()
        assert await open_work(house) == before
    assert killed_at > 5, "the moments before it was published"
    await take_on(house)
    after = await open_work(house)
    assert queues(after) == {"service"}
    assert len(after) == len(before)
    assert "The policy in force is already the same." in await apply.run()
    await house.until_handled()
    assert await open_work(house) == after


@pytest.mark.parametrize("either_url", ["sqlite"], indirect=True)
async def test_killed_where_no_hub_runs_all_or_nothing_moves_with_the_next_start(
    database: OpenDatabase, process_starter: ProcessStarter, tmp_path: Path, library: Library, either_url: str
) -> None:
    apply = Apply(process_starter, tmp_path, either_url)
    async with open_house(await database(), tmp_path / "media", library.scripts) as house:
        await begin_work(house)
        before = await open_work(house)
    for killed_at in count(1, 3):
        await apply.run(killed_at)
        async with open_house(await database(), tmp_path / "media", library.scripts) as house:
            work = await open_work(house)
            if await house.count(tables.policy_version) == 2:
                break
        assert work == before
    assert killed_at > 5
    assert queues(work) == {"service"}
    assert [row["id"] for row in work] == [row["id"] for row in before]
