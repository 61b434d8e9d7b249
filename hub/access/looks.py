"""Looks at a customer's data: rows that say which person saw what, and on which ground.

The rule of this file: the rows are stored before the data is shown. If they cannot be stored, nothing is shown.
Screens request some data again and again: one row a minute stands for each person and subject. An offer and an
acceptance show data by a decision of the hub: their rows are stored in the transaction of that decision
(`hub.batch.batch.Batch.note_look`).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import orjson

from hub.clock import Clock
from hub.storage import audit
from hub.storage.audit import Entry
from hub.storage.audit_words import Action, Detail, Ground
from hub.storage.database import Connection, Database
from routing.model import SECOND, Micros

AGAIN = 60 * SECOND  # a repeated request within this time is no new look
MOST_LOOKS = 5_000  # with more looks than this in memory, those older than AGAIN are forgotten


@dataclass(frozen=True, slots=True)
class Look:
    """`subject`: the id of the data that was shown. `queue`: the queue of that work. `reason`: in the person's
    words. `heard`: the id of a hearing."""

    staff_id: str
    action: Action
    subject: str
    customer_id: str = ""
    queue: str = ""
    grounds: tuple[Ground, ...] = ()
    reason: str = ""
    heard: str = ""


class Looks:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock
        self._last: dict[tuple[object, ...], Micros] = {}

    async def record(self, looks: Iterable[Look], *, is_repeated: bool = False) -> None:
        """`is_repeated`: a screen requests the same again and again. Raises StorageUnavailable: then nothing may
        be shown."""
        now = self._clock.now()
        fresh = [look for look in looks if not (is_repeated and self._is_recent(look, now))]
        if not fresh:
            return

        async def unit(conn: Connection) -> None:
            await audit.add(conn, [_entry(look, now) for look in fresh])

        await self._db.write(unit)
        if is_repeated:  # only stored looks are remembered: after a failure, the next one is stored or refused
            self._remember(fresh, now)

    def _is_recent(self, look: Look, now: Micros) -> bool:
        return 0 <= now - self._last.get(_key(look), now - AGAIN) < AGAIN

    def _remember(self, looks: Iterable[Look], now: Micros) -> None:
        if len(self._last) >= MOST_LOOKS:
            self._last = {key: at for key, at in self._last.items() if 0 <= now - at < AGAIN}
        for look in looks:
            self._last[_key(look)] = now


def _key(look: Look) -> tuple[object, ...]:
    """What makes two looks the same. Another ground, or another reason, is another look."""
    return look.staff_id, look.action, look.subject, look.queue, look.grounds, look.reason


def _entry(look: Look, now: Micros) -> Entry:
    detail: Detail = {"grounds": sorted(set(look.grounds))}
    if look.reason:
        detail["reason"] = look.reason
    if look.heard:
        detail["heard"] = look.heard
    said = orjson.dumps(detail).decode()
    return Entry(now, look.staff_id, look.action, look.subject, look.customer_id, look.queue, said)
