"""The page of recordings: a supervisor finds the calls and messages of their queues, the newest first.

The rule of this file: it lists and plays nothing. Each line has the id by which `hub.api.sound_player` shows the
sound, after a check of its own.
"""

from collections.abc import Sequence

from aiohttp import web

from agent_console.recorded import RecordingLine, RecordingsView
from agent_console.views import StaffView
from hub.access.reading import Reading
from hub.api.routes import Rule, answer_json, refuse
from hub.clock import to_millis
from hub.doors.input_gate import LARGEST
from hub.policies.stored_versions import get_newest_book
from hub.storage import recording_list
from hub.storage import staff as stored_staff
from hub.storage.database import Database
from hub.storage.lease import read_wall_ahead

LOOKED_THROUGH = 200  # recordings of one page, of all queues


class RecordingList:
    def __init__(self, db: Database, reading: Reading) -> None:
        self._db, self._reading = db, reading

    def rules(self) -> Sequence[Rule]:
        return [Rule("GET", "/api/recordings", "recordings.read", self._list)]

    async def _list(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        try:
            before = int(request.query.get("before") or LARGEST)
        except ValueError:
            return refuse(400, "invalid", "before")
        if not 0 <= before <= LARGEST:
            return refuse(400, "invalid", "before")
        ahead = await read_wall_ahead(self._db)
        async with self._db.read() as conn:
            found = await recording_list.list_newest(conn, before, LOOKED_THROUGH + 1)
            book = await get_newest_book(conn)
            people = {one.id: one.name for one in await stored_staff.list_by_name(conn)}
        page, next_before = found, None
        if len(found) > LOOKED_THROUGH:  # recordings of one instant stay together
            behind = found[-1].asked_at
            page = [one for one in found if one.asked_at > behind] or found[:-1]
            next_before = page[-1].asked_at
        queues = {one.queue for one in page}
        opened = {one for one in queues if await self._reading.open_queue(staff, "recordings.read", one)}
        lines = [
            RecordingLine(
                id=one.id,
                kind="voicemail" if one.kind == "voicemail" else "call",
                at=to_millis(one.asked_at + ahead),
                queue=one.queue,
                channel=one.channel,
                customer_name=one.customer_name,
                agent_name=people.get(one.agent_id, ""),
            )
            for one in page
            if one.queue in opened
        ]
        names = {queue.id: dict(queue.names) for queue in book.document.queues if queue.id in opened}
        return answer_json(RecordingsView(lines=lines, queues=names, next_before=next_before))
