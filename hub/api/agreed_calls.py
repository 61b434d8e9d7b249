"""The calls that are agreed for a time, as an agent's list: their own, and those of the queues that they supervise.

The rule of this file: it shows what the commands `move_agreed_call` and `cancel_agreed_call` accept of this person.
"""

from collections.abc import Sequence

from aiohttp import web

from agent_console.views import StaffView
from agent_console.wire import AgreedCallsView, AgreedCallView
from hub.access.looks import Look, Looks
from hub.access.reading import Reading
from hub.access.rules import SUPERVISOR
from hub.api.routes import Rule, answer_json
from hub.calls.appointments import is_theirs
from hub.policies.stored_versions import load_book
from hub.sending.quiet_hours import find_zones
from hub.storage import appointments
from hub.storage.audit_words import Ground
from hub.storage.database import Database

MOST = 500  # calls in one list: the next ones


class AgreedCalls:
    def __init__(self, db: Database, reading: Reading, looks: Looks) -> None:
        self._db, self._reading, self._looks = db, reading, looks

    def rules(self) -> Sequence[Rule]:
        return [Rule("GET", "/api/me/agreed-calls", "appointments.read", self._list)]

    async def _list(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        async with self._db.read() as conn:
            found = await appointments.list_with_names(conn, MOST)
            book = await load_book(conn)
        opened = set[str]()
        if SUPERVISOR in staff.roles:
            queues = {one.queue for one, _, _ in found}
            opened = {each for each in queues if await self._reading.open_queue(staff, "appointments.read", each)}
        shown = [row for row in found if is_theirs(row[0], staff.id, opened)]
        own = {(one.customer_id, one.queue) for one, _, _ in shown if one.queue not in opened}
        await self._looks.record(
            Look(staff.id, "appointments.read", customer_id, customer_id, queue, (Ground.HELD_LATELY,))
            for customer_id, queue in sorted(own)
        )
        calls = [
            AgreedCallView(
                id=one.id,
                at=one.wall_at // 1000,
                local_at=book.write_local(one.wall_at) if book is not None else "",
                time_zones=[one.time_zone] if one.time_zone else [zone.key for zone in find_zones(one.address)][:3],
                customer_name=name,
                address=one.address,
                queue=one.queue,
                agent_name=agent,
                note=one.note,
            )
            for one, name, agent in shown
        ]
        return answer_json(AgreedCallsView(calls=calls))
