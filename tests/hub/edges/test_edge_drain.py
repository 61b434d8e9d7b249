"""The end of an edge: every call that it let in gets its words, whether or not the process that routes is there."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from hub.app import HubProcess, serve
from hub.settings.config import Config
from hub.storage import tables
from hub.storage.sqlite import SqliteDriver
from hub.wiring.listening import Doors, ProcessRole, open_door
from tests.hub.routing_process.test_drain import KnockingCall, Provider, count, read_all, stop
from tests.hub.routing_process.test_drain import settings as settings  # a fixture

pytestmark = pytest.mark.promise("P10")
CALLS = 12


@dataclass
class EdgedHub:
    router: HubProcess
    edge: HubProcess


@pytest_asyncio.fixture
async def edged(settings: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[EdgedHub]:
    """Two processes of one hub in this loop: one routes, and the other has the door. Here they share one database
    file, which is otherwise locked by the one process that SQLite is for."""
    monkeypatch.setattr(SqliteDriver, "lock_file", lambda _: None)
    async with contextlib.AsyncExitStack() as stack:
        web = open_door("127.0.0.1", 0)
        stack.callback(web.close)
        port, meeting = web.getsockname()[1], tmp_path / "router"
        router = await serve(settings, role=ProcessRole("routing", meeting=meeting), doors=Doors(port))
        stack.push_async_callback(router.stop)
        async with asyncio.timeout(60):
            await router.dispatcher.is_routing.wait()
        role = ProcessRole("edge-1", may_route=False, meeting=meeting)
        edge = await serve(settings, role=role, doors=Doors(port, web))
        stack.push_async_callback(edge.stop)
        yield EdgedHub(router, edge)


async def knock(edged: EdgedHub, settings: Config) -> list[list[str]]:
    """Calls that come as the edge ends: while it tidies up, at the door that closes, and a moment later on
    connections that were let in. The verbs of each answer."""
    async with aiohttp.ClientSession() as session:
        provider = Provider(session, edged.edge.url, settings)
        stopping = asyncio.create_task(stop(edged.edge))
        early = [asyncio.create_task(provider.post_call(number)) for number in range(CALLS)]
        await asyncio.wait([one for one in edged.edge._tasks if one.get_name() != "router line"])  # it ends last
        knocking = [KnockingCall(edged.edge.port, provider.write_call(CALLS + number)) for number in range(CALLS)]
        for one in knocking[::2]:
            one.ask()
        await asyncio.sleep(0.1)  # the door is closed meanwhile
        for one in knocking[1::2]:
            one.ask()
        late = await read_all(knocking)
        answers = [verbs for status, verbs in await asyncio.gather(*early) if status]
        await stopping
    return [*answers, *late]


async def test_calls_that_come_while_an_edge_ends_get_a_room_and_wait(edged: EdgedHub, settings: Config) -> None:
    answers = await knock(edged, settings)
    assert answers == [["Dial"]] * len(answers)
    assert len(answers) >= CALLS
    async with asyncio.timeout(60):
        while await count(settings, tables.interaction) < len(answers):
            await asyncio.sleep(0.01)
    assert await count(settings, tables.inbox, tables.inbox.c.kind == "CallArrived") == len(answers)


async def test_so_they_do_if_the_process_that_routes_has_ended_before(edged: EdgedHub, settings: Config) -> None:
    await edged.router.stop()
    answers = await knock(edged, settings)
    assert answers == [["Dial"]] * len(answers)
    assert await count(settings, tables.inbox, tables.inbox.c.kind == "CallArrived") == len(answers) >= CALLS
