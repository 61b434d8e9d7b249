"""The definitions of segments as conditions: segments of segments written out, circles and overgrown ones refused.

The rule of this file: a definition that names another segment means the other's definition, where it holds. So each
condition stands for itself: it is asked in any order, falls due and compiles to SQL like any other rule.

"Where it holds" is two-valued: a segment has a customer or has not, and what is unknown of the other's definition
counts as no. `hold` writes that in the language itself: `has(x) && x > 3` is false where x is not known.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, assert_never

from scripts_library.condition_parsing import SEGMENTS, parse_condition
from scripts_library.condition_tokens import ConditionError
from scripts_library.conditions import (
    AllOf,
    AnyOf,
    Compare,
    Condition,
    Contains,
    Has,
    Not,
    OneOf,
    list_leaves,
)
from scripts_library.variables import VariableTypes

MOST_COMPARISONS: Final = 500  # of a definition with all others that it names written out


class SegmentRefused(Exception):
    """The definition cannot be used. The text is for its author; `column` is where, from 1."""

    def __init__(self, words: str, column: int = 1) -> None:
        super().__init__(words)
        self.column = column


@dataclass(frozen=True, slots=True)
class SegmentRule:
    """`parsed`: as its author wrote it. `condition`: with the others written out, not bound."""

    id: str
    parsed: Condition
    condition: Condition
    names: frozenset[str]  # of other segments, directly


class SegmentRules:
    """All definitions that are asked, and what one more would mean beside them."""

    def __init__(self, types: VariableTypes, activity_kinds: Collection[str], definitions: Mapping[str, str]) -> None:
        """`definitions`: of every segment that another may name, by id. One that is broken is left out of `rules`
        and says why in `problems`."""
        self.types = types
        self._kinds = activity_kinds
        self._definitions = dict(definitions)
        self.problems: dict[str, str] = {}
        self.rules: dict[str, SegmentRule] = {}
        for segment_id in self._definitions:
            try:
                self.rules[segment_id] = self.read(segment_id, self._definitions[segment_id])
            except SegmentRefused as error:
                self.problems[segment_id] = str(error)

    def read(self, segment_id: str, definition: str) -> SegmentRule:
        """What this definition means for this segment. Raises SegmentRefused."""
        parsed = self._parse(segment_id, definition)
        condition = self._write_out(parsed, (segment_id,), {})
        if _is_overgrown(condition):
            words = f"With the segments that it names, it has more than {MOST_COMPARISONS} comparisons: name fewer."
            raise SegmentRefused(words)
        return SegmentRule(segment_id, parsed, condition, frozenset(self._list_named(parsed)))

    def read_rule(self, text: str) -> Condition:
        """What a rule of another kind means, which may name these segments. Raises SegmentRefused."""
        condition = self._write_out(self._parse("", text), (), {})
        if _is_overgrown(condition):
            words = f"With the segments that it names, it has more than {MOST_COMPARISONS} comparisons: name fewer."
            raise SegmentRefused(words)
        return condition

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The ids, each after those that it names."""
        placed: dict[str, None] = {}

        def place(segment_id: str) -> None:
            for other in sorted(self.rules[segment_id].names):
                if other in self.rules and other not in placed:
                    place(other)
            placed[segment_id] = None

        for one in sorted(self.rules):
            if one not in placed:
                place(one)
        return tuple(placed)

    def list_readers(self, segment_id: str) -> list[str]:
        """The segments that name this one."""
        return sorted(one.id for one in self.rules.values() if segment_id in one.names)

    def list_all_readers(self, ids: Collection[str]) -> set[str]:
        """The segments whose meaning follows from these: those that name them, and those that name them in turn."""
        found: set[str] = set()
        for segment_id in self.order:
            if not self.rules[segment_id].names.isdisjoint({*ids, *found}):
                found.add(segment_id)
        return found

    def _parse(self, segment_id: str, definition: str) -> Condition:
        try:
            others = [one for one in self._definitions if one != segment_id]
            named = [*others, segment_id] if segment_id else others
            return parse_condition(definition, self.types, self._kinds, named)
        except ConditionError as error:
            raise SegmentRefused(str(error), error.column) from error

    def _list_named(self, condition: Condition) -> Iterator[str]:
        for leaf in list_leaves(condition):
            if isinstance(leaf, Contains) and leaf.variable == SEGMENTS and leaf.text in self._definitions:
                yield leaf.text

    def _write_out(self, condition: Condition, path: tuple[str, ...], written: dict[str, Condition]) -> Condition:
        """`path`: the segments that led here. `written`: those that were written out on the way."""
        match condition:
            case Not(part):
                return Not(self._write_out(part, path, written))
            case AllOf(parts):
                return AllOf(tuple(self._write_out(part, path, written) for part in parts))
            case AnyOf(parts):
                return AnyOf(tuple(self._write_out(part, path, written) for part in parts))
            case Contains(variable, text) if variable == SEGMENTS and (text in self._definitions or text in path):
                return AnyOf((condition, self._write_other(text, path, written)))
            case _:
                return condition

    def _write_other(self, other: str, path: tuple[str, ...], written: dict[str, Condition]) -> Condition:
        if other in path:
            circle = " → ".join((*path[path.index(other) :], other))
            raise SegmentRefused(f"The segments name each other in a circle: {circle}. Take one of them out.")
        if other not in written:
            try:
                parsed = self._parse(other, self._definitions[other])
            except SegmentRefused as error:
                raise SegmentRefused(f'It names "{other}", whose rule cannot be used: {error}') from error
            condition = hold(self._write_out(parsed, (*path, other), written))
            if _is_overgrown(condition):
                raise SegmentRefused(f'With "{other}" it has more than {MOST_COMPARISONS} comparisons: name fewer.')
            written[other] = condition
        return written[other]


def _is_overgrown(condition: Condition) -> bool:
    return any(number == MOST_COMPARISONS for number, _ in enumerate(list_leaves(condition)))


def hold(condition: Condition) -> Condition:
    """The same condition with two answers: true where it is true, and false where it is false or unknown."""
    return _decide(condition, is_true=True)


def _decide(condition: Condition, *, is_true: bool) -> Condition:
    """True where the condition is true (or is false, unless `is_true`), and false everywhere else."""
    match condition:
        case Not(part):
            return _decide(part, is_true=not is_true)
        case AllOf(parts):
            decided = tuple(_decide(part, is_true=is_true) for part in parts)
            return AllOf(decided) if is_true else AnyOf(decided)
        case AnyOf(parts):
            decided = tuple(_decide(part, is_true=is_true) for part in parts)
            return AnyOf(decided) if is_true else AllOf(decided)
        case Has() | Contains():
            return condition if is_true else Not(condition)
        case Compare(operand) | OneOf(operand):
            return AllOf((Has(operand), condition if is_true else Not(condition)))
        case _:
            assert_never(condition)
