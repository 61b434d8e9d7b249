"""What customers agree to, as rules read it: of one customer, and as a column for the whole base.

The rule of this file: both ask the ledger for the newest wish of each address that the customer has, or had before a
merge. A yes at one address is a yes; a no is one if no address says yes; where nothing was said it is not known.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Select, String, case, func, literal, select, text

from hub.storage.connection import Connection
from hub.storage.consent_tables import consent_entry, write_counting
from hub.storage.prepared import Prepared, among, is_among
from hub.storage.tables import address, customer

_wish, _newer, _part = consent_entry.alias("wish"), consent_entry.alias("newer"), customer.alias("part")
_a, _w, _n = address.c, _wish.c, _newer.c


@dataclass(frozen=True, slots=True)
class NewestWish:
    """Of one address for one purpose, whatever channel it is about."""

    purpose: str
    act: str  # given or withdrawn
    at: int


def _select_newest(*columns: ColumnElement[Any]) -> Select[Any]:
    newest = (
        select(func.max(_n.seq))
        .where(_n.kind == _w.kind, _n.address == _w.address, _n.purpose == _w.purpose, text(write_counting("newer")))
        .scalar_subquery()
    )
    joined = address.join(_wish, (_w.kind == _a.kind) & (_w.address == _a.address))
    return select(*columns).select_from(joined).where(text(write_counting("wish")), _w.seq == newest)


_FIND: Final = Prepared(
    _select_newest(_a.customer_id, _w.purpose, _w.act, _w.at).where(is_among(_a.customer_id, "ids"))
)


async def find_newest(connection: Connection, customer_ids: Collection[str]) -> dict[str, list[NewestWish]]:
    """By customer id: what their addresses wish. Who has said nothing is left out."""
    found: dict[str, list[NewestWish]] = {}
    for row in await _FIND.fetch(connection, {"ids": among(customer_ids)}):
        found.setdefault(row[0], []).append(NewestWish(*row[1:]))
    return found


def consent_column(purpose: str, given_after: int | None) -> ColumnElement[Any]:
    """1, 0 or NULL for each row of `customer`. A yes counts if it came after this instant; None: it is held for
    ever."""
    is_held = _w.at > literal(given_after, BigInteger) if given_after is not None else literal(1) == 1
    says = case((_w.act == "given", case((is_held, 1))), else_=0)
    newest = _select_newest(func.max(says)).where(_w.purpose == literal(purpose, String))
    own = newest.where(_a.customer_id == customer.c.id).correlate(customer).scalar_subquery()
    of_parts = (
        newest.join(_part, _part.c.id == _a.customer_id)
        .where(_part.c.merged_into == customer.c.id)
        .correlate(customer)
        .scalar_subquery()
    )
    return case((own == 1, 1), (of_parts == 1, 1), else_=func.coalesce(own, of_parts))
