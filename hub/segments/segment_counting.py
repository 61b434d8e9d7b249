"""Counts live segments over all customers: once when a definition means something else, and as a check.

The rule of this file: slices, each in a transaction of its own, so live work goes on. A count goes on where it stood
after a restart. While it runs, the rules are asked about whoever changes, so nobody is missed: the place of a count
is stored with what it found.

A definition means something else when its author changes it, when a segment that it names does, and when a policy
changes what it reads. One that cannot be asked for a while is counted anew once it can.

A definition that reads time is asked customer by customer, because each falls due at an instant of its own; any other
is one scan of the database over the slice.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from channels.wording import say_count
from hub.clock import Clock
from hub.policies.stored_versions import load_book
from hub.rules.evaluating import Evaluator, gather_activities, gather_wishes
from hub.rules.rule_set import Rule, RuleSet, list_kinds, reads_consents
from hub.segments.segment_definitions import find_rule_columns
from hub.segments.segment_user import OF_SEGMENT, AskedSegment, SegmentUser
from hub.storage import activities, customers, rule_due, segment_counting, segment_members, segments
from hub.storage.changed_customers import announce_open
from hub.storage.connection import Connection
from hub.storage.consent_columns import find_newest
from hub.storage.database import Database
from hub.storage.segment_counting import Comparison, Difference, PlacedRule
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
        asked = self._user.asked.values()
        meanings = {one.stored.id: one.meaning for one in asked if one.stored.meaning != one.meaning}
        meanings |= {one.id: segments.BROKEN for one in self._user.broken if one.meaning != segments.BROKEN}
        if meanings:
            return await self._note_meanings(meanings)
        wanted = [one for one in asked if one.stored.counted_version != one.stored.version]
        if wanted:
            return await self._count_slice(wanted[0])
        return await self._clear_retired()

    async def _note_meanings(self, meanings: Mapping[str, int]) -> bool:
        """False: the worker has not read the definitions as they stand."""

        async def unit(connection: Connection) -> bool:
            if await segments.find_mark(connection) != self._user.mark:
                return False
            await segments.note_meanings(connection, meanings)
            again = [segment_id for segment_id, meaning in meanings.items() if meaning != segments.BROKEN]
            await segments.count_again(connection, again)
            return True

        return await self._db.write(unit)

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
                columns = await find_rule_columns(connection, book, now)
                placed = [PlacedRule(stored.id, stored.place or 0, bind(rule.condition, now, book.zone))]
                found = await Comparison(placed, columns).list_differences(connection, stored.counted_to, to)
                answers = [Answer(each.customer_id, stored.id, stored.place or 0, each.should_be) for each in found]
            end = to if number == most else None
            if await segments.note_counting(connection, stored.id, stored.version, stored.counted_to, end, number):
                marked = [
                    Answer(each.customer_id, each.segment_id, each.place, each.is_member, BY_DEFINITION, not is_first)
                    for each in answers
                ]
                await segment_members.set_answers(connection, marked, now)
                await rule_due.note_timed(connection, due)
                if end is None:  # scripts may ask whether a customer is in it
                    await announce_open(connection, now)
            return True

        return await self._db.write(unit)

    async def _ask_each(
        self, connection: Connection, one: AskedSegment, rule: Rule, after: str, to: str, now: int
    ) -> tuple[list[Answer], dict[str, int]]:
        book = self._user.book
        assert book is not None
        evaluator = Evaluator(RuleSet([rule], book.zone), book)
        people = await customers.list_between(connection, after, to)
        kinds = list_kinds([rule])
        ids = [one_id for each in people for one_id in each.ids]
        found = await activities.list_activities(connection, ids, kinds, 10**9) or {}
        wishes = await find_newest(connection, ids) if reads_consents([rule]) else {}
        answers, due = [], {}
        for each in people:
            happened = ActivityIndex(gather_activities(each, found))
            asked = evaluator.ask(each, [rule], happened, now, wishes=gather_wishes(each, wishes))
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


@dataclass(frozen=True, slots=True)
class Compared:
    """What a slice has shown. `late`: differences of customers about whom the rules are due to be asked."""

    to: str
    customers: int
    differences: Sequence[Difference]
    late: int


def list_placed(user: SegmentUser, now: int) -> list[PlacedRule]:
    """The segments in which everybody stands as their definitions say, bound to this instant."""
    return [
        PlacedRule(one.stored.id, one.stored.place or 0, bind(one.rule.condition, now, one.zone))
        for one in user.asked.values()
        if one.stored.counted_version == one.stored.version and one.stored.meaning == one.meaning
    ]


async def compare_slice(connection: Connection, comparison: Comparison, after: str, most: int, now: int) -> Compared:
    """Compare the bits of the next `most` customers after this id with what the rules say of them. Read slowly, in a
    snapshot."""
    to, number = await segment_counting.find_end(connection, after, most)
    if not number:
        return Compared(to, number, (), 0)
    found = await comparison.list_differences(connection, after, to)
    late = await rule_due.list_due_among(connection, [each.customer_id for each in found], now)
    wrong = [each for each in found if each.customer_id not in late]
    return Compared(to, number, wrong, len(found) - len(wrong))


@dataclass(slots=True)
class Recount:
    """What a recount found. `progress` is called after each slice: customers done. To cancel it, cancel its task.
    `broken`: why a live segment cannot be asked, by its id; its members stay as they are."""

    customers: int = 0
    segments: int = 0
    differences: list[Difference] = field(default_factory=list)
    is_done: bool = False
    not_asked_yet: int = 0  # differences of customers about whom the rules are due to be asked
    broken: Mapping[str, str] = field(default_factory=dict)


async def recount(db: Database, now: int, progress: Callable[[Recount], None], *, size: int | None = None) -> Recount:
    """Compare the bits of every customer with what the definitions of all counted segments say of them. It changes
    nothing. `size`: of a slice. Raises LookupError if there is no policy yet."""
    size = size or (segment_counting.SLICE if db.is_sqlite else segment_counting.SLICE_IN_POSTGRES)
    result, user = Recount(), SegmentUser()
    async with db.read() as connection:
        book = await load_book(connection)
        if book is None:
            raise LookupError("no policy")
        await user.read_rules(connection, book)
        columns = await find_rule_columns(connection, book, now)
    placed = list_placed(user, now)
    result.segments, result.broken = len(placed), user.problems
    async with db.read(is_slow=True) as connection:
        for customer_id in await segment_counting.list_merged_members(connection):
            result.differences.append(Difference(customer_id, "", should_be=False))
    after, comparison = "", Comparison(placed, columns) if placed else None
    while comparison is not None:
        async with db.read(is_slow=True) as connection:
            found = await compare_slice(connection, comparison, after, size, now)
        if not found.customers:
            break
        result.customers += found.customers
        result.differences += found.differences
        result.not_asked_yet += found.late
        after = found.to
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
    lines += [f'"{one}" cannot be asked, so its members stay: {why}' for one, why in sorted(result.broken.items())]
    return lines
