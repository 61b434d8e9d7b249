"""The closing of the web server's door: whoever was let in gets an answer.

The rule of this file: a connection was let in once the kernel has it, though the loop may not have seen it yet. So
the queue is emptied before the socket is closed, and whoever has just come may still say what they came for. The same
holds for a request on a connection that was idle: it is answered once its first byte is in the kernel.

aiohttp closes the listening socket at once, which resets those who wait there, and marks every connection without a
request as ended, so that a request which arrives a moment later is thrown away, and the rest of one that has begun
(`BaseRunner.cleanup`, 3.14).
"""

import asyncio
import socket
from typing import Final

from aiohttp import web

from channels.waiting_connections import let_in_all
from hub.doors.kept_connections import is_anybody_asking, list_connections

LOOK_SECONDS: Final = 0.02  # several turns of the loop: one that was taken from the queue is known by then
LOOKS: Final = 25  # so often we look whether all who were let in have asked: half a second
MOST_LOOKS: Final = 100  # so often we look whether all requests that have begun are here: two seconds


async def close_door(runner: web.AppRunner, door: socket.socket | None) -> None:
    """Let in whoever waits at the door, close it, wait until they have asked, and end the connections that are idle
    then. `door`: the socket that listens; None if nobody reaches this process."""
    if door is None:
        return
    await let_in_all([door])
    for site in runner.sites:  # in the turn in which nobody waited
        await site.stop()
    assert runner.server is not None
    for look in range(MOST_LOOKS):
        await asyncio.sleep(LOOK_SECONDS)
        connections = list_connections(runner.server)
        is_anybody_awaited = look < LOOKS and any(one.is_silent() for one in connections)
        if not (is_anybody_awaited or is_anybody_asking(connections)):
            break
    for one in list_connections(runner.server):  # in the turn of the last look
        one.end_if_idle()
