"""Reads the head of a script file: TOML between two lines of +++.

The rule of this file: all mistakes are reported at once, each with the line of its key. An unknown key is a mistake,
because a misspelt `tires` would let a script apply to every tier.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from scripts_library.applies_to import AppliesTo
from scripts_library.condition_parsing import parse_condition
from scripts_library.condition_tokens import ConditionError
from scripts_library.conditions import Condition
from scripts_library.head_tables import (
    ACTION_NEEDS,
    ActionTable,
    AppliesToTable,
    DerivedTable,
    FieldTable,
    HeadTable,
    OutcomeTable,
    ScoreTable,
)
from scripts_library.proposal_checks import check_proposals
from scripts_library.proposals import Proposal, ProposalTable, build_proposal
from scripts_library.script_parts import (
    ActionKind,
    Derived,
    Field,
    FieldType,
    KeptIn,
    Option,
    Outcome,
    Place,
    Score,
    ScriptKind,
    StepAction,
    WriteBack,
)
from scripts_library.script_problems import Report, quoted, suggest
from scripts_library.variables import VariableTypes

FENCE: Final = "+++"
MAX_HEAD: Final = 16_000  # characters
MAX_HEAD_LINE: Final = 2_000
MAX_DOTS: Final = 200  # in a line: the time of tomllib grows with the square of the parts of a dotted key


@dataclass(frozen=True, slots=True)
class Head:
    """The content of a head, with the types of the model."""

    kind: ScriptKind
    id: str
    version: int
    title: str
    language: str
    priority: int
    when: Condition | None
    applies_to: AppliesTo
    fields: tuple[Field, ...]
    outcomes: tuple[Outcome, ...]
    scores: tuple[Score, ...]
    actions: Mapping[str, tuple[StepAction, str, str]]  # by name, with its text and subject as they are written
    derived: tuple[tuple[Derived, tuple[str, ...]], ...]  # each with its cases as they are written
    proposals: tuple[Proposal, ...]
    expires_hours: int
    continue_hours: int
    pause_recording: Mapping[str, Place]  # the steps that no recording may hold, each with the place that names them
    find_place: Callable[[tuple[int | str, ...]], Place]  # of a key


def parse_head(
    text: str, first_line: int, report: Report, types: VariableTypes, *, is_stored: bool = False
) -> Head | None:
    """Return the head; None: it has mistakes, which are reported. `first_line` is the line number in the file of the
    first line of `text`. `types`: of the variables that `when` may name. `is_stored`: the text was in use before, so
    a `when` that cannot be read any more is left out."""
    if len(text) > MAX_HEAD:
        report(first_line, f"A head has at most {MAX_HEAD} characters, this one has {len(text)}.")
        return None
    for number, line in enumerate(text.split("\n"), first_line):
        if len(line) > MAX_HEAD_LINE:
            report(number, f"A line of the head has at most {MAX_HEAD_LINE} characters, this one has {len(line)}.")
            return None
        if line.count(".") > MAX_DOTS:
            report(number, f"A line of the head has at most {MAX_DOTS} dots, this one has {line.count('.')}.")
            return None
    try:
        tree = tomllib.loads(text)
    except ValueError as error:  # a TOMLDecodeError, or a number or date that Python refuses
        words, at, column = _split_position(str(error))
        report(first_line + (at or text.rstrip().count("\n") + 1) - 1, f"The head cannot be read: {words}.", column)
        return None
    except RecursionError:
        report(first_line, "The head cannot be read: too many nested brackets.")
        return None
    lines = _LinesOfKeys(text, first_line)
    try:
        raw = HeadTable.model_validate(tree)
    except ValidationError as error:
        for details in error.errors(include_url=False, include_input=False):
            lines.complain(report, details["loc"], _describe(details))
        return None
    when: Condition | None = None
    is_sound = True
    if raw.when:
        try:
            when = parse_condition(raw.when, types)
        except ConditionError as error:
            place = lines.find(("when",))
            begins = text.split("\n")[place.line - first_line].find(raw.when)  # not where it has several lines
            column = begins + error.column if begins >= 0 else place.column
            if not is_stored:
                report(place.line, f"`when`, character {error.column}: {error}", column)
                is_sound = False
    for name, field in raw.fields.items():
        if (field.type == "choice") != (len(field.options) > 0):
            words = "needs `options`" if field.type == "choice" else "takes no `options`"
            lines.complain(report, ("fields", name), f"`{name}`: a field of type {field.type} {words}.")
            is_sound = False
        if field.options_from and field.type != "choice":
            words = f"`{name}`: `options_from` belongs to a field of type choice."
            lines.complain(report, ("fields", name), words)
            is_sound = False
        if words := _find_odd_keeping(field):
            lines.complain(report, ("fields", name), f"`{name}`: {words}")
            is_sound = False
    for name, action in raw.actions.items():
        if words := _find_odd_action(action):
            lines.complain(report, ("actions", name), f"The action `{name}`: {words}")
            is_sound = False
    for place, words in check_proposals(raw, text.split("\n"), first_line, lines.find, types):
        report(place.line, words, place.column)
        is_sound = False
    return _build_head(raw, when, lines) if is_sound else None


def _find_odd_action(action: ActionTable) -> str:
    """What is wrong with the keys of an action. Empty: nothing."""
    needs = ACTION_NEEDS.get(action.do, ())
    given = [key for key in ActionTable.model_fields if key not in ("label", "do") and getattr(action, key)]
    if missing := [key for key in needs if key not in given]:
        return f'do = "{action.do}" needs `{missing[0]}`.'
    odd = [key for key in given if key not in needs]
    return f'do = "{action.do}" takes no `{odd[0]}`.' if odd else ""


def check_points(head: Head, fields: Iterable[Field], report: Report) -> None:
    """Report points for answers that there are not. `fields`: with those that the script takes from other files."""
    known = {field.name: field for field in fields}
    for score in head.scores:
        for path, words in _find_odd_points(score, known):
            line, column = head.find_place(("scores", score.name, "points", *path))
            report(line, f"The score `{score.name}`: {words}", column)


def _find_odd_points(score: Score, fields: Mapping[str, Field]) -> Iterable[tuple[tuple[str, ...], str]]:
    """What is wrong with the points of a score, each with the keys under which it stands."""
    for name, points in score.points.items():
        field = fields.get(name)
        if field is None:
            yield (name,), f"there is no field {quoted(name)}.{suggest(name, fields)}"
        elif field.type not in ("choice", "yes_no"):
            yield (name,), f"points are for a choice or a yes or no, and {quoted(name)} is of type {field.type}."
        else:
            answers = [option.value for option in field.options] or ["yes", "no"]
            for answer in points:
                if answer not in answers:
                    yield (name, answer), f"{quoted(name)} has no answer {quoted(answer)}.{suggest(answer, answers)}"


def _find_odd_keeping(field: FieldTable) -> str:
    """What is wrong with how a field keeps its answer. Empty: nothing."""
    if field.write_back is not None and field.kept_in == "interaction":
        return '`write_back` belongs to `kept_in = "profile"` or "consent".'
    if field.write_back == "if_empty" and field.kept_in == "consent":
        return 'a consent is written back "always" or on "ask": what the customer says last counts.'
    if field.kept_in != "consent":
        return 'a `purpose` belongs to `kept_in = "consent"`.' if field.purpose is not None else ""
    if field.purpose is None:
        return "a consent needs a `purpose`: service, marketing, recording or page_trail."
    return "" if field.type == "yes_no" else "a consent is a field of type yes_no."


def _build_head(raw: HeadTable, when: Condition | None, lines: "_LinesOfKeys") -> Head:
    to = raw.applies_to
    return Head(
        kind=raw.kind,
        id=raw.id,
        version=raw.version,
        title=raw.title,
        language=raw.language,
        priority=raw.priority,
        when=when,
        applies_to=AppliesTo(**{part: tuple(dict.fromkeys(named)) for part, named in to}),
        fields=tuple(
            Field(
                name=name,
                label=field.label,
                type=FieldType(field.type),
                is_required=field.required,
                kept_in=KeptIn(field.kept_in),
                purpose=field.purpose,
                write_back=WriteBack(field.write_back or "always"),
                options_from=field.options_from,
                options=tuple(Option(value, label) for value, label in field.options.items()),
                at=lines.find(("fields", name)),
            )
            for name, field in raw.fields.items()
        ),
        outcomes=tuple(
            Outcome(one_id, one.label, tuple(one.after), lines.find(("outcomes", one_id)))
            for one_id, one in raw.outcomes.items()
        ),
        scores=tuple(
            Score(
                name,
                one.label,
                {asked: dict(points) for asked, points in one.points.items()},
                lines.find(("scores", name)),
            )
            for name, one in raw.scores.items()
        ),
        derived=tuple(
            (Derived(name, one.label, (), lines.find(("derived", name))), tuple(one.cases))
            for name, one in raw.derived.items()
        ),
        proposals=tuple(
            build_proposal(name, one, *lines.find(("proposals", name))) for name, one in raw.proposals.items()
        ),
        actions={
            name: (
                StepAction(
                    name,
                    one.label,
                    ActionKind(one.do),
                    attribute=one.attribute,
                    value=one.value or one.disposition or one.mark or one.tier or one.webhook,
                    after_hours=one.after_hours or 0,
                    days=one.days or 0,
                    why=one.why.strip(),
                    at=lines.find(("actions", name)),
                ),
                one.text,
                one.subject,
            )
            for name, one in raw.actions.items()
        },
        expires_hours=raw.expires_hours or 0,
        continue_hours=raw.continue_hours or 0,
        pause_recording=dict.fromkeys(raw.pause_recording, lines.find(("pause_recording",))),
        find_place=lines.find,
    )


def _split_position(message: str) -> tuple[str, int, int]:
    """Return (the words, the line, the column) of a message of tomllib, which ends with "(at line 3, column 7)" or
    "(at end of document)". Line 0 stands for the end."""
    words, _, position = message.partition(" (at ")
    found = re.match(r"line ([0-9]{1,6}), column ([0-9]{1,6})", position)
    return (words[:200], int(found.group(1)), int(found.group(2))) if found else (words[:200], 0, 1)


def _describe(details: ErrorDetails) -> str:
    path = [str(part) for part in details["loc"] if part != "[key]"]
    key = ".".join(path)[:120]
    match details["type"]:
        case "missing":
            return f"`{key}` is missing."
        case "extra_forbidden":
            return f"`{key}` is not known here.{suggest(path[-1], _known_keys(path))}"
        case "string_pattern_mismatch" if path[-1] == "id":
            return "`id` is written in small letters, digits and hyphens, like card-lost."
        case "string_pattern_mismatch" if path[-1] == "language":
            return "`language` is a code like en or zh-CN."
        case "string_pattern_mismatch" if path[0] in ("outcomes", "pause_recording", "proposals"):
            return f"`{key}` is written in small letters, digits and hyphens, like call-back."
        case "string_pattern_mismatch":
            return f"`{key}`: a name is written in small letters, digits and underscores, like card_ending."
        case kind:
            return f"`{key}` {_say_bound(kind, details.get('ctx', {}))}."


def _say_bound(kind: str, context: Mapping[str, Any]) -> str:
    """What a value of the wrong kind or size must be."""
    match kind:
        case "string_type":
            return 'must be a text in quotes, like "gold"'
        case "string_too_short":
            return "must not be empty"
        case "string_too_long":
            return f"must have at most {context['max_length']} characters"
        case "int_type" | "int_from_float":
            return "must be a whole number, without quotes"
        case "greater_than_equal":
            return f"must be at least {context['ge']}"
        case "less_than_equal":
            return f"must be at most {context['le']}"
        case "bool_type":
            return "must be true or false, without quotes"
        case "date_type" | "date_parsing" | "date_from_datetime_inexact" | "date_from_datetime_parsing":
            return "must be a date without quotes, like 2026-12-31"
        case "list_type":
            return 'must be a list, like ["gold"]'
        case "dict_type" | "model_type":
            return "must be a table"
        case "too_long":
            return f"must name at most {context['max_length']}"
        case "too_short":
            return f"must name at least {context['min_length']}"
        case "literal_error":
            return f"must be {context['expected']}"
        case _:
            return "has a value that is not possible here"


_TABLES: Final[Mapping[str, type[BaseModel]]] = {
    "applies_to": AppliesToTable,
    "outcomes": OutcomeTable,
    "scores": ScoreTable,
    "actions": ActionTable,
    "derived": DerivedTable,
    "proposals": ProposalTable,
}


def _known_keys(path: list[str]) -> list[str]:
    model: type[BaseModel] = HeadTable
    if len(path) > 1:
        model = _TABLES.get(path[0], FieldTable)
    return list(model.model_fields)


class _LinesOfKeys:
    """Finds the line of a key. It expects one key or one [table] at the beginning of a line, as authors write
    them."""

    def __init__(self, text: str, first_line: int) -> None:
        self._first = Place(first_line)
        self._places: dict[str, Place] = {}
        table = ""
        for number, line in enumerate(text.split("\n"), first_line):
            words = line.strip()
            place = Place(number, len(line) - len(line.lstrip()) + 1)
            if words.startswith("[") and words.endswith("]"):
                table = words.strip("[] ")
                self._places.setdefault(table, place)
            elif "=" in words:
                key = words.partition("=")[0].strip()
                for name in (key, key.partition(".")[0]):
                    self._places.setdefault(f"{table}.{name}" if table else name, place)

    def complain(self, report: Report, path: tuple[int | str, ...], words: str) -> None:
        line, column = self.find(path)
        report(line, words, column)

    def find(self, path: tuple[int | str, ...]) -> Place:
        """Return the place of the key, or else of the table that it is in, or else the head's first line."""
        parts = [str(part) for part in path]
        for length in range(len(parts), 0, -1):
            place = self._places.get(".".join(parts[:length]))
            if place is not None:
                return place
        return self._first
