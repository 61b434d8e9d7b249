"""Comparing two versions of a script: an author starts with the one in force and a scheduled one, and ends with a
word.

The rule of this file: what is compared, by which outcome and in how many runs is settled before the first run. A
customer gets the same version every time, and runs that have begun keep theirs, whatever becomes of the comparison.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hub.ids import new_id
from hub.scripts.published_scripts import Mark, read_published
from hub.scripts.script_publishing import begin_due, begin_release, name_file, note_change
from hub.storage import script_comparisons, script_versions
from hub.storage.connection import Connection
from hub.storage.database import Database
from hub.storage.script_comparisons import RUNNING, WAS_KEPT, WAS_PUBLISHED, StoredComparison
from hub.storage.script_versions import PUBLISHED, SCHEDULED, StoredVersion
from routing.model import Micros
from scripts_library.loader import load_texts


class ComparisonRefused(Exception):
    """Nothing was started or ended. Its text is the code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What an author settles before the start. `base_rate` and `smallest`: hundredths of a per cent."""

    script_id: str
    outcome: str
    base_rate: int
    smallest: int
    needed: int
    sentence: str


async def start_comparison(db: Database, plan: Plan, now: Micros, by: str) -> StoredComparison:
    """Raises ComparisonRefused, ReleasedMeanwhile and ComparedMeanwhile."""
    async with db.read() as conn:
        found = await read_published(conn)
        versions = await script_versions.list_of(conn, plan.script_id)
        candidates = [one for one in versions if one.state == SCHEDULED]
        texts = {name_file(one): await script_versions.find_text(conn, one.script) or "" for one in candidates}
        runs = await script_comparisons.find_running(conn, plan.script_id)
    if runs is not None:
        raise ComparisonRefused("runs_already")
    base, candidate = _find_pair(versions, candidates)
    before = await asyncio.to_thread(load_texts, found.texts, found.types)
    after = await asyncio.to_thread(load_texts, {**found.texts, **texts}, found.types, before)
    outcomes = [
        {outcome.id for outcome in script.outcomes}
        for library in (before, after)
        for script in library.scripts
        if script.id == plan.script_id
    ]
    if any(plan.outcome not in one if one else plan.outcome for one in outcomes) or not outcomes:
        raise ComparisonRefused("outcome")
    one = StoredComparison(
        id=new_id("cmp"),
        script_id=plan.script_id,
        base_version=base,
        candidate_version=candidate,
        outcome=plan.outcome,
        base_rate=plan.base_rate,
        smallest=plan.smallest,
        needed=plan.needed,
        state=RUNNING,
        started_by=by,
        started_at=now,
        sentence=plan.sentence,
    )

    async def unit(conn: Connection, mark: Mark = found.mark) -> None:
        await begin_release(conn, mark, [one.script_id], now, by, one.sentence)
        await script_comparisons.start(conn, one)
        await note_change(conn, "scripts.compare", one.script_id, by, now, one.sentence)

    await db.write(unit)
    return one


def _find_pair(versions: Sequence[StoredVersion], candidates: Sequence[StoredVersion]) -> tuple[int, int]:
    """The number of the version in force and of the scheduled one. Raises ComparisonRefused."""
    if not candidates:
        raise ComparisonRefused("no_candidate")
    tags = {one.language for one in candidates}
    bases = {one.version for one in versions if one.state == PUBLISHED and one.language in tags}
    numbers = {one.version for one in candidates}
    if not bases:
        raise ComparisonRefused("no_base")
    if len(bases) > 1 or len(numbers) > 1:
        raise ComparisonRefused("versions_differ")
    return bases.pop(), numbers.pop()


async def end_comparison(db: Database, script_id: str, publishes: bool, word: str, now: Micros, by: str) -> None:
    """Publish the candidate, or keep what is in force. Raises ComparisonRefused and ReleasedMeanwhile."""
    async with db.read() as conn:
        found = await read_published(conn)
        one = await script_comparisons.find_running(conn, script_id)
        versions = await script_versions.list_of(conn, script_id)
    if one is None:
        raise ComparisonRefused("state")
    if publishes and any(each.state == SCHEDULED for each in versions):
        raise ComparisonRefused("other_scheduled")
    if publishes and not is_in_force(one, versions):
        raise ComparisonRefused("interrupted")
    state = WAS_PUBLISHED if publishes else WAS_KEPT

    async def unit(conn: Connection, mark: Mark = found.mark) -> bool:
        if not await script_comparisons.end(conn, one, state, by, now, word):
            return False
        await begin_release(conn, mark, [script_id], now, by, word)
        await note_change(conn, "scripts.end_comparison", script_id, by, now, word)
        return True

    if not await db.write(unit):
        raise ComparisonRefused("state")
    if publishes:
        await begin_due(db, now)


def is_in_force(one: StoredComparison, versions: Iterable[StoredVersion]) -> bool:
    """Whether the version that it compares with still is. If not, nobody is assigned any more."""
    return any(each.version == one.base_version and each.state == PUBLISHED for each in versions)


def name_text(one: StoredVersion) -> str:
    return f"{one.script_id}.{one.language}.md"
