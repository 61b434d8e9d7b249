"""Limits for one client of web chat: its rate, its origin, its silence, and its unread packets."""

import asyncio
from collections.abc import AsyncIterator
from random import Random

import aiohttp
import pytest
import socketio

from channels.channel import ChatOpened
from channels.webchat.guard import Cap
from channels.webchat.webchat import WebchatChannel, WebchatSettings
from tests.channels.contract import MemoryHub
from tests.channels.webchat_house import SITE, WebchatHouse, open_house


@pytest.fixture
async def house() -> AsyncIterator[WebchatHouse]:
    async with open_house() as house:
        yield house


async def test_a_bad_event_is_refused_with_a_short_code_and_the_chat_goes_on(house: WebchatHouse) -> None:
    mallory = await house.visit()
    assert await mallory.ask("say", {"id": "m1", "text": "Hello"}) == {"code": "not_open"}
    await mallory.ask("open")
    assert await mallory.ask("say", {"id": "m1", "text": "x" * 4001}) == {"code": "bad_request"}
    assert await mallory.ask("erase") == {"code": "bad_request"}
    assert house.hub.notices == {}
    assert (await mallory.ask("say", {"id": "m1", "text": "x" * 4000}))["ok"] is True


async def test_who_talks_too_fast_is_told_so_and_may_go_on_later(house: WebchatHouse) -> None:
    hasty, calm = await house.visit(), await house.visit()
    await hasty.ask("open")
    answers = [await hasty.ask("say", {"id": f"m{count}", "text": "!"}) for count in range(7)]
    assert [answer.get("code") for answer in answers] == [None] * 5 + ["too_fast"] * 2
    await hasty.socket.emit("disconnect", {}, namespace="/webchat")
    await hasty.socket.emit("connect", {}, namespace="/webchat")
    assert await hasty.ask("typing") == {"code": "too_fast"}
    assert "chat_id" in await calm.ask("open")
    house.time += 1.0
    assert (await hasty.ask("say", {"id": "m6", "text": "!"}))["ok"] is True


async def test_a_page_of_another_site_may_not_come_in(house: WebchatHouse) -> None:
    with pytest.raises(socketio.exceptions.ConnectionError):
        await house.visit("https://else.example")
    assert house.channel._connections == {}


async def test_who_opens_a_chat_and_says_nothing_is_dropped_and_makes_no_work(house: WebchatHouse) -> None:
    silent, sam = await house.visit(), await house.visit()
    for widget in (silent, sam):
        await widget.ask("open")
    assert (await sam.ask("say", {"id": "m1", "text": "Hello"}))["ok"] is True
    is_gone = asyncio.Event()
    silent.socket.on("disconnect", lambda *_: is_gone.set(), namespace="/webchat")
    for _ in range(2):
        await house.channel.sweep()
    assert not is_gone.is_set()
    house.time += 121
    for _ in range(2):
        await house.channel.sweep()
    await asyncio.wait_for(is_gone.wait(), 60)
    assert (await sam.ask("say", {"id": "m2", "text": "Hello"}))["ok"] is True
    assert {notice.chat_id for notice in house.hub.notices.values()} == {house.hub.find(ChatOpened)[0].chat_id}


@pytest.mark.parametrize("step", [86_400, -86_400])
async def test_a_wall_that_is_set_cuts_nobody_off_and_lets_nobody_stay(house: WebchatHouse, step: float) -> None:
    silent = await house.visit()
    await silent.ask("open")
    is_gone = asyncio.Event()
    silent.socket.on("disconnect", lambda *_: is_gone.set(), namespace="/webchat")
    house.wall += step
    for _ in range(2):
        await house.channel.sweep()
    assert silent.socket.connected and not is_gone.is_set()
    house.time += 121
    for _ in range(2):
        await house.channel.sweep()
    await asyncio.wait_for(is_gone.wait(), 60)


async def test_a_chat_may_say_so_much_in_a_minute_however_often_its_page_comes_back(house: WebchatHouse) -> None:
    house.channel._minutely = Cap(3, 60, lambda: house.time)
    pia = await house.visit()
    chat = await pia.ask("open")
    mine = {"chat_id": chat["chat_id"], "token": chat["token"]}
    for number in range(3):
        assert (await pia.ask("say", {"id": f"m{number}", "text": "!"}))["ok"]
    again, gus = await house.visit(), await house.visit()
    await again.ask("open", mine)
    await gus.ask("open")
    assert await again.ask("say", {"id": "m4", "text": "!"}) == {"code": "too_many_messages"}
    assert (await gus.ask("say", {"id": "m1", "text": "!"}))["ok"] is True
    house.time += 61
    assert (await again.ask("say", {"id": "m4", "text": "!"}))["ok"] is True


@pytest.mark.parametrize("cap", ["_begun_here", "_begun_there"])
async def test_from_one_address_and_on_one_site_so_many_chats_begin(house: WebchatHouse, cap: str) -> None:
    setattr(house.channel, cap, Cap(2, 60, lambda: house.time))
    widgets = [await house.visit() for _ in range(3)]
    answers = []
    for widget in widgets:
        await widget.ask("open")
        answers.append(await widget.ask("say", {"id": "m1", "text": "!"}))
    assert [answer.get("code") for answer in answers] == [None, None, "too_many_chats"]
    assert (await widgets[0].ask("say", {"id": "m2", "text": "!"}))["ok"] is True  # what has begun goes on
    assert len(house.hub.find(ChatOpened)) == 2
    house.time += 61
    assert (await widgets[2].ask("say", {"id": "m1", "text": "!"}))["ok"] is True


def test_a_cap_holds_in_any_span_of_its_length_not_only_in_those_that_begin_with_it() -> None:
    """Two bursts about the end of a fixed window were twice as many."""
    now, random, taken = 1_000.0, Random(8), list[float]()
    cap = Cap(10, 60, lambda: now)
    for _ in range(20_000):
        now += random.choice([0.0, 0.01, 1.0, 7.0, 59.9])
        if cap.take("pia"):
            taken.append(now)
    assert len(taken) > 1_000
    assert all(later - earlier >= 60 for earlier, later in zip(taken, taken[10:], strict=False))
    now += 61
    assert cap.take("gus")
    assert list(cap._taken) == ["gus"]  # whoever took nothing for so long is forgotten


async def test_what_could_not_be_stored_is_not_counted(house: WebchatHouse) -> None:
    house.channel._minutely = Cap(2, 60, lambda: house.time)
    house.channel._begun_here = Cap(1, 60, lambda: house.time)
    pia = await house.visit()
    await pia.ask("open")
    house.hub.is_away = True
    for _ in range(4):
        assert await pia.ask("say", {"id": "m1", "text": "!"}) == {"code": "try_again"}
    house.hub.is_away, house.time = False, house.time + 5
    assert (await pia.ask("say", {"id": "m1", "text": "!"}))["ok"]


async def test_chats_that_may_not_begin_leave_nothing_in_memory(house: WebchatHouse) -> None:
    house.channel._begun_here = Cap(1, 60, lambda: house.time)
    mallory = await house.visit()
    for number in range(20):
        house.time += 1
        await mallory.ask("open")
        assert ("ok" if number == 0 else "code") in await mallory.ask("say", {"id": "m1", "text": "!"})
    assert len(house.channel._minutely._taken) == len(house.channel._hourly._taken) == 1


async def test_who_connects_and_asks_for_nothing_is_dropped_at_the_second_sweep(house: WebchatHouse) -> None:
    silent, sam = await house.visit(), await house.visit()
    await sam.ask("open")
    is_gone = asyncio.Event()
    silent.socket.on("disconnect", lambda *_: is_gone.set(), namespace="/webchat")
    address = f"{house.url}/socket.io/?EIO=4&transport=websocket"
    async with aiohttp.ClientSession() as client, client.ws_connect(address, headers={"Origin": SITE}) as bare:
        await bare.receive()  # the Engine.IO greeting; it never connects to a namespace
        await house.channel.sweep()
        assert not bare.closed
        await house.channel.sweep()
        assert (await bare.receive(timeout=60)).type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
    await asyncio.wait_for(is_gone.wait(), 60)
    assert (await sam.ask("say", {"id": "m1", "text": "Hello"}))["ok"] is True


def test_a_server_that_handles_a_clients_events_at_once_is_refused() -> None:
    with pytest.raises(ValueError, match="async_handlers"):
        server = socketio.AsyncServer(async_mode="aiohttp")
        settings = WebchatSettings(secret="s3", origins=(SITE,))
        WebchatChannel(settings, MemoryHub(), server, clock=lambda: 0.0, wall=lambda: 0.0)
