"""Conditions on the variables of a customer: the tree of a small typed subset of CEL, and how it is evaluated.

    customer.tier in ["platinum", "gold"] && !("staff" in customer.segments)
    customer.since_year <= 2015 || has(customer.city)

The rule of this file: a condition is data, and evaluating one never raises, because `condition_parsing.py` accepts
only known names and matching types. A comparison with a variable that is not known is false with every operator.
`has(...)` tells whether a variable is known. So `x != "a"` is false while x is not known, and `!(x == "a")` is true.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import assert_never

from scripts_library.variables import VARIABLES, Variables, VariableTypes, VariableValue, find_variable

Value = str | int | Decimal | bool


class Operator(StrEnum):
    EQUAL = "=="
    NOT_EQUAL = "!="
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="


@dataclass(frozen=True, slots=True)
class Has:
    """has(variable)"""

    variable: str


@dataclass(frozen=True, slots=True)
class Compare:
    """variable operator value. Only numbers are compared by order."""

    variable: str
    operator: Operator
    value: Value


@dataclass(frozen=True, slots=True)
class OneOf:
    """variable in [value, ...]"""

    variable: str
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


Condition = Has | Compare | OneOf | Contains | Not | AllOf | AnyOf


def matches(condition: Condition, variables: Variables, types: VariableTypes = VARIABLES) -> bool:
    """Whether the condition is true. `types` must be those with which it was parsed."""
    match condition:
        case Has(variable):
            return find_variable(variables, variable, types[variable]) is not None
        case Compare(variable, operator, value):
            known = find_variable(variables, variable, types[variable])
            return known is not None and _compare(known, operator, value)
        case OneOf(variable, values):
            known = find_variable(variables, variable, types[variable])
            return known is not None and known in values
        case Contains(variable, text):
            known = find_variable(variables, variable, types[variable])
            return isinstance(known, tuple) and text in known
        case Not(part):
            return not matches(part, variables, types)
        case AllOf(parts):
            return all(matches(part, variables, types) for part in parts)
        case AnyOf(parts):
            return any(matches(part, variables, types) for part in parts)
        case _:
            assert_never(condition)


def _compare(known: VariableValue, operator: Operator, value: Value) -> bool:
    if operator is Operator.EQUAL:
        return known == value
    if operator is Operator.NOT_EQUAL:
        return known != value
    if not isinstance(known, int | Decimal) or not isinstance(value, int | Decimal):
        return False  # the parser accepts only numbers here
    match operator:
        case Operator.LESS:
            return known < value
        case Operator.AT_MOST:
            return known <= value
        case Operator.MORE:
            return known > value
        case Operator.AT_LEAST:
            return known >= value
        case _:
            assert_never(operator)
