"""A script run, the use of one pinned script in one interaction: the current step, the way to it, and the answers.

The rule of this file: a run is a value. `advance` returns the next one or raises `RunError` with a code, and the same
actions on the same script always give the same run. A run names its script by id, version and language, and works
only with that script. Going back undoes a step of the way, but not what was answered or said: each step remembers
what was answered there, and only what was answered on the way that was taken counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final, assert_never

from pydantic import TypeAdapter, ValidationError

from scripts_library.branching import NOTHING_KNOWN, Known, choose_exit, list_choices, list_listed
from scripts_library.field_answers import parse_field_answer
from scripts_library.outcomes import list_needed, list_statements
from scripts_library.proofs import Deed, Proof, ProofKind
from scripts_library.proposals import Suggested
from scripts_library.script_parts import END, Choice, Field, Script, Step, Way
from scripts_library.script_problems import ScriptsError
from scripts_library.sub_outcomes import know_ended
from scripts_library.ways import measure_longest

_HOUR: Final = 3_600_000_000  # microseconds
MAX_PATH: Final = 500  # steps taken; the limit ends an endless loop


class RunErrorCode(StrEnum):
    WRONG_SCRIPT = "wrong_script"  # the run is pinned to another script, version or language
    IS_OVER = "is_over"
    UNKNOWN_CHOICE = "unknown_choice"
    CHOICE_NEEDED = "choice_needed"  # the step has choices, so `TakeOnlyWay` does not do
    FIELD_MISSING = "field_missing"  # subjects: the names of the fields
    NOT_SAID = "not_said"  # statements are neither acknowledged nor marked as not said; subjects: their ids
    UNKNOWN_FIELD = "unknown_field"  # the step does not ask for it
    BAD_ANSWER = "bad_answer"  # the text is not an answer of the field's type
    UNKNOWN_STATEMENT = "unknown_statement"
    UNKNOWN_ACTION = "unknown_action"  # the step has no such action
    UNKNOWN_PROPOSAL = "unknown_proposal"  # the step does not show it
    BAD_DAY = "bad_day"  # the day that the customer named has passed, or is too far away
    IS_DONE = "is_done"  # the action was done, or was tried twice
    UNDER_WAY = "under_way"  # the action waits for an answer
    IS_SETTLED = "is_settled"  # the statement is acknowledged, or marked as not said
    NO_WAY_BACK = "no_way_back"  # this is the first step
    TOO_LONG = "too_long"


class RunError(ScriptsError):
    """The current step does not allow this action. The run is unchanged. `subjects` has the names or ids
    concerned."""

    def __init__(self, code: RunErrorCode, *subjects: str) -> None:
        super().__init__(f"{code}: {', '.join(subjects)}" if subjects else str(code))
        self.code = code
        self.subjects = subjects


class StoredRunError(ScriptsError):
    """The stored data is not a script run."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A step on the way so far, and the way that was taken there. Automatic steps are among them."""

    step_id: str
    choice: str = ""  # the key of the way


@dataclass(frozen=True, slots=True)
class ScriptRun:
    script_id: str
    version: int
    language: str
    step_id: str | None  # the current step; None when the run is over
    path: tuple[Taken, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)  # field -> canonical answer, as a step shows it
    acknowledged: tuple[str, ...] = ()  # the ids of the statements that were made
    proofs: tuple[Proof, ...] = ()  # in the order of time
    given: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # by step: what was answered there
    stepped_at: int = 0  # microseconds since 1970 UTC, of the last action; 0: not known
    confirmed: Mapping[str, str] = field(default_factory=dict)  # by field: the answer that the agent wants kept
    deeds: Mapping[str, Deed] = field(default_factory=dict)  # by action
    suggested: Mapping[str, tuple[Suggested, ...]] = field(default_factory=dict)  # by catalogue, in the order shown
    replaced: Mapping[str, Any] = field(default_factory=dict)  # by field: what the profile held before, as JSON
    continues: str = ""  # the interaction in which the run stands with which this one goes on

    @property
    def settled(self) -> frozenset[str]:
        """The statements that were made, or for which somebody gave a reason why not."""
        marked = (proof.statement for proof in self.proofs if proof.kind is ProofKind.NOT_SAID)
        return frozenset((*self.acknowledged, *marked))


@dataclass(frozen=True, slots=True)
class RecordAnswer:
    """Keep an answer to a field of the current step. An empty text removes the answer."""

    field: str
    text: str


@dataclass(frozen=True, slots=True)
class AcknowledgeStatement:
    """The agent has made this statement of the current step."""

    statement: str


@dataclass(frozen=True, slots=True)
class ConfirmAnswer:
    """The agent wants the answer to this field of the current step kept, where the script asks for that."""

    field: str


@dataclass(frozen=True, slots=True)
class TakeChoice:
    key: str


@dataclass(frozen=True, slots=True)
class TakeOnlyWay:
    """Go on from a step without choices: by its first way whose condition holds."""


@dataclass(frozen=True, slots=True)
class GoBack:
    """Return to the previous step. This is possible from the end too."""


Action = RecordAnswer | ConfirmAnswer | AcknowledgeStatement | TakeChoice | TakeOnlyWay | GoBack


def start_run(script: Script, known: Known = NOTHING_KNOWN) -> ScriptRun:
    """Return the run at the first step that an agent sees. Raises `RunError` if there is none."""
    return _pass(ScriptRun(script.id, script.version, script.language, script.steps[0].id), script, known)


def is_expired(run: ScriptRun, script: Script, at: int) -> bool:
    """Whether the run is older than its script allows at this instant (microseconds since 1970 UTC)."""
    return 0 < script.expires_hours <= (at - run.stepped_at) / _HOUR and run.stepped_at > 0


def renew(run: ScriptRun, script: Script, known: Known = NOTHING_KNOWN) -> ScriptRun:
    """Return the run at its first step, without answers. What was said stays said, with its proofs."""
    begun = start_run(script, known)
    return replace(begun, acknowledged=run.acknowledged, proofs=run.proofs, replaced=run.replaced)


def get_current_step(run: ScriptRun, script: Script) -> Step | None:
    """Return the current step; None: the run is over. Raises `RunError` if the run is pinned to another script."""
    if (run.script_id, run.version, run.language) != (script.id, script.version, script.language):
        raise RunError(RunErrorCode.WRONG_SCRIPT, run.script_id)
    if run.step_id is None:
        return None
    step = script.find_step(run.step_id)
    if step is None:
        raise RunError(RunErrorCode.WRONG_SCRIPT, run.script_id)
    return step


def list_open_choices(run: ScriptRun, script: Script, known: Known = NOTHING_KNOWN) -> tuple[Choice, ...]:
    """Return the choices of the current step that the agent sees."""
    step = get_current_step(run, script)
    return (
        list_choices(script, step, find_answers(run, script), know_way(run, script, known))
        if step is not None
        else ()
    )


def know_way(run: ScriptRun, script: Script, known: Known) -> Known:
    """What conditions may ask, with the outcomes of the sub-scripts on the way that was taken."""
    return know_ended(known, ((one.step_id, one.choice) for one in run.path), script)


def find_next(run: ScriptRun, script: Script, known: Known = NOTHING_KNOWN) -> str:
    """Return where the current step goes on by itself: a step, or END; "": it has choices, or the run is over."""
    step = get_current_step(run, script)
    way = (
        choose_exit(script, step, find_answers(run, script), know_way(run, script, known))
        if step is not None
        else None
    )
    return way.target if way is not None else ""


def advance(run: ScriptRun, script: Script, action: Action, known: Known = NOTHING_KNOWN) -> ScriptRun:
    """Return the run after this action. `known`: what conditions may ask. Raises `RunError`."""
    step = get_current_step(run, script)
    run = replace(run, given=list_given(run, script))
    if isinstance(action, GoBack):
        return _go_back(run, script)
    if step is None:
        raise RunError(RunErrorCode.IS_OVER)
    match action:
        case RecordAnswer(name, text):
            return _record(run, step, name, text, known)
        case ConfirmAnswer(name):
            if all(asked.name != name for asked in step.fields):
                raise RunError(RunErrorCode.UNKNOWN_FIELD, name)
            if name not in run.answers:
                raise RunError(RunErrorCode.FIELD_MISSING, name)
            return replace(run, confirmed={**run.confirmed, name: run.answers[name]})
        case AcknowledgeStatement(statement):
            if all(known.id != statement for known in step.statements):
                raise RunError(RunErrorCode.UNKNOWN_STATEMENT, statement)
            said = (*run.acknowledged, statement)
            return replace(run, acknowledged=tuple(dict.fromkeys(said)))
        case TakeChoice(key):
            shown = {choice.key for choice in list_open_choices(run, script, known)}
            way = next((way for way in step.ways if way.key and way.key == key), None)
            if way is None or key not in shown:
                raise RunError(RunErrorCode.UNKNOWN_CHOICE, key)
            return _leave(run, script, step, way, known)
        case TakeOnlyWay():
            exit_way = choose_exit(script, step, find_answers(run, script), know_way(run, script, known))
            if exit_way is None:
                raise RunError(
                    RunErrorCode.CHOICE_NEEDED, *(one.key for one in list_open_choices(run, script, known))
                )
            return _leave(run, script, step, exit_way, known)
        case _:
            assert_never(action)


def _record(run: ScriptRun, step: Step, name: str, text: str, known: Known) -> ScriptRun:
    asked = next((asked for asked in step.fields if asked.name == name), None)
    if asked is None:
        raise RunError(RunErrorCode.UNKNOWN_FIELD, name)
    answers = {other: answer for other, answer in run.answers.items() if other != name}
    here = {other: answer for other, answer in run.given.get(step.id, {}).items() if other != name}
    if text.strip():
        is_listed = text.strip() in list_listed(asked, known.variables)
        answer = text.strip() if is_listed else parse_field_answer(asked, text)
        if answer is None:
            raise RunError(RunErrorCode.BAD_ANSWER, name)
        answers[name] = here[name] = answer
    return replace(run, answers=answers, given={**run.given, step.id: here})


def _leave(run: ScriptRun, script: Script, step: Step, way: Way, known: Known) -> ScriptRun:
    unsaid = [statement.id for statement in step.statements if statement.id not in run.settled]
    if unsaid:
        raise RunError(RunErrorCode.NOT_SAID, *unsaid)
    missing = [asked.name for asked in step.fields if asked.is_required and asked.name not in run.answers]
    if missing:
        raise RunError(RunErrorCode.FIELD_MISSING, *missing)
    shown = {asked.name: run.answers[asked.name] for asked in step.fields if asked.name in run.answers}
    return _pass(_follow(replace(run, given={**run.given, step.id: shown}), script, step, way), script, known)


def _follow(run: ScriptRun, script: Script, step: Step, way: Way) -> ScriptRun:
    """Take this way from the step. A marked outcome asks for its statements, whoever leads there: the agent, or a
    step that decides by itself."""
    needed = (*list_needed(script, way.outcome), *list_statements(script, way.after))
    unsaid = [statement for statement in needed if statement not in run.acknowledged]
    if unsaid:
        raise RunError(RunErrorCode.NOT_SAID, *unsaid)
    if len(run.path) >= MAX_PATH:
        raise RunError(RunErrorCode.TOO_LONG)
    target = None if way.target == END else way.target
    shown = {**run.answers, **run.given.get(way.target, {})}  # what was answered there before
    return replace(run, path=(*run.path, Taken(step.id, way.key)), step_id=target, answers=shown)


def _pass(run: ScriptRun, script: Script, known: Known) -> ScriptRun:
    """Return the run at the first step from here that an agent sees."""
    step = get_current_step(run, script)
    while step is not None and step.is_automatic:
        way = choose_exit(script, step, find_answers(run, script), know_way(run, script, known))
        if way is None:
            break
        run = _follow(run, script, step, way)
        step = get_current_step(run, script)
    return run


def _go_back(run: ScriptRun, script: Script) -> ScriptRun:
    """Return to the step that the agent saw last."""
    for number in range(len(run.path) - 1, -1, -1):
        step = script.find_step(run.path[number].step_id)
        if step is not None and not step.is_automatic:
            shown = {**run.answers, **run.given.get(step.id, {})}
            return replace(run, path=run.path[:number], step_id=step.id, answers=shown)
    raise RunError(RunErrorCode.NO_WAY_BACK)


def can_go_back(run: ScriptRun, script: Script) -> bool:
    automatic = {step.id for step in script.steps if step.is_automatic}
    return any(taken.step_id not in automatic for taken in run.path)


def list_given(run: ScriptRun, script: Script) -> Mapping[str, Mapping[str, str]]:
    """Return what was answered at each step. A run that was stored without it has answered at every step of its
    way."""
    if run.given or not run.answers:
        return run.given
    walked = {taken.step_id for taken in run.path} | {run.step_id}
    return {
        step.id: {asked.name: run.answers[asked.name] for asked in step.fields if asked.name in run.answers}
        for step in script.steps
        if step.id in walked
    }


def find_outcome(run: ScriptRun, script: Script) -> str:
    """Return the outcome with which the run ended; "": it is not over, or the script declares none."""
    if get_current_step(run, script) is not None:
        return ""
    last = script.find_step(run.path[-1].step_id)
    ways = last.ways if last is not None else ()
    return next((way.outcome for way in ways if way.key == run.path[-1].choice), "")


def translate_run(run: ScriptRun, translation: Script) -> ScriptRun:
    """Return the run in another language. Raises `RunError` if `translation` is another script or version, or lacks a
    step of the run. `checks.check_translations` warns of translations that lack a step."""
    walked = [taken.step_id for taken in run.path]
    walked += [run.step_id] if run.step_id is not None else []
    is_same = (run.script_id, run.version) == (translation.id, translation.version)
    if not is_same or any(translation.find_step(step_id) is None for step_id in walked):
        raise RunError(RunErrorCode.WRONG_SCRIPT, run.script_id)
    return replace(run, language=translation.language)


def captured(run: ScriptRun, script: Script) -> tuple[tuple[Field, str], ...]:
    """Return the answers that were given on the way that was taken, in the order of the head; of two to one field,
    the later. Answers on a way that was gone back do not count."""
    found = find_answers(run, script)
    return tuple((field, found[field.name]) for field in script.fields if field.name in found)


def find_answers(run: ScriptRun, script: Script) -> dict[str, str]:
    """As `captured`, by field."""
    given, found = list_given(run, script), dict[str, str]()
    for step_id in (*(taken.step_id for taken in run.path), run.step_id or ""):
        found.update(given.get(step_id, {}))
    return found


def note_replaced(run: ScriptRun, name: str, value: Any) -> ScriptRun:
    """Note what the profile held before this run changed it (JSON; None: nothing). Only the first value counts."""
    return run if name in run.replaced else replace(run, replaced={**run.replaced, name: value})


def forget_replaced(run: ScriptRun, name: str) -> ScriptRun:
    """The profile holds again what it held before this run changed it."""
    return replace(run, replaced={known: value for known, value in run.replaced.items() if known != name})


@dataclass(frozen=True, slots=True)
class ScriptProgress:
    done: int  # how many steps were taken
    remaining: int  # how many steps the longest way to the end has, the current one included; 0: the run is over


def measure_progress(run: ScriptRun, script: Script) -> ScriptProgress:
    step = get_current_step(run, script)
    return ScriptProgress(len(run.path), 0 if step is None else measure_longest(script).get(step.id, 1))


_RUN: Final = TypeAdapter(ScriptRun)


def run_to_dict(run: ScriptRun) -> dict[str, Any]:
    """Return plain data for JSON. `run_from_dict` makes the same run from it."""
    found: dict[str, Any] = _RUN.dump_python(run)
    return found


def run_from_dict(data: object) -> ScriptRun:
    """Return the run. Raises `StoredRunError` for data that does not come from `run_to_dict`."""
    try:
        return _RUN.validate_python(data)
    except ValidationError as error:
        raise StoredRunError(f"no script run: {error.error_count()} parts do not fit") from error
