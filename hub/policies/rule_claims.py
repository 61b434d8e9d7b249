"""Whether one condition claims customers whom another claims too, and whether it can ever hold.

The rule of this file: it compares the form of conditions, not customers. It says only what is certain: a condition
that it finds impossible never holds, and one about which it says nothing may still never hold.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from scripts_library.conditions import (
    AllOf,
    AnyOf,
    Compare,
    Condition,
    Contains,
    Has,
    Not,
    OneOf,
    Operator,
    Value,
)

_OPPOSITE: Final[Mapping[Operator, Operator]] = {
    Operator.EQUAL: Operator.NOT_EQUAL,
    Operator.NOT_EQUAL: Operator.EQUAL,
    Operator.LESS: Operator.AT_LEAST,
    Operator.AT_LEAST: Operator.LESS,
    Operator.MORE: Operator.AT_MOST,
    Operator.AT_MOST: Operator.MORE,
}
_UP: Final = (Operator.MORE, Operator.AT_LEAST)
_DOWN: Final = (Operator.LESS, Operator.AT_MOST)


def implies(narrow: Condition, wide: Condition) -> bool:
    """Whether `wide` holds wherever `narrow` does, as far as their form shows it."""
    narrow, wide = _straighten(narrow), _straighten(wide)
    if narrow == wide:
        return True
    if isinstance(narrow, AnyOf):
        return all(implies(part, wide) for part in narrow.parts)
    if isinstance(wide, AllOf):
        return all(implies(narrow, part) for part in wide.parts)
    if isinstance(wide, AnyOf) and any(implies(narrow, part) for part in wide.parts):
        return True
    if isinstance(narrow, AllOf):
        return any(implies(part, wide) for part in narrow.parts)
    return _leaf_implies(narrow, wide)


def is_impossible(condition: Condition) -> bool:
    """Whether two of its parts contradict each other, so that it holds for nobody."""
    condition = _straighten(condition)
    if isinstance(condition, AnyOf):
        return all(is_impossible(part) for part in condition.parts)
    if not isinstance(condition, AllOf):
        return False
    parts = condition.parts
    return any(is_impossible(part) for part in parts) or any(
        _contradict(one, other) for place, one in enumerate(parts) for other in parts[:place]
    )


def _straighten(condition: Condition) -> Condition:
    """The same without a negated comparison. An unknown stays one."""
    if isinstance(condition, Not) and isinstance(condition.part, Compare):
        return replace(condition.part, operator=_OPPOSITE[condition.part.operator])
    if isinstance(condition, Not) and isinstance(condition.part, Not):
        return _straighten(condition.part.part)
    return condition


def _contradict(one: Condition, other: Condition) -> bool:
    return any(implies(a, _negate(b)) for a, b in ((one, other), (other, one)))


def _negate(condition: Condition) -> Condition:
    return _straighten(Not(condition))


def _leaf_implies(narrow: Condition, wide: Condition) -> bool:
    if isinstance(wide, Has):  # what was compared is known
        if isinstance(narrow, Contains):
            return narrow.variable == wide.operand
        return isinstance(narrow, Compare | OneOf) and narrow.operand == wide.operand
    if not isinstance(narrow, Compare | OneOf):
        return False
    if isinstance(wide, Not) and isinstance(wide.part, OneOf):
        return narrow.operand == wide.part.operand and all(
            _leaf_implies(narrow, Compare(narrow.operand, Operator.NOT_EQUAL, value)) for value in wide.part.values
        )
    if not isinstance(wide, Compare | OneOf) or narrow.operand != wide.operand:
        return False
    if isinstance(narrow, OneOf) or narrow.operator is Operator.EQUAL:
        values = narrow.values if isinstance(narrow, OneOf) else (narrow.value,)
        return all(_fits(value, wide) for value in values)
    return isinstance(wide, Compare) and _range_implies(narrow, wide)


def _fits(value: Value, wide: Compare | OneOf) -> bool:
    """Whether a value that is known fulfils the comparison."""
    if isinstance(wide, OneOf):
        return value in wide.values
    match wide.operator:
        case Operator.EQUAL:
            return value == wide.value
        case Operator.NOT_EQUAL:
            return value != wide.value
        case Operator.LESS:
            return _order(value, wide.value) < 0
        case Operator.AT_MOST:
            return _order(value, wide.value) <= 0
        case Operator.MORE:
            return _order(value, wide.value) > 0
        case Operator.AT_LEAST:
            return _order(value, wide.value) >= 0


def _range_implies(narrow: Compare, wide: Compare) -> bool:
    """`narrow`: with another operator than ==."""
    if Operator.NOT_EQUAL in (narrow.operator, wide.operator):
        is_out = wide.operator is Operator.NOT_EQUAL and narrow.operator is not Operator.NOT_EQUAL
        return is_out and not _fits(wide.value, narrow)
    if wide.operator is Operator.EQUAL:
        return False
    order = _order(narrow.value, wide.value)
    for side, sign in ((_UP, 1), (_DOWN, -1)):
        if narrow.operator in side and wide.operator in side:
            is_strict = wide.operator in (Operator.MORE, Operator.LESS)
            needs_more = is_strict and narrow.operator not in (Operator.MORE, Operator.LESS)
            return order * sign > 0 if needs_more else order * sign >= 0
    return False


def _order(one: Value, other: Value) -> int:
    """-1, 0 or 1. Both are of the type of their operand."""
    return (one > other) - (one < other)  # type: ignore[operator]  # the parser has seen to it that both are alike
