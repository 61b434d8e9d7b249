"""The clock on the wall, set by a test while the hub runs.

The rule of this file: whoever sets it waits until the hub has taken it on.
"""

import asyncio

import pytest

from tests.hub.clocks import HandMachine
from tests.hub.house import House

EACH_STEP = pytest.mark.parametrize("step", [1.0, -1.0, 24 * 3600.0, -24 * 3600.0])
AT_MOST = 2.0  # seconds that anything may be early or late


async def set_wall(house: House, machine: HandMachine, step: float) -> None:
    machine.step(step)
    ahead = house.state.book.wall_ahead
    house._wake()
    async with asyncio.timeout(10):
        while house.state.book.wall_ahead == ahead:
            await house._next_batch()
