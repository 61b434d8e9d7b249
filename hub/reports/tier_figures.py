"""Who moved between tiers and between stages, by month.

The rule of this file: months are the organisation's, by its own calendar.
"""

from datetime import date
from typing import Final

from hub.policies.in_force import PolicyBook
from hub.storage import tier_moves
from hub.storage.connection import Connection
from hub.storage.tier_moves import CountedMove
from routing.model import Micros
from scripts_library.rule_time import add_months, begin_day, find_date

MONTHS: Final = 12


async def count_by_month(
    connection: Connection, book: PolicyBook, now: Micros, *, of_stages: bool = False
) -> list[tuple[str, CountedMove]]:
    """(month as 2026-11, from, to and how many) of this month and the eleven before, the oldest first."""
    found = []
    for month in _list_beginnings(book, now):
        since, before = _begin(book, month), _begin(book, add_months(month, 1))
        moves = await tier_moves.count_moves(connection, since, before, of_stages=of_stages)
        found += [(f"{month:%Y-%m}", one) for one in moves]
    return found


def list_months(book: PolicyBook, now: Micros) -> list[str]:
    return [f"{month:%Y-%m}" for month in _list_beginnings(book, now)]


def _list_beginnings(book: PolicyBook, now: Micros) -> list[date]:
    this = find_date(now + book.wall_ahead, book.zone).replace(day=1)
    return [add_months(this, -back) for back in range(MONTHS - 1, -1, -1)]


def _begin(book: PolicyBook, month: date) -> int:
    return begin_day(month, book.zone) - book.wall_ahead
