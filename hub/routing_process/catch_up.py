"""Asks a provider for events that its webhooks did not bring: when routing begins, and every minute from then on.

The rule of this file: it decides only when to ask, and since when. The adapter finds the missed events and stores
them as webhooks do, under the same keys, so asking twice doubles nothing.

A provider repeats a webhook once at most. It never sends again what happened while the hub was down, its database
away or its proxy broken: a caller who hung up would wait for ever, and a text would be lost.
"""

import asyncio
import time
from dataclasses import dataclass

import structlog

from channels.channel import CatchesUp, ChannelError
from hub.clock import Clock
from hub.storage import inbox
from hub.storage.database import Database, StorageUnavailable
from routing.model import SECOND, Micros

log = structlog.get_logger()

ROUND_SECONDS = 60.0
SHARE = 20  # a slow round delays the next one: rounds take at most a twentieth of the time
# How far a round looks back beyond the round before. A provider reports on a text later than the text was sent, and
# clocks differ. The first round of a process follows an outage and looks back further.
OVERLAP, FIRST_OVERLAP = 300 * SECOND, 3600 * SECOND
# Shorter than the inbox has delivery keys: an older event would count as a new one
LONGEST = 6 * 24 * 3600 * SECOND


@dataclass(slots=True)
class CatchUp:
    """Catches up with one channel. The table `caught_up` says until when the hub knows all events of the provider."""

    db: Database
    channel: CatchesUp
    clock: Clock

    async def run(self) -> None:
        """Ask every minute until cancelled."""
        overlap = FIRST_OVERLAP
        while True:
            began = time.monotonic()
            if await self.look(overlap):
                overlap = OVERLAP
            took = time.monotonic() - began
            await asyncio.sleep(max(ROUND_SECONDS, took * SHARE))

    async def look(self, overlap: Micros) -> bool:
        """Ask once. False if that failed: the next round then begins where this one did."""
        now, name = self.clock.now(), self.channel.name
        try:
            known_until = await self._read()
            since = now if known_until is None else max(known_until - overlap, now - LONGEST)
            # The provider has a clock of its own. The earlier of our two clocks misses nothing, even if one is wrong.
            await self.channel.catch_up(since + min(self.clock.ahead(), 0))
            await self._write(now)
        except (ChannelError, StorageUnavailable) as error:
            log.warning("fetching missed events failed: the next round tries again", channel=name, error=str(error))
        except Exception:  # a nonsensical answer must not stop other channels
            log.exception("fetching missed events failed: the next round tries again", channel=name)
        else:
            return True
        return False

    async def _read(self) -> Micros | None:
        """The instant that is known so far. None if the hub has never asked: earlier events are not its business."""
        async with self.db.read() as conn:
            return await inbox.find_caught_up(conn, self.channel.name)

    async def _write(self, at: Micros) -> None:
        await self.db.write(lambda conn: inbox.set_caught_up(conn, self.channel.name, at))
