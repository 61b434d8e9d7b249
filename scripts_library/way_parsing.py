"""Reads the ways on from a step: a choice, an arrow, and the condition that stands behind either.

The rule of this file: what is read is one line. A condition is in the one rule language; its mistakes are reported at
its line and column.

    - [1] Yes, the platinum card -> platinum if customer.tier == "platinum"
    -> end: sold if score.need >= 5
    -> goodbye
"""

from collections.abc import Collection, Sequence
from typing import Final

from scripts_library.condition_parsing import parse_condition
from scripts_library.condition_tokens import ConditionError
from scripts_library.conditions import AnyOf
from scripts_library.prose import SourceLine, parse_spans
from scripts_library.script_parts import END, Choice, Place, Step, Way, When
from scripts_library.script_problems import Report, quoted, suggest
from scripts_library.variables import VariableTypes

MAX_EXITS: Final = 9  # of a step
MAX_CONDITIONS: Final = 200  # in the steps of a script
MAX_CONDITION_TEXT: Final = 20_000  # characters of all of them
_IFS: Final = (" if ", " 如果 ")
_ARROWS: Final = ("->", "→")
_NEVER: Final = AnyOf(())
_SLUG_CHARACTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


def is_slug(text: str) -> bool:
    """Whether it is words of small letters and digits, joined by single hyphens, in at most 64 characters."""
    return len(text) <= 64 and _SLUG_CHARACTERS.issuperset(text) and all(text.split("-"))


class WayReader:
    """Reads the ways of one script. `types`: of the names that a condition may ask. `shown`: those that a label may
    show. `is_stored`: the text was in use before, so a condition that cannot be read any more never holds."""

    def __init__(
        self,
        report: Report,
        types: VariableTypes,
        outcomes: Sequence[str],
        shown: Collection[str],
        *,
        is_stored: bool,
    ) -> None:
        self._report, self._types, self._outcomes, self._shown = report, types, outcomes, shown
        self._is_stored = is_stored
        self._conditions = self._text = 0

    def read_exit(self, number: int, line: str, words: str, before: int) -> Way | None:
        """`words`: what stands behind the arrow. `before`: how many exits the step has already."""
        at = Place(number, len(line) - len(words) + 1)
        target, outcome, condition = _split_target(words)
        if not is_slug(target) or not is_slug(outcome or END):
            self._report(number, f"After the arrow, write the id of a step, or {END}.", at.column)
        elif before == MAX_EXITS:
            self._report(number, f"A step has at most {MAX_EXITS} ways on: lead one to a step that decides the rest.")
        elif self._check_outcome(target, outcome, at):
            when = self._read_when(number, line, condition)
            key = f">{before + 1}" if before or when is not None else ""
            return Way(key, target, outcome, at, when)
        return None

    def read_choice(self, number: int, line: str, text: str, before: Sequence[Choice]) -> Choice | None:
        """`text`: what stands behind the hyphen. `before`: the choices that the step has already."""
        key, bracket, rest = text[1:].partition("]")
        arrow = max(rest.rfind(one) for one in _ARROWS)
        label, words = rest[:arrow].strip(), rest[arrow:].removeprefix("->").removeprefix("→").strip()
        target, outcome, condition = _split_target(words)
        at = Place(number, len(line) - len(words) + 1)
        key_at = line.index("[") + 2
        if not bracket or arrow < 0 or not label or not is_slug(target) or not is_slug(outcome or END):
            self._report(number, "A choice is written - [1] Label -> step-id.", key_at - 1)
        elif key not in set("123456789"):
            self._report(number, f"A choice has a key from 1 to 9, not {quoted(key)}.", key_at)
        elif any(choice.key == key for choice in before):
            self._report(number, f"There is a choice [{key}] already in this step.", key_at)
        elif self._check_outcome(target, outcome, at):
            label_at = line.index("]") + 2 + len(rest[:arrow]) - len(rest[:arrow].lstrip())
            spans = parse_spans([SourceLine(number, label, label_at)], self._shown, self._report)
            return Choice(key, spans, target, outcome, at, self._read_when(number, line, condition))
        return None

    def read_result(self, number: int, line: str, text: str) -> tuple[str, Way | None]:
        """Where a sub-script leads with an outcome: `- [confirmed] -> block`. Return the outcome and the way."""
        outcome, bracket, rest = text[1:].partition("]")
        words = rest.strip()
        arrow = next((one for one in _ARROWS if words.startswith(one)), "")
        if not bracket or not arrow or not is_slug(outcome.strip()):
            at = line.index("[") + 1
            self._report(number, "Where a sub-script leads is written - [outcome] -> step-id.", at)
            return "", None
        return outcome.strip(), self.read_exit(number, line, words.removeprefix(arrow).strip(), 0)

    def check_last(self, step: Step, choices: Sequence[Choice]) -> None:
        """Each step has a way that nothing forbids, or an agent is stuck where no condition holds."""
        if step.exits and step.exits[-1].when is not None:
            words = "The last way on of a step has no condition: add a line -> step-id for all others."
            self._report(step.exits[-1].at.line, words, step.exits[-1].at.column)
        if choices and all(choice.when is not None for choice in choices):
            words = "At least one choice of a step has no condition, or no choice is left where none holds."
            self._report(choices[-1].at.line, words, choices[-1].at.column)

    def _read_when(self, number: int, line: str, condition: str) -> When | None:
        if not condition:
            return None
        self._conditions += 1
        if self._conditions > MAX_CONDITIONS:
            self._report(number, f"The steps of a script have at most {MAX_CONDITIONS} conditions.")
            return None
        self._text += len(condition)
        if self._text > MAX_CONDITION_TEXT:
            words = f"The conditions of a script's steps have at most {MAX_CONDITION_TEXT:,} characters in all."
            self._report(number, words)
            return None
        try:
            return When(condition, parse_condition(condition, self._types))
        except ConditionError as error:
            if not self._is_stored:
                self._report(number, str(error), len(line) - len(condition) + error.column)
            return When(condition, _NEVER)

    def _check_outcome(self, target: str, outcome: str, at: Place) -> bool:
        """Whether this way may have this outcome. Where outcomes are declared, each way to the end has one."""
        words = ""
        if outcome and target != END:
            words = f"Only a way to the {END} has an outcome: write -> {target}."
        elif outcome and outcome not in self._outcomes:
            words = f"The head declares no outcome {quoted(outcome)}.{suggest(outcome, self._outcomes)}"
        elif target == END and not outcome and self._outcomes:
            words = f"This way ends without an outcome: write -> {END}: {self._outcomes[0]}, or another of the head."
        if words:
            self._report(at.line, words, at.column)
        return not words


def _split_target(words: str) -> tuple[str, str, str]:
    """Return (the step, the outcome, the condition) of what stands after an arrow: `goodbye`, `end: sold`, or either
    with `if` and a condition."""
    ends = [(words.find(one), one) for one in _IFS if one in words]
    at, sign = min(ends, default=(len(words), ""))
    target, _, outcome = words[:at].replace("：", ":", 1).partition(":")
    return target.strip(), outcome.strip(), words[at + len(sign) :].strip()
