"""Conditions over time: what a window and a day are, against a plain reading of the calendar in many time zones."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scripts_library.condition_binding import bind, depends_on_time, find_next_change
from scripts_library.condition_parsing import parse_condition
from scripts_library.condition_tokens import ConditionError
from scripts_library.conditions import (
    Activity,
    Compare,
    DaysSince,
    DaysUntil,
    Facts,
    Function,
    Has,
    Measure,
    Operator,
    evaluate,
)
from scripts_library.conditions import compare as compare_values
from scripts_library.rule_time import (
    Window,
    add_months,
    begin_day,
    find_beginning,
    find_date,
    find_leaving,
    parse_window,
    subtract_months,
)
from scripts_library.variables import VariableType
from tests.scripts_library.sample_types import TYPES as SAMPLE

TYPES = {**SAMPLE, "customer.birthday": VariableType.DATE, "customer.ends": VariableType.DATE}
KINDS = ("payment", "complaint", "contact")
# clocks that jump at midnight or just before or after it, that skip a day, with odd offsets, and plain ones
ZONES = [
    ZoneInfo(name)
    for name in (
        "UTC",
        "Asia/Shanghai",
        "Europe/Stockholm",
        "Asia/Beirut",
        "America/Sao_Paulo",
        "Atlantic/Azores",
        "America/Havana",
        "Africa/Cairo",
        "Asia/Kathmandu",
        "Pacific/Apia",
    )
]


def at(text, zone="UTC"):
    moment = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


NOW = at("2026-11-29T09:00", "Asia/Shanghai")
SHANGHAI = ZoneInfo("Asia/Shanghai")
ANNA = Facts(
    {"customer.birthday": date(1990, 12, 1), "customer.ends": date(2026, 12, 24)},
    (
        Activity("complaint", at("2026-10-31T00:00", "Asia/Shanghai")),
        Activity("complaint", at("2026-10-30T23:59", "Asia/Shanghai")),
        Activity("payment", at("2026-08-01T12:00"), amount=Decimal("100.50")),
        Activity("payment", at("2026-11-01T12:00"), amount=Decimal("-0.50")),
        Activity("payment", at("2026-11-02T12:00")),
        Activity("contact", at("2026-09-29T15:59"), "phone"),  # 23:59 in Shanghai
        Activity("contact", at("2026-11-28T21:30"), "sms"),
    ),
)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ('count("complaint") == 2', True),
        ('count("complaint", within("30 days")) == 1', True),
        ('count("complaint", not_within("30 days")) == 1', True),
        ('count("complaint", within("29 days")) == 0', True),
        ('sum("payment") == 100', True),
        ('sum("payment", within("1 month")) == -0.5', True),
        ('sum("complaint") == 0', True),
        ('count("contact/phone", within("61 days")) == 0', True),
        ('count("contact/phone", within("62 days")) == 1', True),
        ('count("contact", within("62 days")) == 2', True),
        ('count("contact/sms", within("4 hours")) == 1', True),
        ('count("contact/sms", within("3 hours")) == 0', True),
        ('has(last("contact/mail"))', False),
        ('days_since(last("contact/mail")) > 3', None),
        ('!(days_since(last("contact/mail")) > 3)', None),
        ('days_since(last("contact/phone")) == 61', True),
        ('days_since(first("contact")) in [60, 61]', True),
        ('days_since(last("contact")) == 0', True),
        ('last("contact") == date("2026-11-29")', True),
        ('last("contact") != date("2026-11-28")', True),
        ('first("payment") < date("2026-08-01")', False),
        ('first("payment") <= date("2026-08-01")', True),
        ('last("payment") in [date("2026-11-01"), date("2026-11-02")]', True),
        ('customer.birthday >= date("1990-12-01")', True),
        ("days_until(customer.ends) == 25", True),
        ("days_until(customer.ends) <= 24", False),
        ("days_since(customer.ends) < -24", True),
    ],
)
def test_a_condition_over_time_means_what_it_says_about_anna(text, answer):
    assert evaluate(bind(parse_condition(text, TYPES, KINDS), NOW, SHANGHAI), ANNA, TYPES) is answer


@pytest.mark.parametrize(
    ("text", "words", "column"),
    [
        ('count("complain") > 1', 'Did you mean "complaint"?', 7),
        ("count(complaint) > 1", "write it in quotes", 7),
        ('count("complaint", "30 days") > 1', 'within("30 days") is missing', 20),
        ('count("complaint", within("a while")) > 1', 'write it as in "30 days"', 27),
        ('count("complaint", within("30000000 days")) > 1', 'write it as in "30 days"', 27),
        ('count("complaint", within("1201 months")) > 1', 'write it as in "30 days"', 27),
        ('count("complaint", within("30 days") > 1', '")" is missing', 38),
        ('count("complaint") > 1.5', "is a whole number", 22),
        ('count("complaint") == "2"', "is a number", 23),
        ('last("contact") > 3', 'written date("2026-01-31")', 19),
        ('last("contact") > date("2026-02-30")', "is no day", 24),
        ('last("contact") > date("0026-02-03")', "is no day", 24),
        ("days_since(customer.tier) > 3", "is not a date", 12),
        ('days_since(count("contact")) > 3', "is not a date", 12),
        ("days_since(customer.birthday) > 40000", "a hundred years", 33),
        ("days_since(customer.birthday) > 0.5", "is a whole number", 33),
        ("customer.since_year > 1.23456", "with 4 decimals", 23),
        ("customer.since_year > 99999999999999", "at most 1,000,000,000,000", 23),
        ("days_sinse(customer.birthday) > 3", 'Did you mean "days_since"?', 1),
        ('customer.tier == "gold" &&', "is missing before", 27),
        ("customer.since_year in [" + "1, " * 200 + "1]", "at most 200 values", 624 + 1),
    ],
)
def test_what_cannot_be_right_is_refused_at_its_column(text, words, column):
    with pytest.raises(ConditionError) as error:
        parse_condition(text, TYPES, KINDS)
    assert words in str(error.value)
    assert error.value.column == column


def test_where_no_activities_are_known_none_can_be_counted():
    with pytest.raises(ConditionError, match="Activities cannot be counted here"):
        parse_condition('count("contact") > 1', TYPES)


# ---- the calendar, in every zone

INSTANTS = st.integers(at("2000-01-01T00:00"), at("2039-12-31T00:00"))
DATES = st.dates(date(2000, 1, 1), date(2039, 12, 31))
WINDOWS = st.builds(Window, st.integers(1, 400), st.sampled_from(["hour", "day", "month"]))


@given(DATES, st.sampled_from(ZONES))
@example(date(2018, 11, 4), ZoneInfo("America/Sao_Paulo"))  # midnight is skipped
@example(date(2026, 3, 29), ZoneInfo("Asia/Beirut"))
@example(date(2024, 11, 3), ZoneInfo("America/Havana"))  # midnight comes twice
@example(date(2024, 10, 27), ZoneInfo("Atlantic/Azores"))
def test_a_day_begins_with_its_first_instant(day, zone):
    begins = begin_day(day, zone)
    if find_date(begins, zone) == day:  # Apia has never had the 30th of December 2011
        assert find_date(begins - 1, zone) < day
    else:
        assert zone.key == "Pacific/Apia"


@given(WINDOWS, INSTANTS, INSTANTS, st.sampled_from(ZONES))
def test_what_is_within_a_window_leaves_it_at_the_instant_that_is_said(window, happened, now, zone):
    is_within = find_beginning(window, now, zone) <= happened
    assert is_within is (now < find_leaving(window, happened, zone))


@given(DATES, st.integers(1, 400))
def test_months_are_those_of_the_calendar(day, number):
    before, after = subtract_months(day, number), add_months(day, number)
    assert (day.year * 12 + day.month) - (before.year * 12 + before.month) == number
    assert before.day <= day.day
    assert after.day <= day.day
    assert (before.day == day.day) or (before + timedelta(1)).day == 1


@given(st.text(max_size=12) | WINDOWS.map(str))
def test_a_window_written_down_is_read_as_the_same_window(text):
    window = parse_window(text)
    assert window is None or str(window) in (text, text.removesuffix("s"), text + "s")


# ---- against a plain reading

ACTIVITIES = st.lists(
    st.builds(
        Activity,
        st.sampled_from(KINDS),
        INSTANTS,
        st.sampled_from(["", "phone", "短信"]),
        st.none() | st.decimals(-999, 999, places=2),
    ),
    max_size=8,
).map(tuple)
MEASURES = st.builds(
    Measure,
    st.sampled_from(Function),
    st.sampled_from(KINDS),
    st.sampled_from(["", "phone", "短信"]),
    st.none() | WINDOWS,
    st.booleans(),
)
DATED = st.sampled_from(["customer.birthday", "customer.ends"]) | MEASURES.filter(
    lambda one: one.function in (Function.FIRST, Function.LAST)
)
TIMED = st.one_of(
    st.builds(Has, DATED),
    st.builds(Compare, DATED, st.sampled_from(Operator), DATES),
    st.builds(
        Compare,
        st.builds(DaysSince, DATED) | st.builds(DaysUntil, DATED),
        st.sampled_from(Operator),
        st.integers(-9, 9),
    ),
    st.builds(
        Compare,
        MEASURES.filter(lambda one: one.function in (Function.COUNT, Function.SUM)),
        st.sampled_from(Operator),
        st.integers(-2, 3) | st.decimals(-999, 999, places=2),
    ),
)
KNOWN = st.builds(Facts, st.dictionaries(st.sampled_from(["customer.birthday", "customer.ends"]), DATES), ACTIVITIES)


def read_plainly(leaf, facts, now, zone):
    """As a person with a calendar would say it."""

    def local(instant):
        return datetime.fromtimestamp(instant / 1e6, UTC).astimezone(zone).date()

    def is_within(instant, window):
        if window.unit == "hour":
            return instant >= now - window.number * 3_600_000_000
        if window.unit == "day":
            return (local(now) - local(instant)).days < window.number
        return local(instant) > subtract_months(local(now), window.number)

    def value_of(operand):
        if isinstance(operand, str):
            return facts.variables.get(operand)
        if isinstance(operand, DaysSince):
            day = value_of(operand.of)
            return None if day is None else (local(now) - day).days
        if isinstance(operand, DaysUntil):
            day = value_of(operand.of)
            return None if day is None else (day - local(now)).days
        meant = [one for one in facts.activities if one.kind == operand.kind and operand.label in ("", one.label)]
        if operand.window is not None:
            meant = [one for one in meant if is_within(one.at, operand.window) is not operand.is_outside]
        if operand.function is Function.COUNT:
            return len(meant)
        if operand.function is Function.SUM:
            return sum(one.amount for one in meant if one.amount is not None)
        days = sorted(one.at for one in meant)
        return local(days[0 if operand.function is Function.FIRST else -1]) if days else None

    known = value_of(leaf.operand)
    if isinstance(leaf, Has):
        return known is not None
    return None if known is None else compare_values(known, leaf.operator, leaf.value)


@given(TIMED, KNOWN, INSTANTS, st.sampled_from([zone for zone in ZONES if zone.key != "Pacific/Apia"]))
def test_a_bound_condition_says_what_a_person_with_a_calendar_says(leaf, facts, now, zone):
    assert evaluate(bind(leaf, now, zone), facts, TYPES) is read_plainly(leaf, facts, now, zone)


@given(TIMED, KNOWN, INSTANTS, st.integers(0, 400 * 24), st.sampled_from(ZONES))
def test_nothing_changes_by_itself_before_the_instant_that_is_said(leaf, facts, now, hours, zone):
    change_at = find_next_change(leaf, facts, now, zone, TYPES)
    if not depends_on_time(leaf):
        assert change_at is None
    later = now + hours * 3_600_000_000
    if change_at is not None:
        assert change_at > now
        later = min(later, change_at - 1)
    assert evaluate(bind(leaf, later, zone), facts, TYPES) is evaluate(bind(leaf, now, zone), facts, TYPES)
