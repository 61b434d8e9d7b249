"""Frames that are none of ours, and polling that nobody needs: ended at once, and no word in the log."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

from hub.app import HubProcess
from hub.doors.socket_server import FRAMES_AT_ONCE, MOST_BROKEN, MOST_CONNECTS
from tests.attacks.doors import STAFF
from tests.hub.connected_screens import ScreenConnection, sign_in

pytestmark = pytest.mark.asyncio(loop_scope="module")

ENDED = (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSING, aiohttp.WSMsgType.ERROR)
SOCKET = "/socket.io/?EIO=4&transport=websocket"


@pytest_asyncio.fixture(loop_scope="module")
async def session(hub: HubProcess) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def is_ended(socket: aiohttp.ClientWebSocketResponse) -> bool:
    """Read on until the hub ends it."""
    async with asyncio.timeout(60):
        while (await socket.receive()).type not in ENDED:
            pass
    return True


async def still_works(hub: HubProcess) -> bool:
    desk = await ScreenConnection.open(hub.url, await sign_in(hub.url, STAFF["agent"]))
    answer = await desk.ask("resume", {})
    await desk.close()
    return "snapshot" in answer


@pytest.mark.parametrize(
    "frame",
    [
        "4", "4x", "49", "42", "42{}", "42[]", "42[1]", "42[null]", '42["command"', "42/desk,1[", "42/desk,", "43[]",
        '451-["command",{"_placeholder":true,"num":0}]', "4999999999999999-[]", "44", "42/webchat,1{}", "4²",
        "4" * 300, "42" + "9" * 200 + '["x"]', "42" + "[" * 50_000, '42["\\ud800', '40/webchat,{"a":',
        "42/" + "n" * 5000 + ",[]",
    ],
)  # fmt: skip
async def test_a_few_broken_frames_end_the_socket_and_nothing_else(
    hub: HubProcess, session: aiohttp.ClientSession, no_traceback: None, frame: str
) -> None:
    async with session.ws_connect(hub.url + SOCKET) as socket:
        for _ in range(MOST_BROKEN):
            await socket.send_str(frame)
        assert await is_ended(socket)


@pytest.mark.parametrize("frame", ["", "0{}", "2probe", "5", "6", "7", "x", "\0"])
async def test_what_is_no_frame_of_the_protocol_ends_it_at_once(
    hub: HubProcess, session: aiohttp.ClientSession, no_traceback: None, frame: str
) -> None:
    async with session.ws_connect(hub.url + SOCKET) as socket:
        await socket.send_str(frame)
        assert await is_ended(socket)
    async with session.ws_connect(hub.url + SOCKET) as socket:
        await socket.send_bytes(b"\4" + frame.encode())
        assert await is_ended(socket)


@pytest.mark.parametrize("namespace", ["/webchat", "/desk", "/nowhere", ""])
async def test_who_connects_again_and_again_is_let_go(
    hub: HubProcess, session: aiohttp.ClientSession, no_traceback: None, namespace: str
) -> None:
    async with session.ws_connect(hub.url + SOCKET) as socket:
        for _ in range(MOST_CONNECTS + 1):
            await socket.send_str(f"40{namespace},")
        assert await is_ended(socket)


async def test_a_second_connect_to_a_namespace_makes_no_second_screen(
    hub: HubProcess, session: aiohttp.ClientSession, no_traceback: None
) -> None:
    """The library would keep the first one as open after the connection has ended."""
    cookie = {"Cookie": await sign_in(hub.url, STAFF["agent"])}
    async with session.ws_connect(hub.url + SOCKET, headers=cookie) as socket:
        for _ in range(3):
            await socket.send_str("40/desk,")
        await socket.send_str('42/desk,7["resume",{}]')
        frames: list[str] = []
        async with asyncio.timeout(60):
            while not frames or not frames[-1].startswith("43/desk,7"):
                frames.append((await socket.receive()).data)
        assert sum(frame.startswith("40/desk,") for frame in frames) == 1


async def test_who_sends_frames_without_end_is_let_go(
    hub: HubProcess, session: aiohttp.ClientSession, no_traceback: None
) -> None:
    async with session.ws_connect(hub.url + SOCKET) as socket:
        await socket.send_str("40/webchat,")
        try:
            for _ in range(3 * FRAMES_AT_ONCE):
                await socket.send_str("3")
        except ConnectionError:  # it is gone already
            return
        assert await is_ended(socket)


async def test_who_cannot_be_looked_up_is_told_to_try_again(hub: HubProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    cookie = await sign_in(hub.url, STAFF["agent"])

    async def fail(*_: object) -> None:
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr("hub.screens.console_host.ConsoleHost.find_session", fail)
    with pytest.raises(Exception, match="try_again"):
        await ScreenConnection.open(hub.url, cookie)
    monkeypatch.undo()
    assert await still_works(hub)


@pytest.mark.parametrize("body", [b"", b"4", b"99999999999999999999", b"\xff\xfe", b"4" * 1000, b"\x1e" * 500])
async def test_polling_is_refused_with_400_at_once_whatever_is_in_it(
    hub: HubProcess, session: aiohttp.ClientSession, no_traceback: None, body: bytes
) -> None:
    async with asyncio.timeout(60), session.ws_connect(hub.url + SOCKET) as socket:
        sid = (await socket.receive()).data.partition('"sid":"')[2].partition('"')[0]
        for transport in ("polling", "websocket"):
            address = f"{hub.url}/socket.io/?EIO=4&transport={transport}"
            for where in (address, f"{address}&sid={sid}", f"{address}&sid=nobody"):
                async with session.post(where, data=body) as response:
                    assert response.status == 400, where
                async with session.get(where) as response:
                    assert response.status == 400, where
    assert await still_works(hub)
