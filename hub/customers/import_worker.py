"""Goes on with imports in the process that routes: those that a screen has begun, and those that a process left.

The rule of this file: it begins nothing. What is moving goes on to its end, and lines that nobody needs any more go.
"""

import asyncio
from collections.abc import Callable
from typing import Final

import structlog

from hub.clock import Clock
from hub.customers.importing import finish
from hub.policies.stored_versions import load_book
from hub.storage import imports
from hub.storage.database import Database, StorageUnavailable
from hub.storage.imports import ImportMoved
from routing.model import DAY

POLL_SECONDS: Final = 1.0  # other processes begin imports too
KEPT_DAYS: Final = 7  # what is staged and left: then its lines go

log = structlog.get_logger()


class ImportWorker:
    def __init__(self, db: Database, clock: Clock, on_stored: Callable[[], None]) -> None:
        """`on_stored`: called after each slice; live work may have to hear of it."""
        self._db, self._clock, self._on_stored = db, clock, on_stored

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            try:
                await self.work_once()
            except StorageUnavailable as error:
                log.warning("imports wait for the database", error=str(error))
            except ImportMoved as error:
                log.error("an import does not go on", id=str(error))
            await asyncio.sleep(POLL_SECONDS)

    async def work_once(self) -> None:
        """Go on with all that is moving, to its end. Raises StorageUnavailable and ImportMoved."""
        async with self._db.read() as conn:
            left = await imports.list_moving(conn)
            book = await load_book(conn) if left else None
        for import_id in left:
            if book is not None:
                await finish(self._db, import_id, book.document, self._clock.now, on_stored=self._on_stored)

    async def forget_slice(self) -> int:
        """Delete some lines that nobody needs. Returns how many."""
        before = self._clock.now() - KEPT_DAYS * DAY
        return await self._db.write(lambda conn: imports.forget_lines(conn, before))
