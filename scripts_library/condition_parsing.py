"""Parses the text of a condition into its tree.

    condition  = all-of, { "||", all-of }
    all-of     = negation, { "&&", negation }
    negation   = "!", negation | "(", condition, ")" | comparison
    comparison = fact, operator, value | fact, "in", "[", value, { ",", value }, "]"
               | text, "in", fact | "has", "(", fact, ")"

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
from scripts_library.facts import FACTS, FactType, FactTypes
from scripts_library.script_problems import ScriptsError, quoted, suggest

MAX_LENGTH: Final = 1_000  # characters
MAX_DEPTH: Final = 16  # nested parentheses and negations


class ConditionError(ScriptsError):
    """The text is not a condition. The message says why."""


def parse_condition(text: str, types: FactTypes = FACTS) -> Condition:
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

    def __init__(self, tokens: Sequence[_Token], types: FactTypes) -> None:
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
        fact, fact_type = self._fact()
        if fact == "has":
            self._need("(")
            fact, _ = self._fact()
            self._need(")")
            return Has(fact)
        if (self._token.kind, self._token.text) == ("name", "in"):
            self._take()
            return OneOf(fact, self._values(fact, fact_type))
        return self._compare(fact, fact_type)

    def _fact(self) -> tuple[str, FactType]:
        """Take the name of a fact, or the word `has` if a parenthesis follows it."""
        token = self._take()
        if token.kind != "name":
            raise ConditionError(f"The name of a fact is missing before {quoted(token.text)}.")
        if token.text == "has" and self._token.text == "(":
            return token.text, FactType.YES_NO
        fact_type = self._types.get(token.text)
        if fact_type is None:
            raise ConditionError(f"{quoted(token.text)} is not known.{suggest(token.text, self._types)}")
        return token.text, fact_type

    def _contains(self) -> Condition:
        value = self._value()
        if (self._token.kind, self._token.text) != ("name", "in"):
            raise ConditionError(
                f'{quoted(str(value))} stands first: write the name first, as in customer.tier == "gold".'
            )
        self._take()
        fact, fact_type = self._fact()
        if fact_type is not FactType.LIST or not isinstance(value, str):
            raise ConditionError(f"{quoted(fact)} is not a list of texts, so {quoted(str(value))} cannot be in it.")
        return Contains(fact, value)

    def _compare(self, fact: str, fact_type: FactType) -> Condition:
        sign = self._take()
        if sign.kind != "sign" or sign.text not in set(Operator):
            raise ConditionError(f"A comparison like == is missing after {quoted(fact)}.")
        operator = Operator(sign.text)
        if fact_type is FactType.LIST:
            raise ConditionError(f'{quoted(fact)} is a list: write "..." in {fact}.')
        if fact_type is not FactType.NUMBER and operator not in (Operator.EQUAL, Operator.NOT_EQUAL):
            raise ConditionError(f"{quoted(fact)} is not a number, so it cannot be compared with {operator}.")
        return Compare(fact, operator, self._value_for(fact, fact_type))

    def _values(self, fact: str, fact_type: FactType) -> tuple[Value, ...]:
        if fact_type is FactType.LIST:
            raise ConditionError(f'{quoted(fact)} is a list: write "..." in {fact}.')
        self._need("[")
        values = [self._value_for(fact, fact_type)]
        while self._takes(","):
            values.append(self._value_for(fact, fact_type))
        self._need("]")
        return tuple(values)

    def _value_for(self, fact: str, fact_type: FactType) -> Value:
        value = self._value()
        if _type_of(value) is not fact_type:
            raise ConditionError(f"{quoted(fact)} is a {fact_type}, but {quoted(str(value))} is not.")
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


def _type_of(value: Value) -> FactType:
    if isinstance(value, str):
        return FactType.TEXT
    return FactType.YES_NO if isinstance(value, bool) else FactType.NUMBER
