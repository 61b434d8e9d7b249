"""Why a rule said what it said, as data: the comparisons that decided, with the values at that time.

The rule of this file: no sentence stands here. A screen writes one in its reader's language, with the names of the
policy's attributes and activities.
"""

from collections.abc import Iterator
from datetime import date, tzinfo
from decimal import Decimal
from typing import Any

from scripts_library.condition_binding import bind, find_value
from scripts_library.conditions import (
    AllOf,
    AnyOf,
    Compare,
    Condition,
    Contains,
    DaysSince,
    DaysUntil,
    Facts,
    Has,
    Leaf,
    Measure,
    Not,
    OneOf,
    Operand,
    evaluate,
)
from scripts_library.variables import VariableTypes, VariableValue

Clause = dict[str, Any]


def explain(condition: Condition, facts: Facts, now: int, zone: tzinfo, types: VariableTypes) -> list[Clause]:
    """The clauses that decided the answer of a condition, which is not bound, in the order of its text."""
    return [_write(leaf, facts, now, zone, types) for leaf in _list_deciding(condition, facts, now, zone, types)]


def describe(condition: Condition) -> Clause:
    """A whole condition as data: {"all": [...]}, {"any": [...]}, {"not": ...}, or a comparison without a value."""
    match condition:
        case Not(part):
            return {"not": describe(part)}
        case AllOf(parts):
            return {"all": [describe(part) for part in parts]}
        case AnyOf(parts):
            return {"any": [describe(part) for part in parts]}
        case Compare() | OneOf() | Contains() | Has():
            operand = condition.variable if isinstance(condition, Contains) else condition.operand
            return {"of": _write_operand(operand)} | _write_limit(condition)


def _list_deciding(
    condition: Condition, facts: Facts, now: int, zone: tzinfo, types: VariableTypes
) -> Iterator[Leaf]:
    match condition:
        case Not(part):
            yield from _list_deciding(part, facts, now, zone, types)
        case AllOf(parts) | AnyOf(parts):
            wins = isinstance(condition, AnyOf)
            answers = [evaluate(bind(part, now, zone), facts, types) for part in parts]
            for part, answer in zip(parts, answers, strict=True):
                if wins not in answers or answer is wins:
                    yield from _list_deciding(part, facts, now, zone, types)
        case _:
            yield condition


def _write(leaf: Leaf, facts: Facts, now: int, zone: tzinfo, types: VariableTypes) -> Clause:
    operand = leaf.variable if isinstance(leaf, Contains) else leaf.operand
    clause: Clause = {
        "of": _write_operand(operand),
        "value": _plain(find_value(operand, facts, now, zone, types)),
        "holds": evaluate(bind(leaf, now, zone), facts, types),
    }
    return clause | _write_limit(leaf)


def _write_limit(leaf: Leaf) -> Clause:
    match leaf:
        case Compare(_, operator, value):
            return {"operator": str(operator), "limit": _plain(value)}
        case OneOf(_, values):
            return {"operator": "in", "limit": [_plain(value) for value in values]}
        case Contains(_, text):
            return {"operator": "contains", "limit": text}
        case Has():
            return {"operator": "known", "limit": None}


def _write_operand(operand: Operand) -> dict[str, Any]:
    match operand:
        case DaysSince(of):
            return {"days": "since"} | _write_operand(of)
        case DaysUntil(of):
            return {"days": "until"} | _write_operand(of)
        case Measure(function, kind, label, window, is_outside):
            said = {"activity": kind, "label": label, "function": str(function)}
            return said | {"window": str(window) if window else "", "is_outside": is_outside}
        case str():
            return {"attribute": operand.removeprefix("customer.")}
        case _:
            raise ValueError("a reason is given of a condition as it was parsed")


def _plain(value: VariableValue | None) -> Any:
    match value:
        case Decimal():
            return int(value) if value == int(value) else float(value)
        case date():
            return value.isoformat()
        case tuple():
            return list(value)
        case _:
            return value
