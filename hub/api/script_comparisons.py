"""Comparing two versions of a script over HTTP: what is known, how many runs it takes, start and end.

The rule of this file: it turns requests into calls and results into answers, and decides nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, Literal

from aiohttp import web
from pydantic import ValidationError

from agent_console.script_comparison_views import (
    ComparedVersionView,
    ComparisonPlan,
    ComparisonSize,
    ComparisonsView,
    ComparisonView,
    EndComparison,
    KnownRate,
    StartComparison,
)
from agent_console.views import StaffView
from hub.api.routes import Rule, answer_json, refuse
from hub.clock import Clock, to_millis
from hub.reports.comparison_standing import MOST_RUNS, WHOLE, Standing, judge
from hub.reports.fair_comparison import count_runs_needed
from hub.reports.script_figure_page import TooManyRuns, read_figures
from hub.scripts.published_scripts import PublishedScripts
from hub.scripts.script_comparisons import (
    ComparisonRefused,
    Plan,
    end_comparison,
    is_in_force,
    start_comparison,
)
from hub.storage import script_comparisons, script_facts, script_versions
from hub.storage import staff as stored_staff
from hub.storage.database import Database
from hub.storage.script_comparisons import RUNNING, WAS_KEPT, WAS_PUBLISHED, ComparedMeanwhile, StoredComparison
from hub.storage.script_versions import PUBLISHED, SCHEDULED, ReleasedMeanwhile, StoredVersion
from routing.model import DAY

Handler = Callable[[web.Request, StaffView], Awaitable[web.StreamResponse]]
SHOWN: Final = 5  # comparisons, with those that have ended
DAYS: Final = 28  # from which the rate is known that is proposed


class ScriptComparisons:
    def __init__(
        self, db: Database, clock: Clock, published: PublishedScripts, wake_router: Callable[[], None]
    ) -> None:
        self._db, self._clock, self._published, self._wake_router = db, clock, published, wake_router

    def rules(self) -> Sequence[Rule]:
        one = "/api/scripts/{id}/comparison"
        return [
            Rule("GET", f"{one}s", "script_files.read", self._show),
            Rule("POST", f"{one}-size", "script_files.read", self._told(self._measure)),
            Rule("POST", one, "script_files.publish", self._told(self._start)),
            Rule("POST", f"{one}-end", "script_files.publish", self._told(self._end)),
        ]

    def _told(self, handle: Handler) -> Handler:
        """The handler, with an answer for whatever it refuses."""

        async def answer(request: web.Request, staff: StaffView) -> web.StreamResponse:
            try:
                return await handle(request, staff)
            except ValidationError:
                return refuse(400, "invalid")
            except ComparisonRefused as refused:
                return refuse(409, str(refused))
            except ComparedMeanwhile:
                return refuse(409, "runs_already")
            except ReleasedMeanwhile:
                return refuse(409, "released")

        return answer

    async def _show(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        script_id = request.match_info["id"]
        async with self._db.read(is_slow=True) as conn:
            versions = await script_versions.list_of(conn, script_id)
            stored = await script_comparisons.list_of(conn, script_id, SHOWN)
            runs = [await script_facts.list_compared(conn, one.id, MOST_RUNS) for one in stored]
            people = {one.id: one.name for one in await stored_staff.list_by_name(conn)}
        judged = [await asyncio.to_thread(judge, one, mine) for one, mine in zip(stored, runs, strict=True)]
        in_force = max((one.version for one in versions if one.state == PUBLISHED), default=0)
        title = next((one.title for one in self._published.library.scripts if one.id == script_id), script_id)
        view = ComparisonsView(
            title=title,
            comparisons=[self._view(one, now, versions, people) for one, now in zip(stored, judged, strict=True)],
            in_force=in_force,
            candidate=max((one.version for one in versions if one.state == SCHEDULED), default=0),
            outcomes=await self._list_rates(script_id, in_force),
        )
        return answer_json(view)

    def _view(
        self,
        one: StoredComparison,
        now: Standing,
        versions: Sequence[StoredVersion],
        people: Mapping[str, str],
    ) -> ComparisonView:
        arms = [
            ComparedVersionView(version=version, assigned=assigned, runs=arm.runs, reached=arm.reached)
            for version, assigned, arm in (
                (one.base_version, now.assigned[0], now.base),
                (one.candidate_version, now.assigned[1], now.candidate),
            )
        ]
        return ComparisonView(
            id=one.id,
            base=arms[0],
            candidate=arms[1],
            outcome=one.outcome,
            base_rate=one.base_rate,
            smallest=one.smallest,
            needed=one.needed,
            low=round(now.interval.low * WHOLE),
            high=round(now.interval.high * WHOLE),
            verdict=now.verdict,
            state=_STATES[one.state],
            is_interrupted=one.state == RUNNING and not is_in_force(one, versions),
            started_by=people.get(one.started_by, one.started_by),
            started_at=self._say_at(one.started_at),
            sentence=one.sentence,
            ended_by=people.get(one.ended_by, one.ended_by),
            ended_at=None if one.ended_at is None else self._say_at(one.ended_at),
            word=one.word,
        )

    async def _list_rates(self, script_id: str, in_force: int) -> list[KnownRate]:
        """How often the version in force reaches each outcome that it declares; first, any end."""
        names = {
            outcome.id
            for script in self._published.library.scripts
            if script.id == script_id
            for outcome in script.outcomes
        }
        now = self._clock.now()
        async with self._db.read(is_slow=True) as conn:
            try:
                found = await read_figures(conn, script_id, now - DAYS * DAY, now)
            except TooManyRuns:
                found = []
        whole = next((one.whole for one in found if one.version == in_force), None)
        runs = whole.runs if whole is not None else 0
        counted = {name: whole.outcomes[name] if whole is not None else 0 for name in sorted(names)}
        if not names:
            counted = {"": whole.finished if whole is not None else 0}
        return [KnownRate(outcome=name, runs=runs, reached=reached) for name, reached in counted.items()]

    async def _measure(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        return answer_json(ComparisonSize(needed=_count(ComparisonPlan.model_validate_json(await request.read()))))

    async def _start(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        asked = StartComparison.model_validate_json(await request.read())
        needed = _count(asked)
        if 2 * needed > MOST_RUNS:
            return refuse(409, "too_small")
        plan = Plan(
            script_id=request.match_info["id"],
            outcome=asked.outcome,
            base_rate=asked.base_rate,
            smallest=asked.smallest,
            needed=needed,
            sentence=asked.sentence,
        )
        await start_comparison(self._db, plan, self._clock.now(), staff.id)
        await self._take_on()
        return web.json_response({})

    async def _end(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        asked = EndComparison.model_validate_json(await request.read())
        now = self._clock.now()
        await end_comparison(self._db, request.match_info["id"], asked.publishes, asked.word, now, staff.id)
        await self._take_on()
        return web.json_response({})

    async def _take_on(self) -> None:
        self._wake_router()
        await self._published.refresh()

    def _say_at(self, at: int) -> int:
        return to_millis(at + self._clock.ahead())


def _count(plan: ComparisonPlan) -> int:
    return count_runs_needed(plan.base_rate / WHOLE, plan.smallest / WHOLE)


_STATES: Final[Mapping[str, Literal["running", "published", "kept"]]] = {
    RUNNING: "running",
    WAS_PUBLISHED: "published",
    WAS_KEPT: "kept",
}
