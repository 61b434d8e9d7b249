"""The page of recordings: a supervisor finds the calls and messages of their queues, the newest first.

The rule of this file: it lists and plays nothing. Each line has the id by which `hub.api.sound_player` shows the
sound, after a check of its own. A search looks through so many recordings and says how far back it came.
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Final

from aiohttp import web

from agent_console.recorded import RecordingLine, RecordingsView
from agent_console.views import StaffView
from hub.access.reading import Reading
from hub.api.asked_day import read_day
from hub.api.routes import Rule, answer_json, refuse
from hub.clock import to_millis
from hub.doors.input_gate import LARGEST
from hub.policies.stored_versions import get_newest_book
from hub.storage import reading_rights, recording_list
from hub.storage import staff as stored_staff
from hub.storage.connection import Connection
from hub.storage.database import Database
from hub.storage.lease import read_wall_ahead
from hub.storage.recording_list import RecordingInQueue, Wanted
from routing.model import Micros

PAGE: Final = 200  # lines; a few more if those of one instant would be parted
SLICE: Final = 200  # recordings of all queues that are looked through at once
SLICES: Final = 50  # of one search, before the person is asked whether to go on
LONGEST: Final = 100  # characters of a name or number that somebody looks for
_NUMBER: Final = re.compile(r"[+()\d\s./-]*\d[+()\d\s./-]*")
_FEWEST_DIGITS: Final = 3


class RecordingList:
    def __init__(self, db: Database, reading: Reading) -> None:
        self._db, self._reading = db, reading

    def rules(self) -> Sequence[Rule]:
        return [Rule("GET", "/api/recordings", "recordings.read", self._list)]

    async def _list(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        asked, ahead = request.query, await read_wall_ahead(self._db)
        fits = build_match(asked.get("who", "")[:LONGEST])
        async with self._db.read(is_slow=True) as conn:
            book = await get_newest_book(conn)
            queues = await reading_rights.load_queues(conn, staff.id)
            queue = asked.get("queue", "")
            if queue and queue not in queues:
                return refuse(404, "not_found")
            wanted = Wanted((queue,) if queue else queues, 0, LARGEST, asked.get("agent", ""))
            try:
                since, until = read_day(asked.get("day", ""), book.document.time_zone, ahead)
            except (ValueError, OverflowError):
                return refuse(400, "invalid", "day")
            try:
                before = _read_before(asked.get("before", ""))
            except ValueError:
                return refuse(400, "invalid", "before")
            wanted = replace(wanted, since=since or 0, before=min(before, until or LARGEST))
            page, next_before = await _find(conn, wanted, fits)
            people = await stored_staff.list_by_name(conn)
        shown = {one.queue for one in page}
        opened = {one for one in shown if await self._reading.open_queue(staff, "recordings.read", one)}
        names = {person.id: person.name for person in people}
        lines = [
            RecordingLine(
                id=one.id,
                kind="voicemail" if one.kind == "voicemail" else "call",
                at=to_millis(one.asked_at + ahead),
                queue=one.queue,
                channel=one.channel,
                customer_name=one.customer_name,
                agent_name=names.get(one.agent_id, ""),
            )
            for one in page
            if one.queue in opened
        ]
        view = RecordingsView(
            lines=lines,
            queues={one.id: dict(one.names) for one in book.document.queues if one.id in queues},
            people={one.id: one.name for one in people if reading_rights.serves_any(one.profile, queues)},
            next_before=next_before,
            looked_back_to=None if next_before is None else to_millis(next_before + ahead),
        )
        return answer_json(view)


async def _find(
    conn: Connection, wanted: Wanted, fits: Callable[[RecordingInQueue], bool]
) -> tuple[list[RecordingInQueue], Micros | None]:
    """A page, and before which instant the next one begins; None if there is none."""
    found: list[RecordingInQueue] = []
    before: Micros | None = wanted.before
    for _ in range(SLICES):
        assert before is not None
        looked_through, before = await recording_list.list_slice(conn, replace(wanted, before=before), SLICE)
        found += [one for one in looked_through if fits(one)]
        if len(found) > PAGE:
            last = found[PAGE - 1].asked_at
            return [one for one in found if one.asked_at >= last], last
        if before is None:
            break
    return found, before


def build_match(who: str) -> Callable[[RecordingInQueue], bool]:
    """Whether a recording's customer is the one whom somebody looks for: by any words of the name, or by any digits
    of the number, with or without what stands before them in one's own country. Empty: everybody."""
    words, digits = who.casefold().split(), re.sub(r"\D", "", who).lstrip("0")
    if _NUMBER.fullmatch(who) and len(digits) >= _FEWEST_DIGITS:
        return lambda one: digits in re.sub(r"\D", "", one.address)
    return lambda one: _has_all(one.customer_name.casefold(), words)


def _has_all(name: str, words: Collection[str]) -> bool:
    return all(word in name for word in words)


def _read_before(text: str) -> Micros:
    """Raises ValueError."""
    before = int(text or LARGEST)
    if not 0 <= before <= LARGEST:
        raise ValueError(text)
    return before
