"""One hub on one machine as several processes behind one port: one routes, two edges take in and show.

The rule of this file: which edge takes a connection is the kernel's choice, so `EdgeDoor` leads to a certain one.
"""

import asyncio
import copy
import json
import os
import signal
import socket
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select

from hub.storage import tables
from hub.storage.database import Database
from tests.flows.cast import Cast
from tests.flows.customers import Provider, eventually, hand_in_mail
from tests.flows.edge_door import EdgeDoor, find_processes
from tests.flows.house import SeededServer, WholeHouse, build_house, free_port, settings_with_sandbox_outside
from tests.flows.line import Line
from tests.flows.process_starter import ProcessStarter
from tests.flows.test_cluster_flow import shared

EDGES = ("edge-1", "edge-2")
PROCESSES = ("routing", *EDGES)


@dataclass
class EdgedHouse:
    house: WholeHouse
    cast: Cast
    doors: dict[str, EdgeDoor]  # the way to each edge
    urls: dict[str, str]

    def provider(self, edge: str) -> Provider:
        provider = copy.copy(self.cast.provider)
        provider.url = self.urls[edge]
        return provider

    def pid(self, name: str) -> int:
        """Of its latest start, by the log."""
        assert self.house.hub is not None
        lines = [json.loads(line) for line in self.house.hub.output.splitlines() if line.startswith("{")]
        starts = [line for line in lines if line["event"] == "a process started" and line["name"] == name]
        return int(starts[-1]["pid"])

    async def metrics(self) -> dict[str, float]:
        token = {"Authorization": f"Bearer {self.house.metrics_token}"}
        async with self.cast.session.get(f"{self.house.url}/metrics", headers=token) as answer:
            lines = [line for line in (await answer.text()).splitlines() if not line.startswith("#")]
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}

    async def read_texts(self) -> Counter[str]:
        """What customers wrote, each as often as it is stored."""
        database = await Database.open(self.house.settings["database"]["url"], read_connections=1)
        query = select(tables.message.c.text).where(tables.message.c.kind == "customer")
        async with database.read() as conn:
            found = Counter(await conn.scalars(query))
        await database.close()
        return found


def edged_settings(database: str, bus: str, folder: Path, doors: list[str], **changes: Any) -> dict[str, Any]:
    settings = settings_with_sandbox_outside(**shared(database, bus, folder))
    settings["server"] |= {"edges": len(EDGES), "trusted_origins": doors}
    settings["channels"]["webchat"]["origins"] = doors
    settings["log"] = {"level": "debug", "json": True}
    return settings


@pytest.fixture
async def edged(
    process_starter: ProcessStarter, seeded_server: SeededServer, valkey_url: str, tmp_path: Path
) -> AsyncIterator[EdgedHouse]:
    ports = {edge: free_port() for edge in EDGES}
    urls = {edge: f"http://127.0.0.1:{port}" for edge, port in ports.items()}
    settings = edged_settings(seeded_server.url, valkey_url, tmp_path, list(urls.values()))
    house = build_house(tmp_path, process_starter, seeded_server.data, settings)
    async with AsyncExitStack() as stack:
        stack.callback(house.close)
        await house.start_sandbox()
        await house.start()
        doors = {edge: EdgeDoor(port, settings["server"]["port"], edge) for edge, port in ports.items()}
        for door in doors.values():
            await stack.enter_async_context(door)
        yield EdgedHouse(house, await stack.enter_async_context(Cast(house)), doors, urls)


async def test_what_one_edge_takes_in_the_other_shows_and_neither_routes(edged: EdgedHouse) -> None:
    cast = edged.cast
    ada = await cast.desk("ada", url=edged.urls["edge-2"])
    assert await edged.provider("edge-1").send_sms("+46701740301", "Hej 你好") == 200
    held = await ada.accept()
    await ada.reply(held["id"], "Svar")
    await cast.customer("sam").gets_text("Svar")
    await ada.sees(held["id"], "Svar", delivery="delivered")  # reported to whichever edge the kernel chose
    widget = await cast.widget(edged.urls["edge-1"])
    await widget.say("Chatt 聊天")
    chat = await ada.accept()
    await ada.reply(chat["id"], "Svar i chatten")
    await widget.sees("Svar i chatten")
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "sam.okoye@mail.example", "hello@nordpost.example", "Post"
    mail.set_content("Ett brev")
    await hand_in_mail(edged.house.mail_port, mail.as_bytes(), "hello@nordpost.example", "sam.okoye@mail.example")
    await eventually(lambda: is_stored(edged, "Ett brev"))
    assert await ada.is_what_a_fresh_one_shows()
    for url in edged.urls.values():
        async with cast.session.get(f"{url}/readyz") as answer:
            assert (await answer.json())["routing"] is False


async def is_stored(edged: EdgedHouse, words: str) -> bool:
    return any(words in text for text in await edged.read_texts())


async def test_connections_spread_and_whichever_process_is_asked_gives_the_figures_of_all(edged: EdgedHouse) -> None:
    port = edged.house.settings["server"]["port"]
    spread = Counter(await find_processes(port, 100))
    assert set(spread) == set(EDGES) and min(spread.values()) >= 10, spread
    for edge in EDGES:
        assert await edged.provider(edge).send_sms("+46701740301", f"Till {edge}") == 200

    async def look() -> dict[str, float] | None:
        found = await edged.metrics()
        return found if found["hub_routing"] == 1 and found["hub_arrivals_total"] >= 2 else None

    found = await eventually(look)
    assert found["hub_processes"] == len(PROCESSES)
    for name in PROCESSES:
        assert found[f'hub_process_starts_total{{process="{name}"}}'] == 1
        assert found[f'hub_cpu_seconds_total{{process="{name}"}}'] > 0


async def test_who_signs_out_is_out_at_every_edge(edged: EdgedHouse) -> None:
    cookie = await edged.cast.cookie("ada")
    lines = []
    for url in edged.urls.values():
        lines.append(line := Line("/desk", (), lambda event, data: None))
        await line.connect(url, Cookie=cookie)
    async with edged.cast.session.post(
        f"{edged.urls['edge-1']}/api/sign-out", headers={"Cookie": cookie, "Origin": edged.urls["edge-1"]}
    ) as answer:
        assert answer.status == 200, await answer.text()

    async def are_cut() -> bool:
        return not any(line.is_up for line in lines)

    await eventually(are_cut)
    for line in lines:
        await line.close()


@pytest.mark.promise("P1")
@pytest.mark.promise("P2")
@pytest.mark.promise("P5")
async def test_any_process_may_be_killed_and_nothing_is_lost(edged: EdgedHouse) -> None:
    ada = await edged.cast.desk("ada", url=edged.urls["edge-1"])
    assert await edged.provider("edge-1").send_sms("+46701740301", "Först") == 200
    await ada.accept()
    sent = Counter(["Först"])
    for round_, name in enumerate((*PROCESSES, "routing")):
        pid, provider = edged.pid(name), edged.cast.provider
        forms = [provider.sms(f"+4670174{round_}{n:03}", f"{name} {round_} {n}") for n in range(20)]
        under_way = [asyncio.create_task(deliver(provider, form)) for form in forms]
        await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
        os.kill(pid, signal.SIGKILL)
        await asyncio.gather(*under_way)
        sent.update(form["Body"] for form in forms)
        await eventually(lambda name=name, pid=pid: has_started_again(edged, name, pid))
    assert await eventually(lambda: all_decided(edged)) == sum(sent.values())
    assert await edged.read_texts() == sent  # each once
    await ada.reconnect()
    await ada.is_offered()
    assert await ada.is_what_a_fresh_one_shows()


async def deliver(provider: Provider, form: dict[str, str]) -> None:
    """As the provider does: again, with the same key, until it is taken."""
    status = 0
    while status != 200:
        try:
            status = await provider.post("/channels/sms/inbound", form)
        except (aiohttp.ClientError, OSError):
            status = 0


async def has_started_again(edged: EdgedHouse, name: str, pid: int) -> bool:
    return edged.pid(name) != pid


async def all_decided(edged: EdgedHouse) -> int:
    """How many interactions are open, once none of what was taken in waits to be decided."""
    database = await Database.open(edged.house.settings["database"]["url"], read_connections=1)
    async with database.read() as conn:
        waits = await conn.scalar(select(tables.inbox.c.id).where(tables.inbox.c.state == tables.PENDING).limit(1))
        number = len((await conn.scalars(select(tables.interaction.c.id))).all())
    await database.close()
    return 0 if waits is not None else number


async def have_asked(edged: EdgedHouse, number: int) -> bool:
    return sum(door.asked for door in edged.doors.values()) >= number


@pytest.mark.promise("P10")
async def test_a_hub_with_edges_that_is_told_to_stop_answers_what_it_took(edged: EdgedHouse) -> None:
    ada, hub = await edged.cast.desk("ada", is_available=False), edged.house.hub
    assert hub is not None
    providers = [edged.provider(edge) for edge in EDGES]
    texts = [asyncio.create_task(providers[n % 2].send_sms(f"+4670174900{n}", f"Text {n}")) for n in range(10)]
    await eventually(lambda: have_asked(edged, len(texts)))  # whoever still looks for the edge would find it closed
    hub.signal(signal.SIGTERM)
    assert await asyncio.gather(*texts) == [200] * 10
    await ada.until(lambda screen: ada.is_moving)
    assert await hub.ended(20) == 0
    assert "Traceback" not in hub.output
    assert await edged.read_texts() == Counter(f"Text {n}" for n in range(10))


async def test_a_signal_to_one_process_is_left_to_the_supervisor(edged: EdgedHouse) -> None:
    """A service manager may send it to all at once: edges that drain still need the one that routes."""
    ada = await edged.cast.desk("ada", url=edged.urls["edge-1"])
    for name in PROCESSES:
        os.kill(edged.pid(name), signal.SIGTERM)
    assert await edged.provider("edge-2").send_sms("+46701740301", "Hej") == 200
    await ada.is_offered()
    assert edged.house.hub is not None and "a process ended" not in edged.house.hub.output


@pytest.mark.parametrize("taken", ["port", "mail port", "nothing migrated"])
async def test_a_start_that_fails_ends_with_a_sentence(
    process_starter: ProcessStarter, postgres_url: str, valkey_url: str, tmp_path: Path, taken: str
) -> None:
    settings = edged_settings(postgres_url, valkey_url, tmp_path, [])
    house = build_house(tmp_path, process_starter, None, settings, command="run")
    ports = {"port": settings["server"]["port"], "mail port": house.mail_port}
    says = {
        "port": f"Cannot listen on 127.0.0.1:{ports['port']}: ",
        "mail port": f"Cannot listen for mail on 127.0.0.1:{ports['mail port']}: ",
        "nothing migrated": "routing did not start (exit code 1), so the hub ends.",
    }
    with socket.socket() as other:
        if taken in ports:
            other.bind(("127.0.0.1", ports[taken]))
            other.listen()
        said = (house.write_config(), await house.command_beside("run", ends_with=1))[1]
    assert says[taken] in said and "Traceback" not in said
    if taken == "nothing migrated":
        assert "python -m hub migrate" in said
