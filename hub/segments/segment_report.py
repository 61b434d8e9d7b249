"""What the screens show of segments: sizes over time, overlaps, flows, and which might be retired.

The rule of this file: a size in the past follows from the size at present and the days since. It changes nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from hub.storage import segment_history, segment_members, segments
from hub.storage.connection import Connection
from hub.storage.segment_history import Flow
from hub.storage.segments import LIVE, StoredSegment

DAY: Final = 86_400_000_000
TREND_DAYS: Final = 90
TREND_POINTS: Final = 30
OVERLAPS: Final = 8
IDLE_DAYS: Final = 90  # unread or empty for so long: it might be retired
ReasonToRetire = Literal["expired", "empty", "unread", "broken"]


@dataclass(frozen=True, slots=True)
class Point:
    """The end of a day, since 1970: how many were in it, entered and left."""

    day: int
    size: int
    entered: int
    left: int


@dataclass(frozen=True, slots=True)
class Flows:
    before: int
    after: int
    parts: Sequence[Flow]


async def list_points(connection: Connection, one: StoredSegment, now: int, days: int) -> list[Point]:
    """One for each of the last days, the newest last; none from before it was live."""
    found = await segments.list_days(connection, now // DAY - days, one.id)
    return _draw(one, now, days, {day: (entered, left) for _, day, entered, left in found})


async def list_trends(connection: Connection, known: Iterable[StoredSegment], now: int) -> dict[str, list[int]]:
    """By id: sizes of the last 90 days, evenly spaced."""
    moves: dict[str, dict[int, tuple[int, int]]] = defaultdict(dict)
    for segment_id, day, entered, left in await segments.list_days(connection, now // DAY - TREND_DAYS):
        moves[segment_id][day] = (entered, left)
    step = TREND_DAYS // TREND_POINTS
    trends = {}
    for one in known:
        sizes = [point.size for point in _draw(one, now, TREND_DAYS, moves.get(one.id, {}))]
        trends[one.id] = sizes[::-1][::step][::-1]
    return trends


def _draw(one: StoredSegment, now: int, days: int, moves: Mapping[int, tuple[int, int]]) -> list[Point]:
    today = now // DAY
    began = today if one.live_at is None else one.live_at // DAY
    size, points = one.size, []
    for day in range(today, max(today - days, began - 1), -1):
        entered, left = moves.get(day, (0, 0))
        points.append(Point(day, size, entered, left))
        size -= entered - left
    return points[::-1]


def list_reasons(one: StoredSegment, now: int, *, is_broken: bool) -> list[ReasonToRetire]:
    """Why a live segment might be retired."""
    if one.state != LIVE:
        return []
    limit = now - IDLE_DAYS * DAY
    found: list[ReasonToRetire] = []
    if is_broken:
        found.append("broken")
    if one.expires_at is not None and one.expires_at <= now:
        found.append("expired")
    if one.size == 0 and one.empty_at is not None and one.empty_at <= limit:
        found.append("empty")
    if max(one.read_at or 0, one.live_at or 0) <= limit:
        found.append("unread")
    return found


async def list_overlaps(
    connection: Connection, one: StoredSegment, known: Sequence[StoredSegment]
) -> list[tuple[StoredSegment, int]]:
    """The segments that share most customers with it, and how many. Read slowly."""
    if one.place is None:
        return []
    others = {other.id: other.place for other in known if other.place is not None and other.id != one.id}
    shared = await segment_members.count_overlaps(connection, one.place, others)
    by_id = {other.id: other for other in known}
    ranked = sorted(((number, segment_id) for segment_id, number in shared.items() if number), reverse=True)
    return [(by_id[segment_id], number) for number, segment_id in ranked[:OVERLAPS]]


async def find_flows(connection: Connection, one: StoredSegment, since: int, until: int) -> Flows:
    """Read slowly."""
    before = await segment_history.count_at(connection, one.id, one.size, since)
    after = await segment_history.count_at(connection, one.id, one.size, until)
    return Flows(before, after, await segment_history.list_flows(connection, one.id, since, until))
