"""With which outcome a sub-script ended, as a variable that later conditions may ask: outcome.check, of the step
`check` that uses it.

The rule of this file: what counts is the way that was taken. A step whose sub-script was not passed, or was gone back
from, has no outcome.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from scripts_library.branching import Known
from scripts_library.script_parts import Script
from scripts_library.variables import OUTCOME


def name_outcome(step_id: str) -> str:
    """The variable of a step that uses a sub-script: outcome.who_is_it, of the step who-is-it."""
    return OUTCOME + step_id.replace("-", "_")


def list_ended(script: Script, variable: str) -> tuple[str, ...]:
    """The outcomes with which the sub-script of this variable may end; empty: it is no such variable."""
    found = (
        way.ended
        for step in script.steps
        if "/" in step.id and name_outcome(step.id.partition("/")[0]) == variable
        for way in step.ways
        if way.ended
    )
    return tuple(dict.fromkeys(found))


def know_ended(known: Known, taken: Iterable[tuple[str, str]], script: Script) -> Known:
    """What conditions may ask, with the outcomes on this way. `taken`: each step and the key of the way that it was
    left by."""
    found = dict(_find_ended(taken, script))
    return replace(known, variables={**known.variables, **found}) if found else known


def _find_ended(taken: Iterable[tuple[str, str]], script: Script) -> Iterator[tuple[str, str]]:
    passed: Mapping[str, str] = {step_id: key for step_id, key in taken if "/" in step_id}
    for step in script.steps if passed else ():
        if step.id in passed:
            ended = next((way.ended for way in step.ways if way.key == passed[step.id]), "")
            if ended:
                yield name_outcome(step.id.partition("/")[0]), ended
