"""A day that a page asks for, as the first and the last instant of it.

The rule of this file: a day is one of the organisation's calendar, in its own time zone; instants are in hub time.
"""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from routing.model import SECOND, Micros


def read_day(text: str, time_zone: str, ahead: Micros) -> tuple[Micros | None, Micros | None]:
    """The beginning of this day and its end, which is not part of it; both None if no day is given. `text`:
    2026-11-22. `ahead`: how far the wall clock is ahead of hub time. Raises ValueError and OverflowError."""
    if not text:
        return None, None
    day, zone = date.fromisoformat(text), ZoneInfo(time_zone)
    began, ends = (datetime.combine(day + timedelta(days=n), time(), zone) for n in (0, 1))
    return int(began.timestamp()) * SECOND - ahead, int(ends.timestamp()) * SECOND - ahead
