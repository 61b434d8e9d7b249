"""Two versions of a script compared, on the wire: what is settled before the start, and what is known since.

The rule of this file: rates and differences are hundredths of a per cent; no customer is named.
"""

from typing import Annotated, Literal

from pydantic import Field

from agent_console.wire_model import Wire

Rate = Annotated[int, Field(ge=0, le=10_000)]
Difference = Annotated[int, Field(ge=10, le=5_000)]
OutcomeName = Annotated[str, Field(max_length=120)]
Sentence = Annotated[str, Field(max_length=300)]


class ComparedVersionView(Wire):
    """`assigned`: customers who got it. `runs`: of those, the ones whose conversation is closed; `reached`: those
    with the outcome."""

    version: int
    assigned: int
    runs: int
    reached: int


class ComparisonView(Wire):
    """`outcome`: empty for any end. `needed`: closed runs of each version. `low` and `high`: of the candidate's rate
    minus the base's; they hold at every look. `is_interrupted`: the base is no longer in force, and nobody is
    assigned."""

    id: str
    base: ComparedVersionView
    candidate: ComparedVersionView
    outcome: str
    base_rate: int
    smallest: int
    needed: int
    low: int
    high: int
    verdict: Literal["uneven", "too_few", "better", "worse", "no_difference"]
    state: Literal["running", "published", "kept"]
    is_interrupted: bool
    started_by: str
    started_at: int
    sentence: str
    ended_by: str
    ended_at: int | None
    word: str


class KnownRate(Wire):
    """Of the version in force, in the last four weeks."""

    outcome: str
    runs: int
    reached: int


class ComparisonsView(Wire):
    """GET /api/scripts/{id}/comparisons. The newest first. `candidate`: the scheduled version that could be compared;
    0: none. `outcomes`: those of the version in force; "" for any end if it declares none."""

    title: str
    comparisons: list[ComparisonView]
    in_force: int
    candidate: int
    outcomes: list[KnownRate]


class ComparisonPlan(Wire):
    """POST /api/scripts/{id}/comparison-size. 409: `no_candidate`, `no_base`, ... only of a start."""

    outcome: OutcomeName
    base_rate: Rate
    smallest: Difference


class ComparisonSize(Wire):
    """`needed`: closed runs of each version."""

    needed: int


class StartComparison(ComparisonPlan):
    """POST /api/scripts/{id}/comparison. 409: `runs_already`, `no_candidate`, `no_base`, `versions_differ`,
    `outcome`, `too_small` (a difference that more runs would show than are counted)."""

    sentence: Sentence


class EndComparison(Wire):
    """POST /api/scripts/{id}/comparison-end. 409: `state`, `other_scheduled`, `interrupted`."""

    publishes: bool
    word: Sentence


class Comparisons(Wire):
    """Everything above, for the generator of the screens' types."""

    comparisons: ComparisonsView
    plan: ComparisonPlan
    size: ComparisonSize
    start: StartComparison
    end: EndComparison
