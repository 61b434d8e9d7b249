"""A run that goes on with what was begun in an earlier interaction of the same customer.

The rule of this file: the new run names the interaction in which the old one stands, and the old one never changes.
It goes on with the version in force where each step, answer and statement of the old way is the same in it; else with
the version that the old run began with.
"""

from dataclasses import replace
from typing import Final

from scripts_library.branching import Known, list_listed
from scripts_library.deeds import NO_ANSWER, give_up_all
from scripts_library.field_answers import parse_field_answer
from scripts_library.run import ScriptRun
from scripts_library.script_parts import Field, Script, Step

_HOUR: Final = 3_600_000_000  # microseconds


def is_begun(run: ScriptRun) -> bool:
    """Whether an agent has done anything in it but look at its first step."""
    return bool(run.path or run.acknowledged or any(run.given.values()) or run.answers or run.deeds)


def may_continue(run: ScriptRun, in_force: Script, at: int) -> bool:
    """Whether a later interaction may go on with this run at this instant (microseconds since 1970 UTC): it was begun
    and is not over, and the script in force allows it for so long."""
    is_young = run.stepped_at > 0 and (at - run.stepped_at) / _HOUR < in_force.continue_hours
    return run.step_id is not None and is_begun(run) and is_young


def continue_run(
    run: ScriptRun, script: Script, in_force: Script, interaction_id: str, at: int, known: Known
) -> tuple[Script, ScriptRun]:
    """Return the script and the run that goes on. `script`: of the old run, which stands in this interaction. An
    answer that the old run waits for goes there."""
    chosen = in_force if fits(run, script, in_force, known) else script
    going_on = replace(run, version=chosen.version, continues=interaction_id, stepped_at=at)
    return chosen, give_up_all(going_on, NO_ANSWER, at)


def fits(run: ScriptRun, script: Script, other: Script, known: Known) -> bool:
    """Whether the way and the answers of a run are those of another version too, in the same language."""
    if (script.id, script.language) != (other.id, other.language):
        return False
    walked = [(taken.step_id, taken.choice) for taken in run.path]
    walked += [(run.step_id, "")] if run.step_id is not None else []
    for step_id, key in walked:
        mine, twin = script.find_step(step_id), other.find_step(step_id)
        if mine is None or twin is None or not _is_same_way(mine, twin, key):
            return False
        if not _takes_answers(run, twin, known):
            return False
    return all(_find_words(script, one) == _find_words(other, one) for one in run.acknowledged)


def _is_same_way(mine: Step, twin: Step, key: str) -> bool:
    """Whether this way leads where it led, and says what it said."""
    if mine.is_automatic is not twin.is_automatic:
        return False
    for choice in mine.choices:
        if choice.key == key:
            return any((one.key, one.label, one.target) == (key, choice.label, choice.target) for one in twin.choices)
    targets = {way.target for way in mine.exits if way.key == key}
    return not targets or targets == {way.target for way in twin.exits if way.key == key}


def _takes_answers(run: ScriptRun, twin: Step, known: Known) -> bool:
    given = run.given.get(twin.id, {})
    asked = {field.name: field for field in twin.fields}
    return all(name in asked and _takes(asked[name], answer, known) for name, answer in given.items())


def _takes(field: Field, answer: str, known: Known) -> bool:
    return answer in list_listed(field, known.variables) or parse_field_answer(field, answer) == answer


def _find_words(script: Script, statement: str) -> object:
    found = (one.blocks for step in script.steps for one in step.statements if one.id == statement)
    return next(found, None)
