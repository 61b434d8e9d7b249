"""The wire types of a script at the desk: its current step, what it owes, and the scripts that may be picked.

The rule of this file: as `views.py`. What a script says comes as spans and never as markup.
"""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from agent_console.wire_model import Wire
from scripts_library.script_parts import ActionKind, NotSaid, ReasonPart

ScriptId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$")]
ScriptLanguage = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$", max_length=16)]
ScriptText = Annotated[str, StringConstraints(max_length=128_000)]
StepId = Annotated[str, Field(min_length=1, max_length=64)]


class Span(Wire):
    text: str
    style: Literal["plain", "strong", "emphasis", "filled"] = "plain"  # filled: from the customer's data


class BlockView(Wire):
    kind: Literal["paragraph", "bullet", "numbered"]
    spans: list[Span]


class ProseView(Wire):
    """A prompt, which the agent says, or guidance, which only the agent sees."""

    kind: Literal["prompt", "guidance"]
    blocks: list[BlockView]


class ScriptChoiceView(Wire):
    key: str
    label: str
    chosen: bool = False


class ScriptFieldView(Wire):
    kind: Literal["field"] = "field"
    name: str
    label: str
    type: Literal["text", "choice", "date", "number", "amount", "yes_no"]
    required: bool
    options: list[str] = []  # only for a choice: the possible answers
    option_labels: list[str] = []  # the label of each option, in the script's language
    value: str = ""
    kept_in: Literal["interaction", "profile", "consent"] = "interaction"
    asks: bool = False  # the answer is kept only once the agent says so


class MustSayView(Wire):
    kind: Literal["must_say"] = "must_say"
    id: str
    text: str
    acknowledged: bool
    not_said: NotSaid | None = None  # the reason, if it was marked as not said
    note: str = ""


class OwedStatementView(Wire):
    """A statement that a script has shown and that is neither acknowledged nor marked as not said."""

    script_id: str
    statement: str
    title: str  # the title of the script
    language: str
    text: str


class ScorePointsView(Wire):
    """What one answer adds to a score."""

    label: str  # of the field
    answer: str  # as it is shown; yes or no of a field of type yes_no
    type: Literal["text", "choice", "date", "number", "amount", "yes_no"]  # of the field
    points: int


class ScoreView(Wire):
    """A score so far, and what makes it up."""

    kind: Literal["score"] = "score"
    label: str
    total: int
    summands: list[ScorePointsView] = []


class ActionView(Wire):
    """What the script does on the agent's word. A try that failed may be made once more."""

    kind: Literal["action"] = "action"
    name: str
    label: str
    does: ActionKind
    subject: str = ""  # of a mail
    text: str = ""  # what is sent, or why a tier is fixed
    state: Literal["open", "asked", "done", "failed"] = "open"  # asked: it waits for another system
    code: str = ""  # why it failed
    may_try: bool = True
    filled: list[str] = []  # the labels of the fields that an answer has filled


class ProposalView(Wire):
    """What suits the customer. `why`: its author's words. `segment`: whose words these are; empty: everybody's.
    `before`: what they said to it in an earlier interaction, at `before_at`. `until`: the day that they named."""

    id: str
    title: str
    blocks: list[BlockView]
    why: str
    segment: str = ""
    before: Literal["", "accepted", "declined", "later"] = ""
    before_at: int | None = None
    reply: Literal["", "accepted", "declined", "later"] = ""
    until: str = ""


class ProposalsView(Wire):
    """The best of a catalogue for this customer. None: nothing of it suits them at present."""

    kind: Literal["proposals"] = "proposals"
    catalogue: str
    proposals: list[ProposalView] = []


ScriptPart = Annotated[
    ProseView | MustSayView | ScriptFieldView | ScoreView | ActionView | ProposalsView, Field(discriminator="kind")
]


class ScriptReasonView(Wire):
    """Why a script fits: what a part of its head names, and the interaction is."""

    part: ReasonPart
    value: str = ""  # empty for `when`


class ScriptView(Wire):
    """The current step of a script run. The progress bar shows `ordinal` of `length`."""

    script_id: str
    version: int
    title: str
    language: str
    why: list[ScriptReasonView] = []  # empty: it fits everything, or does not fit
    fits: bool = True  # False: an agent picked it though it is meant for others
    by_hand: bool = False  # no interaction gets it unless an agent picks it
    step_id: str
    step_title: str
    ordinal: int
    length: int
    parts: list[ScriptPart] = []  # in the author's order
    choices: list[ScriptChoiceView] = []
    can_go_back: bool = False
    is_final: bool = False  # no step follows this one
    languages: list[str] = []  # the languages in which the script exists
    disposition: str = ""  # that the script proposes for the wrap-up
    owed: list[OwedStatementView] = []  # the owed statements of all scripts of this interaction


class EarlierAnswerView(Wire):
    """What was answered. `label`: of its field, in the script's language."""

    label: str
    value: str  # as it is shown; yes or no of a field of type yes_no
    type: Literal["text", "choice", "date", "number", "amount", "yes_no"]  # of the field


class EarlierRunView(Wire):
    """What was begun with this customer in an earlier interaction, and may go on in this one."""

    interaction_id: str  # the earlier one
    script_id: str
    title: str
    language: str
    step_title: str  # where it goes on
    channel: str
    at: int  # when it was left
    answers: list[EarlierAnswerView] = []


class ScriptOptionView(Wire):
    """A script that may be picked. `is_begun`: the interaction has a run of it, which goes on where it was left."""

    id: str
    title: str
    language: str
    applies: list[str] = []
    is_begun: bool = False


class ScriptListView(Wire):
    """GET /api/interactions/{id}/scripts: the scripts that its agent may pick, the most specific first. Anybody else
    gets 404."""

    scripts: list[ScriptOptionView]
    earlier: list[EarlierRunView] = []  # what was begun with this customer before, and may go on; the newest first
