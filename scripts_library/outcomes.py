"""Outcomes: how a script can end, and the proof that every way to a marked one passes its statements.

The rule of this file: the proof is over the graph, whatever an agent does. A step with required statements cannot be
left before they are settled, so a way passes the statements if it leaves that step. `run` holds to the same at the
desk. The time is linear in steps and choices for each step that an outcome names.
"""

from collections import deque
from collections.abc import Iterable, Sequence

from scripts_library.script_parts import END, Outcome, Script, Step, Way
from scripts_library.script_problems import ScriptProblem, Severity, quoted, suggest

SHOWN = 4  # steps of a long path that are named at its beginning, and as many at its end
_LABEL = 40  # characters of a choice in a path

Passed = tuple[Step, Way]  # a step, and the way by which it is left


def check_outcomes(script: Script) -> Iterable[ScriptProblem]:
    """Find ways to a marked outcome around its statements, and outcomes that name steps without statements; warn of
    outcomes that no way has."""
    steps = {step.id: step for step in script.steps}
    used = {way.outcome for step in script.steps for way in step.ways}
    for outcome in script.outcomes:
        name = quoted(outcome.id)
        if outcome.id not in used:
            words = f"No way ends with the outcome {name}: write -> {END}: {outcome.id} in a step."
            yield ScriptProblem(script.file, *outcome.at, words, Severity.WARNING)
        for step_id in outcome.after:
            if step_id not in steps:
                words = f"The outcome {name} is to come after {quoted(step_id)}, which does not exist."
                yield ScriptProblem(script.file, *outcome.at, words + suggest(step_id, steps))
            elif not steps[step_id].statements:
                words = f"The outcome {name} is to come after {quoted(step_id)}, which has no !> statement."
                yield ScriptProblem(script.file, *outcome.at, words)
    for step_id, marked in _list_marked(script, steps).items():
        for outcome, path in find_bypasses(script, step_id, marked):
            words = f"The outcome {quoted(outcome.id)} can be reached without what must be said in {quoted(step_id)}"
            yield ScriptProblem(script.file, *path[-1][1].at, f"{words}: {say_path(path)}.")


def find_bypasses(
    script: Script, step_id: str, outcomes: Sequence[Outcome]
) -> Iterable[tuple[Outcome, tuple[Passed, ...]]]:
    """Return each of these outcomes that can be reached without leaving the step, with the shortest path to it."""
    steps = {step.id: step for step in script.steps}
    wanted = {outcome.id: outcome for outcome in outcomes}
    came: dict[str, Passed | None] = {script.steps[0].id: None}
    edge = deque([script.steps[0]])
    while edge and wanted:
        step = edge.popleft()
        if step.id == step_id:
            continue
        for way in step.ways:
            if way.target == END and way.outcome in wanted:
                yield wanted.pop(way.outcome), _trace(came, (step, way))
            elif way.target in steps and way.target not in came:
                came[way.target] = (step, way)
                edge.append(steps[way.target])


def say_path(path: Sequence[Passed]) -> str:
    """Return a path to the end, step by step, with the choices taken: ask → [1] Yes → terms → end: sold."""
    words = []
    for step, way in path:
        words.append(step.id)
        if way.key and (way.key.isdigit() or way.when is not None):
            label = "".join(span.text for choice in step.choices if choice.key == way.key for span in choice.label)
            words[-1] += f" → [{way.key}] {_shorten(label)}" if label else f" → if {_shorten(_say_when(way))}"
    if len(words) > 2 * SHOWN:
        words[SHOWN:-SHOWN] = [f"… {len(words) - 2 * SHOWN} more steps …"]
    last = path[-1][1]
    return " → ".join([*words, f"{END}: {last.outcome}" if last.outcome else last.target])


def _say_when(way: Way) -> str:
    return way.when.text if way.when is not None else ""


def _shorten(words: str) -> str:
    return words if len(words) <= _LABEL else words[:_LABEL] + "…"


def list_needed(script: Script, outcome_id: str) -> tuple[str, ...]:
    """Return the statements that must be acknowledged before the outcome."""
    outcome = next((one for one in script.outcomes if one.id == outcome_id), None)
    return list_statements(script, outcome.after) if outcome is not None else ()


def list_statements(script: Script, step_ids: Sequence[str]) -> tuple[str, ...]:
    """Return what must be said in these steps."""
    steps = [script.find_step(step_id) for step_id in step_ids]
    return tuple(statement.id for step in steps if step is not None for statement in step.statements)


def _list_marked(script: Script, steps: Iterable[str]) -> dict[str, list[Outcome]]:
    """By step: the outcomes that must come after it."""
    marked: dict[str, list[Outcome]] = {}
    for outcome in script.outcomes:
        for step_id in outcome.after:
            if step_id in steps:
                marked.setdefault(step_id, []).append(outcome)
    return marked


def _trace(came: dict[str, Passed | None], last: Passed) -> tuple[Passed, ...]:
    path = [last]
    while (before := came[path[-1][0].id]) is not None:
        path.append(before)
    return tuple(reversed(path))
