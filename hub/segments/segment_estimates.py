"""What a definition would hold while it is edited: an estimate with its interval, then the exact number.

The rule of this file: an estimate comes from the fixed sample and says so. It is given only with the interval in
which the true number lies in 95 of 100 samples.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from math import sqrt
from typing import Final

from hub.policies.stored_versions import load_book
from hub.segments.segment_definitions import find_rule_columns, read_definitions
from hub.storage import customers, segment_counting, segment_sample, segments
from hub.storage.customers import StoredCustomer
from hub.storage.database import Connection, Database
from hub.storage.rule_sql import RuleColumns
from hub.storage.segments import RETIRED
from scripts_library.condition_binding import bind
from scripts_library.conditions import Condition

SHOWN: Final = 10
_Z: Final = 1.959964  # 95 % of a normal distribution


@dataclass(frozen=True, slots=True)
class Estimate:
    number: int
    low: int
    high: int
    sample: int
    customers: int
    some: list[StoredCustomer]

    @property
    def is_exact(self) -> bool:
        return self.sample >= self.customers


@dataclass(frozen=True, slots=True)
class Counted:
    """How many customers were asked, of how many, and of how many of them it is true."""

    done: int
    customers: int
    number: int
    is_done: bool


async def estimate(db: Database, segment_id: str, definition: str, now: int) -> Estimate:
    """Raises SegmentRefused, LookupError without a policy."""
    async with db.read(is_slow=True) as connection:
        condition, columns = await read_definition(connection, segment_id, definition, now)
        is_drawn = bool(await segment_sample.count_sample(connection))
    if not is_drawn:
        await segment_sample.draw(db)
    async with db.read(is_slow=True) as connection:
        whole = await segment_sample.count_customers(connection)
        sampled = await segment_sample.ask_sample(connection, condition, columns)
        some = list((await customers.find(connection, sampled.found[:SHOWN])).values())
    if sampled.asked >= whole:
        number = len(sampled.found)
        return Estimate(number, number, number, sampled.asked, whole, some)
    low, high = find_interval(len(sampled.found), sampled.asked, whole)
    number = round(len(sampled.found) / sampled.asked * whole) if sampled.asked else 0
    return Estimate(number, low, high, sampled.asked, whole, some)


async def count(db: Database, segment_id: str, definition: str, now: int) -> AsyncGenerator[Counted]:
    """What is counted after each slice. Close it, and the count ends. Raises as `estimate` does."""
    async with db.read(is_slow=True) as connection:
        condition, columns = await read_definition(connection, segment_id, definition, now)
        whole = await segment_sample.count_customers(connection)
    after, done, number = "", 0, 0
    while True:
        async with db.read(is_slow=True) as connection:
            to, more = await segment_counting.find_end(connection, after, segment_counting.SLICE)
            if more:
                number += await segment_sample.count_slice(connection, condition, columns, after, to)
        done, after = done + more, to
        is_done = more < segment_counting.SLICE
        yield Counted(done, max(whole, done), number, is_done)
        if is_done:
            return


async def read_definition(
    connection: Connection, segment_id: str, definition: str, now: int
) -> tuple[Condition, RuleColumns]:
    """The condition that it means, bound, and the columns of its variables."""
    book = await load_book(connection)
    if book is None:
        raise LookupError("no policy")
    known = [one for one in await segments.list_all(connection) if one.state != RETIRED and one.id != segment_id]
    rules = read_definitions(book, known)
    rule = rules.read(segment_id, definition)
    return bind(rule.condition, now, book.zone), await find_rule_columns(connection, book, now)


def find_interval(found: int, asked: int, whole: int) -> tuple[int, int]:
    """The interval of Wilson (1927) for a share, narrowed because the sample is drawn from a finite number; in
    customers. It holds the found ones, and ends at all whom the sample has not ruled out."""
    if not asked:
        return 0, whole
    share = found / asked
    z = _Z * sqrt((whole - asked) / max(whole - 1, 1))
    middle = (share + z * z / (2 * asked)) / (1 + z * z / asked)
    half = z * sqrt(share * (1 - share) / asked + z * z / (4 * asked * asked)) / (1 + z * z / asked)
    return max(found, int((middle - half) * whole)), min(whole - (asked - found), round((middle + half) * whole))
