"""The clock on the wall, set by a test while a stage's hub runs.

The rule of this file: whoever sets it waits until the hub has taken it on.
"""

import asyncio

import pytest

from tests.hub.clocks import HandMachine
from tests.hub.stage import Stage

EACH_STEP = pytest.mark.parametrize("step", [1.0, -1.0, 24 * 3600.0, -24 * 3600.0])
AT_MOST = 2.0  # seconds that anything may be early or late


async def set_wall(stage: Stage, machine: HandMachine, step: float) -> None:
    machine.step(step)
    ahead = stage.state.book.wall_ahead
    stage._wake()
    async with asyncio.timeout(10):
        while stage.state.book.wall_ahead == ahead:
            await stage._next_batch()
