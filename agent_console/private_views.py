"""The wire types of what a customer may ask for: their data as a file, and its erasure.

The rule of this file: as in `views.py`.
"""

from typing import Annotated, Literal

from pydantic import Field

from agent_console.customer_views import ShownView, ShowRequest
from agent_console.wire_model import Wire

Hindrance = Literal[
    "", "unknown", "merged", "legal_hold", "open_work", "agreed_call", "to_be_sent", "recording", "upload"
]


class ErasureView(Wire):
    """GET /api/customers/{id}/erasure, for administrators. `typed`: what whoever erases types to confirm it.
    `hindrance`: why it cannot be done at this moment; empty: it can."""

    id: str
    typed: str
    hindrance: Hindrance
    is_erased: bool


class EraseRequest(Wire):
    """POST /api/customers/{id}/erasure -> lines of ErasureStep; POST /api/customers/{id}/file -> a zip file, which
    needs no `typed`. 409 {"code": a hindrance}; 400 {"code": "not_confirmed"}."""

    reason: Annotated[str, Field(min_length=3, max_length=300)]
    typed: Annotated[str, Field(max_length=320)] = ""


class ErasureStep(Wire):
    """`done` of `of` tables. `problem`: it stopped, because work of the customer has come since."""

    done: int
    of: int
    is_done: bool = False
    problem: Literal["", "changed"] = ""


class Privacy(Wire):
    """Only for the schema, as `Everything` of `wire.py`."""

    show: ShowRequest
    shown: ShownView
    erasure: ErasureView
    erase: EraseRequest
    step: ErasureStep
