"""Measures how long customers wait, from a change until what the rules decide of it is stored.

The rule of this file: what it has measured is stored with the next decisions or a few seconds later, so that it costs
no transaction of its own while there is work. What is not stored yet when the process dies is lost.
"""

from collections import deque
from collections.abc import Sequence
from typing import Final

from hub.clock import Clock
from hub.storage import rule_delays
from hub.storage.database import Database
from hub.storage.rule_delays import MINUTE, Counts
from hub.storage.rule_due import RULES, Due

STORED_EVERY: Final = 2_000_000  # microseconds
REMEMBERED: Final = 200  # slices: who is made due again is asked within the next few


class RuleDelays:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock
        self._minute = 0
        self._counts = Counts()
        self._stored_at = 0
        self._has_more = False
        self._together: deque[int] = deque(maxlen=REMEMBERED)  # when it was decided about customers of thousands

    async def note(self, due: Sequence[Due], decided_at: int) -> None:
        """What was decided of these has just been stored. Whoever time or other rules alone made due is left out, and
        whom a decision about thousands made due again: a new stage, an early sign. `decided_at`: the instant of what
        was decided, which is that of the changes it made."""
        now = self._clock.now()
        waited = [now - one.due_at for one in due if _is_late_since(one) and one.due_at not in self._together]
        if any(not one.is_single or one.due_at in self._together for one in due):
            self._together.append(decided_at)
        if not waited:
            return
        if now // MINUTE != self._minute:
            await self.store()
            self._minute, self._counts = now // MINUTE, Counts()
        self._counts.update(rule_delays.count_delays(waited))
        self._has_more = True
        if now - self._stored_at >= STORED_EVERY:
            await self.store()

    async def store(self) -> None:
        """Store what is not stored yet. Raises StorageUnavailable."""
        if not self._has_more:
            return
        now, minutes = self._clock.now(), {self._minute: self._counts.copy()}
        await self._db.write(lambda connection: rule_delays.put(connection, minutes, now))
        self._stored_at, self._has_more = now, False


def _is_late_since(one: Due) -> bool:
    """Whether the customer changed by themselves, and has waited since. Thousands who change together, by an import
    or new rules, go behind: they are counted while they wait (`rule_due.count_waiting`)."""
    return (
        one.is_single
        and bool(one.changed)
        and RULES not in one.changed
        and one.due_at > 0
        and one.due_at != one.timed_at
    )
