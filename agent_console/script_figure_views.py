"""The figures of a script on the wire: by version, how its runs went step by step, and what came of them.

The rule of this file: numbers, ids and names of ours; no customer is in it. Times are milliseconds.
"""

from agent_console.views import Names
from agent_console.wire_model import Wire


class StepFigureView(Wire):
    """`reached`: runs that showed it. `dropped`: those that ended here unfinished. `median` and `p90`: how long
    the `left` runs that left it stayed; null: none did."""

    step_id: str
    reached: int
    dropped: int
    left: int
    median: int | None
    p90: int | None


class WayFigureView(Wire):
    """How often a way was taken. `to_step`: of an end `end`, or `end:` and its outcome."""

    from_step: str
    to_step: str
    count: int


class GroupFigureView(Wire):
    """The runs of one tier or segment. `outcomes`: how many reached each."""

    name: str
    runs: int
    finished: int
    outcomes: dict[str, int]


class VersionFigureView(Wire):
    """`under_way`: runs of open interactions, which are in no other number."""

    version: int
    under_way: int
    whole: GroupFigureView
    steps: list[StepFigureView]
    ways: list[WayFigureView]
    tiers: list[GroupFigureView]
    segments: list[GroupFigureView]


class ScriptFiguresView(Wire):
    """GET /api/scripts/{id}/figures?since=2026-11-01&until=2026-11-30: runs that began on these days, both included.
    `notes`: what agents say of steps and no author has seen to. 409 `too_many`: ask for fewer days."""

    since: str
    until: str
    versions: list[VersionFigureView]
    notes: dict[str, int]
    tier_names: dict[str, Names]
    segment_names: dict[str, Names]
