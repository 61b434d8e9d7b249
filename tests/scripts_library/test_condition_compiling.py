"""A condition that was compiled once answers as the condition itself, of every customer, until the day is over."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scripts_library.activity_index import ActivityIndex
from scripts_library.condition_binding import bind, find_next_change
from scripts_library.condition_compiling import compile_answer, compile_next_change
from scripts_library.conditions import (
    Activity,
    Compare,
    Condition,
    DaysUntil,
    Facts,
    Function,
    Has,
    Measure,
    Operator,
    evaluate,
    list_leaves,
)
from scripts_library.rule_time import DAY as ONE_DAY
from scripts_library.rule_time import Window, begin_day, find_date
from tests.scripts_library.drawn_conditions import CUSTOMERS, DAY, NOW, RULES, TYPES, ZONES

HAVANA = ZoneInfo("America/Havana")
ENDS_TODAY = Compare(DaysUntil("customer.birthday"), Operator.AT_MOST, 0)
# The first of November 2026, 0:30, for the second time: at one o'clock the clock went back to midnight
TWICE = int(datetime(2026, 11, 1, 5, 30, tzinfo=UTC).timestamp()) * 1_000_000


def has_hours(condition: Condition) -> bool:
    operands = [getattr(leaf, "operand", None) for leaf in list_leaves(condition)]
    found = [getattr(one, "of", one) for one in operands]
    return any(isinstance(one, Measure) and one.window is not None and one.window.unit == "hour" for one in found)


@given(
    st.lists(RULES, min_size=1, max_size=6),
    st.lists(CUSTOMERS, min_size=1, max_size=4),
    st.integers(NOW - 40 * DAY, NOW + 40 * DAY),
    st.integers(0, DAY),
    st.sampled_from(ZONES),
)
@example([ENDS_TODAY], [Facts({"customer.birthday": find_date(NOW, HAVANA)})], NOW, 0, HAVANA)
@example([ENDS_TODAY], [Facts({"customer.birthday": find_date(TWICE, HAVANA)})], TWICE, 0, HAVANA)
def test_it_answers_as_the_condition_does_and_names_the_same_instant(
    rules: list[Condition], known: list[Facts], now: int, later: int, zone: ZoneInfo
) -> None:
    answers = [compile_answer(bind(rule, now, zone), TYPES) for rule in rules]
    find_next = compile_next_change(rules, now, zone, TYPES)
    ends = begin_day(find_date(now, zone) + ONE_DAY, zone)
    at = now if any(has_hours(rule) for rule in rules) or now + later >= ends else now + later
    for one in known:
        index = ActivityIndex(one.activities)
        for rule, answer in zip(rules, answers, strict=True):
            assert answer(one.variables, index) is evaluate(bind(rule, at, zone), one, TYPES)
        changes = [find_next_change(rule, one, at, zone, TYPES) for rule in rules]
        assert find_next(one.variables, index, at) == min(
            (each for each in changes if each is not None), default=None
        )


def test_what_several_conditions_read_is_looked_at_once() -> None:
    class Counting(ActivityIndex):
        asked = 0

        def measure(self, wanted):
            self.asked += 1
            return super().measure(wanted)

    window = Window(30, "day")
    rules = [Compare(Measure(Function.COUNT, "payment", "", window), Operator.AT_LEAST, n) for n in range(5)]
    index = Counting([Activity("payment", NOW - DAY)])
    assert compile_next_change(rules, NOW, ZONES[0], TYPES)({}, index, NOW) is not None
    assert index.asked == 1


def test_a_condition_that_is_not_bound_is_refused() -> None:
    with pytest.raises(ValueError, match="bound to an instant"):
        compile_answer(Has(Measure(Function.LAST, "payment")), TYPES)
