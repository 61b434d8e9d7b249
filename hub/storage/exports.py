"""Customers for an export, a slice at a time: all, or the members of a segment.

The rule of this file: a merged customer is in the row of the one who stands for them, with their addresses.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import orjson
from sqlalchemy import func, select

from hub.storage import customers
from hub.storage.connection import Connection
from hub.storage.customers import StoredCustomer
from hub.storage.prepared import among, is_among
from hub.storage.segment_members import is_member
from hub.storage.segment_tables import segment_member
from hub.storage.tables import address, customer

PHONE: Final = "phone"
MAILBOX: Final = "email"


@dataclass(frozen=True, slots=True)
class ExportedCustomer:
    """`addresses`: (kind, address), in the order in which they became known."""

    customer: StoredCustomer
    addresses: Sequence[tuple[str, str]]


async def list_slice(
    connection: Connection, after: str, most: int, place: int | None, ids: Collection[str]
) -> list[ExportedCustomer]:
    """The next customers beyond this id, in the order of their ids. `place`: members of that segment alone. `ids`:
    these alone; empty: all."""
    c = customer.c
    query = select(c.id, c.name, c.tier, c.language, c.profile, c.version, c.merged_ids)
    query = query.where(c.id > after, c.merged_into.is_(None))
    if place is not None:
        query = query.join(segment_member, segment_member.c.customer_id == c.id).where(is_member(place))
    given = {"ids": among(ids)} if ids else {}
    if ids:
        query = query.where(is_among(c.id, "ids"))
    found = [StoredCustomer(*row) for row in await connection.execute(query.order_by(c.id).limit(most), given)]
    owner = {each: one.id for one in found for each in (one.id, *orjson.loads(one.merged_ids))}
    their: dict[str, list[tuple[str, str]]] = {one.id: [] for one in found}
    for known in await customers.list_addresses(connection, list(owner)):
        their[owner[known.customer_id]].append((known.kind, known.address))
    return [ExportedCustomer(one, their[one.id]) for one in found]


async def count_most_addresses(connection: Connection, kind: str) -> int:
    """How many addresses of this kind the customer has who has most. Read slowly."""
    a, c = address.c, customer.c
    stands = func.coalesce(c.merged_into, c.id)
    each = select(func.count().label("number")).join(customer, c.id == a.customer_id).where(a.kind == kind)
    found = each.group_by(stands).subquery()
    return int(await connection.scalar(select(func.max(found.c.number))) or 0)
