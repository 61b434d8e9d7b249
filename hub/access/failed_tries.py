"""Failed tries to sign in, for the audit trail: whose name was tried, from which address, how often.

The rule of this file: a flood of failures does not flood the table. The first failures are rows within seconds. When
`ROWS` are used up, failures are counted, by name and address, until `ROWS_PER_MINUTE` allows the next row. No row
holds the typed text: people type passwords into the field of the name.
"""

import asyncio
from collections import defaultdict
from dataclasses import dataclass

from hub.clock import Clock
from hub.storage.audit_words import Detail
from hub.storage.database import Connection, Database
from hub.storage.staff import add_audit_entry

STRANGER = "stranger"  # the actor in the audit trail when nobody is signed in
ROWS, ROWS_PER_MINUTE = 30.0, 10.0
MOST_COUNTED = 1000  # pairs of name and address with a count of their own; all others share one


@dataclass(slots=True)
class _Count:
    wrong: int = 0
    refused: int = 0  # after too many tries: the password was not checked


class FailedTries:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock
        self._counts: defaultdict[tuple[str, str], _Count] = defaultdict(_Count)
        self._rows, self._at = ROWS, float("-inf")

    def add(self, staff_id: str, address: str, *, is_refused: bool = False) -> None:
        """`staff_id`: the person whose name was tried; empty if nobody has that name."""
        key = (staff_id, address)
        if key not in self._counts and len(self._counts) >= MOST_COUNTED:
            key = ("", "several")
        count = self._counts[key]
        count.refused += is_refused
        count.wrong += not is_refused

    async def write(self) -> None:
        """Write as many rows as the rate allows, the most frequent failures first."""
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
                await add_audit_entry(conn, now, STRANGER, "sign_in.failed", staff_id, **detail)

        await self._db.write(unit)
