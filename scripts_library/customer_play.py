"""A simulated customer walks a script: at each step, what a role card says, answers and chooses.

The rule of this file: pure, and the same card in the same turn always does the same. It takes each step as an agent
may: every statement is acknowledged before the step is left, and only what the agent would see is chosen from.
`turn`: the customer calls again and takes other ways; a card with its own words for a step keeps to them.
"""

from dataclasses import dataclass, replace
from typing import Final, assert_never

from scripts_library.branching import NOTHING_KNOWN, Known, list_listed
from scripts_library.card_parsing import Card, Says
from scripts_library.field_answers import parse_field_answer, show_answer
from scripts_library.run import (
    MAX_PATH,
    AcknowledgeStatement,
    RecordAnswer,
    RunError,
    ScriptRun,
    TakeChoice,
    TakeOnlyWay,
    find_answers,
    get_current_step,
    list_open_choices,
    start_run,
)
from scripts_library.script_parts import Choice, Field, FieldType, Script, Step
from scripts_library.statements import witness
from scripts_library.walking import WALKER, Deed, do

MOST_STEPS: Final = 200  # in one play; a customer who goes round tires of it before


@dataclass(frozen=True, slots=True)
class Given:
    """An answer to a field: as it is typed, and as it is said."""

    field: Field
    value: str
    shown: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What the customer does at a step. `choice`: None if there is none to take."""

    says: str
    given: tuple[Given, ...] = ()
    choice: Choice | None = None

    def list_deeds(self, step: Step) -> list[Deed]:
        """What the agent does then: answers, statements, and the way on."""
        deeds: list[Deed] = [RecordAnswer(one.field.name, one.value) for one in self.given]
        deeds += [AcknowledgeStatement(one.id) for one in step.statements]
        return [*deeds, TakeChoice(self.choice.key) if self.choice is not None else TakeOnlyWay()]


@dataclass(frozen=True, slots=True)
class Scene:
    """A step that was played, with the run as it was there."""

    run: ScriptRun
    reply: Reply


@dataclass(frozen=True, slots=True)
class Play:
    """`scenes`: step by step. `run`: at the end, or where it stopped. `refusal`: why it could not go on."""

    scenes: tuple[Scene, ...]
    run: ScriptRun
    refusal: RunError | None = None

    @property
    def is_over(self) -> bool:
        return self.run.step_id is None


def play(script: Script, card: Card, turn: int = 0, known: Known = NOTHING_KNOWN) -> Play:
    """Walk the script with this customer to its end, or until it cannot go on."""
    try:
        run = witness(start_run(script, known), script, None, 0, WALKER)
    except RunError as error:
        return Play((), ScriptRun(script.id, script.version, script.language, script.steps[0].id), error)
    scenes: list[Scene] = []
    while (step := get_current_step(run, script)) is not None and len(scenes) < min(MOST_STEPS, MAX_PATH):
        reply = answer_step(script, run, card, turn, known)
        scenes.append(Scene(run, reply))
        try:
            for deed in reply.list_deeds(step):
                run = do(script, run, deed, known)
        except RunError as error:
            return Play(tuple(scenes), run, error)
    return Play(tuple(scenes), run)


def answer_step(script: Script, run: ScriptRun, card: Card, turn: int = 0, known: Known = NOTHING_KNOWN) -> Reply:
    """What the customer says at the run's step; a farewell if the run is over."""
    says, step = _find_says(card, script.language), get_current_step(run, script)
    if step is None:
        return Reply(_pick(says.closes, turn))
    met = len(run.path)
    given = tuple(_answer(script, field, card, turn, known) for field in step.fields)
    answered = {**find_answers(run, script), **{one.field.name: one.value for one in given}}
    told = replace(run, given={**run.given, step.id: {**run.given.get(step.id, {}), **_canonical(given)}})
    choices = list_open_choices(replace(told, answers=answered), script, known)
    choice, is_no = _choose(script, step, run, choices, card, turn)
    lines = says.opens if met == 0 else says.objects if is_no else says.answers if given else says.agrees
    return Reply(_pick(lines, turn + met), given, choice)


def _canonical(given: tuple[Given, ...]) -> dict[str, str]:
    return {one.field.name: parse_field_answer(one.field, one.value) or one.value for one in given}


def _find_says(card: Card, language: str) -> Says:
    says = card.role.says
    akin = (tag for tag in says if tag.partition("-")[0] == language.partition("-")[0])
    return says.get(language) or says[next(akin, next(iter(says)))]


def _pick(lines: tuple[str, ...], at: int) -> str:
    return lines[at % len(lines)]


def _choose(
    script: Script, step: Step, run: ScriptRun, choices: tuple[Choice, ...], card: Card, turn: int
) -> tuple[Choice | None, bool]:
    """The way that they take, and whether that is a no. Who comes by a step again takes its next choice, so that
    nobody goes round for ever."""
    if not choices:
        return None, False
    wanted = card.role.choices.get(f"{script.id}/{step.id}", "")
    before = sum(taken.step_id == step.id for taken in run.path)
    own = next((one for one in choices if one.key == wanted), None)
    if own is not None and before == 0 and turn == 0:
        return own, own is not choices[0]
    noes = sum(taken.choice.isdigit() and taken.choice != "1" for taken in run.path)
    at = len(choices) - 1 if noes < card.role.objects else 0
    at = (at + before + _turn_for(turn, script.steps.index(step))) % len(choices)
    return choices[at], at > 0


def _turn_for(turn: int, place: int) -> int:
    """How many choices further on they go in this turn: not as many at each step of the script."""
    return turn if place == 0 else turn // (2 ** (place % 6)) + (turn * place) % 5


def _answer(script: Script, field: Field, card: Card, turn: int, known: Known) -> Given:
    own = card.role.answers.get(f"{script.id}/{field.name}") or card.role.answers.get(field.name, "")
    listed = list_listed(field, known.variables)
    values = _list_values(field, card, listed, _find_says(card, script.language))
    at = _turn_for(turn, script.fields.index(field))
    keeps_to_own = turn == 0 or field.type is FieldType.TEXT  # which leads nowhere else
    value = own if keeps_to_own and (own in values or _fits(field, own)) else values[at % len(values)]
    return Given(field, value, show_answer(field, parse_field_answer(field, value) or value))


def _fits(field: Field, text: str) -> bool:
    return bool(text) and parse_field_answer(field, text) is not None


def _list_values(field: Field, card: Card, listed: tuple[str, ...], says: Says) -> tuple[str, ...]:
    """What somebody may answer to a field of this type."""
    match field.type:
        case FieldType.CHOICE:
            return (*listed, *(option.value for option in field.options))
        case FieldType.YES_NO:
            return ("yes", "no") if card.role.objects == 0 else ("no", "yes")
        case FieldType.DATE:
            return ("2027-03-12", "2026-12-01")
        case FieldType.NUMBER | FieldType.AMOUNT:
            return ("3", "0", "12", "1200")
        case FieldType.TEXT:
            return (*listed, *says.opens)
        case _:
            assert_never(field.type)
