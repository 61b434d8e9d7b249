"""What an edge takes in goes straight to the process that routes, and comes back decided. Else there is the inbox."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import orjson
import pytest

from hub.batch.stored_batch import StoredBatch
from hub.edges import router_line
from hub.edges.edge_lines import EdgeLines, write_told
from hub.edges.router_line import RouterLine, read_told
from hub.screens.channel_host import ChannelHost
from hub.storage import tables
from hub.storage.inbox import Arrival
from tests.hub.house import House
from tests.hub.notices import GUS, line, text

UNREAD = text("Hej")  # the line sends the body of an arrival, and not what was made of it


class Edge:
    """An edge of the house: its line to the router, what it was told, and its doors."""

    def __init__(self, house: House, path: Path) -> None:
        self.line = RouterLine(path)
        self.told: list[StoredBatch] = []
        self.looks = 0
        self.news = asyncio.Event()
        self.host = ChannelHost(house.db, house.inbox, house.media, house.clock, self.line, house.dispatcher.wake)

    async def tell(self, told: StoredBatch) -> None:
        self.told.append(told)
        self.news.set()

    def look(self) -> None:
        self.looks += 1
        self.news.set()

    async def until(self, looks: int) -> None:
        async with asyncio.timeout(30):
            while self.looks < looks:
                self.news.clear()
                await self.news.wait()

    async def next_told(self) -> StoredBatch:
        async with asyncio.timeout(30):
            while not self.told:
                self.news.clear()
                await self.news.wait()
        return self.told.pop(0)


@asynccontextmanager
async def open_edge(house: House, path: Path) -> AsyncIterator[Edge]:
    edge = Edge(house, path)
    keeping = asyncio.create_task(edge.line.run(edge.tell, edge.look))
    try:
        yield edge
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


@pytest.fixture
async def lines(house: House, tmp_path: Path) -> AsyncIterator[EdgeLines]:
    lines = EdgeLines(house.hand_over, "router")
    await lines.open(tmp_path / "router")
    tell = house.dispatcher._tell

    async def tell_edges_too(told: StoredBatch) -> None:
        lines.tell(told)
        await tell(told)

    house.dispatcher._tell = tell_edges_too
    yield lines
    await lines.close()


@pytest.fixture
async def edge(house: House, lines: EdgeLines, tmp_path: Path) -> AsyncIterator[Edge]:
    async with open_edge(house, tmp_path / "router") as edge:
        await edge.until(looks=1)
        yield edge


async def states(house: House) -> list[int]:
    rows = await house.rows(tables.inbox, tables.inbox.c.kind == "MessageReceived")
    return [row["state"] for row in rows]


async def count_texts(house: House) -> int:
    return await house.count(tables.message, tables.message.c.kind == "customer")


def forbid_inbox(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def put(*_: object) -> None:
        raise AssertionError("through the inbox")

    monkeypatch.setattr(house.inbox, "put", put)


@pytest.mark.promise("P1")
async def test_what_an_edge_acknowledges_is_decided_and_was_no_pending_row(
    house: House, edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    forbid_inbox(house, monkeypatch)
    assert edge.line.router == "router"
    await edge.host.accept([text("Hej 你好")])
    assert await states(house) == [tables.DONE]
    assert await count_texts(house) == 1


@pytest.mark.promise("P2")
async def test_a_delivery_that_comes_to_two_edges_is_one(house: House, edge: Edge, tmp_path: Path) -> None:
    said = text("Hej")
    async with open_edge(house, tmp_path / "router") as other:
        await other.until(looks=1)
        await asyncio.gather(edge.host.accept([said]), other.host.accept([said]))
        await other.host.accept([said])
    assert await count_texts(house) == 1


async def test_a_command_comes_back_with_its_answer(house: House, edge: Edge) -> None:
    body = b'{"agent_id":"ada","desk":"","command":{"id":"c1","kind":"decline_offer","offer_id":"o"}}'
    stored = await edge.line.give(Arrival("command:ada:c1", "command", body, 1), UNREAD)
    assert stored is not None and '"offer_gone"' in str(stored.answer)


@pytest.mark.promise("P8")
async def test_what_the_router_cannot_read_is_set_aside_from_its_row(house: House, edge: Edge) -> None:
    broken = Arrival("sms:AC1:x", "MessageReceived", '{"class":"MessageReceived"}', 1)
    assert await edge.line.give(broken, UNREAD) is None
    assert not await edge.line.offer([broken], [])


@pytest.mark.promise("P1", "P2", "P9")
async def test_where_the_router_answers_nobody_an_arrival_goes_through_the_inbox_and_is_one(
    house: House, edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(router_line, "ANSWER_SECONDS", 0.05)
    decided, store = asyncio.Event(), house.db.write

    async def write_late(unit):
        await decided.wait()
        return await store(unit)

    house.db.write = write_late
    accepting = asyncio.create_task(edge.host.accept([text("Hej")]))
    await accepting
    assert await states(house) == [tables.PENDING]
    house.db.write = store
    decided.set()
    await house.until_handled()
    assert await states(house) == [tables.DONE]
    assert await count_texts(house) == 1


@pytest.mark.promise("P9")
async def test_an_edge_without_a_router_uses_the_inbox_until_there_is_one(house: House, tmp_path: Path) -> None:
    async with open_edge(house, tmp_path / "router") as edge:
        await edge.host.accept([text("Först")])
        await house.until_handled()
        assert await states(house) == [tables.DONE]
        assert edge.looks == 0
        lines = EdgeLines(house.hand_over, "router")
        await lines.open(tmp_path / "router")
        await edge.until(looks=1)
        await edge.host.accept([text("Sedan", GUS)])
        house.inbox.stored += 1  # it came beside the inbox
        await lines.close()
        await edge.until(looks=2)  # something may have been missed
        assert edge.line.router == ""
        await edge.host.accept([text("Sist")])
    await house.until_handled()
    assert await count_texts(house) == 3


async def test_an_edge_is_told_the_events_of_its_own_desks(house: House, lines: EdgeLines, edge: Edge) -> None:
    edge.line.note_desk("ada", True)
    await house.seat("ada")
    await house.seat("ben")
    edge.line.note_desk("ada", False)
    await house.take(text("Hej"), text("Hallå", GUS))
    await edge.host.accept([line("Chatt", "chat-1")])
    told = [await edge.next_told()]
    while not told[-1].chat_messages:
        told.append(await edge.next_told())
    assert {event[0] for one in told for event in one.events} == {"ada"}
    assert told[-1].events == () and told[-1].chat_messages[0][1].text == "Chatt"


async def test_a_batch_is_read_as_it_was_written(house: House) -> None:
    await house.seat("ada")
    await house.take(line("Hej 你好", "chat-1"))
    for told in house.told:
        assert read_told(orjson.loads(orjson.dumps(write_told(told, told.events)))) == StoredBatch(
            events=told.events,
            answers=told.answers,
            chat_messages=told.chat_messages,
            chats_moved=told.chats_moved,
        )
    assert house.told[-1].customers
    last = house.told[-1]
    assert read_told(orjson.loads(orjson.dumps(write_told(last, (), last.customers)))).customers == last.customers
