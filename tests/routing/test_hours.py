"""Opening hours, compared with local time from the time zone database."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from routing.hours import HoursCalendar, is_open, open_between
from routing.model import DAY, SECOND, Hours, Micros
from tests.routing.cast import HOUR

STOCKHOLM = ZoneInfo("Europe/Stockholm")
WEEK = ((8 * HOUR, 12 * HOUR), (13 * HOUR, 18 * HOUR))
CHRISTMAS = (date(2026, 12, 25) - date(1970, 1, 1)).days


def at(*when: int) -> Micros:
    """A local instant in Stockholm."""
    return int(datetime(*when, tzinfo=STOCKHOLM).timestamp()) * SECOND


def offsets_of(zone: ZoneInfo, year: int) -> tuple[tuple[Micros, Micros], ...]:
    """Looked up hour by hour."""
    began = datetime(year, 1, 1, tzinfo=UTC)
    found: list[tuple[Micros, Micros]] = []
    for instant in (began + timedelta(hours=hour) for hour in range(366 * 24)):
        offset = int((instant.astimezone(zone).utcoffset() or timedelta()).total_seconds()) * SECOND
        if not found or found[-1][1] != offset:
            found.append((int(instant.timestamp()) * SECOND, offset))
    return tuple(found)


OFFSETS = offsets_of(STOCKHOLM, 2026)
HOURS = Hours(
    week=(
        WEEK,
        WEEK,
        WEEK,
        WEEK,
        ((8 * HOUR, 16 * HOUR),),
        ((0, 4 * HOUR), (22 * HOUR, 24 * HOUR)),
        ((0, 5 * HOUR),),
    ),
    days=((CHRISTMAS, ()),),
    offsets=OFFSETS,
)


def test_a_day_may_have_several_periods() -> None:
    for hour, expected in ((7, False), (8, True), (11, True), (12, False), (13, True), (17, True), (18, False)):
        assert is_open(HOURS, at(2026, 11, 23, hour)) is expected


def test_it_closes_at_the_end_of_each_period() -> None:
    calendar = HoursCalendar(HOURS)
    assert calendar.next_close(at(2026, 11, 23, 9)) == at(2026, 11, 23, 12)
    assert calendar.next_close(at(2026, 11, 23, 12)) == at(2026, 11, 23, 18)
    assert calendar.next_close(at(2026, 11, 23, 20)) == at(2026, 11, 24, 12)


def test_a_holiday_is_closed_for_its_day() -> None:
    assert not is_open(HOURS, at(2026, 12, 25, 10))
    assert HoursCalendar(HOURS).next_close(at(2026, 12, 24, 20)) == at(2026, 12, 26, 4)


def test_a_night_that_goes_on_past_midnight_closes_once() -> None:
    """Saturday from 22:00 to Sunday at 05:00."""
    assert HoursCalendar(HOURS).next_close(at(2026, 11, 28, 23)) == at(2026, 11, 29, 5)


def test_what_never_closes_has_no_closing_time() -> None:
    assert HoursCalendar(Hours(week=(((0, DAY),),) * 7)).next_close(at(2026, 11, 23, 9)) is None
    assert HoursCalendar(Hours(week=((),) * 7)).next_close(at(2026, 11, 23, 9)) is None


def test_what_never_closes_is_open_and_what_never_opens_has_no_next_period() -> None:
    monday = at(2026, 11, 23, 9)
    period = HoursCalendar(Hours(week=(((0, DAY),),) * 7)).find_period(monday)
    assert period is not None and period[0] <= monday < period[1]
    assert HoursCalendar(Hours(week=((),) * 7)).find_period(monday) is None


def test_the_same_hour_of_the_wall_before_and_after_the_clocks_are_turned() -> None:
    """Daylight saving time ended on 25 October 2026."""
    friday, monday = at(2026, 10, 23, 8), at(2026, 10, 26, 8)
    assert monday - friday == 3 * DAY + HOUR
    assert (is_open(HOURS, friday - 1), is_open(HOURS, friday)) == (False, True)
    assert (is_open(HOURS, monday - 1), is_open(HOURS, monday)) == (False, True)


@settings(deadline=None)
@given(st.integers(0, 364 * 24 * 60))
def test_it_is_open_when_the_clock_on_the_wall_says_so(minute: int) -> None:
    instant = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    wall = instant.astimezone(STOCKHOLM)
    shown = timedelta(hours=wall.hour, minutes=wall.minute) / timedelta(microseconds=1)
    periods = () if wall.date() == date(2026, 12, 25) else HOURS.week[wall.weekday()]
    expected = any(opens <= shown < closes for opens, closes in periods)
    now = int(instant.timestamp()) * SECOND
    assert is_open(HOURS, now) is expected


@settings(deadline=None)
@given(st.integers(0, 364 * 24 * 60), st.integers(0, 364 * 24 * 60))
def test_the_open_periods_are_when_it_is_open_and_the_calendar_knows_their_ends(minute: int, other: int) -> None:
    began_at = int(datetime.combine(date(2026, 1, 1), time(), UTC).timestamp()) * SECOND
    from_at = began_at + min(minute, other) * 60 * SECOND
    until_at = from_at + 40 * DAY
    marks = [mark for period in open_between(HOURS, from_at, until_at) for mark in period]
    assert marks == sorted(set(marks))
    for opens_at, closes_at in zip(marks[::2], marks[1::2], strict=True):
        assert is_open(HOURS, opens_at)
        assert is_open(HOURS, closes_at - 1)
        assert closes_at == until_at or not is_open(HOURS, closes_at)
    calendar = HoursCalendar(HOURS)
    for asked in (from_at + 3 * DAY, from_at, from_at + 30 * DAY):  # not in order
        assert calendar.next_close(asked) == min(mark for mark in marks[1::2] if mark > asked)
        period = calendar.find_period(asked)
        assert period is not None and period[1] == calendar.next_close(asked)
        assert is_open(HOURS, asked) == (period[0] <= asked)
        assert is_open(HOURS, period[0]) and (period[0] <= asked or not is_open(HOURS, period[0] - 1))
