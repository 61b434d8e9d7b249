"""Who was in a segment at a past instant, and what flowed between two.

The rule of this file: the past follows from the present and the changes since. A customer whose first change after an
instant is that they entered was not in it at that instant; whose first change is that they left, was.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, Select, and_, case, func, select, union_all

from hub.storage.connection import Connection
from hub.storage.segment_members import is_member
from hub.storage.segment_tables import segment_change, segment_member

_c = segment_change.c


@dataclass(frozen=True, slots=True)
class Flow:
    """How many entered or left between two instants and stayed so, by the clause that turned."""

    has_entered: bool
    clause: str
    number: int


def _first_after(segment_id: str, at: int) -> Any:
    """One row for each customer with a change after `at`: their first."""
    firsts = (
        select(func.min(_c.seq).label("seq"))
        .where(_c.segment_id == segment_id, _c.at > at)
        .group_by(_c.customer_id)
        .subquery()
    )
    return select(_c.customer_id, _c.has_entered).join(firsts, firsts.c.seq == _c.seq).subquery()


async def count_at(connection: Connection, segment_id: str, size: int, at: int) -> int:
    """How many were in it at this instant. `size`: how many are at present. Read slowly."""
    more = func.sum(case((_c.has_entered, 1), else_=-1)).cast(Integer)
    since = await connection.scalar(select(more).where(_c.segment_id == segment_id, _c.at > at))
    return size - int(since or 0)


async def list_members_at(
    connection: Connection, segment_id: str, place: int | None, at: int, after: str, limit: int
) -> list[str]:
    """Ids of customers who were in it at this instant, in their order, beyond `after`. `place`: None if it is retired
    and nobody is in it at present. Read slowly."""
    first = _first_after(segment_id, at)
    left = select(first.c.customer_id.label("id")).where(first.c.has_entered.is_(False), first.c.customer_id > after)
    parts: list[Select[Any]] = [left.order_by(first.c.customer_id).limit(limit)]
    if place is not None:
        m = segment_member.c
        changed = select(first.c.customer_id)
        parts.append(
            select(m.customer_id.label("id"))
            .where(m.customer_id > after, is_member(place), m.customer_id.not_in(changed))
            .order_by(m.customer_id)
            .limit(limit)
        )
    whole = union_all(*(select(part.subquery()) for part in parts)).subquery()
    return list(await connection.scalars(select(whole.c.id).order_by(whole.c.id).limit(limit)))


async def list_flows(connection: Connection, segment_id: str, since: int, until: int) -> list[Flow]:
    """Who came and went between two instants, but for those who are as they were. The most first. Read slowly."""
    between = and_(_c.segment_id == segment_id, _c.at > since, _c.at <= until)
    ends = (
        select(func.min(_c.seq).label("first"), func.max(_c.seq).label("last"))
        .where(between)
        .group_by(_c.customer_id)
        .subquery()
    )
    first = segment_change.alias("first_change")
    last = segment_change.alias("last_change")
    number = func.count().label("number")
    query = (
        select(last.c.has_entered, last.c.clause, number)
        .select_from(ends)
        .join(first, first.c.seq == ends.c.first)
        .join(last, last.c.seq == ends.c.last)
        .where(first.c.has_entered == last.c.has_entered)
        .group_by(last.c.has_entered, last.c.clause)
        .order_by(number.desc(), last.c.clause)
    )
    return [Flow(bool(row[0]), row[1], row[2]) for row in await connection.execute(query)]
