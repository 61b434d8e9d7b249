"""Counts live segments over all customers: once when a definition is new, and as a check that finds nothing.

The rule of this file: slices, each in a transaction of its own, so live work goes on. A count goes on where it stood
after a restart. While it runs, the rules are asked about whoever changes, so nobody is missed: the place of a count
is stored with what it found.

A definition that reads time is asked customer by customer, because each falls due at an instant of its own; any other
is one scan of the database over the slice.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from channels.wording import say_count
from hub.clock import Clock
from hub.customers.evaluating import Evaluator, gather_activities
from hub.customers.rule_set import Rule, RuleSet, list_kinds
from hub.customers.segment_definitions import read_definitions
from hub.customers.segment_user import OF_SEGMENT, AskedSegment, SegmentUser
from hub.policies.stored_versions import load_book
from hub.storage import activities, customers, rule_due, segment_counting, segment_members, segments
from hub.storage.connection import Connection
from hub.storage.database import Database
from hub.storage.rule_columns import find_columns
from hub.storage.rule_sql import RuleColumns
from hub.storage.segment_counting import Difference, PlacedRule
from hub.storage.segment_members import Answer
from hub.storage.segments import RETIRED
from scripts_library.activity_index import ActivityIndex
from scripts_library.condition_binding import bind

COUNTED: Final = 1_000  # customers of one transaction of a scan
ASKED: Final = 200  # of one that asks each
CLEARED: Final = 500  # members of one transaction, when a segment is retired
BY_DEFINITION: Final = "definition"  # the clause of those who enter or leave because the definition was changed
BY_RETIREMENT: Final = "retired"


class SegmentCounter:
    """Works between the slices of the rule worker of the same process, and counts only what that worker asks about
    already."""

    def __init__(self, db: Database, clock: Clock, user: SegmentUser) -> None:
        self._db, self._clock, self._user = db, clock, user

    async def work_once(self) -> bool:
        """Count the next slice of one segment, or clear one that is retired. False: there is nothing to do. Raises
        StorageUnavailable."""
        wanted = [one for one in self._user.asked.values() if one.stored.counted_version != one.stored.version]
        if wanted:
            return await self._count_slice(wanted[0])
        return await self._clear_retired()

    async def _count_slice(self, one: AskedSegment) -> bool:
        """False: the worker has not read the definitions as they stand."""
        now = self._clock.now()
        async with self._db.read(is_snapshot=False) as connection:
            stored = await segments.find(connection, one.stored.id)
        if stored is None:
            return False
        rule = Rule(OF_SEGMENT + stored.id, one.rule.condition)
        is_first = stored.counted_version == 0
        most = ASKED if rule.is_timed else COUNTED
        book = self._user.book
        assert book is not None

        async def unit(connection: Connection) -> bool:
            if await segments.find_mark(connection) != self._user.mark:
                return False
            to, number = await segment_counting.find_end(connection, stored.counted_to, most)
            due: dict[str, int] = {}
            if not number:
                answers: list[Answer] = []
            elif rule.is_timed:
                answers, due = await self._ask_each(connection, one, rule, stored.counted_to, to, now)
            else:
                columns = await find_columns(connection, self._user.types)
                placed = [PlacedRule(stored.id, stored.place or 0, bind(rule.condition, now, book.zone))]
                found = await segment_counting.list_differences(connection, placed, columns, stored.counted_to, to)
                answers = [Answer(each.customer_id, stored.id, stored.place or 0, each.should_be) for each in found]
            end = to if number == most else None
            if await segments.note_counting(connection, stored.id, stored.version, stored.counted_to, end, number):
                marked = [
                    Answer(each.customer_id, each.segment_id, each.place, each.is_member, BY_DEFINITION, not is_first)
                    for each in answers
                ]
                await segment_members.set_answers(connection, marked, now)
                await rule_due.note_timed(connection, due)
            return True

        return await self._db.write(unit)

    async def _ask_each(
        self, connection: Connection, one: AskedSegment, rule: Rule, after: str, to: str, now: int
    ) -> tuple[list[Answer], dict[str, int]]:
        book = self._user.book
        assert book is not None
        evaluator = Evaluator(RuleSet([rule], book.zone), book.attributes)
        people = await customers.list_between(connection, after, to)
        kinds = list_kinds([rule])
        ids = [one_id for each in people for one_id in each.ids]
        found = await activities.list_activities(connection, ids, kinds, 10**9) or {}
        answers, due = [], {}
        for each in people:
            asked = evaluator.ask(each, [rule], ActivityIndex(gather_activities(each, found)), now)
            is_member = asked.answers[rule.id] is True
            answers.append(Answer(each.id, one.stored.id, one.stored.place or 0, is_member))
            if asked.next_at is not None:
                due[each.id] = asked.next_at
        return answers, due

    async def _clear_retired(self) -> bool:
        async with self._db.read(is_snapshot=False) as connection:
            ended = [
                one for one in await segments.list_all(connection) if one.state == RETIRED and one.place is not None
            ]
        if not ended:
            return False
        one, now = ended[0], self._clock.now()

        async def unit(connection: Connection) -> None:
            clause = BY_RETIREMENT if one.counted_version else None
            if not await segment_members.clear_place(connection, one.id, one.place or 0, clause, now, CLEARED):
                await segments.free_place(connection, one.id)

        await self._db.write(unit)
        return True


# ---- the check -----------------------------------------------------------------------------------------


@dataclass(slots=True)
class Recount:
    """What a recount found. `progress` is called after each slice: customers done. To cancel it, cancel its task."""

    customers: int = 0
    segments: int = 0
    differences: list[Difference] = field(default_factory=list)
    is_done: bool = False
    not_asked_yet: int = 0  # differences of customers about whom the rules are due to be asked


async def recount(
    db: Database, now: int, progress: Callable[[Recount], None], *, size: int = segment_counting.SLICE
) -> Recount:
    """Compare the bits of every customer with what the definitions of all counted segments say of them. It changes
    nothing. Raises LookupError if there is no policy yet."""
    result = Recount()
    async with db.read() as connection:
        book = await load_book(connection)
        live = [one for one in await segments.list_all(connection) if one.state == segments.LIVE]
        if book is None:
            raise LookupError("no policy")
        rules = read_definitions(book, live)
        columns: RuleColumns = await find_columns(connection, rules.types)
    placed = [
        PlacedRule(one.id, one.place or 0, bind(rules.rules[one.id].condition, now, book.zone))
        for one in live
        if one.id in rules.rules and one.counted_version == one.version
    ]
    result.segments = len(placed)
    async with db.read(is_slow=True) as connection:
        for customer_id in await segment_counting.list_merged_members(connection):
            result.differences.append(Difference(customer_id, "", should_be=False))
    after = ""
    while placed:
        async with db.read(is_slow=True) as connection:
            to, number = await segment_counting.find_end(connection, after, size)
            if not number:
                break
            found = await segment_counting.list_differences(connection, placed, columns, after, to)
            late = await rule_due.list_due_among(connection, [each.customer_id for each in found], now)
        result.customers += number
        result.differences += [each for each in found if each.customer_id not in late]
        result.not_asked_yet += sum(each.customer_id in late for each in found)
        after = to
        progress(result)
    result.is_done = True
    progress(result)
    return result


def say_recount(result: Recount) -> Sequence[str]:
    """For the command line."""
    lines = [
        f"{say_count(result.customers, 'customer')} and {say_count(result.segments, 'segment')} were counted anew."
    ]
    lines += [
        f'{each.customer_id} should {"" if each.should_be else "not "}be in "{each.segment_id}".'
        if each.segment_id
        else f"{each.customer_id} is merged into another customer and should be in no segment."
        for each in result.differences[:50]
    ]
    if len(result.differences) > 50:
        lines.append(f"... and {len(result.differences) - 50:,} more.")
    if result.not_asked_yet:
        lines.append(f"{result.not_asked_yet:,} answers are due to be asked anew.")
    return lines
