"""The closing of the web server's door: whoever was let in gets an answer.

The rule of this file: a connection was let in once the kernel has it, though the loop may not have seen it yet. So
the queue is emptied before the socket is closed, and whoever has just come may still say what they came for.

aiohttp closes the listening socket at once, which resets those who wait there, and marks every connection without a
request as ended, so that a request which arrives a moment later is thrown away (`BaseRunner.cleanup`, 3.14). The own
loop of asyncio makes each connection in a task, which fails and leaves the connection open if the server has closed
meanwhile (`Server._attach`, 3.11; uvloop does not).
"""

import asyncio
import select
import socket
from typing import Final

from aiohttp import web

TURNS: Final = 1000  # of the loop, at most, in which the queue is emptied: a flood must not hold us up
LOOK_SECONDS: Final = 0.02  # several turns of the loop: one that was taken from the queue is known by then
LOOKS: Final = 25  # so often we look whether all who were let in have asked: half a second


async def close_door(runner: web.AppRunner, door: socket.socket | None) -> None:
    """Let in whoever waits at the door, close it, and wait until they have asked. `door`: the socket that listens;
    None if nobody reaches this process."""
    if door is None:
        return
    for _ in range(TURNS):
        if not (_is_somebody_waiting(door) or _is_somebody_coming()):
            break
        await asyncio.sleep(0)
    for site in runner.sites:  # in the turn in which nobody waited
        await site.stop()
    for _ in range(LOOKS):
        await asyncio.sleep(LOOK_SECONDS)
        if not _is_somebody_silent(runner):
            break


def _is_somebody_waiting(door: socket.socket) -> bool:
    """Whether the kernel has a connection that the loop has not taken."""
    looking = select.poll()
    looking.register(door, select.POLLIN)
    return bool(looking.poll(0))


def _is_somebody_coming() -> bool:
    """Whether asyncio's own loop has taken a connection and not made it yet."""
    return any(getattr(one.get_coro(), "__name__", "") == "_accept_connection2" for one in asyncio.all_tasks())


def _is_somebody_silent(runner: web.AppRunner) -> bool:
    """Whether a connection has not sent its first request."""
    return runner.server is not None and any(not one._request_count for one in runner.server.connections)
