"""Conditions on the variables and the activities of a customer: the tree of a small typed language written like CEL,
and how it is evaluated for one customer.

    customer.tier in ["platinum", "gold"] && !("staff" in customer.segments)
    count("complaint", within("30 days")) >= 2 || days_since(last("contact")) > 60

The rule of this file: a condition is data, and evaluating one never raises, because `condition_parsing.py` accepts
only known names and matching types. An answer is true, false or *unknown* (Kleene's logic, as in SQL): a comparison
with a variable that is not known is unknown, and so is its negation. `has(...)` is always true or false. A condition
*holds* if it is true. Before it is evaluated, a condition is bound to an instant (`condition_binding.py`).
"""

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol, assert_never

from scripts_library.rule_time import Window
from scripts_library.variables import Variables, VariableTypes, VariableValue, find_variable

Value = str | int | Decimal | bool | date


class Operator(StrEnum):
    EQUAL = "=="
    NOT_EQUAL = "!="
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="


class Function(StrEnum):
    """Of some of a customer's activities: how many, the sum of their amounts, the instant of the first or last."""

    COUNT = "count"
    SUM = "sum"
    FIRST = "first"
    LAST = "last"


# ---- what is compared ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Measure:
    """function(kind), function("kind/label", within("30 days")) or function(kind, not_within("30 days")).

    Count and sum of nothing are 0; first and last of nothing are not known. As a value, `first` and `last` are dates.
    """

    function: Function
    kind: str
    label: str = ""  # empty: any
    window: Window | None = None
    is_outside: bool = False  # of the window


@dataclass(frozen=True, slots=True)
class DaysSince:
    """days_since(date): calendar days from it to today; negative if it is to come."""

    of: "str | Measure"


@dataclass(frozen=True, slots=True)
class DaysUntil:
    """days_until(date): calendar days from today to it; negative if it has passed."""

    of: "str | Measure"


@dataclass(frozen=True, slots=True)
class BoundMeasure:
    """A measure of the activities with `since` <= at < `until`. As a value, first and last are microseconds."""

    function: Function
    kind: str
    label: str = ""
    since: int | None = None
    until: int | None = None


Operand = str | Measure | DaysSince | DaysUntil | BoundMeasure  # a text is the name of a variable

# ---- the tree ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Has:
    """has(variable), has(last(...)): it is known. Of a list: it has something in it."""

    operand: Operand


@dataclass(frozen=True, slots=True)
class Compare:
    """operand operator value. Only numbers and dates are compared by order."""

    operand: Operand
    operator: Operator
    value: Value


@dataclass(frozen=True, slots=True)
class OneOf:
    """operand in [value, ...]"""

    operand: Operand
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Contains:
    """ "text" in variable; the variable is a list"""

    variable: str
    text: str


@dataclass(frozen=True, slots=True)
class Not:
    part: "Condition"


@dataclass(frozen=True, slots=True)
class AllOf:
    parts: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: "tuple[Condition, ...]"


Leaf = Has | Compare | OneOf | Contains
Condition = Leaf | Not | AllOf | AnyOf


def list_leaves(condition: Condition) -> Iterator[Leaf]:
    """In the order of the text."""
    match condition:
        case Not(part):
            yield from list_leaves(part)
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from list_leaves(part)
        case _:
            yield condition


def list_variables(condition: Condition) -> Iterator[str]:
    """The names that the condition reads, one for each leaf that reads one."""
    for leaf in list_leaves(condition):
        operand = leaf.variable if isinstance(leaf, Contains) else leaf.operand
        if isinstance(operand, DaysSince | DaysUntil):
            operand = operand.of
        if isinstance(operand, str):
            yield operand


# ---- what a customer is asked --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Activity:
    """A dated fact about a customer: a payment, a complaint, a visit, a contact. `at`: microseconds, UTC."""

    kind: str
    at: int
    label: str = ""  # of a contact: the channel
    amount: Decimal | None = None


class Measured(Protocol):
    """Activities that somebody else counts: an index over them, or a database."""

    def measure(self, wanted: BoundMeasure) -> int | Decimal | None:
        """As `measure` below."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one customer."""

    variables: Variables
    activities: Sequence[Activity] | Measured = ()


def matches(condition: Condition, facts: Facts, types: VariableTypes) -> bool:
    """Whether a bound condition holds: it is true, and not false or unknown."""
    return evaluate(condition, facts, types) is True


def evaluate(condition: Condition, facts: Facts, types: VariableTypes) -> bool | None:
    """The answer of a bound condition; None: unknown. `types` must be those with which it was parsed."""
    return combine(condition, lambda leaf: _answer(leaf, facts, types))


def combine(condition: Condition, answer: Callable[[Leaf], bool | None]) -> bool | None:
    """The answer of a tree whose leaves have these answers: false wins in `&&`, true in `||`, unknown comes next."""
    match condition:
        case Not(part):
            known = combine(part, answer)
            return None if known is None else not known
        case AllOf(parts):
            return _first_of(False, parts, answer)
        case AnyOf(parts):
            return _first_of(True, parts, answer)
        case _:
            return answer(condition)


def _first_of(wins: bool, parts: Sequence[Condition], answer: Callable[[Leaf], bool | None]) -> bool | None:
    result: bool | None = not wins
    for part in parts:
        known = combine(part, answer)
        if known is wins:
            return wins
        if known is None:
            result = None
    return result


def _answer(leaf: Leaf, facts: Facts, types: VariableTypes) -> bool | None:
    match leaf:
        case Has(operand):
            known = _find(operand, facts, types)
            return known is not None and known != ()
        case Compare(operand, how, value):
            known = _find(operand, facts, types)
            return None if known is None else compare(known, how, value)
        case OneOf(operand, values):
            known = _find(operand, facts, types)
            return None if known is None else known in values
        case Contains(variable, text):
            known = _find(variable, facts, types)
            return isinstance(known, tuple) and text in known
        case _:
            assert_never(leaf)


def _find(operand: Operand, facts: Facts, types: VariableTypes) -> VariableValue | None:
    match operand:
        case str():
            return find_variable(facts.variables, operand, types[operand])
        case BoundMeasure():
            return measure(operand, facts.activities)
        case Measure() | DaysSince() | DaysUntil():
            raise ValueError("a condition is bound to an instant before it is evaluated")
        case _:
            assert_never(operand)


def measure(wanted: BoundMeasure, activities: Sequence[Activity] | Measured) -> int | Decimal | None:
    """Count, sum of amounts, or the first or last instant, of the activities that are meant."""
    if not isinstance(activities, Sequence):
        return activities.measure(wanted)
    meant = [
        one
        for one in activities
        if one.kind == wanted.kind
        and (not wanted.label or one.label == wanted.label)
        and (wanted.since is None or wanted.since <= one.at)
        and (wanted.until is None or one.at < wanted.until)
    ]
    match wanted.function:
        case Function.COUNT:
            return len(meant)
        case Function.SUM:
            return sum((one.amount for one in meant if one.amount is not None), Decimal(0))
        case Function.FIRST:
            return min((one.at for one in meant), default=None)
        case Function.LAST:
            return max((one.at for one in meant), default=None)
        case _:
            assert_never(wanted.function)


ORDERS: Mapping[Operator, Callable[[Any, Any], bool]] = {
    Operator.LESS: operator.lt,
    Operator.AT_MOST: operator.le,
    Operator.MORE: operator.gt,
    Operator.AT_LEAST: operator.ge,
}


def compare(known: VariableValue, how: Operator, value: Value) -> bool:
    if how is Operator.EQUAL:
        return known == value
    if how is Operator.NOT_EQUAL:
        return known != value
    return isinstance(known, list_comparable(value)) and ORDERS[how](known, value)


def list_comparable(value: Value) -> tuple[type, ...]:
    """The types that have an order with this value; the parser accepts nothing else."""
    return (date,) if isinstance(value, date) else (int, Decimal) if isinstance(value, int | Decimal) else ()
