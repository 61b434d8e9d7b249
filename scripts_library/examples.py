"""The examples of a script: its author's tests. Each says how an agent walks the script, and where that leads.

The rule of this file: an example is walked as at the desk, from the first step, and every statement is acknowledged.
The first step where it goes another way, or cannot go on, is named with the line of the example.

    # Example: Takes the cover
    Given: customer.tier = gold
    - ask: leaves_on = 2026-12-01; region = world; [1]
    - terms
    - goodbye
    - end: sold
"""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Final, assert_never

from scripts_library.branching import Known
from scripts_library.field_answers import parse_field_answer
from scripts_library.run import (
    AcknowledgeStatement,
    RecordAnswer,
    RunError,
    RunErrorCode,
    ScriptRun,
    TakeChoice,
    TakeOnlyWay,
    advance,
    find_outcome,
    get_current_step,
    start_run,
)
from scripts_library.script_parts import END, Example, Field, FieldType, Move, Script, Step
from scripts_library.script_problems import ScriptProblem, Severity, quoted, suggest
from scripts_library.variables import CUSTOMER, SEGMENT, Variables, VariableType, VariableValue

IN_SEGMENT: Final = "in_segment"


def check_examples(script: Script) -> tuple[ScriptProblem, ...]:
    """Walk every example. Return, for each that goes another way than it says, the place where it does."""
    if odd := check_given(script):
        return odd
    return tuple(problem for example in script.examples for problem in _walk(script, example))


def lend_examples(scripts: Collection[Script]) -> tuple[ScriptProblem, ...]:
    """Walk translations that have no examples by those of the translation whose language comes first. The problems
    are warnings about the file without examples."""
    problems: list[ScriptProblem] = []
    for script in scripts:
        twins = (one for one in scripts if one.id == script.id and one.version == script.version and one.examples)
        lender = min(twins, key=lambda one: one.language, default=None)
        if lender is not None and not script.examples:
            for found in check_examples(replace(script, examples=lender.examples)):
                words = f"By the examples of {lender.file}, line {found.line}: {found.text}"
                problems.append(ScriptProblem(script.file, 1, 1, words, Severity.WARNING))
    return tuple(sorted(problems))


def _walk(script: Script, example: Example) -> Iterable[ScriptProblem]:
    """Yield the one problem of the example, or none."""
    known = Known(_read_given(script, example))
    try:
        run = start_run(script, known)
    except RunError as error:
        yield ScriptProblem(script.file, *example.at, f"Example {quoted(example.name)} cannot begin: {error.code}.")
        return
    for number, move in enumerate(example.moves):
        words = _find_other_way(script, run, move)
        if not words:
            try:
                run = _take(script, run, move, known, is_last=number + 1 == len(example.moves))
            except RunError as error:
                words = _say(error, script, run)
        if words:
            yield ScriptProblem(script.file, *move.at, f"Example {quoted(example.name)}: {words}")
            return


def _find_other_way(script: Script, run: ScriptRun, move: Move) -> str:
    """What is wrong if the run is at another step, or over with another outcome. Empty: nothing."""
    here, outcome = run.step_id or END, find_outcome(run, script)
    if here != move.step_id:
        known = [*(step.id for step in script.steps), END]
        hint = suggest(move.step_id, known) if move.step_id not in known else ""
        return f"{_say_way(run)} the script is at {quoted(here)}, not at {quoted(move.step_id)}.{hint}"
    if move.outcome and outcome != move.outcome:
        reached = f"the outcome {quoted(outcome)}" if outcome else "no outcome"
        return f"{_say_way(run)} the script has {reached}, not {quoted(move.outcome)}."
    return ""


def _take(script: Script, run: ScriptRun, move: Move, known: Known, *, is_last: bool) -> ScriptRun:
    """Return the run after the move. Raises RunError."""
    step = get_current_step(run, script)
    if step is None:
        return run
    for name, answer in move.answers:
        run = advance(run, script, RecordAnswer(name, answer))
    for statement in step.statements:
        run = advance(run, script, AcknowledgeStatement(statement.id))
    if move.choice:
        return advance(run, script, TakeChoice(move.choice), known)
    return run if is_last else advance(run, script, TakeOnlyWay(), known)


def check_given(script: Script) -> tuple[ScriptProblem, ...]:
    """Find what an example gives that no condition of the script asks, or that is no value of it."""
    problems = []
    for example in script.examples:
        for name, value in example.given:
            kind = script.types.get(_find_variable(name))
            words = f"Example {quoted(example.name)}: "
            if kind is None or not name.startswith((CUSTOMER, IN_SEGMENT)):
                asked = [one for one in script.types if one.startswith(CUSTOMER)]
                asked += [_say_segment(one) for one in script.types if one.startswith(SEGMENT)]
                words += f"no condition of this script asks for {quoted(name)}.{suggest(name, asked)}"
            elif _read_value(value, kind) is None:
                words += f"{quoted(name)} is of type {kind}, and {quoted(value)} is none."
            else:
                continue
            problems.append(ScriptProblem(script.file, *example.at, words))
    return tuple(problems)


def _read_given(script: Script, example: Example) -> Variables:
    given = [(_find_variable(name), value) for name, value in example.given]
    known = {name: _read_value(value, script.types[name]) for name, value in given if name in script.types}
    return {name: value for name, value in known.items() if value is not None}


def _find_variable(name: str) -> str:
    """What an example calls in_segment("loyal") is the variable that the condition asks."""
    if not name.startswith(IN_SEGMENT):
        return name
    return SEGMENT + name.removeprefix(IN_SEGMENT).strip("()").strip("\"'")


def _say_segment(variable: str) -> str:
    return f'{IN_SEGMENT}("{variable.removeprefix(SEGMENT)}")'


def _read_value(text: str, kind: VariableType) -> VariableValue | None:
    """The value that an example gives; None: it is not of this type."""
    match kind:
        case VariableType.TEXT:
            return text
        case VariableType.LIST:
            return tuple(part.strip() for part in text.split(","))
        case VariableType.YES_NO:
            return {"yes": True, "no": False}.get(text)
        case VariableType.DATE:
            answer = parse_field_answer(Field("given", "", FieldType.DATE), text)
            return date.fromisoformat(answer) if answer is not None else None
        case VariableType.NUMBER:
            answer = parse_field_answer(Field("given", "", FieldType.NUMBER), text)
            return Decimal(answer) if answer is not None else None
        case _:
            assert_never(kind)


def _say_way(run: ScriptRun) -> str:
    """How the run came to where it is."""
    taken = [f"{one.step_id} → [{one.choice}]" if one.choice else one.step_id for one in run.path[-3:]]
    return f"after {'… → ' if len(run.path) > 3 else ''}{' → '.join(taken)}" if taken else "at its beginning"


def _say(error: RunError, script: Script, run: ScriptRun) -> str:
    """Why the step does not allow the move, and what to write instead."""
    step = get_current_step(run, script)
    here = quoted(run.step_id or END)
    subject = error.subjects[0] if error.subjects else ""
    match error.code:
        case RunErrorCode.UNKNOWN_FIELD:
            asked = [field.name for field in step.fields] if step is not None else []
            return f"the step {here} does not ask for {quoted(subject)}.{suggest(subject, asked)}"
        case RunErrorCode.BAD_ANSWER:
            options = _list_options(step, subject)
            return f"the field {quoted(subject)} of the step {here} does not take this answer.{options}"
        case RunErrorCode.FIELD_MISSING:
            return f"the step {here} needs an answer: write {subject} = ... after its name."
        case RunErrorCode.UNKNOWN_CHOICE:
            return f"the step {here} has no choice [{subject}]."
        case RunErrorCode.CHOICE_NEEDED:
            return f"the step {here} has choices: write one, like [{subject}]."
        case RunErrorCode.NOT_SAID:
            return f"the step {here} cannot be left before {quoted(subject)} is said, and no step before says it."
        case _:
            return f"the step {here} does not allow this ({error.code})."


def _list_options(step: Step | None, name: str) -> str:
    options = [one.value for field in (step.fields if step else ()) if field.name == name for one in field.options]
    return f" It takes {', '.join(options[:9])}." if options else ""
