"""Reading a customer's data: on which ground, and the row that says so.

The rule of this file: what is read is in the trail before it is answered. Where that row cannot be stored nothing is
shown. Lists that screens ask for again and again are one row a minute for each person and subject.
"""

from collections.abc import Iterable

import orjson

from agent_console.views import StaffView
from hub.access.rules import AGENT, SUPERVISOR, Ground, find_ground, find_ground_in_queue, may
from hub.clock import Clock
from hub.storage import audit, reading_rights
from hub.storage.audit import Entry
from hub.storage.database import Connection, Database
from hub.storage.reading_rights import Person, Standing
from routing.model import SECOND, Micros

DAY = 24 * 3600 * SECOND
AGAIN = 60 * SECOND  # a list that is asked for within it is no new look
MOST_LOOKS = 5_000  # remembered, before older ones are forgotten


class Reading:
    def __init__(self, db: Database, clock: Clock, days: int) -> None:
        """`days`: how long agents may read what they held, and what was closed in their queues."""
        self._db, self._clock, self._days = db, clock, days
        self._looks: dict[tuple[str, str, str], Micros] = {}

    async def find_person(self, conn: Connection, staff: StaffView) -> Person:
        queues = await reading_rights.load_queues(conn, staff.id)
        since = self._clock.now() - self._days * DAY
        closed_since = 0 if SUPERVISOR in staff.roles else since
        return Person(staff.id, queues, since, closed_since, is_agent=AGENT in staff.roles)

    async def open_interaction(self, staff: StaffView, action: str, interaction_id: str) -> Standing | None:
        """None where it is not theirs to read, or not there at all: nobody learns which of the two. A list or an
        explanation, which screens ask for again and again."""
        async with self._db.read() as conn:
            person = await self.find_person(conn, staff)
            standing = await reading_rights.find_by_interaction(conn, person, interaction_id)
        return await self._open(staff, action, person, standing, interaction_id, is_list=True)

    async def open_offer(self, staff: StaffView, action: str, offer_id: str) -> Standing | None:
        async with self._db.read() as conn:
            found = await reading_rights.find_interaction_of_offer(conn, offer_id)
        return await self.open_interaction(staff, action, found) if found else None

    async def open_message(
        self, staff: StaffView, action: str, message_id: str, *, is_list: bool = False
    ) -> Standing | None:
        """A mail as it came, a picture, a recording. `is_list`: it is asked for in many parts."""
        async with self._db.read() as conn:
            person = await self.find_person(conn, staff)
            standing = await reading_rights.find_by_message(conn, person, message_id)
        return await self._open(staff, action, person, standing, message_id, is_list=is_list)

    async def open_queue(self, staff: StaffView, action: str, queue: str) -> bool:
        async with self._db.read() as conn:
            person = await self.find_person(conn, staff)
        ground = find_ground_in_queue(staff, person, queue)
        if ground is None or not may(staff, action, ground):
            return False
        await self.record(staff, action, queue, "", [ground], is_list=True)
        return True

    async def _open(
        self, staff: StaffView, action: str, person: Person, standing: Standing | None, subject: str, *, is_list: bool
    ) -> Standing | None:
        ground = find_ground(staff, person, standing) if standing is not None else None
        if standing is None or ground is None or not may(staff, action, ground):
            return None
        await self.record(staff, action, subject, standing.customer_id, [ground], is_list=is_list)
        return standing

    async def record(
        self,
        staff: StaffView,
        action: str,
        subject: str,
        customer_id: str,
        grounds: Iterable[Ground],
        *,
        reason: str = "",
        is_list: bool = False,
    ) -> None:
        """Raises StorageUnavailable: then nothing may be shown."""
        now = self._clock.now()
        look = (staff.id, action, subject)
        if is_list and 0 <= now - self._looks.get(look, now - AGAIN) < AGAIN:
            return
        detail = {"grounds": sorted(set(grounds)), **({"reason": reason} if reason else {})}
        entry = Entry(now, staff.id, action, subject, customer_id, orjson.dumps(detail).decode())

        async def unit(conn: Connection) -> None:
            await audit.add(conn, [entry])

        await self._db.write(unit)
        if is_list:  # only what is stored was a look: where it was not, the next one is refused or stored too
            self._remember(look, now)

    def _remember(self, look: tuple[str, str, str], now: Micros) -> None:
        if len(self._looks) >= MOST_LOOKS:
            self._looks = {one: at for one, at in self._looks.items() if 0 <= now - at < AGAIN}
        self._looks[look] = now
