"""The nightly check of all memberships: it compares every customer with what the definitions say, and finds nothing.

The rule of this file: whatever it finds is an error, because members follow every change. It logs and counts that,
and marks these customers, so that the rules are asked about them anew. It looks at small slices, so that nobody waits
long for it, and goes on where it stood after a restart.
"""

from collections import Counter
from collections.abc import Callable
from typing import Final

import structlog

from hub.clock import Clock
from hub.policies.in_force import PolicyBook
from hub.segments.segment_counting import compare_slice, list_placed
from hub.segments.segment_definitions import find_rule_columns
from hub.segments.segment_user import SegmentUser
from hub.storage import rule_rounds, segment_counting
from hub.storage.database import Connection, Database
from hub.storage.rule_due import ALL, mark_due
from hub.storage.rule_rounds import SWEEP, Round
from hub.storage.segment_counting import Comparison
from scripts_library.rule_time import find_date

SLICE: Final = 5_000  # customers of one look: whoever changes meanwhile waits for no more
BEGINS: Final = 3 * 3_600_000_000  # microseconds after midnight in the policy's time zone

log = structlog.get_logger()


class SegmentSweep:
    """Works between the slices of the rule worker of the same process."""

    def __init__(
        self, db: Database, clock: Clock, user: SegmentUser, observe: Callable[[int, int], None] = lambda *_: None
    ) -> None:
        """`observe(customers, differences)`: called after each slice."""
        self._db, self._clock, self._user, self._observe = db, clock, user, observe
        self._done = ""  # the night of the last sweep

    async def work_once(self) -> bool:
        """Compare the next slice of customers. False: there is nothing to do. Raises StorageUnavailable."""
        book = self._user.book
        if book is None or not self._user.asked:
            return False
        now = self._clock.now()
        night = find_date(now - BEGINS, book.zone).isoformat()
        if night == self._done:
            return False
        async with self._db.read(is_snapshot=False) as connection:
            stands = await rule_rounds.find(connection, SWEEP)
        if stands is not None and stands.rules == night and stands.ended_at is not None:
            self._done = night
            return False
        if stands is None:  # the first night is still to come
            await self._note(Round(night, "", now))
        else:
            await self._compare(book, night, stands.after_id if stands.rules == night else "", now)
        return True

    async def _compare(self, book: PolicyBook, night: str, after: str, now: int) -> None:
        placed = list_placed(self._user, now)
        if not placed:  # all of them are being counted: tonight there is nothing to compare
            await self._note(Round(night, "", now))
            return
        async with self._db.read(is_slow=True) as connection:
            columns = await find_rule_columns(connection, book, now)
            found = await compare_slice(connection, Comparison(placed, columns), after, SLICE, now)
            merged = [] if after else await segment_counting.list_merged_members(connection)
        wrong = Counter(one.segment_id for one in found.differences)
        if wrong or merged:
            log.error("customers stand in wrong segments", segments=dict(wrong), merged=len(merged))
        self._observe(found.customers, len(found.differences) + len(merged))
        marks = {one.customer_id: [ALL] for one in found.differences}
        await self._note(Round(night, found.to, now if found.customers < SLICE else None), marks, now)

    async def _note(self, stands: Round, marks: dict[str, list[str]] | None = None, at: int = 0) -> None:
        async def unit(connection: Connection) -> None:
            await rule_rounds.note(connection, stands, SWEEP)
            await mark_due(connection, marks or {}, at, are_many=True)

        await self._db.write(unit)
