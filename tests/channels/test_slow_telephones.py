"""A telephone that stops reading is cut off, and whoever talks meanwhile hears each other as before."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer

from channels.sandbox.sound import telephone_socket
from channels.sandbox.sound.access_tokens import TokenCheck
from channels.sandbox.sound.mixer import LineState
from channels.sandbox.sound.server import SoundServer
from tests.channels.telephone import KEY_SECRET, KEY_SID, pick_up
from tests.channels.twilio_cast import ACCOUNT_SID

PIA, ADA = 440.0, 880.0
AT_MOST = 0.5  # seconds between two frames; this machine may do much else


@asynccontextmanager
async def serve(folder: Path) -> AsyncIterator[tuple[SoundServer, TestServer]]:
    server = SoundServer(TokenCheck(ACCOUNT_SID, KEY_SID, KEY_SECRET), folder, lambda happened: None)
    site = TestServer(server.build_app())
    await site.start_server()
    mixing = asyncio.create_task(server.mix())
    try:
        yield server, site
    finally:
        mixing.cancel()
        await asyncio.gather(mixing, return_exceptions=True)
        await site.close()


async def stop_reading(site: TestServer, path: str) -> socket.socket:
    """A telephone whose page hangs: it has connected, and takes nothing any more."""
    loop, deaf = asyncio.get_running_loop(), socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    deaf.setblocking(False)
    await loop.sock_connect(deaf, (site.host, site.port))
    head = f"GET {path} HTTP/1.1\r\nHost: {site.host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    head += "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    await loop.sock_sendall(deaf, head.encode())
    return deaf


async def test_a_telephone_that_stops_reading_delays_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telephone_socket, "SOCKET_BYTES", 2048)
    monkeypatch.setattr(telephone_socket, "MOST_UNREAD", 1024)
    async with serve(tmp_path) as (server, site):
        for call in ("pia", "ada", "deaf"):
            await server.obey(LineState(call=call, room="room", secret="x"))
        url = str(site.make_url("/customer")).replace("http", "ws")
        deaf = await stop_reading(site, "/customer?call=deaf&secret=x")
        try:
            async with (
                pick_up(f"{url}?call=pia&secret=x", PIA) as pia,
                pick_up(f"{url}?call=ada&secret=x", ADA) as ada,
            ):
                await pia.until_hears(ADA, among=(PIA, ADA))
                clock = asyncio.get_running_loop().time
                longest, last = 0.0, clock()
                async with asyncio.timeout(60):
                    while server._telephones.find("deaf") is not None:
                        await pia.until_more(1)
                        longest, last = max(longest, clock() - last), clock()
                assert longest < AT_MOST
                await ada.until_hears(PIA, among=(PIA, ADA))
        finally:
            deaf.close()
