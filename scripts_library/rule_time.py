"""The calendar of conditions: windows, days since, and the instants at which a day begins in a time zone.

The rule of this file: a day is a calendar day of the zone that is given, and never 24 hours. So a window of 30 days
changes at midnight, also where the clocks change that night. An instant is a number of microseconds since 1970, UTC,
as everywhere. Whoever asks says what time it is.
"""

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

DAY: Final = timedelta(days=1)
EARLIEST: Final = date(1800, 1, 1)
LATEST: Final = date(2400, 1, 1)
MOST_DAYS: Final = 36_500  # of a window, and of days since and until
_HOUR: Final = 3_600_000_000  # microseconds
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_WINDOW: Final = re.compile(r"([1-9][0-9]{0,4}) (hour|day|month)s?")
_MOST: Final = {"hour": MOST_DAYS * 24, "day": MOST_DAYS, "month": MOST_DAYS // 31}


@dataclass(frozen=True, slots=True)
class Window:
    """The last so many hours, calendar days or calendar months. Today is the last of the days."""

    number: int
    unit: str  # hour, day or month

    def __str__(self) -> str:
        return f"{self.number} {self.unit}{'' if self.number == 1 else 's'}"


def parse_window(text: str) -> Window | None:
    """ "30 days", "12 hours", "6 months". None: it is no window."""
    found = _WINDOW.fullmatch(text)
    if found is None or int(found[1]) > _MOST[found[2]]:
        return None
    return Window(int(found[1]), found[2])


def find_beginning(window: Window, now: int, zone: tzinfo) -> int:
    """The first instant that is within the window."""
    if window.unit == "hour":
        return now - window.number * _HOUR
    today = find_date(now, zone)
    before = today - window.number * DAY if window.unit == "day" else subtract_months(today, window.number)
    return begin_day(before + DAY, zone)


def find_leaving(window: Window, at: int, zone: tzinfo) -> int:
    """The first instant at which what was at `at` is no longer within the window."""
    if window.unit == "hour":
        return at + window.number * _HOUR + 1
    return find_leaving_day(window, find_date(at, zone), zone)


def find_leaving_day(window: Window, day: date, zone: tzinfo) -> int:
    """The first instant at which this day is no longer within the window, which is of days or months."""
    if window.unit == "day":
        return begin_day(day + window.number * DAY, zone)
    leaving = add_months(day, window.number)
    while subtract_months(leaving, window.number) < day:  # the 31st has no counterpart in a short month
        leaving += DAY
    return begin_day(leaving, zone)


def find_date(at: int, zone: tzinfo) -> date:
    return find_time(at, zone).date()


def find_time(at: int, zone: tzinfo) -> datetime:
    """The instant as the clocks of the zone show it."""
    return (_EPOCH + timedelta(microseconds=at)).astimezone(zone)


def begin_day(day: date, zone: tzinfo) -> int:
    """The first instant of the day. Where the clocks jump over midnight, the day begins at the jump; where midnight
    comes twice, at the first."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    return (midnight.astimezone(UTC) - _EPOCH) // _MICROSECOND


def add_months(day: date, number: int) -> date:
    """The same day of the month so many months later; the month's last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + number, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def subtract_months(day: date, number: int) -> date:
    return add_months(day, -number)
