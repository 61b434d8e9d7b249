"""Binds a condition to an instant and a time zone: windows and days become limits that anybody can compare.

The rule of this file: it alone turns calendar days into instants, for one customer and for the whole base, so both
answer alike. `find_next_change` says when time alone may change the answer; until then it need not be asked again.
"""

from collections.abc import Iterator
from datetime import date, tzinfo
from decimal import Decimal
from typing import assert_never

from scripts_library.conditions import (
    AllOf,
    AnyOf,
    BoundMeasure,
    Compare,
    Condition,
    Contains,
    DaysSince,
    DaysUntil,
    Facts,
    Function,
    Has,
    Leaf,
    Measure,
    Not,
    OneOf,
    Operand,
    Operator,
    Value,
    list_leaves,
    measure,
)
from scripts_library.rule_time import DAY, begin_day, find_beginning, find_date, find_leaving
from scripts_library.variables import VariableTypes, VariableValue, find_variable

_INSTANTS = (Function.FIRST, Function.LAST)
_TURNED = {
    Operator.LESS: Operator.MORE,
    Operator.AT_MOST: Operator.AT_LEAST,
    Operator.MORE: Operator.LESS,
    Operator.AT_LEAST: Operator.AT_MOST,
}


def bind(condition: Condition, now: int, zone: tzinfo) -> Condition:
    """The same condition for this instant. `now`: microseconds, UTC."""
    match condition:
        case Not(part):
            return Not(bind(part, now, zone))
        case AllOf(parts):
            return AllOf(tuple(bind(part, now, zone) for part in parts))
        case AnyOf(parts):
            return AnyOf(tuple(bind(part, now, zone) for part in parts))
        case Has(operand):
            return Has(bind_operand(_strip_days(operand), now, zone))
        case Compare(operand, operator, value):
            return _bind_comparison(operand, operator, value, now, zone)
        case OneOf(operand, values) if not isinstance(operand, str):
            return AnyOf(tuple(_bind_comparison(operand, Operator.EQUAL, value, now, zone) for value in values))
        case OneOf() | Contains():
            return condition
        case _:
            assert_never(condition)


def _strip_days(operand: Operand) -> Operand:
    return operand.of if isinstance(operand, DaysSince | DaysUntil) else operand


def bind_operand(operand: Operand, now: int, zone: tzinfo) -> Operand:
    """A measure with the limits of its window; anything else as it is."""
    if not isinstance(operand, Measure):
        return operand
    since = until = None
    if operand.window is not None:
        beginning = find_beginning(operand.window, now, zone)
        since, until = (None, beginning) if operand.is_outside else (beginning, None)
    return BoundMeasure(operand.function, operand.kind, operand.label, since, until)


def _bind_comparison(operand: Operand, operator: Operator, value: Value, now: int, zone: tzinfo) -> Condition:
    if isinstance(operand, DaysSince):  # days_since(x) < n: x is later than today less n days
        day = find_date(now, zone) - int(_number(value)) * DAY
        return _bind_comparison(operand.of, _TURNED.get(operator, operator), day, now, zone)
    if isinstance(operand, DaysUntil):
        day = find_date(now, zone) + int(_number(value)) * DAY
        return _bind_comparison(operand.of, operator, day, now, zone)
    bound = bind_operand(operand, now, zone)
    if isinstance(bound, BoundMeasure) and bound.function in _INSTANTS and isinstance(value, date):
        return _compare_instant(bound, operator, value, zone)
    return Compare(bound, operator, value)


def _number(value: Value) -> int | Decimal:
    if not isinstance(value, int | Decimal):
        raise ValueError("days are compared with a number")  # the parser accepts nothing else
    return value


def _compare_instant(bound: BoundMeasure, operator: Operator, day: date, zone: tzinfo) -> Condition:
    """The calendar day of an instant compared with a day, as a comparison of instants."""
    begins, ends = begin_day(day, zone), begin_day(day + DAY, zone)
    on_the_day = AllOf((Compare(bound, Operator.AT_LEAST, begins), Compare(bound, Operator.LESS, ends)))
    match operator:
        case Operator.LESS:
            return Compare(bound, Operator.LESS, begins)
        case Operator.AT_MOST:
            return Compare(bound, Operator.LESS, ends)
        case Operator.MORE:
            return Compare(bound, Operator.AT_LEAST, ends)
        case Operator.AT_LEAST:
            return Compare(bound, Operator.AT_LEAST, begins)
        case Operator.EQUAL:
            return on_the_day
        case Operator.NOT_EQUAL:
            return Not(on_the_day)
        case _:
            assert_never(operator)


# ---- when time alone changes an answer -----------------------------------------------------------------


def depends_on_time(condition: Condition) -> bool:
    """Whether the answer may change though nothing is learned of the customer."""
    return any(_is_timed(leaf) for leaf in list_leaves(condition))


def find_next_change(condition: Condition, facts: Facts, now: int, zone: tzinfo, types: VariableTypes) -> int | None:
    """The first instant after `now` at which the answer may be another one though nothing was learned; None: never.
    The condition is the one that was parsed, not a bound one."""
    changes = (
        at for leaf in list_leaves(condition) for at in _list_changes(leaf, facts, now, zone, types) if at > now
    )
    return min(changes, default=None)


def list_measures(condition: Condition, now: int, zone: tzinfo) -> Iterator[BoundMeasure]:
    """All that `evaluate` and `find_next_change` may ask of the activities for this condition, which is not bound."""
    for leaf in list_leaves(condition):
        if isinstance(leaf, Contains):
            continue
        operand = _strip_days(leaf.operand)
        if not isinstance(operand, Measure):
            continue
        bound = bind_operand(operand, now, zone)
        if isinstance(bound, BoundMeasure):
            yield bound
        if operand.window is not None:
            yield find_within(operand, now, zone)


def find_within(operand: Measure, now: int, zone: tzinfo) -> BoundMeasure:
    """The first one within the measure's window: it leaves the window before the others do."""
    since = find_beginning(operand.window, now, zone) if operand.window is not None else None
    return BoundMeasure(Function.FIRST, operand.kind, operand.label, since)


def _is_timed(leaf: Leaf) -> bool:
    if isinstance(leaf, Contains):
        return False
    operand = leaf.operand
    if isinstance(operand, DaysSince | DaysUntil):
        return True
    return isinstance(operand, Measure) and operand.window is not None


def _list_changes(leaf: Leaf, facts: Facts, now: int, zone: tzinfo, types: VariableTypes) -> Iterator[int]:
    if isinstance(leaf, Contains):
        return
    operand = leaf.operand
    if isinstance(operand, DaysSince | DaysUntil):
        for of, shift in list_turns(leaf):
            if (day := _find_day(of, facts, now, zone, types)) is not None:
                turns = day + shift * DAY
                yield begin_day(turns, zone)
                yield begin_day(turns + DAY, zone)
        operand = operand.of
    if isinstance(operand, Measure) and operand.window is not None:
        oldest = measure(find_within(operand, now, zone), facts.activities)
        if oldest is not None:
            yield find_leaving(operand.window, int(oldest), zone)


def list_turns(leaf: Leaf) -> Iterator[tuple[str | Measure, int]]:
    """Of `days_since` and `days_until`: a date, and how many days after it the answer turns and turns back."""
    operand = None if isinstance(leaf, Contains) else leaf.operand
    if isinstance(operand, DaysSince | DaysUntil):
        sign = 1 if isinstance(operand, DaysSince) else -1
        for value in _list_values(leaf):
            yield operand.of, sign * int(_number(value))


def _list_values(leaf: Leaf) -> tuple[Value, ...]:
    match leaf:
        case Compare(_, _, value):
            return (value,)
        case OneOf(_, values):
            return values
        case _:
            return ()


def find_value(operand: Operand, facts: Facts, now: int, zone: tzinfo, types: VariableTypes) -> VariableValue | None:
    """What a comparison compares: a variable, a count or a sum, a day, or a number of days. None: not known."""
    match operand:
        case DaysSince(of) | DaysUntil(of):
            day = _find_day(of, facts, now, zone, types)
            if day is None:
                return None
            days = (find_date(now, zone) - day).days
            return days if isinstance(operand, DaysSince) else -days
        case Measure() if operand.function in _INSTANTS:
            return _find_day(operand, facts, now, zone, types)
        case str():
            return find_variable(facts.variables, operand, types[operand])
        case _:
            bound = bind_operand(operand, now, zone)
            return measure(bound, facts.activities) if isinstance(bound, BoundMeasure) else None


def _find_day(of: str | Measure, facts: Facts, now: int, zone: tzinfo, types: VariableTypes) -> date | None:
    if isinstance(of, str):
        known = find_variable(facts.variables, of, types[of])
        return known if isinstance(known, date) else None
    bound = bind_operand(of, now, zone)
    at = measure(bound, facts.activities) if isinstance(bound, BoundMeasure) else None
    return find_date(int(at), zone) if at is not None else None
