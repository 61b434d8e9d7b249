"""The figures of a script over HTTP, between two days of the organisation's calendar.

The rule of this file: it reads and changes nothing. No customer is in the answer.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from aiohttp import web

from agent_console.script_figure_views import ScriptFiguresView
from agent_console.views import StaffView
from hub.api.asked_day import read_day
from hub.api.routes import Rule, answer_json, refuse
from hub.clock import Clock
from hub.policies.stored_versions import get_newest_book
from hub.reports.script_figure_page import TooManyRuns, read_figures, view_version
from hub.storage import script_notes, segments
from hub.storage.database import Database
from routing.model import SECOND

DAYS: Final = 28  # if nobody says which


class ScriptFigures:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock

    def rules(self) -> Sequence[Rule]:
        return [Rule("GET", "/api/scripts/{id}/figures", "script_files.read", self._show)]

    async def _show(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        script_id = request.match_info["id"]
        async with self._db.read() as conn:
            document = (await get_newest_book(conn)).document
            notes = await script_notes.count_open(conn, script_id)
            known = await segments.list_all(conn)
        first, last = self._find_days(request, document.time_zone)
        try:
            since, _ = read_day(first, document.time_zone, self._clock.ahead())
            _, until = read_day(last, document.time_zone, self._clock.ahead())
        except (ValueError, OverflowError):
            return refuse(400, "invalid")
        try:
            async with self._db.read(is_slow=True) as conn:
                found = await read_figures(conn, script_id, since or 0, until or 0)
        except TooManyRuns:
            return refuse(409, "too_many")
        view = ScriptFiguresView(
            since=first,
            until=last,
            versions=[view_version(one) for one in found],
            notes=notes,
            tier_names={tier.id: dict(tier.names) for tier in document.tiers},
            segment_names={one.id: dict(one.names) for one in known},
        )
        return answer_json(view)

    def _find_days(self, request: web.Request, time_zone: str) -> tuple[str, str]:
        """The first and the last day, as they are asked for; without that, the last four weeks."""
        wall = datetime.fromtimestamp((self._clock.now() + self._clock.ahead()) / SECOND, UTC)
        today = wall.astimezone(ZoneInfo(time_zone)).date()
        first = request.query.get("since") or str(today - timedelta(days=DAYS - 1))
        return first, request.query.get("until") or str(today)
