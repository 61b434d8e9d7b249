"""Derived values: texts that follow from answers, scores and what is known of the customer.

The rule of this file: a case is a text, and perhaps `if` and a condition; the first case that holds gives the value.
A condition may name the derived values that are declared before it, so none depends on itself.

    [derived.size]
    label = "Size of the deposit"
    cases = ["large if answer.sum >= 100000", "small if has(answer.sum)"]
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from scripts_library.condition_parsing import parse_condition
from scripts_library.condition_tokens import ConditionError
from scripts_library.conditions import AnyOf
from scripts_library.script_parts import Derived, When
from scripts_library.script_problems import Report
from scripts_library.variables import DERIVED, VariableType, VariableTypes

MAX_VALUE: Final = 64  # characters
_IFS: Final = (" if ", " 如果 ")


def read_derived(
    found: Sequence[tuple[Derived, Sequence[str]]], types: VariableTypes, report: Report, *, is_stored: bool
) -> tuple[tuple[Derived, ...], VariableTypes]:
    """Return the derived values with their cases, and the types with theirs beside. `is_stored`: a condition that
    cannot be read any more never holds."""
    known, read = dict(types), list[Derived]()
    for derived, cases in found:
        parsed = [_read_case(case, derived, known, report, is_stored=is_stored) for case in cases]
        for value, when in parsed[:-1]:
            if when is None:
                report(derived.at.line, f"`{derived.name}`: the cases behind {value} never hold.", derived.at.column)
        read.append(replace(derived, cases=tuple(parsed)))
        known[DERIVED + derived.name] = VariableType.TEXT
    return tuple(read), known


def _read_case(
    case: str, derived: Derived, types: VariableTypes, report: Report, *, is_stored: bool
) -> tuple[str, When | None]:
    ends = [(case.find(sign), sign) for sign in _IFS if sign in case]
    end, sign = min(ends, default=(len(case), ""))
    value, condition = case[:end].strip(), case[end + len(sign) :].strip()
    at = derived.at
    if not value or len(value) > MAX_VALUE or not value.isprintable():
        words = (
            f"`{derived.name}`: a case is a text of at most {MAX_VALUE} characters, and perhaps `if` and a condition."
        )
        report(at.line, words, at.column)
    if not sign:
        return value, None
    try:
        return value, When(condition, parse_condition(condition, types))
    except ConditionError as error:
        if not is_stored:
            report(at.line, f"`{derived.name}`, the case {value or '?'}: {error}", at.column)
        return value, When(condition, AnyOf(()))


def find_derived(found: Sequence[Derived], holds: Callable[[When, Mapping[str, str]], bool]) -> dict[str, str]:
    """Return the derived values by their variables; those of which no case holds are left out. `holds`: whether a
    condition holds, given those that were derived before it."""
    values: dict[str, str] = {}
    for one in found:
        value = next((text for text, when in one.cases if when is None or holds(when, values)), None)
        if value is not None:
            values[DERIVED + one.name] = value
    return values


def list_whens(found: Sequence[Derived]) -> list[When]:
    return [when for one in found for _, when in one.cases if when is not None]
