"""Fills the customer's data into a step.

The rule of this file: a value is only put into the text of a span. It is not read as markup or as a placeholder, and
becomes one short line, whatever the profile has.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Final, assert_never

from scripts_library.branching import NOTHING_KNOWN, Known, read_own
from scripts_library.field_answers import show_answer
from scripts_library.run import ScriptRun, find_answers, get_current_step, know_way
from scripts_library.script_parts import (
    Ask,
    Block,
    Do,
    Guidance,
    ItemList,
    MustSay,
    Paragraph,
    Part,
    Prompt,
    Propose,
    RenderedStep,
    Script,
    ShowScore,
    Span,
    Spans,
    Step,
)
from scripts_library.variables import ANSWER, Variables, VariableValue, find_shown

MAX_SHOWN: Final = 200  # characters of one variable in a sentence
_DIRECTIONS: Final = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})


def render_current(
    script: Script, run: ScriptRun, variables: Variables, known: Known = NOTHING_KNOWN
) -> RenderedStep | None:
    """Return the run's current step with variables and earlier answers filled in; None: the run is over. `known`:
    what derived values follow from; of `variables`, some may be hidden from the reader."""
    step = get_current_step(run, script)
    return None if step is None else render_step(script, run, step, variables, known)


def render_step(
    script: Script, run: ScriptRun, step: Step, variables: Variables, known: Known = NOTHING_KNOWN
) -> RenderedStep:
    """Return a step of the run's script, filled in as `render_current` does."""
    return fill_step(step, {**variables, **_find_own(script, run, known)}, script.language)


def fill_step(step: Step, variables: Variables, language: str) -> RenderedStep:
    """Return the step with every placeholder filled: with its variable, or with its fallback if that is not known."""
    fill = _Filler(variables, "、" if language.partition("-")[0] in ("zh", "ja") else ", ")
    return RenderedStep(
        replace(
            step,
            parts=tuple(fill.part(part) for part in step.parts),
            choices=tuple(replace(choice, label=fill.spans(choice.label)) for choice in step.choices),
        )
    )


def _find_own(script: Script, run: ScriptRun, known: Known) -> Mapping[str, VariableValue]:
    """The answers as they are shown in a sentence, the scores and the derived values."""
    answers = find_answers(run, script)
    shown = {ANSWER + one.name: show_answer(one, answers[one.name]) for one in script.fields if one.name in answers}
    return {**read_own(script, answers, know_way(run, script, known)), **shown}


class _Filler:
    def __init__(self, variables: Variables, separator: str) -> None:
        self._variables = variables
        self._separator = separator

    def part(self, part: Part) -> Part:
        match part:
            case Guidance(blocks):
                return Guidance(self._blocks(blocks))
            case Prompt(blocks):
                return Prompt(self._blocks(blocks))
            case MustSay(statement_id, blocks):
                return MustSay(statement_id, self._blocks(blocks))
            case Ask() | ShowScore():
                return part
            case Do(action):
                words, subject = self._blocks(action.words), self._blocks(action.subject)
                return Do(replace(action, words=words, subject=subject))
            case Propose(words=words):
                filled = (replace(one, parts=tuple(self.part(each) for each in one.parts)) for one in words)
                return replace(part, words=tuple(filled))
            case _:
                assert_never(part)

    def _blocks(self, blocks: tuple[Block, ...]) -> tuple[Block, ...]:
        return tuple(self._block(block) for block in blocks)

    def _block(self, block: Block) -> Block:
        match block:
            case Paragraph(spans):
                return Paragraph(self.spans(spans))
            case ItemList(items, is_numbered):
                return ItemList(tuple(self.spans(item) for item in items), is_numbered)
            case _:
                assert_never(block)

    def spans(self, spans: Spans) -> Spans:
        """Fill the spans, and leave out those without text, such as that of an empty fallback."""
        filled = (self._span(span) for span in spans)
        return tuple(span for span in filled if span.text)

    def _span(self, span: Span) -> Span:
        if not span.variable:
            return span
        value = find_shown(self._variables, span.variable)
        return span if value is None else replace(span, text=_one_line(self._say(value)) or span.text)

    def _say(self, value: VariableValue) -> str:
        if isinstance(value, tuple):
            return self._separator.join(value)
        return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def _one_line(words: str) -> str:
    """Return the printable characters in one line; "" if there are none. A text that is too long ends in an
    ellipsis."""
    shown = "".join(" " if _breaks_the_line(character) else character for character in words[: MAX_SHOWN + 1])
    line = " ".join(shown.split())
    if not any(character.isprintable() for character in line):
        return ""
    return line if len(words) <= MAX_SHOWN else line[:MAX_SHOWN] + "…"


def _breaks_the_line(character: str) -> bool:
    """Whether it is a control character, a line separator, or one that changes the direction of the text around
    it."""
    return (
        unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
        or unicodedata.bidirectional(character) in _DIRECTIONS
    )
