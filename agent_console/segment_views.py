"""Segments on the wire: the list, one segment, what flowed between two dates, and the estimate while one is edited.

The rule of this file: instants are milliseconds of hub time, days are ISO dates of UTC, and numbers count customers.
"""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from agent_console.views import TierView
from agent_console.wire_model import Wire

SegmentId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]
SegmentState = Literal["draft", "counting", "live", "retired"]
Proposal = Literal["expired", "empty", "unread", "broken"]


class SegmentLine(Wire):
    """`trend`: the sizes of the last 90 days, evenly spaced, the newest last. `proposals`: why it might be retired,
    or looked after. `counted`: the share of the customers counted so far, in percent, while it is counting."""

    id: str
    names: dict[str, str]
    purpose: str
    owner: str
    owner_name: str
    state: SegmentState
    size: int
    trend: list[int]
    counted: int | None
    expires_on: str
    proposals: list[Proposal]


class SegmentsView(Wire):
    """GET /api/segments. `customers`: how many there are. `delay_ms`: within what time after a change 99 of 100
    customers stood in their segments, in the last hour, of those who changed one by one; null: nobody did.
    `waiting`: how many others are still to be asked, who changed together or as time passed."""

    segments: list[SegmentLine]
    customers: int
    delay_ms: int | None
    waiting: int
    may_change: bool


class SizePoint(Wire):
    day: str
    size: int
    entered: int
    left: int


class Overlap(Wire):
    segment_id: str
    names: dict[str, str]
    both: int
    size: int  # of the other


class PastDefinition(Wire):
    version: int
    definition: str
    at: int
    changed_by: str


class SegmentDetail(Wire):
    """GET /api/segments/{id}. `named_by`: live segments whose definitions name this one. `delay_ms`,
    `waiting`: as in the list. `may_export`: this person may have its members as a file."""

    line: SegmentLine
    definition: str
    version: int
    delay_ms: int | None
    waiting: int
    problem: "DefinitionProblem | None"
    live_at: int | None
    days: list[SizePoint]
    overlaps: list[Overlap]
    versions: list[PastDefinition]
    named_by: list[str]
    may_export: bool


class FlowPart(Wire):
    """`clause`: of the definition, that turned; "definition": it was changed; "retired": the segment was."""

    clause: str
    number: int


class FlowView(Wire):
    """GET /api/segments/{id}/flow?since=&until=. `before` - left + entered = `after`."""

    before: int
    after: int
    entered: list[FlowPart]
    left: list[FlowPart]


class MemberLine(Wire):
    id: str
    name: str
    tier: str


class MembersView(Wire):
    """GET /api/segments/{id}/members?at=&after=. `at`: who was in it at this instant. `tiers`: of the policy."""

    members: list[MemberLine]
    tiers: list[TierView]
    number: int
    has_more: bool


class DefinitionProblem(Wire):
    """`column`: from 1."""

    words: str
    column: int


class EstimateRequest(Wire):
    """POST /api/segment-estimates -> EstimateView; POST /api/segment-counts -> lines of CountProgress."""

    id: str = ""  # of the segment that is edited; empty: a new one
    definition: Annotated[str, Field(max_length=4_000)]


class EstimateView(Wire):
    """`low` to `high` holds the true number in 95 of 100 samples. `is_exact`: everybody was asked."""

    problem: DefinitionProblem | None
    number: int
    low: int
    high: int
    sample: int
    customers: int
    is_exact: bool
    some: list[MemberLine]


class CountProgress(Wire):
    """One line of JSON for each slice. The last one has `is_done`."""

    done: int
    customers: int
    number: int
    is_done: bool


class SegmentRequest(Wire):
    """POST /api/segments (new) and POST /api/segments/{id}. `seen_version`: 0 for a new one. `expires_on`: the last
    day; empty: never."""

    id: SegmentId
    names: dict[str, Annotated[str, Field(min_length=1, max_length=80)]]
    purpose: Annotated[str, Field(max_length=300)]
    definition: Annotated[str, Field(min_length=1, max_length=4_000)]
    expires_on: Annotated[str, Field(max_length=10)] = ""
    seen_version: int = 0


class SegmentSaved(Wire):
    version: int


class ImportRequest(Wire):
    """POST /api/segments/import, an export as text -> ImportedView. Nothing is imported if anything is wrong."""

    text: Annotated[str, Field(max_length=500_000)]


class ImportedView(Wire):
    added: list[str]
    changed: list[str]
    unchanged: list[str]
    problems: list[str]


class SegmentImports(Wire):
    """Both, for the generator of the screens' types."""

    asked: ImportRequest
    done: ImportedView
