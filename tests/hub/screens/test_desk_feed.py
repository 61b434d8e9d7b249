"""Old snapshot + events = fresh snapshot, whatever happens; and a desk that was away gets what it missed."""

import asyncio
from types import SimpleNamespace
from typing import Any, get_args

import orjson
import pytest
from sqlalchemy import text as sql

from agent_console.commands import BoardCommand, Command
from agent_console.events import DeskEvent
from channels.channel import Notice
from hub.access.looks import Looks
from hub.batch.transcript import SHOWN, SHOWN_CHARACTERS, new_message, view_newest
from hub.screens.desk_feed import MOST_EVENTS, DeskFeed
from hub.storage import tables
from hub.storage.database import Connection
from hub.storage.desk_events import prune, read_after
from tests.hub.flows import hold_text, live_a_day
from tests.hub.house import ON_POSTGRES, House, Screen
from tests.hub.notices import text

pytestmark = pytest.mark.promise("P6")


async def test_every_screen_is_right_after_every_step_of_a_day(house: House) -> None:
    told: set[str] = set()
    async for step in live_a_day(house):
        try:
            await house.check_screens()
        except AssertionError as error:
            raise AssertionError(f"after: {step}") from error
        told.update(kind for screen in house.screens.values() for kind in screen.kinds())
    every = {member.model_fields["kind"].default for member in get_args(get_args(DeskEvent)[0])}
    assert told == every


async def test_every_notice_and_every_command_is_in_the_day(house: House) -> None:
    async for _ in live_a_day(house):
        pass
    rows = await house.rows(tables.inbox)
    assert {row["kind"] for row in rows} >= {notice.__name__ for notice in get_args(Notice)}
    given = {orjson.loads(row["body"])["command"]["kind"] for row in rows if row["kind"] == "command"}
    commands = [one for union in (Command, BoardCommand) for one in get_args(get_args(union)[0])]
    assert given == {get_args(one.model_fields["kind"].annotation)[0] for one in commands}


async def test_a_desk_that_was_away_gets_what_it_missed_once_and_in_order(house: House) -> None:
    held = await hold_text(house)
    screen = await house.close("ada")
    await house.take(text("Ett"), text("Två"))
    await house.take(text("Tre"))
    await house.come_back("ada", screen)
    said = [m["text"] for m in screen.find(held["id"])["messages"] if m["kind"] == "customer"]
    assert said == ["Hej", "Ett", "Två", "Tre"]


async def test_who_missed_too_much_gets_a_snapshot(house: House) -> None:
    await hold_text(house)
    number = (await house.close("ada")).number
    for _ in range(MOST_EVENTS // 50 + 1):
        await house.take(*(text(f"Nummer {n}") for n in range(50)))
    answer = await house.console.resume(await house.staff("ada"), number)
    assert answer.events is None
    assert answer.snapshot is not None
    assert answer.snapshot.number == number + MOST_EVENTS + 50
    await house.open("ada")


async def test_who_missed_what_is_forgotten_gets_a_snapshot(house: House) -> None:
    await hold_text(house)
    screen = await house.close("ada")
    await house.take(text("Ett"))
    await house.turn(3600)

    async def forget(conn: Connection) -> int:
        return await prune(conn, house.clock.now())

    assert await house.db.write(forget) > 0
    answer = await house.console.resume(await house.staff("ada"), screen.number)
    assert answer.snapshot is not None
    await house.open("ada")


@pytest.mark.parametrize("number", [10_000, -1])
async def test_a_number_that_was_never_told_gets_a_snapshot(house: House, number: int) -> None:
    await house.open("ada")
    assert (await house.console.resume(await house.staff("ada"), number)).snapshot is not None


async def test_who_missed_nothing_gets_nothing(house: House) -> None:
    ada = await house.open("ada")
    assert (await house.console.resume(await house.staff("ada"), ada.number)).events == []


class Elsewhere:
    """The same agent's desk in another process: it hears that something was stored, and reads it."""

    def __init__(self, house: House) -> None:
        self.feed = DeskFeed(house.db, house.clock, house.scripts, Looks(house.db, house.clock), self._emit)
        self.screen: Screen
        self.got = asyncio.Event()

    async def open(self, agent: str) -> Screen:
        self.feed.open(agent)
        answer = await self.feed.resume(agent, None)
        assert answer.snapshot is not None
        self.screen = Screen(answer.snapshot.model_dump(mode="json"))
        return self.screen

    async def _emit(self, agent: str, events: list[dict[str, Any]]) -> None:
        for numbered in orjson.loads(orjson.dumps(events)):  # as they come over the wire
            self.screen.take(numbered)
        self.got.set()


async def test_a_desk_in_another_process_is_told_the_same(house: House) -> None:
    ada = await house.seat("ada")
    there = Elsewhere(house)
    screen = await there.open("ada")
    await house.take(text("Hej"))
    there.feed.look("ada")
    there.feed.look("ada")  # two messages over the bus are as good as one
    async with asyncio.timeout(10):
        while screen.number < ada.number:
            there.got.clear()
            await there.got.wait()
    assert screen.shown["offers"] == ada.shown["offers"]


async def test_all_who_have_news_at_once_are_read_for_together(house: House) -> None:
    agents, told = ("ada", "ben", "emre"), dict[str, list[int]]()
    for agent in agents:
        await house.seat(agent)

    async def emit(agent: str, events: list[dict[str, Any]]) -> None:
        told.setdefault(agent, []).extend(event["number"] for event in events)

    reads = []
    counting = SimpleNamespace(read=lambda: reads.append("one") or house.db.read())
    feed = DeskFeed(counting, house.clock, house.scripts, Looks(house.db, house.clock), emit)
    for agent in agents:
        feed.open(agent)
        await feed.resume(agent, None)
    first = {agent: house.screens[agent].number + 1 for agent in agents}
    await house.take(*(text(f"Nummer {n}", f"+4670174040{n}") for n in range(9)))
    expected = {agent: list(range(first[agent], house.screens[agent].number + 1)) for agent in agents}
    reads.clear()
    for agent in agents:
        feed.look(agent)
    async with asyncio.timeout(10):
        while told != expected:
            await asyncio.sleep(0)
    assert reads == ["one"] and all(expected.values())


async def test_a_gap_in_what_is_told_is_filled_from_storage(house: House) -> None:
    ada = await house.seat("ada")
    there = Elsewhere(house)
    screen = await there.open("ada")
    await house.take(text("Hej"))
    numbers = [event.number for event in await missed(house, screen.number)]
    assert len(numbers) > 1
    await there.feed.tell("ada", [(numbers[-1], "{}")])  # the ones before were lost on the way
    async with asyncio.timeout(10):
        while screen.number < ada.number:
            there.got.clear()
            await there.got.wait()
    assert screen.seen == ada.seen[-len(numbers) :]


async def lose_readers(house: House) -> None:
    """The next one who reads finds their session gone; after that there are others."""
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
    await house.db.write(lambda conn: conn.execute(sql(f"{others} AND pid <> pg_backend_pid()")))


@ON_POSTGRES
@pytest.mark.promise("P9")
async def test_what_could_not_be_read_is_told_when_it_can(house: House) -> None:
    ada = await house.seat("ada")
    there = Elsewhere(house)
    screen = await there.open("ada")
    await house.take(text("Hej"))
    await lose_readers(house)
    there.feed.look("ada")
    async with asyncio.timeout(60):
        while screen.number < ada.number:
            there.feed.read_again()  # once in a while
            await asyncio.sleep(0)
    assert screen.shown["offers"] == ada.shown["offers"]


@ON_POSTGRES
@pytest.mark.promise("P9")
async def test_who_comes_while_the_database_is_away_is_asked_to_come_again(house: House) -> None:
    ada = await house.seat("ada")
    staff = await house.staff("ada")
    await lose_readers(house)
    assert await house.console.resume(staff, ada.number) is None
    answer = await house.console.resume(staff, ada.number)
    assert answer is not None
    assert answer.events == []


async def test_what_was_told_before_is_not_told_again(house: House) -> None:
    await house.seat("ada")
    there = Elsewhere(house)
    screen = await there.open("ada")
    await there.feed.tell("ada", [(screen.number, "{}")])
    assert screen.seen == []


async def missed(house: House, number: int) -> list[Any]:
    async with house.db.read() as conn:
        return await read_after(conn, "ada", number, 100)


@pytest.mark.parametrize(
    ("count", "length", "shown"), [(3, 10, 3), (150, 10, SHOWN), (150, SHOWN_CHARACTERS // 10, 10), (2, 10**6, 1)]
)
def test_a_desk_is_sent_the_newest_messages_alone_and_never_none(count: int, length: int, shown: int) -> None:
    rows = [
        new_message(
            message_id=f"m{number}",
            interaction_id="i1",
            customer_id="sam",
            kind="customer",
            channel="webchat",
            now=number,
            text="x" * length,
        )
        for number in range(count)
    ]
    assert [message.id for message in view_newest(rows)] == [f"m{number}" for number in range(count)][-shown:]
