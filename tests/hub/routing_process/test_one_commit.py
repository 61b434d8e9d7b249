"""What arrives from outside is stored and decided in one transaction, and stored alone where that fails or would take
long."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from channels.channel import MessageReceived, Notice
from hub.batch import pending
from hub.batch.pending import HandOver
from hub.routing_process.dispatcher import MOST_SHARE_SECONDS
from hub.screens.channel_host import ChannelHost
from hub.storage import tables
from hub.storage.connection import Connection
from hub.storage.database import LeaseLost, StorageUnavailable
from hub.storage.documents import ARRIVALS
from hub.storage.inbox import Arrival, Inbox
from hub.storage.sqlite import SqliteWriter
from scripts_library.loader import Library
from tests.hub.house import BOTH, House, OpenDatabase, open_house
from tests.hub.notices import GUS, SAM, line, text


async def states(house: House, *notices: Notice) -> list[int]:
    """The state of each delivery's row, as far as it has one."""
    keys = [notice.key for notice in notices]
    rows = await house.rows(tables.inbox, tables.inbox.c.key.in_(keys))
    found = {row["key"]: row["state"] for row in rows}
    return [found[key] for key in keys if key in found]


async def texts(house: House) -> list[str]:
    """What customers said, in the order in which it was decided."""
    rows = await house.rows(tables.message, tables.message.c.kind == "customer")
    return [row["text"] for row in sorted(rows, key=lambda row: row["seq"])]


def poison() -> MessageReceived:
    """Nobody knows its channel: deciding it fails."""
    fields: dict[str, Any] = {"key": "fax:AC1:SM1", "provider_id": "SM1"}
    sound = text("Hej", SAM)
    return MessageReceived(**{name: getattr(sound, name) for name in sound.__dataclass_fields__} | fields)


@contextmanager
def counted_commits(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[None]]:
    commits: list[None] = []
    commit = SqliteWriter.commit

    async def count(self: SqliteWriter) -> None:
        commits.append(None)
        await commit(self)

    with monkeypatch.context() as patched:
        patched.setattr(SqliteWriter, "commit", count)
        yield commits


@pytest.mark.promise("P1")
async def test_an_arrival_that_is_acknowledged_is_decided_in_the_same_commit(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.seat("ada")
    said = text("Hej")
    with counted_commits(monkeypatch) as commits:
        await house.host.accept([said])
        assert len(commits) == 1
    assert await states(house, said) == [tables.DONE]
    assert await house.count(tables.offer) == 1
    await house.until_handled()


@pytest.mark.promise("P2")
async def test_a_delivery_that_is_stored_costs_no_commit_when_it_comes_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = text("Hej")
    await house.take(said)
    elsewhere = ChannelHost(house.db, house.inbox, house.media, house.clock, house.hand_over, house.dispatcher.wake)
    with counted_commits(monkeypatch) as commits:
        await elsewhere.accept([said])
        assert commits == []
    await house.take(text("Hallå", GUS))
    assert await texts(house) == ["Hej", "Hallå"]


@pytest.mark.promise("P2")
async def test_what_this_process_has_just_stored_is_not_looked_up_when_it_comes_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = text("Hej")
    await house.take(said)

    async def offer(*_: object) -> bool:
        raise AssertionError("the database is asked")

    with monkeypatch.context() as patched:
        patched.setattr(house.hand_over, "offer", offer)
        await house.host.accept([said])
        with pytest.raises(AssertionError, match="the database is asked"):
            await house.host.accept([said, text("Hallå")])


@pytest.mark.promise("P1", "P2")
async def test_what_could_not_be_stored_is_not_taken_for_stored(house: House) -> None:
    said, store = text("Hej"), house.db.write

    async def fail(*_: object) -> Any:
        raise StorageUnavailable("away")

    house.db.write = house.inbox.put = fail
    with pytest.raises(StorageUnavailable):
        await house.host.accept([said])
    house.db.write = store
    del house.inbox.put
    await house.take(said)
    assert await texts(house) == ["Hej"]


@BOTH
@pytest.mark.promise("P2")
async def test_one_delivery_ten_times_at_once_and_once_more_is_one_message(house: House) -> None:
    said = text("Hej")
    await asyncio.gather(*(house.host.accept([said]) for _ in range(10)))
    await house.host.accept([said])
    await house.until_handled()
    assert await texts(house) == ["Hej"]
    assert await states(house, said) == [tables.DONE]


@BOTH
@pytest.mark.promise("P2")
async def test_a_delivery_that_another_process_has_put_into_the_inbox_meanwhile_is_decided_once(house: House) -> None:
    """Its row appears between the look at the keys and the commit: it becomes the one that was decided, and nothing
    has to be restored from rows."""
    store, said, router = house.db.write, text("Hej"), house.state.router

    async def write_late(unit: Any) -> Any:
        house.db.write = store
        await Inbox(house.db).put([Arrival(said.key, "MessageReceived", ARRIVALS.encode(said), 1)])
        return await store(unit)

    house.db.write = write_late
    await house.host.accept([said])
    await house.until_handled()
    assert await texts(house) == ["Hej"]
    assert await states(house, said) == [tables.DONE]
    assert house.state.router is router


@BOTH
@pytest.mark.promise("P8")
async def test_an_arrival_that_cannot_be_decided_is_stored_alone_and_set_aside_and_delays_no_other(
    house: House,
) -> None:
    broken, sound = poison(), text("Hej", GUS)
    await asyncio.gather(house.host.accept([broken]), house.host.accept([sound]))
    async with asyncio.timeout(60):
        while not await house.inbox.list_set_aside() or await house.inbox.count_pending():
            await asyncio.sleep(0)
    assert await states(house, broken, sound) == [tables.SET_ASIDE, tables.DONE]
    assert await texts(house) == ["Hej"]


async def test_what_would_wait_for_more_than_two_batches_is_stored_alone(house: House) -> None:
    """A flood: all of it is acknowledged, and decided in the end; what one customer said stays in order."""
    many = [[line(f"{chat}: {n}", f"chat-{chat}") for n in range(4)] for chat in range(2 * pending.MOST_OFFERED)]

    async def talk(said: list[MessageReceived]) -> None:
        for one in said:
            await house.host.accept([one])

    puts, put = [], house.inbox.put

    async def count(arrivals: Any) -> list[int | None]:
        puts.append(arrivals)
        return await put(arrivals)

    house.inbox.put = count
    await asyncio.gather(*map(talk, many))
    await house.until_handled()
    assert 0 < len(puts) < sum(map(len, many))
    said = await texts(house)
    for chat in range(len(many)):
        assert [one for one in said if one.startswith(f"{chat}: ")] == [f"{chat}: {n}" for n in range(4)]


@pytest.mark.parametrize(("took", "paused"), [(0.03, 0.03), (5.0, MOST_SHARE_SECONDS)])
async def test_while_deliveries_are_stored_alone_the_router_gives_them_as_much_time_as_it_took(
    house: House, monkeypatch: pytest.MonkeyPatch, took: float, paused: float
) -> None:
    """In a flood, so that accepting is not starved by deciding; at no other time."""
    sleep, ahead, at_the_door, pauses = asyncio.sleep, 0.0, 0, list[float]()
    monotonic, decide = time.monotonic, house.dispatcher._decide

    async def decide_slowly(items: Any) -> None:
        nonlocal ahead
        await decide(items)
        ahead += took

    async def note_pause(seconds: float, *more: Any) -> Any:
        pauses.append(seconds)
        return await sleep(0, *more)

    monkeypatch.setattr(time, "monotonic", lambda: monotonic() + ahead)
    monkeypatch.setattr(asyncio, "sleep", note_pause)
    monkeypatch.setattr(house.dispatcher, "_decide", decide_slowly)
    monkeypatch.setattr(house.dispatcher, "_count_at_doors", lambda: at_the_door)
    await house.take(text("Hej"))
    assert [seconds for seconds in pauses if seconds] == []
    at_the_door = 1
    await house.take(text("Hallå", GUS))
    await house.take(text("Tjena", SAM))
    assert pauses
    assert paused <= max(pauses) <= min(paused + 1, MOST_SHARE_SECONDS)


async def test_a_backlog_is_not_overtaken(house: House) -> None:
    """What the inbox holds was acknowledged first; what comes meanwhile joins it there."""
    early = [text(f"early {n}", f"+4670174{n:04}") for n in range(120)]
    await house.inbox.put([Arrival(one.key, "MessageReceived", ARRIVALS.encode(one), 1) for one in early])
    house.dispatcher.wake()
    late = [text(f"late {n}", f"+4670175{n:04}") for n in range(20)]
    await asyncio.gather(*(house.host.accept([one]) for one in late))
    await house.until_handled()
    assert [said.partition(" ")[0] for said in await texts(house)] == ["early"] * 120 + ["late"] * 20


async def test_what_was_acknowledged_first_is_decided_first(house: House) -> None:
    """One arrival is put into the inbox while the dispatcher reads it, too late to be read; the next one, of the same
    chat, is offered then. It waits for the first."""
    read, first, second = house.db.read, line("first", "chat-1"), line("second", "chat-1")
    offered: list[asyncio.Task[None]] = []

    @asynccontextmanager
    async def read_late(**options: Any) -> AsyncIterator[Any]:
        async with read(**options) as conn:
            yield conn
        if not offered:
            house.db.read = read
            await house.inbox.put([Arrival(first.key, "MessageReceived", ARRIVALS.encode(first), 1)])
            house.dispatcher.wake()  # as whoever acknowledges it has done
            offered.append(asyncio.create_task(house.host.accept([second])))
            await asyncio.sleep(0)

    house.db.read = read_late
    house.dispatcher.wake()
    while not offered:
        await asyncio.sleep(0)
    await offered[0]
    await house.until_handled()
    assert await texts(house) == ["first", "second"]


@BOTH
@pytest.mark.promise("P9")
async def test_while_the_database_is_away_an_arrival_is_refused_and_the_next_one_is_taken(house: House) -> None:
    store = house.db.write

    async def fail(unit: Any) -> Any:
        raise StorageUnavailable("away")

    async def fail_together(many: Any, item: Any) -> Any:
        raise StorageUnavailable("away")

    house.db.write, together, house.db.write_together = fail, house.db.write_together, fail_together
    with pytest.raises(StorageUnavailable):
        await house.host.accept([text("Hej")])
    house.db.write, house.db.write_together = store, together
    await house.take(text("Hallå"))
    assert await texts(house) == ["Hallå"]


@BOTH
@pytest.mark.promise("P1")
async def test_what_was_stored_while_nobody_heard_of_it_is_decided_once(house: House) -> None:
    """The commit's answer is lost: the sender is acknowledged all the same, as the row is there."""
    store, said = house.db.write, text("Hej")

    async def lose_the_answer(unit: Any) -> Any:
        house.db.write = store
        await store(unit)
        raise StorageUnavailable("nobody knows")

    house.db.write = lose_the_answer
    await house.host.accept([said])
    await house.take(text("Hallå", GUS))
    assert sorted(await texts(house)) == ["Hallå", "Hej"]
    assert await states(house, said) == [tables.DONE]


@BOTH
@pytest.mark.promise("P1")
async def test_where_the_lease_is_lost_an_arrival_is_stored_alone(
    database: OpenDatabase, tmp_path: Path, library: Library
) -> None:
    """Another process routes since a moment ago, and will decide it."""

    async def take_over(conn: Connection) -> None:
        await conn.execute(update(tables.lease).values(epoch=tables.lease.c.epoch + 1, holder="another"))

    with pytest.raises(LeaseLost):
        async with open_house(await database(), tmp_path / "media", library.scripts) as house:
            await house.db.write(take_over)
            said = text("Hej")
            await house.host.accept([said])
            assert await states(house, said) == [tables.PENDING]
            assert not house.dispatcher.is_routing.is_set()


@BOTH
@pytest.mark.promise("P10")
async def test_what_waits_when_the_router_stops_is_stored_alone(
    database: OpenDatabase, tmp_path: Path, library: Library
) -> None:
    said = [text(f"Hej {n}", f"+4670174{n:04}") for n in range(80)]
    async with open_house(await database(), tmp_path / "media", library.scripts) as house:
        posts = [asyncio.create_task(house.host.accept([one])) for one in said]
        await asyncio.sleep(0)
        house.dispatcher.stop()
        await asyncio.gather(*posts)
        assert len(await states(house, *said)) == len(said)


async def test_where_nobody_routes_nothing_is_offered() -> None:
    said = text("Hej")
    assert not await HandOver().offer([Arrival(said.key, "MessageReceived", "{}", 1)], [said])
