"""What processes say to each other: of what there is news, and never the news itself."""

import asyncio
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from structlog.testing import capture_logs

from agent_console.commands import CommandAnswer
from hub.access.looks import Looks
from hub.screens import telling
from hub.screens.desk_feed import DeskFeed
from hub.screens.open_pages import OpenPages
from hub.screens.telling import LOOK_SECONDS, TOLD, Announcer, Answers
from hub.storage.inbox import Arrival, Handled, finish
from tests.hub.house import House
from tests.hub.notices import line, opening

CHAT = "chat-1"
WORDS = ("Mitt kort är borta", "我的卡丢了")


class Wire:
    """What goes to Redis; and anybody who can write to it may put in a text."""

    is_healthy = True

    def __init__(self) -> None:
        self.sent: list[str] = []
        self._heard: list[Callable[[str], None]] = []

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def publish(self, topic: str, text: str) -> None:
        self.sent.append(text)

    def subscribe(self, topic: str, callback: Callable[[str], None]) -> None:
        assert topic == TOLD
        self._heard.append(callback)

    async def put_in(self, text: str) -> None:
        """Returns when every process has done with it."""
        for callback in self._heard:
            callback(text)
        await asyncio.gather(*(t for t in asyncio.all_tasks() if t.get_name() == "hear what was told"))


class Page:
    """The web chat of a process that has one chat open."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []

    def is_open(self, chat_id: str) -> bool:
        return chat_id == CHAT

    async def tell_message(self, chat_id: str, message: Any) -> None:
        self.told.append((chat_id, message.text))

    async def tell_chat(self, chat_id: str, state: str, position: int | None, **more: Any) -> None:
        self.told.append((chat_id, state, more["agent_name"]))


def announcer(house: House, wire: Wire, process: str, page: Any = None, **more: Any) -> Announcer:
    async def emit(agent: str, events: list[dict[str, Any]]) -> None:
        raise AssertionError("no desk is open here")

    return Announcer(
        bus=wire,
        process=process,
        feed=DeskFeed(house.db, house.clock, house.scripts, Looks(house.db, house.clock), emit),
        answers=Answers(house.inbox),
        host=house.host,
        webchat=page,
        pages=OpenPages(),
        wake_senders=lambda channels: None,
        **more,
    )


async def chat(house: House) -> None:
    await house.seat("emre")
    await house.take(opening(CHAT), *(line(words, CHAT) for words in WORDS))
    await house.accept("emre")


async def test_a_chat_that_is_open_in_another_process_hears_everything_and_the_bus_carries_none_of_it(
    house: House,
) -> None:
    await chat(house)
    wire, page = Wire(), Page()
    here, _ = announcer(house, wire, "here"), announcer(house, wire, "elsewhere", page)
    for told in house.told:
        await here.tell(told)
    for text in list(wire.sent):
        await wire.put_in(text)
    assert [told[1] for told in page.told if len(told) == 2] == [*WORDS]
    assert page.told[-1] == (CHAT, "active", "Emre Yıldız")
    assert wire.sent
    assert [word for word in (*WORDS, "Emre Yıldız", "active") for text in wire.sent if word in text] == []


@pytest.mark.parametrize(
    "text",
    [
        orjson.dumps({"process": "x", "agents": [], "chats": {}, "answers": [], "moved": [[CHAT, "closed"]]}),
        orjson.dumps({"from": "x", "agents": [], "chats": {}, "answers": [], "moved": [], "text": "Hello"}),
        orjson.dumps({"process": "x", "agents": [], "chats": {CHAT: "1"}, "answers": [], "moved": []}),
        orjson.dumps(["told"]),
        b"{",
        b"\xc3\x28",
    ],
    ids=str,
)
async def test_what_a_stranger_puts_on_the_bus_is_dropped_and_said_to_the_operator(house: House, text: bytes) -> None:
    await chat(house)
    wire, page = Wire(), Page()
    _ = announcer(house, wire, "elsewhere", page)
    with capture_logs() as logs:
        await wire.put_in(text.decode(errors="replace"))
    assert page.told == []
    assert [entry["log_level"] for entry in logs] == ["warning"]


async def test_a_stranger_on_the_bus_who_knows_its_form_makes_a_page_hear_what_is_stored_and_nothing_else(
    house: House,
) -> None:
    await chat(house)
    wire, page = Wire(), Page()
    _ = announcer(house, wire, "elsewhere", page)
    forged = {"process": "x", "agents": ["emre"], "chats": {CHAT: 1}, "moved": [CHAT, "chat-2"], "answers": [1]}
    await wire.put_in(orjson.dumps(forged).decode())
    assert page.told == [(CHAT, WORDS[0]), (CHAT, WORDS[1]), (CHAT, "active", "Emre Yıldız")]


async def test_answers_that_another_process_told_are_read_together_and_none_waits_for_a_look(house: House) -> None:
    """Also one that is told before its command waits, as on a busy machine."""
    answers, given = Answers(house.inbox), CommandAnswer(code="too_late").model_dump_json()
    keys = [f"command:{n}" for n in range(3)]
    ids = await house.inbox.put([Arrival(key, "command", "{}", 1) for key in keys])
    rows = {row_id: key for row_id, key in zip(ids, keys, strict=True) if row_id is not None}
    await house.db.write(lambda conn: finish(conn, [Handled(row_id, given) for row_id in rows], 2))
    early, *others = rows.items()
    await answers.look_for([early[0]])
    waiting = [asyncio.create_task(answers.wait(row_id, key)) for row_id, key in others]
    await asyncio.sleep(0)  # until they wait
    house.inbox.find = None  # nobody who is expected is read for alone
    await answers.look_for(rows)
    assert [(await answer).code for answer in waiting] == ["too_late"] * 2
    del house.inbox.find
    async with asyncio.timeout(LOOK_SECONDS / 2):
        assert (await answers.wait(*early)).code == "too_late"


async def test_a_process_with_edges_tells_them_each_batch_and_other_machines_of_several_at_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "GATHER_SECONDS", 0)
    await chat(house)
    wire, edges = Wire(), list[Any]()
    here = announcer(house, wire, "here", tell_edges=edges.append)
    for told in house.told:
        await here.tell(told)
    assert edges == house.told
    assert wire.sent == []
    await asyncio.gather(*(t for t in asyncio.all_tasks() if t.get_name() == "tell other machines"))
    (said,) = wire.sent
    page = Page()
    announcer(house, wire, "elsewhere", page)
    await wire.put_in(said)
    assert [told[1] for told in page.told if len(told) == 2] == [*WORDS]


async def test_an_edge_that_hears_its_router_directly_reads_nothing_for_what_it_says_on_the_bus(house: House) -> None:
    await chat(house)
    wire, page = Wire(), Page()
    announcer(house, wire, "edge", page, is_heard=lambda process: process == "router")
    await wire.put_in('{"process":"router","agents":[],"chats":{"chat-1":1},"moved":[],"answers":[]}')
    assert page.told == []
    await wire.put_in('{"process":"other","agents":[],"chats":{"chat-1":1},"moved":[],"answers":[]}')
    assert page.told != []
