"""Scripts on the wire as an author walks them while they are written.

The rule of this file: nothing of a preview is stored. The screen keeps the moves, and sends all of them each time.
"""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from agent_console.script_views import ScriptId, ScriptLanguage, ScriptText, ScriptView
from agent_console.views import AttributeView, Names, PolicyView
from agent_console.wire_model import Wire
from scripts_library.script_parts import Mood, NotSaid

MOST_MOVES = 200
Word = Annotated[str, StringConstraints(max_length=120)]
Value = Annotated[str, StringConstraints(max_length=2_000)]
PreviewProblem = Literal["", "broken", "no_steps"]


class PreviewMove(Wire):
    """What is done at the step. `name`: the choice's key, the statement, the field, the action or the proposal.
    `values`: answers to its fields, which come first. `reason`: why a statement was not said; null: it was.
    `choice`, `until`: what is said to a proposal, and the day that is named."""

    action: Literal["next", "back", "choose", "acknowledge", "answer", "keep", "act", "settle", "reply"]
    name: Word = ""
    values: dict[Word, Value] = {}
    reason: NotSaid | None = None
    note: Annotated[str, StringConstraints(max_length=500)] = ""
    choice: Word = ""
    until: Word = ""


class MadeUpCustomer(Wire):
    """Nobody. `values`: by attribute, as they are typed; the parts of a list are separated by commas."""

    name: Word = ""
    tier: Word = ""
    language: Word = ""
    values: Annotated[dict[Word, Value], Field(max_length=100)] = {}


class ChosenCustomer(Wire):
    """`reason`: why somebody who has no work of this customer looks at them."""

    id: Word
    reason: Annotated[str, StringConstraints(max_length=300)] = ""


class RoleCardView(Wire):
    """A simulated customer. `about`: who they are, for whoever practises. `values`: as in `MadeUpCustomer`."""

    id: str
    mood: Mood
    titles: Names
    names: Names
    about: Names
    tier: str
    values: dict[str, str]


class CardAnswer(Wire):
    label: str
    value: str


class CardReply(Wire):
    """What a simulated customer does at the step that is shown. `choice`: what they choose, in words. `moves`: what
    an agent does then to go on; none: the script is done."""

    says: str
    given: list[CardAnswer] = []
    choice: str = ""
    moves: list[PreviewMove] = []


class PreviewRequest(Wire):
    """POST /api/script-previews. With neither `made_up` nor `chosen`, nothing is known of the customer. `card`: who
    answers; empty: nobody. `turn`: how often they have called before, so that they take other ways.
    `purpose`: what the customer has chosen in a menu."""

    id: ScriptId
    language: ScriptLanguage
    source: ScriptText
    moves: Annotated[list[PreviewMove], Field(max_length=MOST_MOVES)] = []
    made_up: MadeUpCustomer | None = None
    chosen: ChosenCustomer | None = None
    channel: Word = ""
    queue: Word = ""
    purpose: Word = ""
    card: Word = ""
    turn: Annotated[int, Field(ge=0, le=1_000)] = 0


class PreviewRefusal(Wire):
    """As the answer to an agent's command."""

    code: str
    field: str


class PreviewView(Wire):
    """`problem`: why there is no script to show. `path`: the steps that were left, with those that nobody sees.
    `taken`: how many of the moves were possible; `refusal`: why the next one was not. `reads`: the attributes that
    the script names; `hidden`: those that this person may not see, which count as not known here; `unread`: those
    whose typed value does not fit. `customer_name`, `tier`: of a chosen customer."""

    problem: PreviewProblem = ""
    script: ScriptView | None = None
    path: list[str] = []
    taken: int = 0
    refusal: PreviewRefusal | None = None
    outcome: str = ""
    reads: list[AttributeView] = []
    reads_name: bool = False
    hidden: list[str] = []
    unread: list[str] = []
    customer_name: str = ""
    tier: str = ""
    reply: CardReply | None = None


class PreviewOptions(Wire):
    """GET /api/script-previews: what a made-up customer may have. `may_choose`: whether this person looks customers
    up."""

    policy: PolicyView
    segments: list[str]
    cards: list[RoleCardView]
    may_choose: bool


class ScriptPreviews(Wire):
    """Everything above, for the generator of the screens' types."""

    options: PreviewOptions
    request: PreviewRequest
    preview: PreviewView
