"""Asks the database itself who belongs in which segment, beside who stands there: a slice of the customers at a time.

The rule of this file: the comparison is made in the database, in one scan over the slice, and only customers of whom
the two differ come out of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Select, String, and_, bindparam, case, func, literal, or_, select

from hub.storage.connection import Connection
from hub.storage.prepared import Prepared
from hub.storage.rule_sql import Only, RuleColumns, select_answers
from hub.storage.segment_tables import BITS, COLUMNS, segment_member
from hub.storage.standing_customers import MERGED_IDS, stands
from hub.storage.tables import customer
from scripts_library.conditions import Condition

SLICE: Final = 20_000  # customers of one statement of a recount
SLICE_IN_POSTGRES: Final = 100_000  # the same: from about here on it shares a statement among its processes


@dataclass(frozen=True, slots=True)
class PlacedRule:
    """A condition that is bound to an instant, and the place of its segment's bit."""

    segment_id: str
    place: int
    condition: Condition


@dataclass(frozen=True, slots=True)
class Difference:
    """`segment_id`: empty for somebody who is merged and should be in none."""

    customer_id: str
    segment_id: str
    should_be: bool


async def find_end(connection: Connection, after: str, most: int) -> tuple[str, int]:
    """The id of the last of the next `most` customers after this id, and how many they are; 0: none is left."""
    c = customer.c
    ids = select(c.id).where(c.id > after, stands(c.id)).order_by(c.id).limit(most).subquery()
    row = (await connection.execute(select(func.max(ids.c.id), func.count()))).one()
    return row[0] or after, int(row[1])


async def find_members(
    connection: Connection, rules: Sequence[PlacedRule], columns: RuleColumns, created_by: int
) -> dict[str, set[str]]:
    """By segment: the ids of those of whom its rule is true and who were customers by this instant. For a base of a
    few thousand. Read slowly."""
    query = select_answers([rule.condition for rule in rules], columns).where(customer.c.created_at <= created_by)
    found: dict[str, set[str]] = {rule.segment_id: set() for rule in rules}
    for row in await connection.execute(query):
        for rule, answer in zip(rules, row[1:], strict=True):
            if answer:
                found[rule.segment_id].add(row[0])
    return found


class Comparison:
    """What these rules say of customers, beside the bits that stand. Its statement is made once for all slices: of a
    hundred rules that takes a tenth of a second."""

    def __init__(self, rules: Sequence[PlacedRule], columns: RuleColumns) -> None:
        self._rules, self._used = rules, _list_used(rules)
        after, to = bindparam("after", type_=String), bindparam("to", type_=String)
        self._query = Prepared(select_differences(rules, columns, after, to))

    async def list_differences(self, connection: Connection, after: str, to: str) -> list[Difference]:
        """Of the customers beyond `after` and up to `to`: where the bits are not what the rules say. Read slowly."""
        found = []
        for row in await self._query.fetch(connection, {"after": after, "to": to}):
            for number, column in enumerate(self._used):
                should, stands = row[1 + number], row[1 + len(self._used) + number]
                for rule in self._rules:
                    bit = 1 << rule.place % BITS
                    if rule.place // BITS == column and (should ^ stands) & bit:
                        found.append(Difference(row[0], rule.segment_id, bool(should & bit)))
        return found


async def list_merged_members(connection: Connection) -> list[str]:
    """The ids of customers who are merged into another and have a bit all the same. Nobody should."""
    m = segment_member.c
    has_any = or_(*(m[f"bits_{number + 1}"] != 0 for number in range(COLUMNS)))
    return list(await connection.scalars(select(m.customer_id).where(m.customer_id.in_(MERGED_IDS), has_any)))


def select_differences(
    rules: Sequence[PlacedRule], columns: RuleColumns, after: ColumnElement[str], to: ColumnElement[str]
) -> Select[Any]:
    """One row for each customer of whom something differs: the id, the bits as they should be, the bits as they are,
    both with the places of these rules alone."""

    def only(customer_id: ColumnElement[str]) -> ColumnElement[bool]:
        return and_(customer_id > after, customer_id <= to)

    should = select_bits(rules, columns, only).subquery("should")
    stands, differs = [], []
    for column in _list_used(rules):
        mask = sum(1 << rule.place % BITS for rule in rules if rule.place // BITS == column)
        bits = func.coalesce(segment_member.c[f"bits_{column + 1}"], 0).op("&")(_number(mask))
        stands.append(bits)
        differs.append(should.c[f"should_{column}"] != bits)
    # said of both: PostgreSQL would read the bits of everybody for a slice
    joins = and_(segment_member.c.customer_id == should.c.id, only(segment_member.c.customer_id))
    joined = should.outerjoin(segment_member, joins)
    return select(*should.c, *stands).select_from(joined).where(or_(*differs))


def select_bits(rules: Sequence[PlacedRule], columns: RuleColumns, only: Only | None = None) -> Select[Any]:
    """One row for each customer: the id, then the bits of each column that these rules use, as they should be."""
    answers = select_answers([rule.condition for rule in rules], columns, only=only).subquery("answers")
    whole: dict[int, ColumnElement[Any]] = {}
    for number, rule in enumerate(rules):
        bit = case((answers.c[f"rule_{number}"], _number(1 << rule.place % BITS)), else_=_number(0))
        column = rule.place // BITS
        whole[column] = whole[column] + bit if column in whole else bit
    return select(answers.c.id, *(whole[column].label(f"should_{column}") for column in sorted(whole)))


def _list_used(rules: Sequence[PlacedRule]) -> list[int]:
    return sorted({rule.place // BITS for rule in rules})


def _number(value: int) -> ColumnElement[Any]:
    return literal(value, BigInteger)
