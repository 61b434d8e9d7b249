"""Conditions made ready to be asked of thousands of customers at one instant: each becomes a function.

The rule of this file: it answers what `evaluate` and `find_next_change` answer, many times faster, because what
depends on the condition and the day alone is worked out once. It puts functions together; no text is run.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, tzinfo
from functools import lru_cache
from typing import assert_never

from scripts_library.condition_binding import bind_operand, find_within, list_turns
from scripts_library.conditions import (
    ORDERS,
    AllOf,
    AnyOf,
    BoundMeasure,
    Compare,
    Condition,
    Contains,
    DaysSince,
    DaysUntil,
    Has,
    Leaf,
    Measure,
    Measured,
    Not,
    OneOf,
    Operand,
    Operator,
    Value,
    list_comparable,
    list_leaves,
)
from scripts_library.rule_time import DAY, Window, begin_day, find_date, find_leaving, find_leaving_day
from scripts_library.variables import READERS, Variables, VariableTypes, VariableValue

Predicate = Callable[[Variables, Measured], bool | None]
FindValue = Callable[[Variables, Measured], VariableValue | None]
FindChange = Callable[[Variables, Measured, int], int | None]  # after this instant

_begin, _find_leaving_day = lru_cache(4_096)(begin_day), lru_cache(4_096)(find_leaving_day)


# ---- answers -------------------------------------------------------------------------------------------


def compile_answer(condition: Condition, types: VariableTypes) -> Predicate:
    """The function that answers a bound condition as `evaluate` does."""
    match condition:
        case Not(part):
            return _negate(compile_answer(part, types))
        case AllOf(parts):
            return _take_first(False, [compile_answer(part, types) for part in parts])
        case AnyOf(parts):
            return _take_first(True, [compile_answer(part, types) for part in parts])
        case _:
            return _compile_leaf(condition, types)


def _negate(answer: Predicate) -> Predicate:
    def negated(variables: Variables, activities: Measured) -> bool | None:
        known = answer(variables, activities)
        return None if known is None else not known

    return negated


def _take_first(wins: bool, answers: Sequence[Predicate]) -> Predicate:
    """`wins`: the answer of one part that is the answer of the whole."""

    def answer(variables: Variables, activities: Measured) -> bool | None:
        result: bool | None = not wins
        for part in answers:
            known = part(variables, activities)
            if known is wins:
                return wins
            if known is None:
                result = None
        return result

    return answer


def _compile_leaf(leaf: Leaf, types: VariableTypes) -> Predicate:
    match leaf:
        case Has(operand):
            find = _compile_operand(operand, types)
            return lambda variables, activities: (known := find(variables, activities)) is not None and known != ()
        case Compare(operand, how, value):
            return _compile_comparison(_compile_operand(operand, types), how, value)
        case OneOf(operand, values):
            find_one = _compile_operand(operand, types)
            return lambda variables, activities: (
                None if (known := find_one(variables, activities)) is None else known in values
            )
        case Contains(variable, text):
            find_list = _compile_operand(variable, types)
            return lambda variables, activities: (
                isinstance(known := find_list(variables, activities), tuple) and text in known
            )
        case _:
            assert_never(leaf)


def _compile_comparison(find: FindValue, how: Operator, value: Value) -> Predicate:
    if how is Operator.EQUAL:
        return lambda variables, activities: (
            None if (known := find(variables, activities)) is None else known == value
        )
    if how is Operator.NOT_EQUAL:
        return lambda variables, activities: (
            None if (known := find(variables, activities)) is None else known != value
        )
    test, comparable = ORDERS[how], list_comparable(value)
    return lambda variables, activities: (
        None
        if (known := find(variables, activities)) is None
        else isinstance(known, comparable) and test(known, value)
    )


def _compile_operand(operand: Operand, types: VariableTypes) -> FindValue:
    match operand:
        case str():
            read = READERS[types[operand]]
            return lambda variables, activities: read(variables.get(operand))
        case BoundMeasure():
            return lambda variables, activities: activities.measure(operand)
        case Measure() | DaysSince() | DaysUntil():
            raise ValueError("a condition is bound to an instant before it is compiled")
        case _:
            assert_never(operand)


# ---- when time alone changes one of them ---------------------------------------------------------------


def compile_next_change(conditions: Iterable[Condition], now: int, zone: tzinfo, types: VariableTypes) -> FindChange:
    """The function that finds the earliest of what `find_next_change` finds for these conditions, which are not
    bound. What several of them read is looked at once. It may be used all day, or at `now` alone if a window has
    hours."""
    days: dict[tuple[str | Measure, int], None] = {}
    windows: dict[tuple[str, str, Window], Measure] = {}
    for leaf in (leaf for condition in conditions for leaf in list_leaves(condition)):
        if isinstance(leaf, Contains):
            continue
        operand = leaf.operand
        days |= dict.fromkeys(list_turns(leaf))
        if isinstance(operand, DaysSince | DaysUntil):
            operand = operand.of
        if isinstance(operand, Measure) and operand.window is not None:
            windows[(operand.kind, operand.label, operand.window)] = operand
    finders = [*_compile_days(days, now, zone, types)]
    finders += [_compile_leaving(window, find_within(one, now, zone), zone) for (*_, window), one in windows.items()]

    def find(variables: Variables, activities: Measured, after: int) -> int | None:
        changes = [at for finder in finders if (at := finder(variables, activities, after)) is not None]
        return min(changes, default=None)

    return find


def _compile_days(
    wanted: Iterable[tuple[str | Measure, int]], now: int, zone: tzinfo, types: VariableTypes
) -> list[FindChange]:
    """A finder for each date: of the instants at which a day that is so many days away from it begins or ends."""
    shifts: dict[str | Measure, list[int]] = {}
    for of, shift in wanted:
        shifts.setdefault(of, []).append(shift)
    return [_compile_turns(_compile_day(of, now, zone, types), some, now, zone) for of, some in shifts.items()]


def _compile_day(
    of: str | Measure, now: int, zone: tzinfo, types: VariableTypes
) -> Callable[[Variables, Measured], date | None]:
    if isinstance(of, str):
        read = READERS[types[of]]
        return lambda variables, activities: known if isinstance(known := read(variables.get(of)), date) else None
    bound = bind_operand(of, now, zone)
    assert isinstance(bound, BoundMeasure)
    return lambda variables, activities: (
        None if (at := activities.measure(bound)) is None else find_date(int(at), zone)
    )


def _compile_turns(
    find_day: Callable[[Variables, Measured], date | None], shifts: Sequence[int], now: int, zone: tzinfo
) -> FindChange:
    today, moves = find_date(now, zone), [shift * DAY for shift in shifts]

    def find(variables: Variables, activities: Measured, after: int) -> int | None:
        day = find_day(variables, activities)
        if day is None:
            return None
        # a day before today has ended
        turns = [turn for move in moves if (turn := day + move) >= today]
        instants = [at for turn in turns for at in (_begin(turn, zone), _begin(turn + DAY, zone)) if at > after]
        return min(instants, default=None)

    return find


def _compile_leaving(window: Window, within: BoundMeasure, zone: tzinfo) -> FindChange:
    is_of_days = window.unit != "hour"

    def find(variables: Variables, activities: Measured, after: int) -> int | None:
        oldest = activities.measure(within)
        if oldest is None:
            return None
        at = int(oldest)
        leaves = (
            _find_leaving_day(window, find_date(at, zone), zone) if is_of_days else find_leaving(window, at, zone)
        )
        return leaves if leaves > after else None

    return find
