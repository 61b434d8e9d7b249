"""Parses the text of a script file into a `Script`. README.md shows the format.

The rule of this file: all problems are reported at once, each with its line and column. In a script that is returned,
every step that can be reached has a way to the end. Each line is read once and every size has a limit, so the time is
bounded for any text.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final

from scripts_library.body_parsing import MAX_STEPS, Body, Used, find_used
from scripts_library.branching import list_types
from scripts_library.bundled_texts import NO_TEXTS, join_source, split_source
from scripts_library.catalogue_checks import check_catalogue
from scripts_library.checks import check_questions, check_script, check_stuck
from scripts_library.conditions import list_variables
from scripts_library.derived import list_whens, read_derived
from scripts_library.examples import check_examples
from scripts_library.head import FENCE, Head, check_points, parse_head
from scripts_library.script_parts import Field, Script, Step
from scripts_library.script_problems import (
    MAX_PROBLEMS,
    BrokenScript,
    Report,
    ScriptProblem,
    Severity,
    quoted,
    suggest,
)
from scripts_library.sub_outcomes import name_outcome
from scripts_library.sub_scripts import SharedScript, Shelf, expand
from scripts_library.variables import VariableType, VariableTypes, find_type

MAX_TEXT: Final = 64_000  # characters in a file
MAX_LINES: Final = 5_000


def parse_script(text: str, file: str, types: VariableTypes, texts: Mapping[str, str] = NO_TEXTS) -> Script:
    """Return the script of a text. Raises `BrokenScript` with every problem; `file` is the name that they give.
    `types`: of the variables that it may name. `texts`: the sub-scripts and questions that it may use, by file; a
    text that comes with its own, as `Script.source` does, needs none."""
    return read_script(text, file, types, texts)[0]


def read_script(
    text: str, file: str, types: VariableTypes, texts: Mapping[str, str] = NO_TEXTS
) -> tuple[Script, tuple[ScriptProblem, ...]]:
    """As `parse_script`, with the warnings of `check_script`."""
    return _parse(text, file, types, texts, is_stored=False)


def parse_stored(text: str, file: str, types: VariableTypes) -> Script:
    """As `parse_script`, of a `Script.source` that was in use before, to go on with a run of it. It may name
    attributes that the policy has no more, or has as another type: a way on that asks for one is not taken, and a
    `when` that asks for one is left out, since the script was chosen already. Each desk that comes back reads the
    scripts of its work, so the latest are remembered: the same text gives the same script."""
    return _parse_stored(text, file, frozenset(types.items()))


@lru_cache(maxsize=100)
def _parse_stored(text: str, file: str, types: frozenset[tuple[str, VariableType]]) -> Script:
    return _parse(text, file, dict(types), NO_TEXTS, is_stored=True)[0]


class BrokenSketch(BrokenScript):
    """As `BrokenScript`, of a text whose head could be read. `sketch`: the script as far as it goes, to be drawn and
    never used. It may have no step."""

    def __init__(self, problems: Sequence[ScriptProblem], sketch: Script) -> None:
        super().__init__(problems)
        self.sketch = sketch


def _parse(
    source: str, file: str, types: VariableTypes, texts: Mapping[str, str], *, is_stored: bool
) -> tuple[Script, tuple[ScriptProblem, ...]]:
    own, bundled = split_source(source)
    report = Report(file)
    if bundled and texts:
        line = own.count("\n") + 2
        report(line, "This line begins a text that a script was stored with; take it and all below out.")
        raise BrokenScript(report.problems())
    reading = _Reading(own, file, types, {**texts, **bundled}, report, is_stored=is_stored)
    head, steps = reading.head, _mark_pauses(reading.steps, reading, report)
    fields = (*head.fields, *reading.shelf.fields.values())
    script = Script(
        id=head.id,
        version=head.version,
        language=head.language,
        title=head.title,
        applies_to=head.applies_to,
        priority=head.priority,
        when=head.when,
        types=_list_named(head, steps, reading),
        fields=fields,
        steps=steps,
        file=file,
        source=join_source(own, reading.shelf.used_texts),
        kind=head.kind,
        uses=tuple(reading.shelf.uses),
        outcomes=head.outcomes,
        scores=head.scores,
        derived=reading.derived,
        proposals=head.proposals,
        actions=tuple(reading.actions.values()),
        examples=reading.examples,
        expires_hours=head.expires_hours,
        continue_hours=head.continue_hours,
    )
    if report.problems():
        raise BrokenSketch(report.problems(), script)
    # A text that was in use before stays in use, whatever is asked of texts since then.
    check = _KIND_CHECKS.get(head.kind, check_stuck if is_stored else check_script)
    found = check(script)
    errors = [problem for problem in found if problem.severity is Severity.ERROR]
    if not is_stored and not errors:
        errors = list(check_examples(script))
    if errors:
        raise BrokenSketch(errors[:MAX_PROBLEMS], script)
    return script, found


_KIND_CHECKS: Final[Mapping[str, Callable[[Script], tuple[ScriptProblem, ...]]]] = {
    "questions": check_questions,
    "proposals": check_catalogue,
}


class _Reading:
    """What a text says, with what it uses of other files. Raises `BrokenScript` if its head cannot be read."""

    def __init__(
        self,
        text: str,
        file: str,
        types: VariableTypes,
        texts: Mapping[str, str],
        report: Report,
        *,
        is_stored: bool,
    ) -> None:
        lines = _split_lines(text, report)
        head_end = _find_head_end(lines, report)
        table = "\n".join(lines[1:head_end])
        head = parse_head(table, 2, report, types, is_stored=is_stored) if head_end else None
        if head is None:
            raise BrokenScript(report.problems())
        self.head = head
        self.shelf = Shelf(texts, head.language, self._read_shared, report)
        self._base, self._texts, self._is_stored = types, texts, is_stored
        numbered = list(enumerate(lines[head_end + 1 :], head_end + 2))
        used = find_used(numbered, head, self.shelf, report)
        fields = (*head.fields, *self.shelf.fields.values())
        _check_lists(fields, types, report, is_stored=is_stored)
        check_points(head, fields, report)
        asked = {one.variable: VariableType.TEXT for one in self.shelf.proposals.values()}
        asked |= dict.fromkeys(_list_outcomes(numbered, used), VariableType.TEXT)
        own = {**types, **list_types(fields, head.scores), **asked}
        self.derived, self.types = read_derived(head.derived, own, report, is_stored=is_stored)
        body = Body(head, report, self.types, used, is_stored=is_stored)
        for number, line in numbered:
            body.read(number, line)
        self.actions = body.actions
        self.examples = body.examples.finish()
        self.pauses = {step_id for shared in body.subs.values() for step_id in shared.list_pauses()}
        self.steps = expand(body.finish(len(lines)), body.subs, report)
        if len(self.steps) > MAX_STEPS:
            report(1, f"With its sub-scripts, a script has at most {MAX_STEPS} steps.")

    def _read_shared(self, text: str, file: str) -> SharedScript:
        report = Report(file)
        reading = _Reading(text, file, self._base, self._texts, report, is_stored=self._is_stored)
        if report.problems():
            raise BrokenScript(report.problems())
        head = reading.head
        return SharedScript(
            file,
            head.kind,
            tuple(one.id for one in head.outcomes),
            reading.steps,
            tuple(head.pause_recording),
            tuple(reading.shelf.used_texts),
            {one.id: one.after for one in head.outcomes if one.after},
            head.proposals,
        )


def _split_lines(text: str, report: Report) -> list[str]:
    """Raises `BrokenScript` if the text is too large."""
    if len(text) > MAX_TEXT:
        report(1, f"A script has at most {MAX_TEXT} characters, this one has {len(text)}.")
        raise BrokenScript(report.problems())
    lines = [line.rstrip() for line in text.removeprefix("\ufeff").split("\n")]
    if len(lines) > MAX_LINES:
        report(MAX_LINES + 1, f"A script has at most {MAX_LINES} lines, this one has {len(lines)}.")
        raise BrokenScript(report.problems())
    return lines


def _check_lists(fields: Iterable[Field], types: VariableTypes, report: Report, *, is_stored: bool) -> None:
    """Each `options_from` names a list."""
    lists = [name for name, kind in types.items() if kind is VariableType.LIST]
    for field in fields:
        if field.options_from and field.options_from not in lists and not is_stored:
            words = (
                f"`{field.name}`: there is no list {quoted(field.options_from)}.{suggest(field.options_from, lists)}"
            )
            report(field.at.line, words, field.at.column)


def _list_outcomes(lines: Iterable[tuple[int, str]], used: Mapping[int, Used]) -> Iterator[str]:
    """The variables of the steps that use a sub-script with outcomes."""
    step_id = ""
    for number, line in lines:
        if line.strip().startswith("## "):
            step_id = line.strip()[2:].replace("：", ":", 1).partition(":")[0].strip()
        shared = used.get(number)
        if isinstance(shared, SharedScript) and shared.outcomes:
            yield name_outcome(step_id)


def _list_named(head: Head, steps: tuple[Step, ...], reading: _Reading) -> VariableTypes:
    """The types of the variables that the conditions name."""
    types = reading.types
    conditions = [way.when.condition for step in steps for way in step.ways if way.when is not None]
    conditions += [when.condition for when in list_whens(reading.derived)]
    conditions += [head.when] if head.when is not None else []
    named = {name: find_type(types, name) for condition in conditions for name in list_variables(condition)}
    return {name: one for name, one in named.items() if one is not None}


def _mark_pauses(steps: tuple[Step, ...], reading: _Reading, report: Report) -> tuple[Step, ...]:
    known = [step.id for step in steps]
    for step_id, (line, column) in reading.head.pause_recording.items():
        if step_id not in known:
            report(line, f"`pause_recording`: there is no step {quoted(step_id)}.{suggest(step_id, known)}", column)
    paused = reading.pauses | set(reading.head.pause_recording)
    return tuple(replace(step, pauses_recording=step.id in paused) for step in steps)


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
