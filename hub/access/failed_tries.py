"""Tries to sign in that failed, for the audit: who was tried, from which address, how often.

The rule of this file: a flood fills no table. The first failures are rows of their own within seconds; beyond so many
rows they are counted together until there is room for the next. What was typed is in none of them: people type
passwords where the name belongs.
"""

import asyncio
from collections import defaultdict
from dataclasses import dataclass

from hub.clock import Clock
from hub.storage.audit_words import Detail
from hub.storage.database import Connection, Database
from hub.storage.staff import audit

STRANGER = "stranger"  # who did it, where nobody is signed in
ROWS, ROWS_PER_MINUTE = 30.0, 10.0
MOST_COUNTED = 1000  # names and addresses counted apart; the others are counted as one


@dataclass(slots=True)
class _Count:
    wrong: int = 0
    refused: int = 0  # there were too many, so nobody looked


class FailedTries:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock
        self._counts: defaultdict[tuple[str, str], _Count] = defaultdict(_Count)
        self._rows, self._at = ROWS, float("-inf")

    def add(self, staff_id: str, address: str, *, is_refused: bool = False) -> None:
        """`staff_id`: whose name was tried; empty: nobody has it."""
        key = (staff_id, address)
        if key not in self._counts and len(self._counts) >= MOST_COUNTED:
            key = ("", "several")
        count = self._counts[key]
        count.refused += is_refused
        count.wrong += not is_refused

    async def write(self) -> None:
        """As many rows as there is room for, the most frequent first."""
        at = asyncio.get_running_loop().time()
        self._rows = min(ROWS, self._rows + (at - self._at) / 60 * ROWS_PER_MINUTE)
        self._at = at
        frequent = sorted(self._counts, key=lambda key: -self._counts[key].wrong - self._counts[key].refused)
        written = {key: self._counts.pop(key) for key in frequent[: int(self._rows)]}
        if not written:
            return
        self._rows -= len(written)
        now = self._clock.now()

        async def unit(conn: Connection) -> None:
            for (staff_id, address), count in written.items():
                detail = Detail(address=address, wrong=count.wrong or None, refused=count.refused or None)
                await audit(conn, now, STRANGER, "sign_in.failed", staff_id, **detail)

        await self._db.write(unit)
