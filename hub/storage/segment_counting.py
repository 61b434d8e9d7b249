"""Asks the database itself who belongs in which segment, beside who stands there: a slice of the customers at a time.

The rule of this file: the comparison is made in the database, in one scan over the slice, and only customers of whom
the two differ come out of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Select, and_, case, func, literal, or_, select

from hub.storage.connection import Connection
from hub.storage.rule_sql import RuleColumns, select_answers
from hub.storage.segment_tables import BITS, segment_member
from hub.storage.tables import customer
from scripts_library.conditions import Condition

SLICE: Final = 20_000  # customers of one statement of a recount


@dataclass(frozen=True, slots=True)
class PlacedRule:
    """A condition that is bound to an instant, and the place of its segment's bit."""

    segment_id: str
    place: int
    condition: Condition


@dataclass(frozen=True, slots=True)
class Difference:
    customer_id: str
    segment_id: str
    should_be: bool


async def find_end(connection: Connection, after: str, most: int) -> tuple[str, int]:
    """The id of the last of the next `most` customers after this id, and how many they are; 0: none is left."""
    ids = select(customer.c.id).where(customer.c.id > after).order_by(customer.c.id).limit(most).subquery()
    row = (await connection.execute(select(func.max(ids.c.id), func.count()))).one()
    return row[0] or after, int(row[1])


async def list_differences(
    connection: Connection, rules: Sequence[PlacedRule], columns: RuleColumns, after: str, to: str
) -> list[Difference]:
    """Of the customers beyond `after` and up to `to`: where the bits are not what the rules say. Read slowly."""
    found = []
    used = _list_used(rules)
    for row in await connection.execute(select_differences(rules, columns, after, to)):
        for number, column in enumerate(used):
            should, stands = row[1 + number], row[1 + len(used) + number]
            for rule in rules:
                bit = 1 << rule.place % BITS
                if rule.place // BITS == column and (should ^ stands) & bit:
                    found.append(Difference(row[0], rule.segment_id, bool(should & bit)))
    return found


def select_differences(rules: Sequence[PlacedRule], columns: RuleColumns, after: str, to: str) -> Select[Any]:
    """One row for each customer of whom something differs: the id, the bits as they should be, the bits as they are,
    both with the places of these rules alone."""
    asked = select_answers([rule.condition for rule in rules], columns, only=lambda id_: and_(id_ > after, id_ <= to))
    answers = asked.subquery("answers")
    used = _list_used(rules)
    should, stands = [], []
    for column in used:
        whole: ColumnElement[Any] = literal(0, BigInteger)
        mask = 0
        for number, rule in enumerate(rules):
            if rule.place // BITS == column:
                bit = 1 << rule.place % BITS
                mask |= bit
                whole = whole + case((answers.c[f"rule_{number}"], _number(bit)), else_=_number(0))
        should.append(whole.label(f"should_{column}"))
        bits = func.coalesce(segment_member.c[f"bits_{column + 1}"], 0)
        stands.append(bits.op("&")(_number(mask)).label(f"stands_{column}"))
    joined = answers.outerjoin(segment_member, segment_member.c.customer_id == answers.c.id)
    rows = select(answers.c.id, *should, *stands).select_from(joined).subquery("bits")
    differs = or_(*(rows.c[f"should_{column}"] != rows.c[f"stands_{column}"] for column in used))
    return select(rows).where(differs)


def _list_used(rules: Sequence[PlacedRule]) -> list[int]:
    return sorted({rule.place // BITS for rule in rules})


def _number(value: int) -> ColumnElement[Any]:
    return literal(value, BigInteger)
