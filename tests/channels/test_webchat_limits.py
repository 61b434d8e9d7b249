"""What one client of web chat may cost: its rate, its origin, its silence, and what it leaves unread."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import orjson
import pytest
import socketio

from channels.webchat import WebchatChannel, WebchatSettings
from tests.channels.webchat_house import SITE, House, open_house


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with open_house() as house:
        yield house


async def test_a_bad_event_is_refused_with_a_short_code_and_the_chat_goes_on(house: House) -> None:
    mallory = await house.visit()
    assert await mallory.ask("say", {"id": "m1", "text": "Hello"}) == {"code": "not_open"}
    await mallory.ask("open")
    assert await mallory.ask("say", {"id": "m1", "text": "x" * 4001}) == {"code": "bad_request"}
    assert await mallory.ask("erase") == {"code": "bad_request"}
    assert house.hub.notices == {}
    assert (await mallory.ask("say", {"id": "m1", "text": "x" * 4000}))["ok"] is True


async def test_who_talks_too_fast_is_told_so_and_may_go_on_later(house: House) -> None:
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


async def test_a_page_of_another_site_may_not_come_in(house: House) -> None:
    with pytest.raises(socketio.exceptions.ConnectionError):
        await house.visit("https://else.example")
    assert house.channel._connections == {}


async def test_who_connects_and_asks_for_nothing_is_dropped_at_the_second_sweep(house: House) -> None:
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


async def test_who_stops_reading_is_cut_off_and_loses_nothing(house: House) -> None:
    address = f"{house.url}/socket.io/?EIO=4&transport=websocket"
    async with aiohttp.ClientSession() as client, client.ws_connect(address, headers={"Origin": SITE}) as deaf:
        await deaf.send_str("40/webchat,")
        await deaf.send_str('42/webchat,1["open",{}]')
        while not (frame := (await deaf.receive()).data).startswith("43"):
            pass
        opened = orjson.loads(frame.partition("[")[2].removesuffix("]"))
        transport = deaf._response.connection.transport
        transport.pause_reading()
        for sent in range(2000):
            if house.channel._connections:
                line = house.hub.add(opened["chat_id"], f"m{sent}", "system", "长" * 4000)
                await house.channel.tell_message(opened["chat_id"], line)
        assert house.channel._connections == {}
        transport.abort()
    again = await house.visit()
    reopened = await again.ask("open", {"chat_id": opened["chat_id"], "token": opened["token"]})
    assert reopened["messages"][0]["number"] == 1


def test_a_server_that_handles_a_clients_events_at_once_is_refused() -> None:
    with pytest.raises(ValueError, match="async_handlers"):
        WebchatChannel(WebchatSettings(secret="s3", origins=(SITE,)), socketio.AsyncServer(async_mode="aiohttp"))
