"""Several processes on one PostgreSQL and one Redis: any of them takes in, any of them shows, one routes."""

import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from hub.storage.database import Database
from hub.storage.tables import lease
from tests.flows.cast import Cast
from tests.flows.customers import Provider, Widget, eventually
from tests.flows.desk import BUSY_SECONDS, Desk
from tests.flows.house import SeededServer, WholeHouse, build_house, settings_with_sandbox_outside
from tests.flows.line import Line
from tests.flows.process_starter import HUB, ProcessStarter

TAKE_OVER_SECONDS = 5.0 + BUSY_SECONDS


@dataclass
class Cluster:
    """Two hubs: `one` routes, `two` stands by."""

    one: WholeHouse
    two: WholeHouse
    cast: Cast  # of the one whose address is public

    async def desk(self, name: str, house: WholeHouse) -> Desk:
        return await self.cast.desk(name, url=house.url)

    def provider(self, house: WholeHouse) -> Provider:
        return Provider(self.cast.session, house)


async def routes(cast: Cast, house: WholeHouse) -> bool:
    async with cast.session.get(f"{house.url}/readyz") as answer:
        return bool((await answer.json()).get("routing"))  # not there before it is ready


def shared(database: str, bus: str, folder: Path) -> dict[str, Any]:
    return {
        "database": {"url": database},
        "bus": {"url": bus},
        "media": {"folder": str(folder / "media")},
        "channels": {"webchat": {"secret": {"generated": None, "file": str(folder / "token")}}},
    }


@asynccontextmanager
async def open_cluster(
    process_starter: ProcessStarter, seeded: SeededServer, bus: str, folder: Path, *, second: str = HUB
) -> AsyncIterator[Cluster]:
    """`second`: the program that stands by, where it is not the hub as it is."""
    settings = settings_with_sandbox_outside(**shared(seeded.url, bus, folder))
    one = build_house(folder, process_starter, seeded.data, settings)
    other = settings_with_sandbox_outside(**shared(seeded.url, bus, folder))
    for name in ("phone", "sms"):
        other["channels"][name]["api_base_url"] = one.sandbox_url
    other["channels"]["email"]["smtp_port"] = settings["channels"]["email"]["smtp_port"]
    other["server"] |= {"public_url": settings["server"]["public_url"]}
    (folder / "two").mkdir()
    two = build_house(folder / "two", process_starter, None, other, command="run", module=second)
    async with AsyncExitStack() as stack:
        for house in (one, two):
            stack.callback(house.close)
        await one.start_sandbox()
        await one.start()
        cast = await stack.enter_async_context(Cast(one))
        await eventually(lambda: routes(cast, one))
        await two.start()
        yield Cluster(one, two, cast)


@pytest.fixture
async def cluster(
    process_starter: ProcessStarter, seeded_server: SeededServer, valkey_url: str, tmp_path: Path
) -> AsyncIterator[Cluster]:
    async with open_cluster(process_starter, seeded_server, valkey_url, tmp_path) as cluster:
        yield cluster


async def test_what_one_takes_in_the_other_shows(cluster: Cluster) -> None:
    ada = await cluster.desk("ada", cluster.two)
    sam = cluster.cast.customer("sam")
    await sam.text("Hej från ett till två 你好")  # to the public address, which is the first one's
    held = await ada.accept()
    await ada.reply(held["id"], "Svar från två")
    await ada.sees(held["id"], "Svar från två", delivery="delivered")
    await sam.gets_text("Svar från två")
    widget = await cluster.cast.widget(cluster.two.url)
    await widget.say("Chatt på två")
    chat = await ada.accept()
    await ada.reply(chat["id"], "Svar i chatten")
    await widget.sees("Svar i chatten")
    elsewhere = Widget(cluster.one.url)
    elsewhere.chat_id, elsewhere.token = widget.chat_id, widget.token
    await elsewhere.open()
    await elsewhere.say("Samma chatt på ett")
    await ada.sees(chat["id"], "Samma chatt på ett")
    await widget.sees("Samma chatt på ett")
    await elsewhere.close()
    assert await ada.is_what_a_fresh_one_shows()


async def test_a_supervisor_steers_at_the_one_that_does_not_route(cluster: Cluster) -> None:
    ada = await cluster.cast.desk("ada", is_available=False, url=cluster.one.url)
    await ada.do("set_state", state="unavailable", reason="paperwork")
    await cluster.cast.customer("sam").text("Hej 你好")
    (line,) = await cluster.cast.waiting("Sam Okoye")
    wall = Line("/wallboard", ("board",), lambda event, data: None)
    await wall.connect(cluster.two.url, Cookie=await cluster.cast.cookie("dot"))
    about = {"interaction_id": line["interaction_id"], "version": line["version"], "agent_id": "ada"}
    for _ in range(2):  # its answer was lost: the same command is the same
        answer = await wall.ask("command", {"id": "give-1", "kind": "assign_interaction", **about})
        assert answer["code"] == ""
    await wall.close()
    held = await ada.accept()
    facts = [message["fact"] for message in held["messages"] if message["kind"] == "fact"]
    assert facts.count("assigned") == 1


@pytest.mark.promise("P4")
@pytest.mark.promise("P5")
async def test_when_the_one_that_routes_dies_the_other_takes_over(cluster: Cluster) -> None:
    ada, provider = await cluster.desk("ada", cluster.two), cluster.provider(cluster.two)
    assert await cluster.provider(cluster.one).send_sms("+46701740301", "Före") == 200
    held = await ada.accept()
    assert await provider.send_sms("+46701740201", "Erbjuden") == 200
    offer = await ada.is_offered()
    assert cluster.one.hub is not None
    cluster.one.hub.kill()
    began = time.monotonic()
    assert await provider.send_sms("+46701740101", "Efter") == 200  # taken in while nobody routes
    await ada.until(lambda screen: len(screen["offers"]) == 2)
    assert time.monotonic() - began < TAKE_OVER_SECONDS
    await ada.do("accept_offer", offer_id=offer["id"])  # it stands, whoever made it
    await ada.reply(held["id"], "Vi är kvar")
    await ada.sees(held["id"], "Vi är kvar", delivery="sent")
    assert await ada.is_what_a_fresh_one_shows()
    assert await routes(cluster.cast, cluster.two)
    await cluster.one.start()  # comes back, and stands by
    ben = await cluster.desk("ben", cluster.one)
    await ada.do("set_state", state="unavailable", reason="lunch", after_current=True)
    assert await cluster.provider(cluster.one).send_sms("+46701740302", "Åter") == 200
    assert (await ben.is_offered())["subject"] == "Åter"
    assert not await routes(cluster.cast, cluster.one)


async def read_holder(house: WholeHouse) -> str:
    """Which process has the lease; none where it was given back."""
    database = await Database.open(house.settings["database"]["url"], read_connections=1)
    async with database.read() as connection:
        holder = str(await connection.scalar(select(lease.c.holder)))
    await database.close()
    return holder


@pytest.mark.promise("P5")
async def test_a_process_that_ends_in_order_hands_over_at_once(cluster: Cluster) -> None:
    ada = await cluster.desk("ada", cluster.two)
    holder = await read_holder(cluster.one)
    assert cluster.one.hub is not None
    cluster.one.hub.signal(signal.SIGTERM)
    assert await cluster.one.hub.ended(20) == 0
    assert await read_holder(cluster.two) != holder, "nobody waits for it to expire"
    assert await cluster.provider(cluster.two).send_sms("+46701740301", "Hej") == 200
    await ada.is_offered()


async def test_an_agent_with_desks_at_both_is_here_while_one_of_them_is(cluster: Cluster) -> None:
    first, second = await cluster.desk("ada", cluster.one), await cluster.desk("ada", cluster.two)
    await first.close()
    assert await cluster.provider(cluster.one).send_sms("+46701740301", "Hej") == 200
    await second.accept()
