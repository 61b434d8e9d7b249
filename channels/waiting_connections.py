"""Connections that the kernel has let in at a door, and the loop has not yet taken.

The rule of this file: whoever is connected has been let in. So before a socket that listens is closed, its queue is
emptied: closing it resets those who wait there.

The own loop of asyncio makes each connection in a task, which fails and leaves the connection open if the server has
closed meanwhile (`Server._attach`, 3.11; uvloop does not).
"""

import asyncio
import select
from collections.abc import Collection
from typing import Final, Protocol

TURNS: Final = 1000  # of the loop, at most, in which the queue is emptied: a flood must not hold us up


class Door(Protocol):
    """A socket that listens."""

    def fileno(self) -> int: ...


async def let_in_all(doors: Collection[Door]) -> None:
    """Returns in a turn of the loop in which nobody waits at these doors: close them in the same turn."""
    for _ in range(TURNS):
        if not (_is_somebody_waiting(doors) or _is_somebody_coming()):
            break
        await asyncio.sleep(0)


def _is_somebody_waiting(doors: Collection[Door]) -> bool:
    looking = select.poll()
    for door in doors:
        looking.register(door.fileno(), select.POLLIN)
    return bool(looking.poll(0))


def _is_somebody_coming() -> bool:
    """Whether asyncio's own loop has taken a connection and not made it yet."""
    return any(getattr(one.get_coro(), "__name__", "") == "_accept_connection2" for one in asyncio.all_tasks())
