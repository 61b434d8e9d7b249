"""Where a script goes on: which choices an agent sees, and which way a step takes by itself.

The rule of this file: a condition of a step asks what is known of the customer, the answers on the way that was taken
and the scores. It holds or it does not; what is not known holds nowhere, so each step has a way without a condition.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, tzinfo
from decimal import Decimal
from typing import Final, assert_never

from scripts_library.condition_binding import bind
from scripts_library.conditions import Facts, matches
from scripts_library.derived import find_derived
from scripts_library.scores import count_scores
from scripts_library.script_parts import Choice, Field, FieldType, Score, Script, Step, Way, When
from scripts_library.variables import (
    ACCOUNTS,
    ANSWER,
    OF_ACCOUNTS,
    PRODUCT,
    SCORE,
    Variables,
    VariableType,
    VariableTypes,
    VariableValue,
    find_variable,
)

_TYPES: Final = {
    FieldType.TEXT: VariableType.TEXT,
    FieldType.CHOICE: VariableType.TEXT,
    FieldType.DATE: VariableType.DATE,
    FieldType.NUMBER: VariableType.NUMBER,
    FieldType.AMOUNT: VariableType.NUMBER,
    FieldType.YES_NO: VariableType.YES_NO,
}


@dataclass(frozen=True, slots=True)
class Known:
    """What the conditions of steps may ask beside the answers of the run, at one instant."""

    variables: Variables = field(default_factory=dict)
    at: int = 0  # microseconds, UTC, by the wall clock
    zone: tzinfo = UTC  # the organisation's


MAX_LISTED: Final = 30  # members of a list that an agent may choose from
NOTHING_KNOWN: Final = Known()


def list_types(fields: tuple[Field, ...], scores: tuple[Score, ...]) -> VariableTypes:
    """The types of the names that a script brings itself."""
    answers = {ANSWER + one.name: _TYPES[one.type] for one in fields}
    products = {PRODUCT + one.name: VariableType.TEXT for one in fields if one.options_from == ACCOUNTS}
    return {**answers, **products, **{SCORE + one.name: VariableType.NUMBER for one in scores}}


def list_choices(script: Script, step: Step, answers: Mapping[str, str], known: Known) -> tuple[Choice, ...]:
    """The choices that the agent sees. `answers`: those on the way that was taken."""
    facts = _Facts(script, answers, known)
    return tuple(choice for choice in step.choices if facts.allow(choice.when))


def choose_exit(script: Script, step: Step, answers: Mapping[str, str], known: Known) -> Way | None:
    """The way that the step takes by itself; None: it has choices."""
    facts = _Facts(script, answers, known)
    return next((way for way in step.exits if facts.allow(way.when)), None)


class _Facts:
    """What conditions may ask; gathered only if there is one."""

    def __init__(self, script: Script, answers: Mapping[str, str], known: Known) -> None:
        self._script, self._answers, self._known = script, answers, known
        self._facts: Facts | None = None

    def allow(self, when: When | None) -> bool:
        if when is None:
            return True
        if self._facts is None:
            self._facts = Facts({**self._known.variables, **read_own(self._script, self._answers, self._known)})
        condition = bind(when.condition, self._known.at, self._known.zone)
        return matches(condition, self._facts, self._script.types)


def read_own(script: Script, answers: Mapping[str, str], known: Known) -> dict[str, VariableValue]:
    """The answers, scores and derived values as variables of their types."""
    found: dict[str, VariableValue] = {
        ANSWER + one.name: _read(one, answers[one.name]) for one in script.fields if one.name in answers
    }
    found |= _find_products(script, answers, known.variables)
    found |= {SCORE + count.score.name: count.total for count in count_scores(script, answers)}

    def holds(when: When, before: Mapping[str, str]) -> bool:
        condition = bind(when.condition, known.at, known.zone)
        return matches(condition, Facts({**known.variables, **found, **before}), script.types)

    return found | find_derived(script.derived, holds)


def _find_products(script: Script, answers: Mapping[str, str], known: Variables) -> dict[str, VariableValue]:
    """What each chosen account is: the account is stored, and its product branches."""
    asked = [one.name for one in script.fields if one.options_from == ACCOUNTS and one.name in answers]
    accounts, products = (known.get(name) for name in (ACCOUNTS, OF_ACCOUNTS))
    if not asked or not isinstance(accounts, tuple) or not isinstance(products, tuple):
        return {}
    of_account = dict(zip(accounts, products, strict=False))
    return {PRODUCT + name: of_account[answers[name]] for name in asked if answers[name] in of_account}


def list_listed(field: Field, known: Variables) -> tuple[str, ...]:
    """What may be chosen of the customer's list, before the options of the field."""
    listed = find_variable(known, field.options_from, VariableType.LIST) if field.options_from else None
    return listed[:MAX_LISTED] if isinstance(listed, tuple) else ()


def _read(asked: Field, answer: str) -> VariableValue:
    """A canonical answer as the value of a variable."""
    match asked.type:
        case FieldType.TEXT | FieldType.CHOICE:
            return answer
        case FieldType.DATE:
            return date.fromisoformat(answer)
        case FieldType.NUMBER | FieldType.AMOUNT:
            return Decimal(answer)
        case FieldType.YES_NO:
            return answer == "yes"
        case _:
            assert_never(asked.type)
