"""Reading a customer's data: the ground on which a person may read it, and the record of each look.

The rule of this file: a look is in the audit trail before the data is returned (`hub.access.looks`).

A customer who was merged is one customer. So whoever holds work of one side reads what both sides said and hears what
both sides recorded, as the look says by the id of the one who stands for both; who may not read the other side by
itself has that right for as long as the merge stands, and the merge is in the trail with both ids and its maker. Once
it is undone, work of one side opens that side alone.
"""

from collections.abc import Sequence

from agent_console.views import StaffView
from hub.access.looks import Look, Looks
from hub.access.rules import AGENT, SUPERVISOR, find_ground, find_ground_in_queue, may
from hub.clock import Clock
from hub.storage import reading_rights
from hub.storage.audit_words import Ground, OfWork
from hub.storage.database import Connection, Database
from hub.storage.reading_rights import Reader, Standing
from routing.model import SECOND

DAY = 24 * 3600 * SECOND
SHORTEST_REASON, LONGEST_REASON = 3, 300  # characters


class Reading:
    def __init__(self, db: Database, clock: Clock, looks: Looks, days: int) -> None:
        """`days`: how long agents may read interactions that they held, and interactions closed in their queues."""
        self._db, self._clock, self._looks, self._days = db, clock, looks, days

    async def find_reader(self, conn: Connection, staff: StaffView) -> Reader:
        queues = await reading_rights.load_queues(conn, staff.id)
        since = self._clock.now() - self._days * DAY
        closed_since = 0 if SUPERVISOR in staff.roles else since
        return Reader(staff.id, queues, since, closed_since, is_agent=AGENT in staff.roles)

    async def open_interaction(self, staff: StaffView, action: OfWork, interaction_id: str) -> Standing | None:
        """Record a look at a list or an explanation of this interaction, which screens request again and again.
        None if the person may not read it or if it does not exist: the caller cannot tell which."""
        async with self._db.read() as conn:
            reader = await self.find_reader(conn, staff)
            standing = await reading_rights.find_by_interaction(conn, reader, interaction_id)
        return await self._open(staff, action, reader, standing, interaction_id, is_repeated=True)

    async def open_offer(self, staff: StaffView, action: OfWork, offer_id: str) -> Standing | None:
        async with self._db.read() as conn:
            found = await reading_rights.find_interaction_of_offer(conn, offer_id)
        return await self.open_interaction(staff, action, found) if found else None

    async def open_message(
        self, staff: StaffView, action: OfWork, message_id: str, reason: str = "", *, is_repeated: bool = False
    ) -> Standing | None:
        """Record a look at a mail as received, a picture or a recording. A stated reason opens what was written, and
        no recording. `is_repeated`: the screen fetches it in many parts. None as in `open_interaction`."""
        async with self._db.read() as conn:
            reader = await self.find_reader(conn, staff)
            standing = await reading_rights.find_by_message(conn, reader, message_id)
        return await self._open(staff, action, reader, standing, message_id, reason, is_repeated=is_repeated)

    async def open_customer(
        self, staff: StaffView, action: OfWork, customer_id: str, reason: str = "", *, is_repeated: bool = True
    ) -> Ground | None:
        """Record a look at what is known of a customer beside their conversation. An agent who holds work of theirs,
        or whom a colleague asks about it, may look, whoever may read some of the conversation, and whoever states a
        reason. None: they may see only who the customer is, and nothing is recorded."""
        async with self._db.read() as conn:
            found = await self.find_ground_for_customer(conn, staff, customer_id)
        if found is None and len(reason) >= SHORTEST_REASON:
            found = (Ground.REASON, "")
        if found is None or not may(staff, action, found[0]):
            return None
        ground, queue = found
        said = reason if ground is Ground.REASON else ""
        look = Look(staff.id, action, customer_id, customer_id, queue, (ground,), said)
        await self._looks.record([look], is_repeated=is_repeated)
        return ground

    async def list_readable(self, conn: Connection, staff: StaffView, customer_ids: Sequence[str]) -> set[str]:
        """Those of these customers of whose data this person may read more than name, tier and owner. Without a
        record: the caller shows them as a search does."""
        reader = await self.find_reader(conn, staff)
        return await reading_rights.list_readable(conn, reader, customer_ids)

    async def find_standing(
        self, conn: Connection, staff: StaffView, interaction_id: str
    ) -> tuple[Standing, Ground] | None:
        """Without a record: the caller shows nothing yet. None as in `open_interaction`."""
        reader = await self.find_reader(conn, staff)
        standing = await reading_rights.find_by_interaction(conn, reader, interaction_id)
        ground = find_ground(staff, reader, standing) if standing is not None else None
        return None if standing is None or ground is None else (standing, ground)

    async def find_ground_for_customer(
        self, conn: Connection, staff: StaffView, customer_id: str
    ) -> tuple[Ground, str] | None:
        """The ground on which this person may read what is known of the customer, and the queue of the work that
        gives it. Without a record: the caller shows nothing yet."""
        reader = await self.find_reader(conn, staff)
        standing = await reading_rights.find_of_customer(conn, reader, customer_id)
        ground = find_ground(staff, reader, standing) if standing is not None else None
        return None if standing is None or ground is None else (ground, standing.queue)

    async def open_queue(self, staff: StaffView, action: OfWork, queue: str) -> bool:
        """Record a look at a list of this queue: one row for all customers on it. False if the person may not read
        it."""
        async with self._db.read() as conn:
            reader = await self.find_reader(conn, staff)
        ground = find_ground_in_queue(staff, reader, queue)
        if ground is None or not may(staff, action, ground):
            return False
        look = Look(staff.id, action, queue, queue=queue, grounds=(ground,))
        await self._looks.record([look], is_repeated=True)
        return True

    async def _open(
        self,
        staff: StaffView,
        action: OfWork,
        reader: Reader,
        standing: Standing | None,
        subject: str,
        reason: str = "",
        *,
        is_repeated: bool,
    ) -> Standing | None:
        ground = find_ground(staff, reader, standing) if standing is not None else None
        if ground is None and len(reason) >= SHORTEST_REASON:
            ground = Ground.REASON
        if standing is None or ground is None or not may(staff, action, ground):
            return None
        said = reason if ground is Ground.REASON else ""
        look = Look(staff.id, action, subject, standing.customer_id, standing.queue, (ground,), said)
        await self._looks.record([look], is_repeated=is_repeated)
        return standing
