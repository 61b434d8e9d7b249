"""Goes on with imports in the process that routes: those that a screen has begun, and those that a process left.

The rule of this file: it begins nothing. What is moving goes on to its end, what is uploaded is read, and lines that
nobody needs any more go.
"""

import asyncio
from collections.abc import Callable
from typing import Final

import structlog

from hub.clock import Clock
from hub.exchange.importing import LIVE_SHARE, QUIET_SHARE, finish
from hub.exchange.uploaded_imports import read_waiting
from hub.policies.stored_versions import load_book
from hub.storage import import_parts, import_ready, imports
from hub.storage.database import Connection, Database, StorageUnavailable
from hub.storage.imports import ImportMoved
from routing.model import DAY

POLL_SECONDS: Final = 0.25  # other processes begin imports too
KEPT_DAYS: Final = 7  # what is staged and left: then its lines go

log = structlog.get_logger()


class ImportWorker:
    def __init__(
        self, db: Database, clock: Clock, on_stored: Callable[[], None], is_live: Callable[[], bool]
    ) -> None:
        """`on_stored`: called after each slice; live work may have to hear of it. `is_live`: whether there is live
        work, which then has three quarters of the time."""
        self._db, self._clock, self._on_stored, self._is_live = db, clock, on_stored, is_live

    async def run(self) -> None:
        """Until it is cancelled."""
        has_looked = False
        while True:
            try:
                if not has_looked:
                    await self._db.write(import_parts.read_again)
                    has_looked = True
                await self.work_once()
            except StorageUnavailable as error:
                log.warning("imports wait for the database", error=str(error))
            except ImportMoved as error:
                log.error("an import does not go on", id=str(error))
            await asyncio.sleep(POLL_SECONDS)

    async def work_once(self) -> None:
        """Go on with all that is moving, to its end, and read what is uploaded. Raises StorageUnavailable and
        ImportMoved."""
        async with self._db.read() as conn:
            left, waiting = await imports.list_moving(conn), await import_parts.list_waiting(conn)
            book = await load_book(conn) if left or waiting else None
        if book is None:
            return
        for import_id in left:
            await finish(
                self._db, import_id, book.document, self._clock.now, on_stored=self._on_stored, rest=self._rest
            )
        await read_waiting(self._db, book.document, self._rest)
        if left:
            while await self._db.write(import_parts.forget):
                pass

    async def _rest(self, took: float) -> None:
        await asyncio.sleep(self.choose_pause(took))

    def choose_pause(self, took: float) -> float:
        """Seconds until the next slice, after one that took so many seconds."""
        return took * (LIVE_SHARE if self._is_live() else QUIET_SHARE)

    async def forget_slice(self) -> int:
        """Delete some lines and parts of files that nobody needs. Returns how many."""
        before = self._clock.now() - KEPT_DAYS * DAY

        async def unit(conn: Connection) -> int:
            lines = await imports.forget_lines(conn, before)
            return lines or await import_parts.forget(conn) or await import_ready.forget_left(conn)

        return await self._db.write(unit)
