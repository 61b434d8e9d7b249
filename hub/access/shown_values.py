"""Hidden values that a person had shown for a stated reason, and what they see of a customer while that lasts.

The rule of this file: the audit trail is the record of what is open. A value is open to the one person who asked, for
one customer, from the row in the trail until `show_minutes` of the policy have passed. Nothing else opens it.
"""

from collections.abc import Collection
from typing import Final

from agent_console.views import StaffView
from hub.clock import Clock
from hub.policies.masking import Sight
from hub.policies.stored_versions import get_newest_book
from hub.storage import audit
from hub.storage.audit import Filter
from hub.storage.audit_words import OfWork
from hub.storage.connection import Connection
from hub.storage.database import Database
from routing.model import SECOND, Micros

SHOW: Final[OfWork] = "customer.show"
MOST: Final = 200  # values of one customer that are open to one person


class ShownValues:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock

    async def find_sight(self, staff: StaffView, customer_id: str) -> Sight:
        """What this person sees of this customer at this moment. An id of anything else opens nothing."""
        async with self._db.read() as conn:
            return await find_sight(conn, staff.id, staff.roles, customer_id, self._clock.now())


async def find_sight(conn: Connection, staff_id: str, roles: Collection[str], customer_id: str, now: Micros) -> Sight:
    book = await get_newest_book(conn)
    sight = book.see_as(roles)
    if sight.hides_nothing or not customer_id:
        return sight
    since = now - book.document.masking.show_minutes * 60 * SECOND + 1
    wanted = Filter(staff_id=staff_id, customer_id=customer_id, action=SHOW, since=since)
    opened = frozenset(one.subject for one in await audit.read(conn, wanted, MOST))
    return book.see_as(roles, opened) if opened else sight
