"""Practice on the wire: a published script, walked by an agent with a simulated customer.

The rule of this file: as `script_preview_views.py`. The screen keeps the moves.
"""

from typing import Annotated

from pydantic import Field

from agent_console.script_preview_views import MOST_MOVES, PreviewMove, RoleCardView, Word
from agent_console.script_views import ScriptId, ScriptLanguage
from agent_console.views import PolicyView
from agent_console.wire_model import Wire


class PracticeScript(Wire):
    id: str
    language: str
    title: str


class PracticeOptions(Wire):
    """GET /api/practice."""

    policy: PolicyView
    scripts: list[PracticeScript]
    cards: list[RoleCardView]


class PracticeRequest(Wire):
    """POST /api/practice; the answer is a `PreviewView`."""

    script_id: ScriptId
    language: ScriptLanguage
    card: Word
    turn: Annotated[int, Field(ge=0, le=1_000)] = 0
    channel: Word = ""
    queue: Word = ""
    moves: Annotated[list[PreviewMove], Field(max_length=MOST_MOVES)] = []


class PracticeViews(Wire):
    """Everything above, for the generator of the screens' types."""

    options: PracticeOptions
    request: PracticeRequest
