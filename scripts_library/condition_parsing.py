"""Parses the text of a condition into its tree.

    condition  = all-of, { "||", all-of }
    all-of     = negation, { "&&", negation }
    negation   = "!", negation | "(", condition, ")" | comparison
    comparison = operand, operator, value | operand, "in", "[", value, { ",", value }, "]"
               | text, "in", variable | "has", "(", dated, ")" | "in_segment", "(", text, ")"
    operand    = dated | ("days_since" | "days_until"), "(", dated, ")"
    dated      = variable | measure
    measure    = ("count" | "sum" | "first" | "last"), "(", text, [",", window], ")"
    window     = ("within" | "not_within"), "(", text, ")"
    value      = text | number | "true" | "false" | "date", "(", text, ")"

The rule of this file: it finds every mistake in names and types and tells the author in words, and where it stands.
Every text that it accepts has the same meaning in CEL, given these functions. Length, depth and the number of
comparisons are bounded, and therefore the time is.
"""

from collections.abc import Callable, Collection
from datetime import date
from decimal import Decimal
from typing import Final, NoReturn

from scripts_library.condition_tokens import ConditionError, Token, split_condition
from scripts_library.conditions import (
    AllOf,
    AnyOf,
    Compare,
    Condition,
    Contains,
    DaysSince,
    DaysUntil,
    Function,
    Has,
    Measure,
    Not,
    OneOf,
    Operand,
    Operator,
    Value,
)
from scripts_library.rule_time import EARLIEST, LATEST, MOST_DAYS, parse_window
from scripts_library.script_problems import quoted, suggest
from scripts_library.variables import SEGMENT, VariableType, VariableTypes, find_type

MAX_DEPTH: Final = 16  # nested parentheses and negations
MAX_VALUES: Final = 200  # comparisons, and values of lists, in one condition
MAX_DECIMALS: Final = 4  # of a number: as many as storage keeps
MOST_NUMBER: Final = 10**12

SEGMENTS: Final = "customer.segments"  # the list in which a segment stands by its id


class _Every(frozenset[str]):
    """Has every text: for whoever cannot know which segments there are."""

    def __contains__(self, one: object) -> bool:
        return True


ANY_SEGMENT: Final[Collection[str]] = _Every()

_FUNCTIONS: Final = ("has", "days_since", "days_until", "in_segment", *Function)


def parse_condition(
    text: str,
    types: VariableTypes,
    activity_kinds: Collection[str] = (),
    segments: Collection[str] | None = None,
) -> Condition:
    """The tree of a condition. Raises `ConditionError`. The time is linear in the length, which is bounded.

    `activity_kinds`: what may be counted; "contact/phone" counts those of a kind that have a label. `segments`: ids
    that `in_segment` may name; it then means `"id" in customer.segments`, for a segment that
    there is. Without them, it asks whether the customer is in a segment that `types` has
    (`variables.type_segments`).
    """
    return _Parser(text, types, activity_kinds, segments).parse()


class _Parser:
    """A recursive descent parser with a method for each rule of the grammar."""

    def __init__(
        self, text: str, types: VariableTypes, activity_kinds: Collection[str], segments: Collection[str] | None
    ) -> None:
        self._tokens = split_condition(text)
        self._types = types
        self._kinds = activity_kinds
        self._segments = segments
        self._at = 0
        self._depth = 0
        self._values_seen = 0

    def parse(self) -> Condition:
        condition = self._any_of()
        if self._token.kind != "end":
            self._refuse(f"{quoted(self._token.text)} is not expected here: && or || is missing before it.")
        return condition

    # ---- tokens

    @property
    def _token(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._token
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return token

    def _next_is(self, kind: str, text: str) -> bool:
        return (self._token.kind, self._token.text) == (kind, text)

    def _takes(self, sign: str) -> bool:
        if not self._next_is("sign", sign):
            return False
        self._take()
        return True

    def _need(self, sign: str) -> None:
        if not self._takes(sign):
            self._refuse(f"{quoted(sign)} is missing before {quoted(self._token.text)}.")

    def _need_text(self, what: str) -> Token:
        token = self._take()
        if token.kind != "text":
            self._refuse(f"{what} is missing before {quoted(token.text)}: write it in quotes.", token)
        return token

    def _refuse(self, words: str, at: Token | None = None) -> NoReturn:
        raise ConditionError(words, (at or self._token).column)

    # ---- the tree

    def _any_of(self) -> Condition:
        parts = self._list("||", self._all_of)
        return AnyOf(parts) if len(parts) > 1 else parts[0]

    def _all_of(self) -> Condition:
        parts = self._list("&&", self._negation)
        return AllOf(parts) if len(parts) > 1 else parts[0]

    def _list(self, sign: str, take: Callable[[], Condition]) -> tuple[Condition, ...]:
        parts = [take()]
        while self._takes(sign):
            parts.append(take())
        return tuple(parts)

    def _negation(self) -> Condition:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            self._refuse(f"A condition has at most {MAX_DEPTH} nested parentheses and negations.")
        if self._takes("!"):
            condition: Condition = Not(self._negation())
        elif self._takes("("):
            condition = self._any_of()
            self._need(")")
        else:
            condition = self._comparison()
        self._depth -= 1
        return condition

    # ---- comparisons

    def _comparison(self) -> Condition:
        if self._token.kind in ("text", "number"):
            return self._contains()
        start = self._token
        if start.text == "has" and self._takes_function():
            known, _ = self._dated()
            self._need(")")
            return Has(known)
        if start.text == "in_segment" and self._takes_function():
            return self._in_segment()
        operand, operand_type = self._operand()
        if self._next_is("name", "in"):
            self._take()
            self._refuse_list(start, operand, operand_type)
            return OneOf(operand, self._list_of_values(operand, operand_type))
        sign = self._take()
        if sign.kind != "sign" or sign.text not in set(Operator):
            self._refuse(f"A comparison like == is missing after {quoted(start.text)}.", sign)
        operator = Operator(sign.text)
        self._refuse_list(start, operand, operand_type)
        if operand_type in (VariableType.TEXT, VariableType.YES_NO) and operator not in ("==", "!="):
            words = f"{quoted(start.text)} is not a number or a date, so it cannot be compared with {operator}."
            self._refuse(words, sign)
        return Compare(operand, operator, self._value_for(operand, operand_type))

    def _refuse_list(self, start: Token, operand: Operand, operand_type: VariableType) -> None:
        if operand_type is VariableType.LIST:
            self._refuse(f'{quoted(start.text)} is a list: write "..." in {operand}.', start)

    def _takes_function(self) -> bool:
        """Take a name and the parenthesis that follows it. A name without one is a variable."""
        following = self._tokens[min(self._at + 1, len(self._tokens) - 1)]
        if (following.kind, following.text) != ("sign", "("):
            return False
        self._at += 2
        return True

    def _operand(self) -> tuple[Operand, VariableType]:
        token = self._token
        if token.text in ("days_since", "days_until") and self._takes_function():
            inner = self._token
            of, of_type = self._dated()
            if of_type is not VariableType.DATE:
                self._refuse(f"{quoted(inner.text)} is not a date, so no days can be counted from it.", inner)
            self._need(")")
            return DaysSince(of) if token.text == "days_since" else DaysUntil(of), VariableType.NUMBER
        return self._dated()

    def _dated(self) -> tuple[str | Measure, VariableType]:
        token = self._token
        if token.kind == "name" and token.text in set(Function) and self._takes_function():
            return self._measure(Function(token.text))
        token = self._take()
        if token.kind != "name":
            self._refuse(f"The name of a variable is missing before {quoted(token.text)}.", token)
        variable_type = self._types.get(token.text)
        if variable_type is None or token.text.startswith(SEGMENT):
            known = [*(one for one in self._types if not one.startswith(SEGMENT)), *_FUNCTIONS]
            raise ConditionError(f"{quoted(token.text)} is not known.{suggest(token.text, known)}", token.column)
        return token.text, variable_type

    def _measure(self, function: Function) -> tuple[Measure, VariableType]:
        token = self._need_text("A kind of activity")
        kind, _, label = token.text[1:-1].partition("/")
        if kind not in self._kinds:
            words = f"There is no kind of activity {quoted(kind)}.{suggest(kind, self._kinds)}"
            if not self._kinds:
                words = "Activities cannot be counted here."
            self._refuse(words, token)
        window, is_outside = None, False
        if self._takes(","):
            word = self._take()
            if word.text not in ("within", "not_within"):
                self._refuse(f'within("30 days") is missing before {quoted(word.text)}.', word)
            is_outside = word.text == "not_within"
            self._need("(")
            span = self._need_text("A time like 30 days")
            window = parse_window(span.text[1:-1])
            if window is None:
                words = f'{span.text} is no time: write it as in "30 days", "12 hours" or "6 months".'
                self._refuse(words, span)
            self._need(")")
        self._need(")")
        is_date = function in (Function.FIRST, Function.LAST)
        return Measure(
            function, kind, label, window, is_outside
        ), VariableType.DATE if is_date else VariableType.NUMBER

    def _in_segment(self) -> Condition:
        token = self._need_text("The id of a segment")
        segment = token.text[1:-1]
        if self._segments is None and find_type(self._types, SEGMENT + segment) is None:
            live = [one.removeprefix(SEGMENT) for one in self._types if one.startswith(SEGMENT)]
            words = f"There is no live segment {quoted(segment)}: make it live first, or take it out."
            self._refuse(words + suggest(segment, live), token)
        if self._segments is not None and segment not in self._segments:
            words = f"There is no segment {quoted(segment)}.{suggest(segment, self._segments)}"
            self._refuse(words, token)
        self._need(")")
        if self._segments is None:
            return Compare(SEGMENT + segment, Operator.EQUAL, True)
        return Contains(SEGMENTS, segment)

    def _contains(self) -> Condition:
        start = self._token
        value = self._value()
        if not self._next_is("name", "in"):
            words = f'{quoted(str(value))} stands first: write the name first, as in customer.tier == "gold".'
            self._refuse(words, start)
        self._take()
        name = self._token
        variable, variable_type = self._dated()
        if variable_type is not VariableType.LIST or not isinstance(value, str) or not isinstance(variable, str):
            raise ConditionError(
                f"{quoted(name.text)} is not a list of texts, so {quoted(str(value))} cannot be in it.", name.column
            )
        return Contains(variable, value)

    # ---- values

    def _list_of_values(self, operand: Operand, operand_type: VariableType) -> tuple[Value, ...]:
        self._need("[")
        values = [self._value_for(operand, operand_type)]
        while self._takes(","):
            values.append(self._value_for(operand, operand_type))
        self._need("]")
        return tuple(values)

    def _value_for(self, operand: Operand, operand_type: VariableType) -> Value:
        token = self._token
        value = self._value()
        if _type_of(value) is not operand_type:
            words = f"{_name(operand)} is a {operand_type}, but {quoted(str(value))} is not."
            if operand_type is VariableType.DATE:
                words += ' A date is written date("2026-01-31").'
            self._refuse(words, token)
        self._check_whole(operand, value, token)
        return value

    def _check_whole(self, operand: Operand, value: Value, token: Token) -> None:
        """Days and counts are whole, and days go no further than the calendar."""
        is_days = isinstance(operand, DaysSince | DaysUntil)
        is_count = isinstance(operand, Measure) and operand.function is Function.COUNT
        if (is_days or is_count) and isinstance(value, Decimal):
            self._refuse(f"{_name(operand)} is a whole number, and {value} is not.", token)
        if is_days and isinstance(value, int) and abs(value) > MOST_DAYS:
            self._refuse(f"{value} days are more than {MOST_DAYS:,}, a hundred years.", token)

    def _value(self) -> Value:
        token = self._take()
        self._values_seen += 1
        if self._values_seen > MAX_VALUES:
            self._refuse(f"A condition has at most {MAX_VALUES} values.", token)
        match token.kind, token.text:
            case "text", text:
                return text[1:-1]
            case "number", text:
                return self._number(token)
            case "name", ("true" | "false") as word:
                return word == "true"
            case "name", "date" if self._takes("("):
                day = self._date(self._need_text("A day like 2026-01-31"))
                self._need(")")
                return day
        raise ConditionError(
            f"A text in quotes, a number, a date, true or false is missing before {quoted(token.text)}.", token.column
        )

    def _number(self, token: Token) -> int | Decimal:
        whole, _, decimals = token.text.partition(".")
        if len(decimals) > MAX_DECIMALS or abs(int(whole)) > MOST_NUMBER:
            words = f"{quoted(token.text)} is no number of at most {MOST_NUMBER:,} with {MAX_DECIMALS} decimals."
            self._refuse(words, token)
        return Decimal(token.text) if decimals else int(whole)

    def _date(self, token: Token) -> date:
        try:
            day = date.fromisoformat(token.text[1:-1])
        except ValueError:
            day = LATEST
        if not EARLIEST <= day < LATEST:
            self._refuse(f'{token.text} is no day: write it as in date("2026-01-31").', token)
        return day


def _name(operand: Operand) -> str:
    match operand:
        case str():
            return quoted(operand)
        case DaysSince():
            return "days_since(...)"
        case DaysUntil():
            return "days_until(...)"
        case _:
            return f"{operand.function}(...)"


def _type_of(value: Value) -> VariableType:
    match value:
        case bool():
            return VariableType.YES_NO
        case str():
            return VariableType.TEXT
        case date():
            return VariableType.DATE
        case _:
            return VariableType.NUMBER
