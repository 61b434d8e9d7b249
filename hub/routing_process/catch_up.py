"""Asks a provider for what its webhooks did not bring: when routing begins, and every minute from then on.

The rule of this file: only when, and since when. What was missed is found by the adapter and comes in by the door of
the webhooks, under their keys, so nothing that is done here can double anything.

A provider repeats a webhook once at most. What happened while the hub was down, its database away or its proxy
broken never comes by itself: a caller who hung up would wait for ever, and a text would be lost.
"""

import asyncio
from dataclasses import dataclass

import structlog

from channels.channel import CatchesUp, ChannelError
from hub.clock import Clock
from hub.storage import inbox
from hub.storage.database import Database, StorageUnavailable
from routing.model import SECOND, Micros

log = structlog.get_logger()

ROUND_SECONDS = 60.0
SHARE = 20  # what takes long is done less often: at most a twentieth of the time
# How much earlier than the last round the next one looks. What became of a text is told later than the text was sent,
# and clocks differ; the first round of a process follows on an outage, and looks further.
OVERLAP, FIRST_OVERLAP = 300 * SECOND, 3600 * SECOND
# Less than delivery keys are kept in the inbox: what is older would be taken for new
LONGEST = 6 * 24 * 3600 * SECOND


@dataclass(slots=True)
class CatchUp:
    """One channel's part. The table `caught_up` says up to when the hub knows all that the provider has to tell."""

    db: Database
    channel: CatchesUp
    clock: Clock

    async def run(self) -> None:
        """Until cancelled."""
        overlap = FIRST_OVERLAP
        while True:
            began = asyncio.get_running_loop().time()
            if await self.look(overlap):
                overlap = OVERLAP
            took = asyncio.get_running_loop().time() - began
            await asyncio.sleep(max(ROUND_SECONDS, took * SHARE))

    async def look(self, overlap: Micros) -> bool:
        """One round; whether it came to its end. If not, the next one begins where this one did."""
        now, name = self.clock.now(), self.channel.name
        try:
            known_until = await self._read()
            since = now if known_until is None else max(known_until - overlap, now - LONGEST)
            # the provider's clock is its own: by the earlier of our two nothing is missed, whichever is wrong
            await self.channel.catch_up(since + min(self.clock.ahead(), 0))
            await self._write(now)
        except (ChannelError, StorageUnavailable) as error:
            log.warning("could not catch up", channel=name, error=str(error))
        except Exception:  # an answer that is nonsense stops no other channel
            log.exception("could not catch up", channel=name)
        else:
            return True
        return False

    async def _read(self) -> Micros | None:
        """None: the hub has never asked, and what was before it is not its business."""
        async with self.db.read() as conn:
            return await inbox.find_caught_up(conn, self.channel.name)

    async def _write(self, at: Micros) -> None:
        await self.db.write(lambda conn: inbox.set_caught_up(conn, self.channel.name, at))
