"""Checks of ways with conditions: circles of steps that nobody sees, ways that are never taken, choices that say the
same.

The rule of this file: what is reported is certain. Whether conditions can hold together is found by trying every
case that they can tell apart: each value that they name, one between and beside any two, another text, and not known.
Where there are more cases than `MOST_CASES`, nothing is claimed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise, product
from math import prod
from typing import Final, NamedTuple

from scripts_library.conditions import Compare, Contains, Has, Leaf, OneOf, Value, combine, compare, list_leaves
from scripts_library.script_parts import FieldType, Script, Step, Way, When
from scripts_library.script_problems import ScriptProblem, quoted
from scripts_library.sub_outcomes import list_ended
from scripts_library.variables import ANSWER, DERIVED, SEGMENT, VariableValue
from scripts_library.ways import list_automatic_ways

MOST_CASES: Final = 1_000  # that are tried for one step
MOST_ANSWERS: Final = 20_000  # of conditions, in one script
_OTHER: Final = "\x00another text"


def check_branches(script: Script) -> Iterable[ScriptProblem]:
    """Find ways that are never taken, because those before them take every case; and choices that say the same and
    may be shown together."""
    budget = _Budget(MOST_ANSWERS)
    for step in script.steps:
        yield from _find_never_taken(script, step, budget)
        yield from _find_same_choices(script, step, budget)


def find_circles(script: Script) -> Iterable[ScriptProblem]:
    """Find circles of automatic steps, in which a run would go round without anybody seeing it."""
    ways = list_automatic_ways(script)
    lines = {step.id: step.line for step in script.steps}
    done: set[str] = set()
    for first in ways:
        trail: list[tuple[str, Iterator[str]]] = [(first, iter(ways[first]))] if first not in done else []
        on_trail = {first}
        while trail:
            step_id, targets = trail[-1]
            target = next(targets, None)
            if target is None:
                done.add(step_id)
                on_trail.discard(step_id)
                trail.pop()
            elif target in on_trail:
                names = [one for one, _ in trail]
                circle = [*names[names.index(target) :], target]
                words = " → ".join(circle if len(circle) <= 8 else [*circle[:4], "…", *circle[-3:]])
                text = f"These steps go round by themselves: {words}. Put words or a choice into one of them."
                yield ScriptProblem(script.file, lines[target], 1, text)
                return
            elif target not in done:
                on_trail.add(target)
                trail.append((target, iter(ways[target])))


class _Budget:
    """How many conditions may still be asked."""

    def __init__(self, left: int) -> None:
        self.left = left

    def allows(self, number: int) -> bool:
        """Whether so many may be asked; if so, they are taken off."""
        if number > self.left:
            return False
        self.left -= number
        return True


def _find_never_taken(script: Script, step: Step, budget: _Budget) -> Iterator[ScriptProblem]:
    whens = [way.when for way in step.exits if way.when is not None]
    cases = _list_cases(script, whens)
    if not whens or cases is None or not budget.allows(len(cases) * len(whens)):
        return
    taken = {_find_first(step.exits, case) for case in cases}
    for number, way in enumerate(step.exits):
        if number in taken:
            continue
        if way.when is None:
            words = "is never taken: the conditions before it leave nothing over."
        elif all(_holds(way.when, case) is not True for case in cases):
            words = "is never taken: its condition holds for nobody."
        else:
            words = "is never taken: the ways before it take everybody for whom its condition holds."
        yield ScriptProblem(script.file, *way.at, f"Step {quoted(step.id)}: the way to {quoted(way.target)} {words}")


def _find_first(exits: Sequence[Way], case: "_Case") -> int:
    return next(number for number, way in enumerate(exits) if way.when is None or _holds(way.when, case))


def _find_same_choices(script: Script, step: Step, budget: _Budget) -> Iterator[ScriptProblem]:
    """An agent cannot tell two choices apart that say the same, unless no condition shows them together."""
    seen: dict[str, list[tuple[str, When | None]]] = {}
    for choice in step.choices:
        label = " ".join("".join(span.variable or span.text for span in choice.label).casefold().split())
        for key, when in seen.setdefault(label, []):
            case = _find_both(script, [one for one in (when, choice.when) if one is not None], budget)
            if case is not None:
                where = f" where {_say_case(case)}" if case else ""
                words = f"Choice [{choice.key}] says the same as [{key}]{where}"
                words += ": say what sets them apart, or take one out."
                yield ScriptProblem(script.file, choice.at.line, 1, words)
                break
        seen[label].append((choice.key, choice.when))


def _find_both(script: Script, whens: Sequence[When], budget: _Budget) -> "_Case | None":
    """A case in which all of them hold; None: there is none. Where it cannot be tried, any case may be one."""
    cases = _list_cases(script, whens)
    if cases is None or not budget.allows(len(cases) * len(whens)):
        return {}
    return next((case for case in cases if all(_holds(when, case) for when in whens)), None)


# ---- the cases that conditions can tell apart -----------------------------------------------------------


class _Asked(NamedTuple):
    """What a leaf asks. A text in a list is asked by itself."""

    of: object  # an operand, or the name of a list
    text: str = ""


_Case = Mapping[_Asked, VariableValue | None]


def _list_cases(script: Script, whens: Sequence[When]) -> list[_Case] | None:
    """None: there are too many."""
    named: dict[_Asked, list[Value]] = {}
    for when in whens:
        for leaf in list_leaves(when.condition):
            named.setdefault(_ask(leaf), []).extend(_list_named(leaf))
    domains = {asked: _list_domain(script, asked, values) for asked, values in named.items()}
    if prod(len(values) for values in domains.values()) > MOST_CASES:
        return None
    return [dict(zip(domains, values, strict=True)) for values in product(*domains.values())]


def _ask(leaf: Leaf) -> _Asked:
    return _Asked(leaf.variable, leaf.text) if isinstance(leaf, Contains) else _Asked(leaf.operand)


def _list_named(leaf: Leaf) -> tuple[Value, ...]:
    match leaf:
        case Compare(_, _, value):
            return (value,)
        case OneOf(_, values):
            return values
        case _:
            return ()


def _list_domain(script: Script, asked: _Asked, named: Sequence[Value]) -> list[VariableValue | None]:
    """Each value that the conditions can tell apart from others."""
    if asked.text:
        return [True, False]
    field = next((one for one in script.fields if asked.of == ANSWER + one.name), None)
    derived = next((one for one in script.derived if asked.of == DERIVED + one.name), None)
    if derived is not None:
        return [None, *dict.fromkeys(value for value, _ in derived.cases)]
    if isinstance(asked.of, str) and (ended := list_ended(script, asked.of)):
        return [None, *ended]
    if field is not None and field.type is FieldType.CHOICE and not field.options_from:
        return [None, *(option.value for option in field.options)]
    if any(isinstance(value, bool) for value in named):
        return [None, True, False]
    numbers = sorted({value for value in named if isinstance(value, int | Decimal)})
    days = sorted({value for value in named if isinstance(value, date)})
    texts = dict.fromkeys(value for value in named if isinstance(value, str))
    if numbers:
        between = [(Decimal(a) + Decimal(b)) / 2 for a, b in pairwise(numbers)]
        return [None, *numbers, *between, numbers[0] - 1, numbers[-1] + 1]
    if days:
        day = timedelta(1)
        return [None, *dict.fromkeys(one for found in days for one in (found - day, found, found + day))]
    return [None, *texts, _OTHER]


def _holds(when: When, case: _Case) -> bool:
    return combine(when.condition, lambda leaf: _answer(leaf, case[_ask(leaf)])) is True


def _answer(leaf: Leaf, known: VariableValue | None) -> bool | None:
    match leaf:
        case Has():
            return known is not None
        case Contains():
            return known is True
        case Compare(_, operator, value):
            return None if known is None else compare(known, operator, value)
        case OneOf(_, values):
            return None if known is None else known in values


def _say_case(case: _Case) -> str:
    """For instance: customer.tier is gold, answer.sum is not known."""
    words = []
    for asked, value in case.items():
        name = asked.of if isinstance(asked.of, str) else "a number of days"
        if name.startswith(SEGMENT):
            name = f'in_segment("{name.removeprefix(SEGMENT)}")'
        if asked.text:
            words.append(f"{name} {'has' if value else 'has not'} {quoted(asked.text)}")
        elif value is None:
            words.append(f"{name} is not known")
        else:
            words.append(f"{name} is {'another text' if value == _OTHER else quoted(str(value))}")
    return ", ".join(words[:4])
