"""The tables of a script's head as TOML has them, with the bounds of every value.

The rule of this file: it has shapes and bounds only. What belongs together is checked in `head.py`.
"""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints
from pydantic import Field as Constraint

from scripts_library.proposals import ProposalTable
from scripts_library.script_parts import Purpose, ScriptKind

SLUG: Final = r"^[a-z0-9]+(-[a-z0-9]+)*$"
STEP_ID: Final = r"^[a-z0-9]+(-[a-z0-9]+)*(/[a-z0-9]+(-[a-z0-9]+)*)?$"
_Slug = Annotated[str, StringConstraints(pattern=SLUG, max_length=64)]
_StepId = Annotated[str, StringConstraints(pattern=STEP_ID, max_length=64)]
_FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)]
_Words = Annotated[str, StringConstraints(min_length=1, max_length=120, strip_whitespace=True)]
_Names = Annotated[list[Annotated[str, StringConstraints(min_length=1, max_length=64)]], Constraint(max_length=50)]
_STRICT = ConfigDict(extra="forbid", strict=True, frozen=True)


class AppliesToTable(BaseModel):
    model_config = _STRICT
    channels: _Names = []
    queues: _Names = []
    tiers: _Names = []
    segments: _Names = []
    directions: Annotated[list[Literal["inbound", "outbound"]], Constraint(max_length=2)] = []
    numbers: _Names = []
    stages: _Names = []
    purposes: _Names = []  # callback, and those that the policy's menus name
    hours: Annotated[list[Literal["open", "closed"]], Constraint(max_length=2)] = []
    skills: _Names = []


class FieldTable(BaseModel):
    model_config = _STRICT
    label: _Words
    type: Literal["text", "choice", "date", "number", "amount", "yes_no"]
    required: bool = False
    kept_in: Literal["interaction", "profile", "consent"] = "interaction"
    purpose: Purpose | None = None
    write_back: Literal["always", "if_empty", "ask"] | None = None
    options_from: Annotated[str, Constraint(max_length=80)] = ""
    options: Annotated[dict[_FieldName, _Words], Constraint(max_length=50)] = {}


class OutcomeTable(BaseModel):
    model_config = _STRICT
    label: _Words
    after: Annotated[list[_StepId], Constraint(max_length=9)] = []


_Point = Annotated[int, Constraint(ge=-1_000, le=1_000)]
_PointsOfAnswers = Annotated[
    dict[Annotated[str, StringConstraints(max_length=64)], _Point], Constraint(max_length=50)
]


class ScoreTable(BaseModel):
    model_config = _STRICT
    label: _Words
    points: Annotated[dict[_FieldName, _PointsOfAnswers], Constraint(min_length=1, max_length=50)]


MOST_DAYS_OF_TIER: Final = 90  # for which a script may fix a tier


class ActionTable(BaseModel):
    model_config = _STRICT
    label: _Words
    do: Literal[
        "text",
        "mail",
        "attribute",
        "mark",
        "tier",
        "disposition",
        "callback",
        "webhook",
        "start_recording",
        "pause_recording",
        "resume_recording",
    ]
    text: Annotated[str, Constraint(max_length=2_000)] = ""
    subject: Annotated[str, Constraint(max_length=200)] = ""
    attribute: Annotated[str, Constraint(max_length=64)] = ""
    value: Annotated[str, Constraint(max_length=200)] = ""
    disposition: Annotated[str, Constraint(max_length=64)] = ""
    after_hours: Annotated[int, Constraint(ge=1, le=8_760)] | None = None
    mark: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")] | None = None
    tier: Annotated[str, Constraint(max_length=64)] = ""
    webhook: Annotated[str, Constraint(max_length=64)] = ""
    days: Annotated[int, Constraint(ge=1, le=MOST_DAYS_OF_TIER)] | None = None
    why: Annotated[str, Constraint(max_length=200)] = ""


ACTION_NEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    "text": ("text",),
    "mail": ("subject", "text"),
    "mark": ("mark",),
    "tier": ("tier", "days", "why"),
    "attribute": ("attribute", "value"),
    "disposition": ("disposition",),
    "callback": ("after_hours",),
    "webhook": ("webhook",),
}


_Case = Annotated[str, StringConstraints(max_length=1_000)]


class DerivedTable(BaseModel):
    model_config = _STRICT
    label: _Words
    cases: Annotated[
        list[Annotated[str, StringConstraints(max_length=1_000)]], Constraint(min_length=1, max_length=20)
    ]


class HeadTable(BaseModel):
    model_config = _STRICT
    kind: ScriptKind = "script"
    id: _Slug
    version: Annotated[int, Constraint(ge=1, le=1_000_000)]
    title: _Words
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$")]
    priority: Annotated[int, Constraint(ge=-1_000, le=1_000)] = 0
    when: Annotated[str, Constraint(max_length=2_000)] = ""
    applies_to: AppliesToTable = AppliesToTable()
    fields: Annotated[dict[_FieldName, FieldTable], Constraint(max_length=50)] = {}
    outcomes: Annotated[dict[_Slug, OutcomeTable], Constraint(max_length=20)] = {}
    scores: Annotated[dict[_FieldName, ScoreTable], Constraint(max_length=10)] = {}
    derived: Annotated[dict[_FieldName, DerivedTable], Constraint(max_length=20)] = {}
    actions: Annotated[dict[_FieldName, ActionTable], Constraint(max_length=20)] = {}
    proposals: Annotated[dict[_Slug, ProposalTable], Constraint(max_length=50)] = {}
    expires_hours: Annotated[int, Constraint(ge=1, le=8_760)] | None = None
    continue_hours: Annotated[int, Constraint(ge=1, le=8_760)] | None = None
    pause_recording: Annotated[list[_StepId], Constraint(max_length=50)] = []
