"""Who stands for whom after merges, as conditions and joins of statements.

The rule of this file: whatever answers "the customers" leaves out those who were merged into another, and whatever
answers for one customer reads the rows of all for whom they stand. The few who are merged have an index of their own,
so that nothing reads a row more because of them.
"""

from typing import Any, Final

from sqlalchemy import ColumnElement, Select, String, cast, func, select, union

from hub.storage.tables import customer

_merged = customer.alias("merged")
IS_MERGED: Final = _merged.c.merged_into.is_not(None)
MERGED_IDS: Final[Select[Any]] = select(_merged.c.id).where(IS_MERGED)


def stands(customer_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether the customer of this id stands for themselves."""
    return customer_id.not_in(MERGED_IDS)


def select_families() -> Any:
    """(id, head): everybody who is merged, and everybody who stands for somebody else, with the one who stands for
    them."""
    heads = select(_merged.c.merged_into.label("id"), _merged.c.merged_into.label("head")).where(IS_MERGED)
    parts = select(_merged.c.id.label("id"), cast(_merged.c.merged_into, String).label("head")).where(IS_MERGED)
    return union(parts, heads).subquery("families")


def count_standing() -> Select[Any]:
    """How many customers there are. Counted from indexes alone."""
    merged = select(func.count()).select_from(_merged).where(IS_MERGED).scalar_subquery()
    return select(func.count() - merged).select_from(customer)
