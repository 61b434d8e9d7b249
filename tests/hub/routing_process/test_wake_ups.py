"""No wake-up is lost: a single arrival is decided with no other one behind it and no timer due.

The rule of this file: the polls and timers that would heal a lost wake-up are switched off, and everything that the
dispatcher and the doors await is delayed by turns of the loop, in a random number, so that they meet in every order.
`make faults` runs ten thousand. The delays are printed: how long they may be, the benches say.
"""

import asyncio
import os
import random
import statistics
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from channels.channel import MessageReceived
from hub.routing_process import dispatcher
from hub.storage import tables
from hub.storage.documents import ARRIVALS
from hub.storage.inbox import Arrival
from routing.router import Router
from tests.hub.house import House
from tests.hub.notices import line

ARRIVALS_SENT = int(os.environ.get("HUB_ARRIVALS", "500"))
SEED = int(os.environ.get("HUB_SEED", "0")) or random.SystemRandom().randrange(1, 2**31)
MOST_TURNS = 12  # of the loop; a batch awaits fewer times than that
PATIENCE = 30.0  # seconds, after which a wake-up was lost


class Interleavings:
    def __init__(self, house: House, dice: random.Random) -> None:
        self._house, self._dice = house, dice
        db = house.db
        self._read, self._write, self._write_together = db.read, db.write, db.write_together
        house.db.read, house.db.write, house.db.write_together = self.read, self.write, self.write_together

    async def turn(self) -> None:
        for _ in range(self._dice.randrange(MOST_TURNS) if self._dice.random() < 0.6 else 0):
            await asyncio.sleep(0)

    @asynccontextmanager
    async def read(self, **options: Any) -> AsyncIterator[Any]:
        await self.turn()
        async with self._read(**options) as conn:
            yield conn
            await self.turn()
        await self.turn()

    async def write(self, unit: Any) -> Any:
        await self.turn()
        result = await self._write(unit)
        await self.turn()
        return result

    async def write_together(self, many: Any, item: Any) -> Any:
        await self.turn()
        result = await self._write_together(many, item)
        await self.turn()
        return result


async def test_every_single_arrival_is_decided_without_another_one(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    print(f"HUB_SEED={SEED}")
    dice = random.Random(SEED)
    monkeypatch.setattr(dispatcher, "POLL_SECONDS", 10 * PATIENCE)
    monkeypatch.setattr(Router, "next_deadline", lambda router: None)
    interleavings = Interleavings(house, dice)
    decided: dict[str, asyncio.Event] = {}
    remember(house, decided)
    loop, waits = asyncio.get_running_loop(), []
    for number in range(ARRIVALS_SENT):
        said = line(f"Hej {number}", f"chat-{number % 7}")
        heard = decided[said.text] = asyncio.Event()
        if dice.random() < 0.7:
            house.dispatcher.wake()  # so that it looks while the arrival comes
        await interleavings.turn()
        began = loop.time()
        sending = asyncio.create_task(send(house, said, dice))
        try:
            async with asyncio.timeout(PATIENCE):
                await heard.wait()
        except TimeoutError:
            raise AssertionError(f"arrival {number} was not decided") from None
        waits.append(loop.time() - began)
        if dice.random() < 0.5:  # otherwise the next one comes before this one is acknowledged
            await sending
        else:
            sending.add_done_callback(lambda task: task.result())
    await sending
    await asyncio.sleep(0)
    assert await house.count(tables.message, tables.message.c.kind == "customer") == ARRIVALS_SENT
    waits.sort()
    p50, p99 = statistics.median(waits) * 1000, waits[len(waits) * 99 // 100] * 1000
    print(f"{ARRIVALS_SENT} single arrivals: p50 {p50:.1f} ms, p99 {p99:.1f} ms, the last {waits[-1] * 1000:.1f} ms")


async def send(house: House, said: MessageReceived, dice: random.Random) -> None:
    match dice.randrange(4):
        case 0:  # another process, whose word comes over the bus
            await house.inbox.put([Arrival(said.key, "MessageReceived", ARRIVALS.encode(said), house.clock.now())])
            house.dispatcher.wake()
        case 1:  # as after a failed batch, or in a flood
            house.hand_over.close()
            await house.host.accept([said])
        case _:
            await house.host.accept([said])


def remember(house: House, decided: dict[str, asyncio.Event]) -> None:
    """Set the event of each text that is stored with its decision."""
    tell: Callable[[Any], Any] = house.dispatcher._tell

    async def tell_and_set(told: Any) -> None:
        for _, message in told.chat_messages:
            decided[message.text].set()
        await tell(told)

    house.dispatcher._tell = tell_and_set
