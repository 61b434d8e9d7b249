"""The segments of the sample base, with a past: who entered and left during the 18 months before.

The rule of this file: it runs once, on a database without segments. The past is found by asking the definitions at
instants four weeks apart, with what had happened by then; each customer turns at an instant of their own in between.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Final, TypeVar

from hub.clock import SystemClock
from hub.policies.in_force import PolicyBook
from hub.policies.segment_rules import SegmentRules
from hub.policies.stored_versions import load_book
from hub.segments.segment_changes import SegmentChanges
from hub.segments.segment_definitions import find_meaning, find_rule_columns, read_definitions
from hub.storage import rule_due, rule_rounds, segment_counting, segment_members, segments
from hub.storage.database import Connection, Database
from hub.storage.rule_due import ALL
from hub.storage.segment_counting import PlacedRule
from hub.storage.segment_members import Answer, MemberChange
from hub.storage.segments import StoredSegment
from scripts_library.condition_binding import bind, depends_on_time
from scripts_library.condition_writing import write_condition
from scripts_library.conditions import AllOf, AnyOf, BoundMeasure, Compare, Condition, Has, Not

FILE: Final = Path(__file__).with_name("segments.toml")
STEP: Final = 28 * 86_400_000_000
STEPS: Final = 19  # back from now
AT_ONCE: Final = 2_000  # rows of one transaction

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Past:
    """The members at the end, and everybody who turned on the way."""

    members: Mapping[str, set[str]]
    changes: list[MemberChange]


async def sow_segments(db: Database, owner: str, now: int) -> None:
    """Add the 25 segments, live, if there is no segment yet. `owner`: a staff id."""
    async with db.read() as connection:
        if await segments.list_all(connection):
            return
    changes = SegmentChanges(db, SystemClock())
    await changes.import_text(FILE.read_text(encoding="utf-8"), owner, goes_live=True)
    async with db.read(is_slow=True) as connection:
        known = [one for one in await segments.list_all(connection) if one.state == segments.LIVE]
        book = await load_book(connection)
        assert book is not None
        rules = read_definitions(book, known)
        past = await _find_past(connection, known, rules, book, now)
    meanings = {one.id: find_meaning(rules.rules[one.id], book) for one in known}
    by_id = {one.id: one for one in known}

    async def begin(connection: Connection) -> None:
        await segments.begin_in_past(connection, meanings, now - STEPS * STEP, now)
        if await rule_rounds.find(connection) is not None:  # else the first round comes to them
            members = {one: [ALL] for ids in past.members.values() for one in ids}
            await rule_due.mark_due(connection, members, now, are_many=True)

    await db.write(begin)
    answers = [
        Answer(customer_id, segment_id, by_id[segment_id].place or 0, True, is_change=False)
        for segment_id, ids in past.members.items()
        for customer_id in sorted(ids)
    ]
    for some in batched(answers, AT_ONCE):
        await db.write(partial(segment_members.set_answers, answers=some, at=now))
    for turned in batched(past.changes, AT_ONCE):
        await db.write(partial(segment_members.add_changes, changes=turned))


def batched(rows: Sequence[T], most: int) -> list[Sequence[T]]:
    return [rows[n : n + most] for n in range(0, len(rows), most)]


async def _find_past(
    connection: Connection, known: list[StoredSegment], rules: SegmentRules, book: PolicyBook, now: int
) -> _Past:
    random = Random(now // STEP)  # noqa: S311  # invented people
    stands: dict[str, set[str]] = {}
    changes: list[MemberChange] = []
    for step in range(STEPS, -1, -1):
        at = now - step * STEP
        columns = await find_rule_columns(connection, book, at)
        placed = [
            PlacedRule(one.id, one.place or 0, _cut(bind(rules.rules[one.id].condition, at, book.zone), at))
            for one in known
        ]
        found = await segment_counting.find_members(connection, placed, columns, at)
        for segment_id, ids in found.items():
            clause = _find_clause(rules.rules[segment_id].parsed)
            for customer_id in sorted(ids ^ stands.get(segment_id, set()) if step < STEPS else ()):
                turned = at - int(random.random() * STEP)
                changes.append(MemberChange(segment_id, customer_id, turned, customer_id in ids, clause))
        stands = found
    changes.sort(key=lambda one: one.at)
    return _Past(stands, changes)


def _find_clause(parsed: Condition) -> str:
    """The part that time turns; the whole if no part stands out."""
    parts = parsed.parts if isinstance(parsed, AllOf | AnyOf) else (parsed,)
    timed = next((part for part in parts if depends_on_time(part)), parts[0])
    return write_condition(timed)


def _cut(condition: Condition, at: int) -> Condition:
    """Count only what had happened by this instant."""
    match condition:
        case Not(part):
            return Not(_cut(part, at))
        case AllOf(parts):
            return AllOf(tuple(_cut(part, at) for part in parts))
        case AnyOf(parts):
            return AnyOf(tuple(_cut(part, at) for part in parts))
        case Has(BoundMeasure() as measure):
            return Has(_cut_measure(measure, at))
        case Compare(BoundMeasure() as measure, operator, value):
            return Compare(_cut_measure(measure, at), operator, value)
        case _:
            return condition


def _cut_measure(measure: BoundMeasure, at: int) -> BoundMeasure:
    return replace(measure, until=at + 1 if measure.until is None else min(measure.until, at + 1))
