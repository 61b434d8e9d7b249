"""Where it matters that a variable is not known: what authors are told of a condition that says "not".

The rule of this file: `!(customer.city == "Uppsala")` does not hold where no city is known, because the answer is
unknown. An author may well mean that it does, and in earlier releases it did, where an unknown comparison was false.
Each condition whose answer depends on that is named, with the variables; nobody has to guess.
"""

from itertools import combinations, product
from typing import Final

from scripts_library.conditions import (
    AllOf,
    AnyOf,
    Condition,
    Contains,
    DaysSince,
    DaysUntil,
    Function,
    Has,
    Leaf,
    Measure,
    Not,
    Operand,
    list_leaves,
)
from scripts_library.variables import SEGMENT

MOST: Final = 8  # variables that are tried together; of more, each is tried alone

_Answers = frozenset[tuple[bool, bool | None]]  # two-valued and three-valued, as they can occur together
_KNOWN: Final[_Answers] = frozenset({(True, True), (False, False)})


def find_undecided(condition: Condition) -> tuple[str, ...]:
    """The variables without which the condition would hold if unknown were false, and is unknown: the smallest sets
    of them. Empty: there is none."""
    names = sorted({name for leaf in list_leaves(condition) if (name := _name(leaf))})
    for number in range(1, min(len(names), MOST if len(names) <= MOST else 1) + 1):
        found = {
            name
            for unknown in combinations(names, number)
            if (True, None) in _list_answers(condition, frozenset(unknown))
            for name in unknown
        }
        if found:
            return tuple(sorted(found))
    return ()


def _name(leaf: Leaf) -> str:
    """What may be unknown. A count and a list are always known, and so is who is in a segment once it was counted."""
    if isinstance(leaf, Contains):
        return ""
    operand: Operand = leaf.operand
    if isinstance(operand, str) and operand.startswith(SEGMENT):
        return ""
    of = operand.of if isinstance(operand, DaysSince | DaysUntil) else operand
    if isinstance(of, Measure):
        return f"{of.function} of {of.kind}" if of.function in (Function.FIRST, Function.LAST) else ""
    return of if isinstance(of, str) else ""


def _list_answers(condition: Condition, unknown: frozenset[str]) -> _Answers:
    match condition:
        case Not(part):
            answers = _list_answers(part, unknown)
            return frozenset((not old, None if new is None else not new) for old, new in answers)
        case AllOf(parts):
            return _combine([_list_answers(part, unknown) for part in parts], wins=False)
        case AnyOf(parts):
            return _combine([_list_answers(part, unknown) for part in parts], wins=True)
        case Has():
            name = _name(condition)
            return frozenset({(name not in unknown, name not in unknown)}) if name else _KNOWN
        case _:
            return frozenset({(False, None)}) if _name(condition) in unknown else _KNOWN


def _combine(parts: list[_Answers], *, wins: bool) -> _Answers:
    result: _Answers = frozenset({(not wins, not wins)})
    for part in parts:
        result = frozenset(
            (
                wins if wins in (old, more) else not wins,
                wins if wins in (new, less) else None if None in (new, less) else not wins,
            )
            for (old, new), (more, less) in product(result, part)
        )
    return result
