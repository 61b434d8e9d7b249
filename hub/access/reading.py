"""Reading a customer's data: the ground on which a person may read it, and the record of each look.

The rule of this file: a look is in the audit trail before the data is returned (`hub.access.looks`).
"""

from agent_console.views import StaffView
from hub.access.looks import Look, Looks
from hub.access.rules import AGENT, SUPERVISOR, find_ground, find_ground_in_queue, may
from hub.clock import Clock
from hub.storage import customers, reading_rights
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
        self, staff: StaffView, action: OfWork, message_id: str, *, is_repeated: bool = False
    ) -> Standing | None:
        """Record a look at a mail as received, a picture or a recording. `is_repeated`: the screen fetches it in
        many parts. None as in `open_interaction`."""
        async with self._db.read() as conn:
            reader = await self.find_reader(conn, staff)
            standing = await reading_rights.find_by_message(conn, reader, message_id)
        return await self._open(staff, action, reader, standing, message_id, is_repeated=is_repeated)

    async def open_customer(self, staff: StaffView, action: OfWork, customer_id: str) -> bool:
        """Record a look at what is known of a customer beside their conversation. An agent who holds work of theirs,
        or whom a colleague asks about it, may look, and whoever may read some of the conversation."""
        async with self._db.read() as conn:
            reader = await self.find_reader(conn, staff)
            ground = await self._find_ground_of(conn, staff, reader, customer_id)
        if ground is None or not may(staff, action, ground):
            return False
        look = Look(staff.id, action, customer_id, customer_id, grounds=(ground,))
        await self._looks.record([look], is_repeated=True)
        return True

    async def _find_ground_of(
        self, conn: Connection, staff: StaffView, reader: Reader, customer_id: str
    ) -> Ground | None:
        ids = await customers.list_same(conn, customer_id)
        if AGENT in staff.roles and await reading_rights.holds_of(conn, reader, ids):
            return Ground.HELD
        if AGENT in staff.roles and await reading_rights.is_consulted_about(conn, reader, ids):
            return Ground.CONSULTED
        if not await reading_rights.count_by_channel(conn, reader, ids, is_whole=False):
            return None
        return Ground.SUPERVISED if SUPERVISOR in staff.roles else Ground.QUEUE

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
        *,
        is_repeated: bool,
    ) -> Standing | None:
        ground = find_ground(staff, reader, standing) if standing is not None else None
        if standing is None or ground is None or not may(staff, action, ground):
            return None
        look = Look(staff.id, action, subject, standing.customer_id, standing.queue, (ground,))
        await self._looks.record([look], is_repeated=is_repeated)
        return standing
