"""What the page of a script's figures shows: its runs between two days, read and counted.

The rule of this file: it reads slowly and in slices, and counts in a thread, so no call waits for it. A customer's
live segments are those of the instant at which the run began, from the present ones and the changes since.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from agent_console.script_figure_views import (
    GroupFigureView,
    StepFigureView,
    VersionFigureView,
    WayFigureView,
)
from hub.clock import to_millis
from hub.open_work.run_steps import read_visits
from hub.reports.script_figures import GroupFigures, RunFacts, StepFigures, VersionFigures, count_figures
from hub.storage import script_facts, segments
from hub.storage.connection import Connection
from hub.storage.script_facts import SegmentTurn, StoredFacts
from hub.storage.segment_members import find_bits, has_bit
from routing.model import Micros

MOST_RUNS: Final = 20_000
SLICE: Final = 500  # customers of one read
Places = Mapping[str, int]  # by the id of a segment that is counted: its place among the bits


class TooManyRuns(Exception):
    """More runs than a page counts at once: ask for fewer days."""


async def read_figures(conn: Connection, script_id: str, since: Micros, until: Micros) -> list[VersionFigures]:
    """Read slowly. Raises TooManyRuns."""
    stored = await script_facts.list_between(conn, script_id, since, until, MOST_RUNS + 1)
    if len(stored) > MOST_RUNS:
        raise TooManyRuns
    live = await find_live_segments(conn, stored)
    return await asyncio.to_thread(_count, stored, live)


def _count(stored: Sequence[StoredFacts], live: Sequence[frozenset[str]]) -> list[VersionFigures]:
    return count_figures(read_facts(one, also) for one, also in zip(stored, live, strict=True))


def read_facts(one: StoredFacts, live: frozenset[str] = frozenset()) -> RunFacts:
    return RunFacts(
        version=one.script_version,
        tier=one.tier,
        segments=tuple(sorted({str(name) for name in orjson.loads(one.segments)} | live)),
        visits=read_visits(one.steps),
        is_finished=one.ended_at is not None,
        outcome=one.outcome,
        is_closed=one.closed_at is not None,
    )


async def find_live_segments(conn: Connection, stored: Sequence[StoredFacts]) -> list[frozenset[str]]:
    """For each run the live segments in which its customer was when it began."""
    places = {one.id: one.place for one in await segments.list_all(conn) if one.place is not None}
    ids = sorted({one.customer_id for one in stored})
    members: dict[str, Any] = {}
    turns: dict[str, list[SegmentTurn]] = defaultdict(list)
    first = min((one.began_at for one in stored), default=0)
    for start in range(0, len(ids), SLICE):
        some = ids[start : start + SLICE]
        members |= await find_bits(conn, some)
        for turn in await script_facts.list_turns(conn, some, first):
            turns[turn.customer_id].append(turn)
    at_present = {
        one: frozenset(name for name, place in places.items() if has_bit(members[one], place)) for one in members
    }
    return [
        was_in(at_present.get(one.customer_id, frozenset()), turns.get(one.customer_id, ()), one.began_at)
        for one in stored
    ]


def was_in(at_present: frozenset[str], turns: Sequence[SegmentTurn], at: int) -> frozenset[str]:
    """The segments at an instant. Whoever enters first after it was not in it; whoever leaves first, was."""
    first: dict[str, bool] = {}
    for turn in turns:
        if turn.at > at:
            first.setdefault(turn.segment_id, turn.has_entered)
    return frozenset((at_present - first.keys()) | {name for name, has_entered in first.items() if not has_entered})


def view_version(one: VersionFigures) -> VersionFigureView:
    return VersionFigureView(
        version=one.version,
        under_way=one.under_way,
        whole=_view_group("", one.whole),
        steps=[_view_step(step_id, step) for step_id, step in one.steps.items()],
        ways=[
            WayFigureView(from_step=before, to_step=after, count=count)
            for (before, after), count in sorted(one.ways.items())
        ],
        tiers=[_view_group(name, group) for name, group in sorted(one.by_tier.items())],
        segments=[_view_group(name, group) for name, group in sorted(one.by_segment.items())],
    )


def _view_step(step_id: str, one: StepFigures) -> StepFigureView:
    return StepFigureView(
        step_id=step_id,
        reached=one.reached,
        dropped=one.dropped,
        left=one.left,
        median=None if one.median is None else to_millis(one.median),
        p90=None if one.p90 is None else to_millis(one.p90),
    )


def _view_group(name: str, one: GroupFigures) -> GroupFigureView:
    return GroupFigureView(
        name=name, runs=one.runs, finished=one.finished, outcomes=dict(sorted(one.outcomes.items()))
    )
