"""Sockets that read nothing: what waits for one is counted by its bytes too, so that large packets are as few as they
have to be.
"""

import asyncio
from base64 import b64encode
from random import randbytes

import aiohttp
import pytest

from hub.app import HubProcess
from tests.hub.connected_screens import ScreenConnection, sign_in

pytestmark = pytest.mark.asyncio(loop_scope="module")

MOST_BYTES = 1_000_000
LARGE = "长" + b64encode(randbytes(75_000)).decode()  # 100 kB, which the connection cannot pack much smaller
PACKETS = 190  # fewer than `unsent_packets`, and more than the connection's own buffers take


@pytest.fixture(scope="module")
def changes() -> dict[str, str]:
    return {"unsent_bytes = 8_388_608": f"unsent_bytes = {MOST_BYTES}"}


async def test_a_desk_that_reads_nothing_is_cut_off_by_the_bytes_that_wait_for_it(
    hub: HubProcess, no_traceback: None
) -> None:
    cookie = await sign_in(hub.url, "ben")
    address = f"{hub.url}/socket.io/?EIO=4&transport=websocket"
    async with (
        aiohttp.ClientSession(headers={"Cookie": cookie}) as session,
        session.ws_connect(address, timeout=aiohttp.ClientWSTimeout(ws_close=0.1)) as deaf,
    ):
        await deaf.send_str("40/desk,")
        await deaf.send_str('42/desk,1["resume",{}]')
        while not (await deaf.receive()).data.startswith("43/desk,1"):
            pass
        transport = deaf._response.connection.transport
        transport.pause_reading()
        server = hub.sockets
        ((_, engine_id),) = server.manager.get_participants("/desk", "staff:ben")
        waiting, sent, most = server.eio.sockets[engine_id].queue, 0, 0
        while sent < PACKETS and engine_id in server._clients:  # until it is being cut off
            await server.emit("queues", [{"queue": LARGE}], room="staff:ben", namespace="/desk")
            sent, most = sent + 1, max(most, waiting.bytes)
            await asyncio.sleep(0)  # its writer sends what the connection takes
        assert sent < PACKETS
        assert most < MOST_BYTES + 2 * 100_100
        transport.abort()
    again = await ScreenConnection.open(hub.url, cookie)
    assert "snapshot" in await again.ask("resume", {})
    await again.close()


async def test_what_a_desk_has_read_waits_no_more_and_one_large_packet_is_let_through(hub: HubProcess) -> None:
    desk = await ScreenConnection.open(hub.url, await sign_in(hub.url, "cleo"))
    ((_, engine_id),) = hub.sockets.manager.get_participants("/desk", "staff:cleo")
    waiting = hub.sockets.eio.sockets[engine_id].queue
    await hub.sockets.emit("queues", [{"queue": LARGE * 20}], room="staff:cleo", namespace="/desk")
    assert "snapshot" in await desk.ask("resume", {})
    for _ in range(2 * MOST_BYTES // 100_000):
        await hub.sockets.emit("queues", [{"queue": LARGE}], room="staff:cleo", namespace="/desk")
        await desk.ask("resume", {})
    assert (waiting.bytes, waiting.packets) == (0, 0)
    await desk.close()
