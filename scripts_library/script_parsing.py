"""Parses the text of a script file into a `Script`. README.md shows the format.

The rule of this file: all problems are reported at once, each with its line and column. In a script that is returned,
every step that can be reached has a way to the end. Each line is read once and every size has a limit, so the time is
bounded for any text.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from scripts_library.branching import list_types
from scripts_library.checks import check_script, check_stuck
from scripts_library.conditions import list_variables
from scripts_library.example_parsing import ExampleReader, is_example
from scripts_library.examples import check_examples
from scripts_library.head import FENCE, Head, parse_head
from scripts_library.prose import SourceLine, parse_blocks
from scripts_library.script_parts import (
    END,
    Ask,
    Choice,
    Field,
    Guidance,
    MustSay,
    Part,
    Prompt,
    Score,
    Script,
    ShowScore,
    Step,
)
from scripts_library.script_problems import MAX_PROBLEMS, BrokenScript, Report, Severity, quoted, suggest
from scripts_library.variables import CUSTOMER, VariableType, VariableTypes
from scripts_library.way_parsing import WayReader, is_slug

MAX_TEXT: Final = 64_000  # characters in a file
MAX_LINE: Final = 4_000  # characters in a line
MAX_LINES: Final = 5_000
MAX_STEPS: Final = 250
MAX_PARTS: Final = 50  # in a step


def parse_script(text: str, file: str, types: VariableTypes) -> Script:
    """Return the script of a text. Raises `BrokenScript` with every problem; `file` is the name that they give.
    `types`: of the variables that it may name."""
    return _parse(text, file, types, is_stored=False)


def parse_stored(text: str, file: str, types: VariableTypes) -> Script:
    """As `parse_script`, of a text that was in use before, to go on with a run of it. It may name attributes that the
    policy has no more, or has as another type: a way on that asks for one is not taken. `when` is left out, since the
    script was chosen already."""
    return _parse(text, file, types, is_stored=True)


class _AnyAttribute(frozenset[str]):
    """Has every variable of a customer, besides its own members."""

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or (isinstance(name, str) and name.startswith(CUSTOMER))


def _parse(text: str, file: str, types: VariableTypes, *, is_stored: bool) -> Script:
    report = Report(file)
    if len(text) > MAX_TEXT:
        report(1, f"A script has at most {MAX_TEXT} characters, this one has {len(text)}.")
        raise BrokenScript(report.problems())
    lines = [line.rstrip() for line in text.removeprefix("\ufeff").split("\n")]
    if len(lines) > MAX_LINES:
        report(MAX_LINES + 1, f"A script has at most {MAX_LINES} lines, this one has {len(lines)}.")
        raise BrokenScript(report.problems())
    head_end = _find_head_end(lines, report)
    head = parse_head("\n".join(lines[1:head_end]), 2, report, None if is_stored else types) if head_end else None
    if head is None:
        raise BrokenScript(report.problems())
    own = {**types, **list_types(head.fields, head.scores)}
    body = _Body(head, report, own, is_stored=is_stored)
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
        types=_list_named(head, steps, own),
        fields=head.fields,
        steps=steps,
        file=file,
        source=text,
        outcomes=head.outcomes,
        scores=head.scores,
        examples=examples,
        expires_hours=head.expires_hours,
    )
    # A text that was in use before stays in use, whatever is asked of texts since then.
    check = check_stuck if is_stored else check_script
    errors = [problem for problem in check(script) if problem.severity is Severity.ERROR]
    if not is_stored and not errors:
        errors = list(check_examples(script))
    if errors:
        raise BrokenScript(errors[:MAX_PROBLEMS])
    return script


def _list_named(head: Head, steps: tuple[Step, ...], types: VariableTypes) -> VariableTypes:
    """The types of the variables that the conditions name."""
    conditions = [way.when.condition for step in steps for way in step.ways if way.when is not None]
    conditions += [head.when] if head.when is not None else []
    return {name: types[name] for condition in conditions for name in list_variables(condition)}


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

    def __init__(self, head: Head, report: Report, types: VariableTypes, *, is_stored: bool) -> None:
        self._fields: Mapping[str, Field] = {field.name: field for field in head.fields}
        self._scores: Mapping[str, Score] = {score.name: score for score in head.scores}
        self._outcomes = [outcome.id for outcome in head.outcomes]
        # Yes or no does not fit into a sentence, so no placeholder may use it.
        in_text = [name for name, one in types.items() if one is not VariableType.YES_NO]
        kind = _AnyAttribute if is_stored else frozenset
        self._variables: frozenset[str] = kind(in_text)
        self._ways = WayReader(report, types, self._outcomes, self._variables, is_stored=is_stored)
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
        elif text.startswith("{{") and text[2:].lstrip().startswith("score:"):
            self._show_score(number, text, begin)
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
        if len(text) - len(words) != 2 or not colon or not title or not is_slug(step_id):
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
        step = self._steps[-1]
        if self._choices:
            self._report(number, "A step has either choices or one way on.")
        elif step.exits and step.exits[-1].when is None:
            self._report(number, "The way before this one has no condition, so this one is never taken.")
        elif (way := self._ways.read_exit(number, line, words, len(step.exits))) is not None:
            self._steps[-1] = replace(step, exits=(*step.exits, way))

    def _choose(self, number: int, line: str, text: str) -> None:
        self._close_part()
        if self._steps[-1].exits:
            self._report(number, "A step has either choices or one way on.")
        elif (choice := self._ways.read_choice(number, line, text, self._choices)) is not None:
            self._choices.append(choice)

    def _show_score(self, number: int, text: str, begin: int) -> None:
        self._close_part()
        name = text.removeprefix("{{").strip().removeprefix("score:").removesuffix("}}").strip()
        score = self._scores.get(name)
        if not text.endswith("}}"):
            self._report(number, "A score stands on a line of its own: {{ score: name }}.")
        elif score is None:
            words = f"The head declares no score {quoted(name)}.{suggest(name, self._scores)}"
            self._report(number, words, begin + max(text.find(name), 0))
        else:
            self._append(ShowScore(score), number)

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
            step = self._steps[-1]
            self._ways.check_last(step, self._choices)
            self._steps[-1] = replace(step, parts=tuple(self._parts), choices=tuple(self._choices))
        self._parts, self._choices = [], []
