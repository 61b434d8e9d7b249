"""Reads the answer of a webhook: of a JSON object, the values that were asked for, and nothing else.

The rule of this file: an answer comes from outside. It is bounded in size before it is read here; whatever it holds,
reading it takes little time and raises BadAnswer alone.
"""

import json
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NoReturn

from channels.requests import AnswerKind, AnswerValue

_MOST_DIGITS: Final = 15  # of a number, before or behind its point


class BadAnswer(ValueError):
    """It is no JSON object, or a value that was asked for is neither a text, a number nor a yes or no."""


class _Number(str):
    """A number as it is written: read as one, its size could be anything."""


def read_answer(body: bytes, wanted: tuple[str, ...]) -> tuple[AnswerValue, ...]:
    """The values of the wanted names, in their order. A name that is missing, or null, is left out."""
    try:
        found: Any = json.loads(
            body.decode("utf-8"),
            parse_int=_Number,
            parse_float=_Number,
            parse_constant=_refuse_constant,
            object_pairs_hook=_read_object,
        )
    except RecursionError as error:
        raise BadAnswer("it is nested too deeply") from error
    except BadAnswer:
        raise
    except ValueError as error:  # no UTF-8, no JSON
        raise BadAnswer("it is no JSON") from error
    if not isinstance(found, dict):
        raise BadAnswer("it is no object")
    return tuple(_read_value(name, found[name]) for name in wanted if found.get(name) is not None)


def _read_value(name: str, value: object) -> AnswerValue:
    match value:
        case bool():
            return AnswerValue(name, AnswerKind.YES_NO, "yes" if value else "no")
        case _Number():
            return AnswerValue(name, AnswerKind.NUMBER, _write_number(value))
        case str() if "\0" not in value:  # which no database keeps
            return AnswerValue(name, AnswerKind.TEXT, value)
        case _:
            raise BadAnswer(f"{name!r} is neither a text, a number nor true or false")


def _write_number(literal: str) -> str:
    """The number without an exponent. Raises BadAnswer if it has too many digits."""
    try:
        number = Decimal(literal)
        parts = number.as_tuple()
        exponent = parts.exponent if isinstance(parts.exponent, int) else _MOST_DIGITS + 1
    except InvalidOperation as error:
        raise BadAnswer("a number is too large") from error
    if len(parts.digits) > 2 * _MOST_DIGITS or abs(exponent) > _MOST_DIGITS:
        raise BadAnswer("a number is too large or too fine")
    return f"{number:f}"


def _refuse_constant(name: str) -> NoReturn:
    raise BadAnswer(f"it says {name}, which is no JSON")


def _read_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise BadAnswer("it says a name twice")
    return found
