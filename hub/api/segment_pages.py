"""What the pages of segments show: the list, one segment, and what flowed between two dates.

The rule of this file: it reads and shows numbers of customers, and no customer.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta

from aiohttp import web

from agent_console.segment_views import (
    DefinitionProblem,
    FlowPart,
    FlowView,
    Overlap,
    PastDefinition,
    SegmentDetail,
    SegmentLine,
    SegmentState,
    SegmentsView,
    SizePoint,
)
from agent_console.views import StaffView
from hub.access.rules import has_role_for
from hub.api.routes import Rule, answer_json, refuse
from hub.clock import Clock, to_millis
from hub.policies.segment_rules import SegmentRefused, SegmentRules
from hub.policies.stored_versions import load_book
from hub.segments import segment_report
from hub.segments.segment_definitions import check_sight, read_definitions
from hub.segments.segment_files import find_last_day
from hub.segments.segment_report import DAY
from hub.storage import rule_delays, rule_due, segment_sample, segments
from hub.storage import staff as stored_staff
from hub.storage.connection import Connection
from hub.storage.database import Database
from hub.storage.segments import LIVE, RETIRED, StoredSegment

DAYS_SHOWN = 540
MOST_WAITING = 10_001  # counted: the page says "more than 10,000"
_EPOCH = date(1970, 1, 1)


class SegmentPages:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock

    def rules(self) -> Sequence[Rule]:
        return [
            Rule("GET", "/api/segments", "segments.read", self._list, is_poll=True),
            Rule("GET", "/api/segments/{id}", "segments.read", self._show),
            Rule("GET", "/api/segments/{id}/flow", "segments.read", self._show_flow),
        ]

    async def _list(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        now = self._clock.now()
        async with self._db.read(is_slow=True) as connection:
            known = await segments.list_all(connection)
            rules = await _read_rules(connection, known)
            whole = await segment_sample.count_customers(connection)
            trends = await segment_report.list_trends(connection, known, now)
            people = {one.id: one.name for one in await stored_staff.list_by_name(connection)}
            delay = await rule_delays.find_delay(connection, now)
            waiting = await rule_due.count_waiting(connection, now, MOST_WAITING)
        broken = rules.problems if rules is not None else {}
        lines = [_say_line(one, trends[one.id], people, whole, now, broken) for one in known]
        may_change = has_role_for(staff, "segments.change")
        view = SegmentsView(segments=lines, customers=whole, delay_ms=delay, waiting=waiting, may_change=may_change)
        return answer_json(view)

    async def _show(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        now, segment_id = self._clock.now(), request.match_info["id"]
        async with self._db.read(is_slow=True) as connection:
            known = await segments.list_all(connection)
            one = next((one for one in known if one.id == segment_id), None)
            if one is None:
                return refuse(404, "not_found")
            rules = await _read_rules(connection, known)
            whole = await segment_sample.count_customers(connection)
            points = await segment_report.list_points(connection, one, now, DAYS_SHOWN)
            overlaps = await segment_report.list_overlaps(connection, one, known)
            versions = await segments.list_versions(connection, segment_id)
            people = {each.id: each.name for each in await stored_staff.list_by_name(connection)}
            delay = await rule_delays.find_delay(connection, now)
            waiting = await rule_due.count_waiting(connection, now, MOST_WAITING)
            may_export = one.state == LIVE and await _may_export(connection, one, staff)
        await self._db.write(lambda connection: segments.note_reading(connection, segment_id, now))
        broken = rules.problems if rules is not None else {}
        readers = rules.list_readers(segment_id) if rules is not None else []
        by_id = {each.id: each for each in known}
        view = SegmentDetail(
            line=_say_line(one, [point.size for point in points[-90::3]], people, whole, now, broken),
            definition=one.definition,
            version=one.version,
            delay_ms=delay,
            waiting=waiting,
            problem=DefinitionProblem(words=broken[one.id], column=1) if one.id in broken else None,
            live_at=None if one.live_at is None else to_millis(one.live_at),
            days=[
                SizePoint(day=_say_day(point.day), size=point.size, entered=point.entered, left=point.left)
                for point in points
            ],
            overlaps=[
                Overlap(segment_id=other.id, names=dict(other.names), both=both, size=other.size)
                for other, both in overlaps
            ],
            versions=[
                PastDefinition(
                    version=each.version,
                    definition=each.definition,
                    at=to_millis(each.at),
                    changed_by=people.get(each.changed_by, each.changed_by),
                )
                for each in versions
            ],
            named_by=[each for each in readers if by_id[each].state == LIVE],
            may_export=may_export,
        )
        return answer_json(view)

    async def _show_flow(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        now = self._clock.now()
        try:
            since = read_instant(request.query.get("since", ""), now)
            until = read_instant(request.query.get("until", ""), now)
        except (ValueError, OverflowError):
            return refuse(400, "invalid", "since")
        async with self._db.read(is_slow=True) as connection:
            one = await segments.find(connection, request.match_info["id"])
            if one is None:
                return refuse(404, "not_found")
            flows = await segment_report.find_flows(connection, one, since, max(since, until))
        view = FlowView(
            before=flows.before,
            after=flows.after,
            entered=[FlowPart(clause=one.clause, number=one.number) for one in flows.parts if one.has_entered],
            left=[FlowPart(clause=one.clause, number=one.number) for one in flows.parts if not one.has_entered],
        )
        return answer_json(view)


async def _may_export(connection: Connection, one: StoredSegment, staff: StaffView) -> bool:
    """As the export itself decides."""
    if not has_role_for(staff, "customers.export"):
        return False
    try:
        await check_sight(connection, {one.id: one.definition}, staff.roles)
    except SegmentRefused:
        return False
    return True


async def _read_rules(connection: Connection, known: Sequence[StoredSegment]) -> SegmentRules | None:
    book = await load_book(connection)
    return None if book is None else read_definitions(book, [one for one in known if one.state != RETIRED])


def _say_line(
    one: StoredSegment,
    trend: list[int],
    people: Mapping[str, str],
    whole: int,
    now: int,
    broken: Collection[str],
) -> SegmentLine:
    is_counting = one.state == LIVE and one.counted_version != one.version
    state: SegmentState = "counting" if is_counting else one.state  # type: ignore[assignment]  # a stored state
    last = find_last_day(one.expires_at)
    return SegmentLine(
        id=one.id,
        names=dict(one.names),
        purpose=one.purpose,
        owner=one.owner,
        owner_name=people.get(one.owner, one.owner),
        state=state,
        size=one.size,
        trend=trend,
        counted=min(100, one.counted_number * 100 // max(whole, 1)) if is_counting else None,
        expires_on="" if last is None else last.isoformat(),
        proposals=list(segment_report.list_reasons(one, now, is_broken=one.id in broken)),
    )


def _say_day(day: int) -> str:
    return (_EPOCH + timedelta(days=day)).isoformat()


def read_instant(text: str, now: int) -> int:
    """The end of this day of UTC, or `now` if that is earlier or no day is given. Raises ValueError."""
    if not text:
        return now
    day = date.fromisoformat(text)
    return min(now, (day.toordinal() + 1 - _EPOCH.toordinal()) * DAY - 1)
