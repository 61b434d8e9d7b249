"""Parses the text of a script file into a `Script`. README.md shows the format.

The rule of this file: all problems are reported at once, each with its line and column. In a script that is returned,
every step that can be reached has a way to the end. Each line is read once and every size has a limit, so the time is
bounded for any text.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from scripts_library.checks import check_script, check_stuck
from scripts_library.conditions import list_variables
from scripts_library.example_parsing import ExampleReader, is_example
from scripts_library.examples import check_examples
from scripts_library.head import FENCE, Head, parse_head
from scripts_library.prose import SourceLine, parse_blocks, parse_spans
from scripts_library.script_parts import (
    END,
    Ask,
    Choice,
    Field,
    FieldType,
    Guidance,
    MustSay,
    Part,
    Place,
    Prompt,
    Script,
    Step,
)
from scripts_library.script_problems import MAX_PROBLEMS, BrokenScript, Report, Severity, quoted, suggest
from scripts_library.variables import ANSWER, CUSTOMER, VARIABLES, VariableType, VariableTypes

MAX_TEXT: Final = 64_000  # characters in a file
MAX_LINE: Final = 4_000  # characters in a line
MAX_LINES: Final = 5_000
MAX_STEPS: Final = 250
MAX_PARTS: Final = 50  # in a step
_SLUG_CHARACTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


def parse_script(text: str, file: str, types: VariableTypes) -> Script:
    """Return the script of a text. Raises `BrokenScript` with every problem; `file` is the name that they give.
    `types`: of the variables that it may name."""
    return _parse(text, file, types)


def parse_stored(text: str, file: str) -> Script:
    """As `parse_script`, of a text that was in use before, to go on with a run of it. It may name attributes that the
    policy has no more. `when` is left out, since the script was chosen already."""
    return _parse(text, file, None)


class _AnyAttribute(frozenset[str]):
    """Has every variable of a customer, besides its own members."""

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or (isinstance(name, str) and name.startswith(CUSTOMER))


def _parse(text: str, file: str, types: VariableTypes | None) -> Script:
    report = Report(file)
    if len(text) > MAX_TEXT:
        report(1, f"A script has at most {MAX_TEXT} characters, this one has {len(text)}.")
        raise BrokenScript(report.problems())
    lines = [line.rstrip() for line in text.removeprefix("\ufeff").split("\n")]
    if len(lines) > MAX_LINES:
        report(MAX_LINES + 1, f"A script has at most {MAX_LINES} lines, this one has {len(lines)}.")
        raise BrokenScript(report.problems())
    head_end = _find_head_end(lines, report)
    head = parse_head("\n".join(lines[1:head_end]), 2, report, types) if head_end else None
    if head is None:
        raise BrokenScript(report.problems())
    body = _Body(head, report, types)
    for number, line in enumerate(lines[head_end + 1 :], head_end + 2):
        body.read(number, line)
    examples = body.examples.finish()
    steps = _mark_pauses(body.finish(len(lines)), head, report)
    if report.problems():
        raise BrokenScript(report.problems())
    script = Script(
        id=head.id,
        version=head.version,
        language=head.language,
        title=head.title,
        applies_to=head.applies_to,
        priority=head.priority,
        when=head.when,
        types={name: types[name] for name in list_variables(head.when)} if head.when and types else {},
        fields=head.fields,
        steps=steps,
        file=file,
        source=text,
        outcomes=head.outcomes,
        examples=examples,
        expires_hours=head.expires_hours,
    )
    # A text that was in use before stays in use, whatever is asked of texts since then.
    check = check_stuck if types is None else check_script
    errors = [problem for problem in check(script) if problem.severity is Severity.ERROR]
    if types is not None and not errors:
        errors = list(check_examples(script))
    if errors:
        raise BrokenScript(errors[:MAX_PROBLEMS])
    return script


def _mark_pauses(steps: tuple[Step, ...], head: Head, report: Report) -> tuple[Step, ...]:
    known = [step.id for step in steps]
    for step_id, (line, column) in head.pause_recording.items():
        if step_id not in known:
            report(line, f"`pause_recording`: there is no step {quoted(step_id)}.{suggest(step_id, known)}", column)
    return tuple(replace(step, pauses_recording=step.id in head.pause_recording) for step in steps)


def _find_head_end(lines: list[str], report: Report) -> int:
    """Return the index of the line that closes the head; 0: there is no head."""
    if lines[0] != FENCE:
        report(1, f"A script begins with a head: a line {FENCE}, its keys, and another line {FENCE}.")
        return 0
    for index in range(1, len(lines)):
        if lines[index] == FENCE:
            return index
    report(1, f"The head does not end: a second line {FENCE} is missing.")
    return 0


class _Body:
    """Reads the lines after the head. The first characters of a line say of which kind it is. Successive lines of one
    kind make one part."""

    def __init__(self, head: Head, report: Report, types: VariableTypes | None) -> None:
        self._fields: Mapping[str, Field] = {field.name: field for field in head.fields}
        self._outcomes = [outcome.id for outcome in head.outcomes]
        # Yes or no does not fit into a sentence, so no placeholder may use it.
        answers = [ANSWER + field.name for field in head.fields if field.type is not FieldType.YES_NO]
        known = VARIABLES if types is None else types
        in_text = [name for name, one in known.items() if one is not VariableType.YES_NO]
        kind = _AnyAttribute if types is None else frozenset
        self._variables: frozenset[str] = kind([*in_text, *answers])
        self._report = report
        self._steps: list[Step] = []
        self._parts: list[Part] = []
        self._choices: list[Choice] = []
        self._kind: type[Guidance] | type[Prompt] | type[MustSay] = Guidance
        self._lines: list[SourceLine] = []
        self._in_examples = False
        self.examples = ExampleReader(report)

    def read(self, number: int, line: str) -> None:
        text = line.strip()
        begin = len(line) - len(line.lstrip()) + 1
        if len(line) > MAX_LINE:
            words = f"A line has at most {MAX_LINE} characters, this one has {len(line)}."
            self._report(number, words, MAX_LINE + 1)
        elif text.startswith("#") and is_example(text):
            self._close_step()
            self._in_examples = True
            self.examples.begin(number, text)
        elif text.startswith("#") and self._in_examples:
            self._report(number, "Steps stand before all examples. An example begins with # Example: Name.", begin)
        elif text.startswith("#"):
            self._begin_step(number, text)
        elif self._in_examples:
            self.examples.read(number, line)
        elif not self._steps:
            if text:
                self._report(number, "This stands before the first step. A step begins with ## step-id: Title.")
        elif text.startswith("!>"):
            self._add(MustSay, number, text[2:], begin + 2)
        elif text.startswith(">"):
            self._add(Prompt, number, text[1:], begin + 1)
        elif text.startswith(("->", "→")):
            self._go_on(number, line, text.removeprefix("->").removeprefix("→").strip())
        elif text.startswith(("- [", "* [")):
            self._choose(number, line, text[2:])
        elif text.startswith("{{") and text[2:].lstrip().startswith("field:"):
            self._ask(number, text, begin)
        elif text or self._kind is Guidance:
            self._add(Guidance, number, line, 1)
        else:
            self._close_part()  # a blank line ends a prompt

    def finish(self, last_line: int) -> tuple[Step, ...]:
        self._close_step()
        if not self._steps:
            self._report(last_line, "There is no step. A step begins with ## step-id: Title.")
        return tuple(self._steps)

    def _begin_step(self, number: int, text: str) -> None:
        self._close_step()
        words = text.lstrip("#")
        step_id, colon, title = (part.strip() for part in words.replace("：", ":", 1).partition(":"))
        if len(text) - len(words) != 2 or not colon or not title or not _is_slug(step_id):
            self._report(number, "A step begins with ## step-id: Title, its id in small letters, digits and hyphens.")
        elif step_id == END:
            self._report(number, f'"{END}" is where every script ends; no step can have this id.')
        elif any(step.id == step_id for step in self._steps):
            self._report(number, f"There is a step {quoted(step_id)} already.")
        if len(self._steps) == MAX_STEPS:
            self._report(number, f"A script has at most {MAX_STEPS} steps.")
        self._steps = self._steps[:MAX_STEPS]
        self._steps.append(Step(id=step_id, title=title, parts=(), line=number))

    def _add(self, kind: type[Guidance] | type[Prompt] | type[MustSay], number: int, line: str, column: int) -> None:
        if kind is not self._kind:
            self._close_part()
            self._kind = kind
        text = line.removeprefix(" ") if kind is not Guidance else line
        self._lines.append(SourceLine(number, text, column + len(line) - len(text)))

    def _close_part(self) -> None:
        kind, lines = self._kind, self._lines
        self._kind, self._lines = Guidance, []
        blocks = parse_blocks(lines, self._variables, self._report)
        if blocks and kind is MustSay:
            statements = sum(isinstance(part, MustSay) for part in self._parts)
            self._append(MustSay(f"{self._steps[-1].id}.{statements + 1}", blocks), lines[0].number)
        elif blocks:
            self._append(Prompt(blocks) if kind is Prompt else Guidance(blocks), lines[0].number)
        elif kind is not Guidance:
            self._report(lines[0].number, "There are no words after the >.")

    def _append(self, part: Part, number: int) -> None:
        if len(self._parts) < MAX_PARTS:
            self._parts.append(part)
        else:
            self._report(number, f"A step has at most {MAX_PARTS} parts: make it two steps.")

    def _go_on(self, number: int, line: str, words: str) -> None:
        self._close_part()
        at = Place(number, len(line) - len(words) + 1)
        target, outcome = _split_target(words)
        if not _is_slug(target) or not _is_slug(outcome or END):
            self._report(number, f"After the arrow, write the id of a step, or {END}.", at.column)
        elif self._choices or self._steps[-1].next_step is not None:
            self._report(number, "A step has either choices or one way on.")
        elif self._check_outcome(target, outcome, at):
            self._steps[-1] = replace(self._steps[-1], next_step=target, outcome=outcome, next_at=at)

    def _choose(self, number: int, line: str, text: str) -> None:
        self._close_part()
        key, bracket, rest = text[1:].partition("]")
        arrow = max(rest.rfind("->"), rest.rfind("→"))
        label, words = rest[:arrow].strip(), rest[arrow:].removeprefix("->").removeprefix("→").strip()
        target, outcome = _split_target(words)
        at = Place(number, len(line) - len(words) + 1)
        key_at = line.index("[") + 2
        if not bracket or arrow < 0 or not label or not _is_slug(target) or not _is_slug(outcome or END):
            self._report(number, "A choice is written - [1] Label -> step-id.", key_at - 1)
        elif key not in set("123456789"):
            self._report(number, f"A choice has a key from 1 to 9, not {quoted(key)}.", key_at)
        elif any(choice.key == key for choice in self._choices):
            self._report(number, f"There is a choice [{key}] already in this step.", key_at)
        elif self._steps[-1].next_step is not None:
            self._report(number, "A step has either choices or one way on.")
        elif self._check_outcome(target, outcome, at):
            label_at = line.index("]") + 2 + len(rest[:arrow]) - len(rest[:arrow].lstrip())
            spans = parse_spans([SourceLine(number, label, label_at)], self._variables, self._report)
            self._choices.append(Choice(key, spans, target, outcome, at))

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

    def _ask(self, number: int, text: str, begin: int) -> None:
        self._close_part()
        name = text.removeprefix("{{").strip().removeprefix("field:").removesuffix("}}").strip()
        field = self._fields.get(name)
        if not text.endswith("}}"):
            self._report(number, "A field stands on a line of its own: {{ field: name }}.")
        elif field is None:
            words = f"The head declares no field {quoted(name)}.{suggest(name, self._fields)}"
            self._report(number, words, begin + max(text.find(name), 0))
        elif any(isinstance(part, Ask) and part.field == field for part in self._parts):
            self._report(number, f"This step asks for {quoted(name)} already.")
        else:
            self._append(Ask(field), number)

    def _close_step(self) -> None:
        if self._steps and not self._in_examples:
            self._close_part()
            self._steps[-1] = replace(self._steps[-1], parts=tuple(self._parts), choices=tuple(self._choices))
        self._parts, self._choices = [], []


def _split_target(words: str) -> tuple[str, str]:
    """Return (the step, the outcome) of what stands after an arrow: `goodbye`, `end` or `end: sold`."""
    target, _, outcome = words.replace("：", ":", 1).partition(":")
    return target.strip(), outcome.strip()


def _is_slug(text: str) -> bool:
    """Whether it is words of small letters and digits, joined by single hyphens, in at most 64 characters."""
    return len(text) <= 64 and _SLUG_CHARACTERS.issuperset(text) and all(text.split("-"))
