"""How much of a customer's conversation a person may read, and the looks that say so.

The rule of this file: whoever holds work of the customer, is asked about it by a colleague, or states a reason reads
all of it; others read what they held lately and what is in their queues.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from agent_console.views import StaffView
from hub.access.looks import Look
from hub.access.reading import SHORTEST_REASON, Reading
from hub.access.rules import AGENT, find_ground
from hub.storage import customers, reading_rights
from hub.storage.audit_words import Ground, OfWork
from hub.storage.database import Connection
from hub.storage.reading_rights import Reader, ReadWork, Standing


@dataclass(frozen=True, slots=True)
class ConversationRights:
    """`ids`: of the customer, the one who stands for all of them first; empty: there is no such customer. `reason`:
    on which all of it is read; empty: on none."""

    staff: StaffView
    reader: Reader
    ids: Sequence[str]
    is_held: bool
    is_consulted: bool
    reason: str

    @property
    def is_whole(self) -> bool:
        return self.is_held or self.is_consulted or self.reason != ""

    def list_looks(self, action: OfWork, read: Iterable[ReadWork]) -> Iterator[Look]:
        """One for each queue, with all grounds on which work of it was read. Also of a page that shows no work: that
        there is none is told too."""
        customer_id = self.ids[0]
        grounds: dict[str, set[Ground]] = {}
        for one in read:
            of_queue, ground = grounds.setdefault(one.queue, set()), self._find_ground(one)
            if ground is not None:
                of_queue.add(ground)
        if not grounds:
            grounds[""] = {Ground.HELD} if self.is_held else {Ground.CONSULTED} if self.is_consulted else set()
            grounds[""] |= {Ground.REASON} if self.reason else set()
        for queue, of_queue in grounds.items():
            yield Look(self.staff.id, action, customer_id, customer_id, queue, tuple(of_queue), self.reason)

    def _find_ground(self, one: ReadWork) -> Ground | None:
        standing = Standing(
            one.interaction_id,
            self.ids[0],
            one.queue,
            self.is_held,
            one.was_held,
            is_consulted=self.is_consulted,
            closed_at=one.closed_at,
        )
        return find_ground(self.staff, self.reader, standing) or (Ground.REASON if self.reason else None)


async def find_conversation_rights(
    conn: Connection, reading: Reading, staff: StaffView, customer_id: str, reason: str
) -> ConversationRights:
    """`reason`: as the person stated it; one that is too short opens nothing."""
    reader = await reading.find_reader(conn, staff)
    ids = await customers.list_same(conn, customer_id)
    is_held = AGENT in staff.roles and await reading_rights.holds_of(conn, reader, ids)
    is_consulted = AGENT in staff.roles and await reading_rights.is_consulted_about(conn, reader, ids)
    opens = not is_held and not is_consulted and len(reason) >= SHORTEST_REASON
    return ConversationRights(staff, reader, ids, is_held, is_consulted, reason if opens else "")
