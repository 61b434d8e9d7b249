"""What a run does on the agent's word, and what became of it: done, not done and why, or still waiting for an answer.

The rule of this file: an answer from outside fills the step that asked for it, as an agent's answers do. Whether it
counts is a matter of the way, as for every answer. What an agent has answered since they asked stays.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from scripts_library.proofs import Deed
from scripts_library.run import RunError, RunErrorCode, ScriptRun, get_current_step, list_given
from scripts_library.script_parts import Do, Script, StepAction

MAX_TRIES: Final = 2  # of an action
NO_ANSWER: Final = "webhook_no_answer"


def find_action(run: ScriptRun, script: Script, name: str) -> StepAction:
    """Return the action of the current step that may be tried now. Raises `RunError`."""
    step = get_current_step(run, script)
    shown = {part.action.name: part.action for part in (step.parts if step else ()) if isinstance(part, Do)}
    if name not in shown:
        raise RunError(RunErrorCode.UNKNOWN_ACTION, name)
    deed = run.deeds.get(name)
    if deed is not None and deed.waits_for:
        raise RunError(RunErrorCode.UNDER_WAY, name)
    if deed is not None and (deed.is_done or deed.tries >= MAX_TRIES):
        raise RunError(RunErrorCode.IS_DONE, name)
    return shown[name]


def get_action(script: Script, name: str) -> StepAction:
    """The action of any step, also of one that another file has brought. Raises StopIteration if there is none."""
    parts = (part for step in script.steps for part in step.parts)
    return next(part.action for part in parts if isinstance(part, Do) and part.action.name == name)


def note_deed(run: ScriptRun, name: str, code: str, at: int, by: str) -> ScriptRun:
    """Note what became of a try. `code`: why it was not done; "": it was."""
    return _keep(run, name, Deed(not code, at, by, _count_tries(run, name), code))


def note_asked(
    run: ScriptRun, script: Script, name: str, request: str, fills: Iterable[str], at: int, by: str
) -> ScriptRun:
    """Note a try that waits for the answer to this request. `fills`: the fields of the step that it will fill."""
    step_id = run.step_id or ""
    here = list_given(run, script).get(step_id, {})
    seen = {field: here[field] for field in fills if field in here}
    deed = Deed(False, at, by, _count_tries(run, name), waits_for=request, step_id=step_id, seen=seen)
    return _keep(run, name, deed)


def find_waiting(run: ScriptRun, request: str) -> str:
    """The action that waits for the answer to this request; "": none does."""
    return next((name for name, deed in run.deeds.items() if request and deed.waits_for == request), "")


def take_answers(run: ScriptRun, script: Script, name: str, answers: Mapping[str, str], at: int) -> ScriptRun:
    """The action that waits is done. `answers`: canonical, by field of the step that asked."""
    deed = run.deeds[name]
    given = list_given(run, script)
    here = given.get(deed.step_id, {})
    news = {field: answer for field, answer in answers.items() if here.get(field) == deed.seen.get(field)}
    shown = {**run.answers, **news} if run.step_id == deed.step_id else run.answers
    filled = replace(run, given={**given, deed.step_id: {**here, **news}}, answers=shown)
    return _keep(filled, name, Deed(True, at, deed.by, deed.tries, filled=tuple(news)))


def give_up(run: ScriptRun, name: str, code: str, at: int) -> ScriptRun:
    """The action that waits is not done. `code`: why."""
    deed = run.deeds[name]
    return _keep(run, name, Deed(False, at, deed.by, deed.tries, code))


def give_up_all(run: ScriptRun, code: str, at: int) -> ScriptRun:
    """Nothing that waits will be done any more."""
    for name, deed in run.deeds.items():
        if deed.waits_for:
            run = give_up(run, name, code, at)
    return run


def _count_tries(run: ScriptRun, name: str) -> int:
    return run.deeds[name].tries + 1 if name in run.deeds else 1


def _keep(run: ScriptRun, name: str, deed: Deed) -> ScriptRun:
    return replace(run, deeds={**run.deeds, name: deed})
