"""What agents say of a step that does not fit, on the wire: how it is said, and how authors read and settle it.

The rule of this file: as in `script_editing_views.py`. The words are an agent's and may name a customer, so they are
masked as a conversation's are.
"""

from typing import Annotated

from pydantic import Field, StringConstraints

from agent_console.private_data import Words
from agent_console.wire_model import Wire

MOST_WORDS = 200  # characters
Line = Annotated[str, StringConstraints(max_length=MOST_WORDS)]


class StepNoteRequest(Wire):
    """POST /api/interactions/{id}/step-note, by the agent who holds it, of a step that the script's run has shown.
    Their later words on it replace the earlier ones."""

    script_id: Annotated[str, Field(min_length=1, max_length=120)]
    step_id: Annotated[str, Field(min_length=1, max_length=160)]
    words: Line


class StepNoteView(Wire):
    """`words`: empty if they were erased with the customer. `settled_by`: empty while no author has seen to it."""

    id: int
    version: int
    language: str
    step_id: str
    written_by: str
    written_at: int
    words: Words
    settled_by: str
    settled_at: int | None
    answer: Words


class StepNotesView(Wire):
    """GET /api/scripts/{id}/notes. `open`: the number by step, of all; `notes`: the newest of them, then settled
    ones."""

    open: dict[str, int]
    notes: list[StepNoteView]


class SettleNoteRequest(Wire):
    """POST /api/scripts/{id}/notes/{note}/settle."""

    answer: Line = ""


class StepNotes(Wire):
    """Everything above, for the generator of the screens' types."""

    write: StepNoteRequest
    notes: StepNotesView
    settle: SettleNoteRequest
