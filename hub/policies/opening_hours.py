"""Opening hours as people write them, and as the router counts them.

The rule of this file: it alone looks up time zones. The router gets the offsets of local time from
UTC, each with the instant from which it holds, for as long as a policy may be in force.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from channels.wording import written
from hub.policies.names import Id
from hub.toml_files.problems import Section
from hub.toml_files.toml_lines import Key
from routing import model

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEK: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Span = Annotated[
    str,
    written(
        r"([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)",
        "two times of one day between 00:00 and 24:00, such as 08:00-17:30",
    ),
]
Day = Annotated[str, written(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "a date, such as 2026-12-24")]

FIRST_YEAR, LAST_YEAR = 2020, 2060  # the changes of local time between them are looked up


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursPolicy(Section):
    """Spans are "08:00-12:00" by the wall clock. A weekday that is not named is closed."""

    id: Id
    week: Mapping[Weekday, tuple[Span, ...]]
    days: Mapping[Day, tuple[Span, ...]] = field(default_factory=dict)  # each in place of its weekday: holidays
    time_zone: str = ""  # empty: the policy's

    def build(self, default_zone: str, ahead: model.Micros = 0) -> model.Hours:
        """The hours in the router's time. `ahead`: how far the wall clock is ahead of that time."""
        return model.Hours(
            week=tuple(_periods(self.week.get(day, ())) for day in WEEK),
            days=tuple((_number_of(day), _periods(spans)) for day, spans in sorted(self.days.items())),
            offsets=tuple(
                (since - ahead, offset + ahead) for since, offset in find_offsets(self.time_zone or default_zone)
            ),
        )

    def check(self) -> Iterator[tuple[Key, str]]:
        named = [(("week", day), spans) for day, spans in self.week.items()]
        for key, spans in [*named, *((("days", day), spans) for day, spans in self.days.items())]:
            marks = [mark for period in _periods(spans) for mark in period]
            if any(later <= earlier for earlier, later in pairwise(marks)):
                yield key, "must list its spans in order of time, with a gap between two of them"
        for day in self.days:
            try:
                date.fromisoformat(day)
            except ValueError:
                yield ("days", day), "is not a day of the calendar: correct the date"


@lru_cache(maxsize=32)
def find_offsets(time_zone: str) -> tuple[tuple[model.Micros, model.Micros], ...]:
    """(instant of a change, local time minus UTC from then on). It searches day by day, then to the minute."""
    zone, minute = ZoneInfo(time_zone), timedelta(minutes=1)
    at = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
    found = [(at, _offset(zone, at))]
    while at.year < LAST_YEAR:
        low, at = at, at + timedelta(days=1)
        if _offset(zone, at) == found[-1][1]:
            continue
        high = at
        while high - low > minute:
            middle = low + (high - low) // 2 // minute * minute
            low, high = (middle, high) if _offset(zone, middle) == found[-1][1] else (low, middle)
        found.append((high, _offset(zone, high)))
    return tuple((int(since.timestamp()) * model.SECOND, offset) for since, offset in found)


def _offset(zone: ZoneInfo, at: datetime) -> model.Micros:
    return (at.astimezone(zone).utcoffset() or timedelta()) // timedelta(microseconds=1)


def _periods(spans: tuple[str, ...]) -> tuple[model.Period, ...]:
    ends = [tuple(int(part) for part in end.split(":")) for span in spans for end in span.split("-")]
    marks = [(hours * 60 + minutes) * 60 * model.SECOND for hours, minutes in ends]
    return tuple(zip(marks[::2], marks[1::2], strict=True))


def _number_of(day: str) -> int:
    return (date.fromisoformat(day) - date(1970, 1, 1)).days
