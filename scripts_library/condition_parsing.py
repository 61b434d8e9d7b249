"""Parses the text of a condition into its tree.

    condition  = all-of, { "||", all-of }
    all-of     = negation, { "&&", negation }
    negation   = "!", negation | "(", condition, ")" | comparison
    comparison = variable, operator, value | variable, "in", "[", value, { ",", value }, "]"
               | text, "in", variable | "has", "(", variable, ")"

The rule of this file: it finds every mistake in names and types and tells the author in words. Every text that it
accepts has the same meaning in CEL. Length and depth are bounded, and therefore the time is.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NoReturn

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
from scripts_library.script_problems import ScriptsError, quoted, suggest
from scripts_library.variables import VARIABLES, VariableType, VariableTypes

MAX_LENGTH: Final = 1_000  # characters
MAX_DEPTH: Final = 16  # nested parentheses and negations


class ConditionError(ScriptsError):
    """The text is not a condition. The message says why."""


def parse_condition(text: str, types: VariableTypes = VARIABLES) -> Condition:
    """Return the tree of a condition. Raises `ConditionError`. The time is linear in the length, which is bounded."""
    if len(text) > MAX_LENGTH:
        raise ConditionError(f"A condition has at most {MAX_LENGTH} characters, this one has {len(text)}.")
    return _Parser(_split(text), types).parse()


# Matching takes linear time: the alternatives begin with different characters, and each repeats one class.
_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<name>[A-Za-z_][A-Za-z0-9_.]*)
      | (?P<number>-?[0-9]+(?:\.[0-9]+)?)
      | (?P<text>"[^"\\]*"|'[^'\\]*')
      | (?P<sign>&&|\|\||[=!<>]=|[<>!()\[\],])""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # name, number, text or sign; after the last token: end
    text: str


def _split(text: str) -> list[_Token]:
    tokens = []
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            _refuse_character(text, at)
        at = found.end()
        if found.lastgroup != "space":
            tokens.append(_Token(str(found.lastgroup), found.group()))
    tokens.append(_Token("end", "the end"))
    return tokens


def _refuse_character(text: str, at: int) -> NoReturn:
    character = text[at]
    if character in "\"'":
        raise ConditionError("A text in quotes does not end, or has a backslash in it.")
    if character in "“”‘’":
        raise ConditionError(f'Write straight quotes ("), not {character}.')
    advice = {"=": ' Equality is written "==".', "&": ' "And" is "&&".', "|": ' "Or" is "||".'}.get(character, "")
    raise ConditionError(f"{quoted(character)} has no meaning in a condition.{advice}")


class _Parser:
    """A recursive descent parser with a method for each rule of the grammar."""

    def __init__(self, tokens: Sequence[_Token], types: VariableTypes) -> None:
        self._tokens = tokens
        self._types = types
        self._at = 0
        self._depth = 0

    def parse(self) -> Condition:
        condition = self._any_of()
        if self._token.kind != "end":
            raise ConditionError(f"{quoted(self._token.text)} is not expected here: && or || is missing before it.")
        return condition

    @property
    def _token(self) -> _Token:
        return self._tokens[self._at]

    def _take(self) -> _Token:
        token = self._token
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return token

    def _takes(self, sign: str) -> bool:
        if (self._token.kind, self._token.text) != ("sign", sign):
            return False
        self._take()
        return True

    def _need(self, sign: str) -> None:
        if not self._takes(sign):
            raise ConditionError(f"{quoted(sign)} is missing before {quoted(self._token.text)}.")

    def _any_of(self) -> Condition:
        parts = [self._all_of()]
        while self._takes("||"):
            parts.append(self._all_of())
        return AnyOf(tuple(parts)) if len(parts) > 1 else parts[0]

    def _all_of(self) -> Condition:
        parts = [self._negation()]
        while self._takes("&&"):
            parts.append(self._negation())
        return AllOf(tuple(parts)) if len(parts) > 1 else parts[0]

    def _negation(self) -> Condition:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ConditionError(f"A condition has at most {MAX_DEPTH} nested parentheses and negations.")
        if self._takes("!"):
            condition: Condition = Not(self._negation())
        elif self._takes("("):
            condition = self._any_of()
            self._need(")")
        else:
            condition = self._comparison()
        self._depth -= 1
        return condition

    def _comparison(self) -> Condition:
        if self._token.kind in ("text", "number"):
            return self._contains()
        variable, variable_type = self._variable()
        if variable == "has":
            self._need("(")
            variable, _ = self._variable()
            self._need(")")
            return Has(variable)
        if (self._token.kind, self._token.text) == ("name", "in"):
            self._take()
            return OneOf(variable, self._values(variable, variable_type))
        return self._compare(variable, variable_type)

    def _variable(self) -> tuple[str, VariableType]:
        """Take the name of a variable, or the word `has` if a parenthesis follows it."""
        token = self._take()
        if token.kind != "name":
            raise ConditionError(f"The name of a variable is missing before {quoted(token.text)}.")
        if token.text == "has" and self._token.text == "(":
            return token.text, VariableType.YES_NO
        variable_type = self._types.get(token.text)
        if variable_type is None:
            raise ConditionError(f"{quoted(token.text)} is not known.{suggest(token.text, self._types)}")
        return token.text, variable_type

    def _contains(self) -> Condition:
        value = self._value()
        if (self._token.kind, self._token.text) != ("name", "in"):
            raise ConditionError(
                f'{quoted(str(value))} stands first: write the name first, as in customer.tier == "gold".'
            )
        self._take()
        variable, variable_type = self._variable()
        if variable_type is not VariableType.LIST or not isinstance(value, str):
            raise ConditionError(
                f"{quoted(variable)} is not a list of texts, so {quoted(str(value))} cannot be in it."
            )
        return Contains(variable, value)

    def _compare(self, variable: str, variable_type: VariableType) -> Condition:
        sign = self._take()
        if sign.kind != "sign" or sign.text not in set(Operator):
            raise ConditionError(f"A comparison like == is missing after {quoted(variable)}.")
        operator = Operator(sign.text)
        if variable_type is VariableType.LIST:
            raise ConditionError(f'{quoted(variable)} is a list: write "..." in {variable}.')
        if variable_type is not VariableType.NUMBER and operator not in (Operator.EQUAL, Operator.NOT_EQUAL):
            raise ConditionError(f"{quoted(variable)} is not a number, so it cannot be compared with {operator}.")
        return Compare(variable, operator, self._value_for(variable, variable_type))

    def _values(self, variable: str, variable_type: VariableType) -> tuple[Value, ...]:
        if variable_type is VariableType.LIST:
            raise ConditionError(f'{quoted(variable)} is a list: write "..." in {variable}.')
        self._need("[")
        values = [self._value_for(variable, variable_type)]
        while self._takes(","):
            values.append(self._value_for(variable, variable_type))
        self._need("]")
        return tuple(values)

    def _value_for(self, variable: str, variable_type: VariableType) -> Value:
        value = self._value()
        if _type_of(value) is not variable_type:
            raise ConditionError(f"{quoted(variable)} is a {variable_type}, but {quoted(str(value))} is not.")
        return value

    def _value(self) -> Value:
        token = self._take()
        match token.kind, token.text:
            case "text", text:
                return text[1:-1]
            case "number", text:
                return Decimal(text) if "." in text else int(text)
            case "name", ("true" | "false") as word:
                return word == "true"
            case _, text:
                raise ConditionError(f"A text in quotes, a number, true or false is missing before {quoted(text)}.")


def _type_of(value: Value) -> VariableType:
    if isinstance(value, str):
        return VariableType.TEXT
    return VariableType.YES_NO if isinstance(value, bool) else VariableType.NUMBER
