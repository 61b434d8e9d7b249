"""What is known of a comparison: the runs of each version, the interval of the difference, and one word for it.

The rule of this file: a customer counts once, by their first run, and a run counts once its interaction is closed.
The split is judged by all who were assigned, the difference by those who are done.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from hub.reports.fair_comparison import Arm, Interval, find_interval, is_split_uneven
from hub.storage.script_comparisons import StoredComparison
from hub.storage.script_facts import StoredFacts

MOST_RUNS: Final = 50_000  # the first that were assigned; no comparison begins that needs more
WHOLE: Final = 10_000  # hundredths of a per cent
Verdict = Literal["uneven", "too_few", "better", "worse", "no_difference"]


@dataclass(frozen=True, slots=True)
class Standing:
    """`assigned`: customers, also with open interactions, of the version in force and of the candidate."""

    assigned: tuple[int, int]
    base: Arm
    candidate: Arm
    interval: Interval
    verdict: Verdict


def judge(one: StoredComparison, stored: Sequence[StoredFacts]) -> Standing:
    """`stored`: the runs that the comparison assigned, in the order in which they began."""
    first: dict[str, StoredFacts] = {}
    for run in stored:
        first.setdefault(run.customer_id, run)
    arms = (list[StoredFacts](), list[StoredFacts]())
    for run in first.values():
        arms[run.script_version == one.candidate_version].append(run)
    base, candidate = (_count(arm, one.outcome) for arm in arms)
    interval = find_interval(base, candidate, one.smallest / WHOLE)
    assigned = (len(arms[0]), len(arms[1]))
    return Standing(assigned, base, candidate, interval, _say(one, assigned, base, candidate, interval))


def _count(arm: Sequence[StoredFacts], outcome: str) -> Arm:
    closed = [run for run in arm if run.closed_at is not None]
    reached = [run for run in closed if run.ended_at is not None and outcome in ("", run.outcome)]
    return Arm(len(closed), len(reached))


def _say(one: StoredComparison, assigned: tuple[int, int], base: Arm, candidate: Arm, interval: Interval) -> Verdict:
    if is_split_uneven(*assigned):
        return "uneven"
    if interval.low > 0:
        return "better"
    if interval.high < 0:
        return "worse"
    return "too_few" if min(base.runs, candidate.runs) < one.needed else "no_difference"
