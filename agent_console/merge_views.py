"""Merges of customers as the screens get them over HTTP.

The rule of this file: a value that a person may not see is `is_masked` and None, and they cannot choose it.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from agent_console.customer_views import CodeName
from agent_console.private_data import NamedBy
from agent_console.views import AttributeView, Id, Wire

Choice = Literal["winner", "loser", "both"]


class MergeField(Wire):
    """One value of both sides, as JSON has it. `attribute`: how to say it; None: the policy does not know it. `why`:
    the rule that chose, if nobody else does; unseen: this person may not read the other side, so nothing tells what
    it has."""

    name: str
    attribute: AttributeView | None = None
    winners: Annotated[Any, NamedBy("name")] = None
    losers: Annotated[Any, NamedBy("name")] = None
    is_masked: bool
    choice: Choice
    why: Literal[
        "only", "same", "newest", "both", "stricter", "better_tier", "override", "winner", "customer", "unseen"
    ]


class MergeBelonging(Wire):
    """What a side has beside its values: how many, and the first few by name. A merge leaves all of it where it
    is; the screen says by which rule it counts for both."""

    kind: Literal["addresses", "activities", "consents", "holdings", "relations", "segments", "fixed_tier"]
    number: int
    names: list[str]


class MergeSide(Wire):
    id: str
    name: str
    tier: str
    version: int
    is_open: bool  # whether this person may see its values
    belongings: list[MergeBelonging] = []  # empty unless `is_open`


class MergePreview(Wire):
    """GET /api/customers/{id}/merge?loser=ID: what it would come to. {id} would stand for both. A reason (header)
    opens the side of which this person has no ground."""

    winner: MergeSide
    loser: MergeSide
    fields: list[MergeField]
    staff: list[CodeName] = []  # the agents who look after one of the two
    currency: str = ""


class MergeRequest(Wire):
    """POST /api/customers/{id}/merge -> MergeList. 403 needs_reason: this person has no ground to read one of the
    two, and reads both from here on. 409 {"code"}: stale, merged, same, too_many. 400 for a field that cannot be
    chosen."""

    loser_id: Id
    versions: Annotated[dict[str, int], Field(max_length=2)]  # by customer, as the preview had them
    choices: Annotated[dict[str, Choice], Field(max_length=200)] = {}
    reason: Annotated[str, Field(max_length=300)] = ""


class StayingValue(Wire):
    name: str
    value: Annotated[Any, NamedBy("name")] = None
    is_masked: bool
    by: str
    at: int


class MergeView(Wire):
    """A merge in force. `parted`: the customers who stand by themselves again after its undo; `stays`: what was
    changed since and stays with the one who stands for both."""

    id: str
    winner_id: str
    loser_id: str
    loser_name: str
    merged_at: int
    merged_by: str
    back: list[str]  # names of the values that come back
    stays: list[StayingValue]
    parted: list[str]


class MergeList(Wire):
    """GET /api/customers/{id}/merges, and the answer to a merge and to POST /api/merges/{id}/undo."""

    customer_id: str  # who stands for them at this moment
    merges: list[MergeView]
