"""The figures of a script: how its runs went, step by step, and what came of them.

The rule of this file: pure functions of facts that never change again. Only runs of closed interactions are counted,
with tier and segments as they were when the run began; those of open ones are said to be under way. Medians are by
nearest rank, so they are times that really were.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import ceil

from hub.open_work.run_steps import Visit
from routing.model import Micros
from scripts_library.script_parts import END


@dataclass(frozen=True, slots=True)
class RunFacts:
    """One run. `outcome`: of a finished run; empty if the script names none. `is_closed`: its interaction is."""

    version: int
    tier: str
    segments: tuple[str, ...]
    visits: tuple[Visit, ...]
    is_finished: bool
    outcome: str
    is_closed: bool


@dataclass(slots=True)
class StepFigures:
    """`reached`: the runs that showed it. `dropped`: those that ended here unfinished. `median` and `p90`: how long a
    run stayed at it in all, of those that left it; None: none did."""

    reached: int = 0
    dropped: int = 0
    left: int = 0
    median: Micros | None = None
    p90: Micros | None = None


@dataclass(slots=True)
class GroupFigures:
    """The runs of one tier or segment, and how many reached each outcome. `finished`: with any."""

    runs: int = 0
    finished: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class VersionFigures:
    """`ways`: from step to step as often as each was taken, also if the agent came back; to an end, named `end` or
    `end:outcome`, once for each finished run. A run may be in several segments, or in none."""

    version: int
    under_way: int = 0
    whole: GroupFigures = field(default_factory=GroupFigures)
    steps: dict[str, StepFigures] = field(default_factory=dict)
    ways: Counter[tuple[str, str]] = field(default_factory=Counter)
    by_tier: dict[str, GroupFigures] = field(default_factory=dict)
    by_segment: dict[str, GroupFigures] = field(default_factory=dict)


def count_figures(facts: Iterable[RunFacts]) -> list[VersionFigures]:
    """The newest version first."""
    found: dict[int, VersionFigures] = {}
    stays: dict[tuple[int, str], list[Micros]] = defaultdict(list)
    for run in facts:
        if not run.visits:
            continue  # of an earlier release, which noted no steps
        figures = found.setdefault(run.version, VersionFigures(run.version))
        if not run.is_closed:
            figures.under_way += 1
            continue
        _count_run(figures, run)
        for step_id, stayed in measure_stays(run.visits).items():
            stays[run.version, step_id].append(stayed)
    for (version, step_id), times in stays.items():
        step = found[version].steps[step_id]
        step.left, step.median, step.p90 = len(times), pick_rank(times, 0.5), pick_rank(times, 0.9)
    return sorted(found.values(), key=lambda one: -one.version)


def _count_run(figures: VersionFigures, run: RunFacts) -> None:
    groups = [figures.whole, figures.by_tier.setdefault(run.tier, GroupFigures())]
    groups += [figures.by_segment.setdefault(one, GroupFigures()) for one in dict.fromkeys(run.segments)]
    for group in groups:
        group.runs += 1
        group.finished += run.is_finished
        if run.is_finished and run.outcome:
            group.outcomes[run.outcome] += 1
    for step_id in {one.step_id for one in run.visits} - {""}:
        figures.steps.setdefault(step_id, StepFigures()).reached += 1
    if not run.is_finished:
        last = next(one.step_id for one in reversed(run.visits) if one.step_id)
        figures.steps[last].dropped += 1
    for before, after in pairwise(run.visits):
        if after.how == "on" and after.step_id:
            figures.ways[before.step_id, after.step_id] += 1
    if run.is_finished and len(run.visits) > 1:
        figures.ways[run.visits[-2].step_id, f"{END}:{run.outcome}" if run.outcome else END] += 1


def measure_stays(visits: Sequence[Visit]) -> dict[str, Micros]:
    """How long a run stayed at each step in all. The last step is not among them: nobody knows when it was left."""
    stayed: dict[str, int] = defaultdict(int)
    for before, after in pairwise(visits):
        stayed[before.step_id] += after.at - before.at
    last = visits[-1].step_id
    return {step_id: Micros(time) for step_id, time in stayed.items() if step_id and step_id != last}


def pick_rank(times: Sequence[Micros], share: float) -> Micros:
    """The smallest time that is not exceeded by this share of them (nearest rank)."""
    return sorted(times)[max(1, ceil(share * len(times))) - 1]
