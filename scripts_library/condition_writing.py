"""Writes a condition as text again: for those who are told which part of a rule turned.

The rule of this file: what it writes is parsed to the same tree (`condition_parsing.py`), so it can be copied into a
rule. A text may hold one kind of quotes, as a parsed one does.
"""

from datetime import date
from typing import assert_never

from scripts_library.conditions import (
    AllOf,
    AnyOf,
    Compare,
    Condition,
    Contains,
    DaysSince,
    DaysUntil,
    Has,
    Measure,
    Not,
    OneOf,
    Operand,
    Value,
)
from scripts_library.variables import SEGMENT


def write_condition(condition: Condition) -> str:
    """The condition as its author may have written it. It is not bound to an instant."""
    match condition:
        case Not(part):
            return f"!{write_condition(part)}" if isinstance(part, Has | Not) else f"!({write_condition(part)})"
        case AllOf(parts):
            return " && ".join(_part(part) for part in parts)
        case AnyOf(parts):
            return " || ".join(_part(part) for part in parts)
        case Has(operand):
            return f"has({_operand(operand)})"
        case Compare(str(name), _, True) if name.startswith(SEGMENT):
            return f"in_segment({_value(name.removeprefix(SEGMENT))})"
        case Compare(operand, operator, value):
            return f"{_operand(operand)} {operator} {_value(value)}"
        case OneOf(operand, values):
            return f"{_operand(operand)} in [{', '.join(_value(value) for value in values)}]"
        case Contains(variable, text):
            return f"{_value(text)} in {variable}"
        case _:
            assert_never(condition)


def _part(part: Condition) -> str:
    text = write_condition(part)
    return f"({text})" if isinstance(part, AllOf | AnyOf) else text


def _operand(operand: Operand) -> str:
    match operand:
        case str():
            return operand
        case DaysSince(of):
            return f"days_since({_operand(of)})"
        case DaysUntil(of):
            return f"days_until({_operand(of)})"
        case Measure(function, kind, label, window, is_outside):
            meant = f"{kind}/{label}" if label else kind
            limit = f', {"not_within" if is_outside else "within"}("{window}")' if window else ""
            return f"{function}({_value(meant)}{limit})"
        case _:
            raise ValueError("a condition that is bound to an instant has no text")


def _value(value: Value) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return f"'{value}'" if '"' in value else f'"{value}"'
        case date():
            return f'date("{value.isoformat()}")'
        case _:
            return str(value)
