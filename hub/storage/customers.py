"""Customers: who they are, their addresses, and addresses to which nothing may leave.

The rule of this file: an address belongs to one customer, by the key of its table. A customer who was merged into
another keeps their row, their addresses and their history; `merged_into` says who stands for them. A suppression
of an address is deleted only when the customer allows messages again.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import orjson
from sqlalchemy import ColumnElement, bindparam, delete, func, insert, select, update

from hub.storage.connection import Connection
from hub.storage.prepared import Bulk, Prepared, among, is_among, prepare_insert
from hub.storage.rule_due import ALL, mark_due
from hub.storage.search_tables import customer_search
from hub.storage.standing_customers import stands
from hub.storage.tables import address, customer, suppression


@dataclass(frozen=True, slots=True)
class StoredCustomer:
    """`profile` is JSON."""

    id: str
    name: str
    tier: str
    language: str
    profile: str
    version: int
    merged_ids: str = "[]"  # JSON: the ids of those for whom they stand after merges

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids under which rows of theirs stand; their own is the first."""
        return (self.id, *orjson.loads(self.merged_ids)) if self.merged_ids != "[]" else (self.id,)


@dataclass(frozen=True, slots=True)
class AddressOwner:
    """`customer_id`: to whom the address belongs; `customer`: who stands for them after merges."""

    customer_id: str
    customer: StoredCustomer


@dataclass(frozen=True, slots=True)
class KnownAddress:
    """An address that reaches a customer. `kind`: phone, email or chat."""

    customer_id: str
    kind: str
    address: str
    identity_level: str


@dataclass(frozen=True, slots=True)
class StoredSuppression:
    """Nothing may leave to this address: the cause, and since when."""

    channel: str
    address: str
    cause: str
    created_at: int


@dataclass(frozen=True, slots=True)
class TierChange:
    """A change of one customer's tier. It has no effect if the tier is no longer `old`."""

    customer_id: str
    old: str
    new: str


_ADD = prepare_insert(customer, [*(one.name for one in fields(StoredCustomer)), "created_at"])
_ADD_ADDRESSES = prepare_insert(address, ["customer_id", "kind", "address", "identity_level"])
_SET_TIER = Prepared(update(customer).where(customer.c.id == bindparam("id")).values(tier=bindparam("tier")))
_CHANGE_TIER = (
    update(customer)
    .where(customer.c.id == bindparam("one"), customer.c.tier == bindparam("old"))
    .values(tier=bindparam("new"))
)
_searched = customer_search.c
_SET_SEARCHED_TIER = Prepared(
    update(customer_search).where(_searched.customer_id == bindparam("id")).values(tier=bindparam("tier"))
)
_CHANGE_SEARCHED_TIER = (
    update(customer_search)
    .where(_searched.customer_id == bindparam("one"), _searched.tier == bindparam("old"))
    .values(tier=bindparam("new"))
)
_SET_ADDRESS_LANGUAGE = Prepared(
    update(address)
    .where(address.c.kind == bindparam("of_kind"), address.c.address == bindparam("of_address"))
    .values(language=bindparam("language"))
)
_part = customer.alias("part")
_STANDS = func.coalesce(_part.c.merged_into, _part.c.id)
_FIND = Prepared(
    select(_part.c.id, *(customer.c[one.name] for one in fields(StoredCustomer)))
    .join_from(_part, customer, customer.c.id == _STANDS)
    .where(is_among(_part.c.id, "ids"))
)
_OWNERS = Bulk("""
    SELECT a.kind, a.address, p.id, c.id, c.name, c.tier, c.language, c.profile, c.version, c.merged_ids
    FROM {rows} JOIN address a ON a.kind = value->>0 AND a.address = value->>1
    JOIN customer p ON p.id = a.customer_id JOIN customer c ON c.id = COALESCE(p.merged_into, p.id)
""")
_ADDRESSES = Prepared(
    select(address.c.customer_id, address.c.kind, address.c.address, address.c.identity_level)
    .where(is_among(address.c.customer_id, "ids"))
    .order_by(address.c.id)
)


# ---- who they are --------------------------------------------------------------------------------------


async def add(connection: Connection, fresh: Sequence[StoredCustomer], now: int) -> None:
    await _ADD.execute_all(connection, [{**asdict(one), "created_at": now} for one in fresh])
    await mark_due(connection, {one.id: [ALL] for one in fresh}, now, are_many=True)  # they have their first stage


async def find(connection: Connection, ids: Collection[str]) -> dict[str, StoredCustomer]:
    """By id: the customer with this id, or the one who stands for them after a merge. Unknown ids are left out."""
    return {asked: StoredCustomer(*row) for asked, *row in await _FIND.fetch(connection, {"ids": among(ids)})}


async def list_same(connection: Connection, customer_id: str) -> tuple[str, ...]:
    """The ids under which rows of this customer stand: first that of the one who stands for all. Empty: unknown."""
    found = (await find(connection, [customer_id])).get(customer_id)
    return found.ids if found is not None else ()


def join_customer(query: Any, customer_id: ColumnElement[str]) -> Any:
    """Join `customer`: the one who stands for the customer of this column. It needs `customer` in no FROM before."""
    return query.join(_part, _part.c.id == customer_id).join(customer, customer.c.id == _STANDS)


async def list_between(connection: Connection, after: str, to: str) -> list[StoredCustomer]:
    """The customers who stand for themselves and whose ids are beyond `after`, up to `to`, in their order."""
    c = customer.c
    query = select(*(c[one.name] for one in fields(StoredCustomer)))
    query = query.where(c.id > after, c.id <= to, stands(c.id))
    return [StoredCustomer(*row) for row in await connection.execute(query.order_by(c.id))]


async def list_ids(connection: Connection) -> set[str]:
    """The ids of all customers: for the seeding of a demo, which has few."""
    return set(await connection.scalars(select(customer.c.id)))


async def set_tiers(connection: Connection, tiers: Mapping[str, str]) -> None:
    """`tiers`: by customer id."""
    rows = [{"id": customer_id, "tier": tier} for customer_id, tier in tiers.items()]
    await _SET_TIER.execute_all(connection, rows)
    await _SET_SEARCHED_TIER.execute_all(connection, rows)
    await mark_due(connection, {customer_id: ["tier"] for customer_id in tiers})


async def count_by_tier(
    connection: Connection, except_for: Collection[str], *, with_merged: bool = False
) -> dict[str, int]:
    """By tier: how many customers have it. The tiers `except_for` are left out. `with_merged`: also those who get it
    back once their merge is undone."""
    c = customer.c
    query = select(c.tier, func.count()).where(c.tier.not_in(except_for)).group_by(c.tier).order_by(c.tier)
    query = query if with_merged else query.where(stands(c.id))
    return {row[0]: row[1] for row in await connection.execute(query)}


async def list_of_tiers(connection: Connection, tiers: Collection[str], limit: int) -> list[tuple[str, str]]:
    """(id, tier) of customers who have one of these tiers, also of those who are merged: at most `limit`."""
    query = select(customer.c.id, customer.c.tier).where(customer.c.tier.in_(tiers)).limit(limit)
    return [(row.id, row.tier) for row in await connection.execute(query)]


async def change_tiers(connection: Connection, changes: Sequence[TierChange]) -> None:
    if changes:
        rows = [{"one": one.customer_id, "old": one.old, "new": one.new} for one in changes]
        await connection.execute(_CHANGE_TIER, rows)
        await connection.execute(_CHANGE_SEARCHED_TIER, rows)
        await mark_due(connection, {one.customer_id: ["tier"] for one in changes})


# ---- what reaches them ---------------------------------------------------------------------------------


async def add_addresses(connection: Connection, addresses: Sequence[KnownAddress]) -> None:
    """Raises IntegrityError if an address belongs to a customer already."""
    await _ADD_ADDRESSES.execute_for_each(connection, addresses)


async def find_owners(
    connection: Connection, keys: Collection[tuple[str, str]]
) -> dict[tuple[str, str], AddressOwner]:
    """By (kind, address): to whom it belongs. Addresses of nobody are left out."""
    rows = await _OWNERS.fetch_for(connection, sorted(keys))
    return {(kind, address): AddressOwner(one, StoredCustomer(*row)) for kind, address, one, *row in rows}


async def find_address_language(connection: Connection, kind: str, at_address: str) -> str:
    """The language that somebody chose at this address. Empty if nobody has."""
    a = address.c
    query = select(a.language).where(a.kind == kind, a.address == at_address)
    return await connection.scalar(query) or ""


async def set_address_languages(connection: Connection, languages: Mapping[tuple[str, str], str]) -> None:
    """`languages`: by (kind, address). An address that nobody knows is left out."""
    rows = [{"of_kind": kind, "of_address": one, "language": new} for (kind, one), new in languages.items()]
    await _SET_ADDRESS_LANGUAGE.execute_all(connection, rows)


async def list_addresses(connection: Connection, customer_ids: Collection[str]) -> list[KnownAddress]:
    """All addresses that belong to these ids, in the order in which they became known."""
    rows = await _ADDRESSES.fetch(connection, {"ids": among(customer_ids)})
    return [KnownAddress(*row) for row in rows]


# ---- where nothing may be sent -------------------------------------------------------------------------


async def find_suppression_cause(connection: Connection, channel: str, at_address: str) -> str | None:
    s = suppression.c
    cause: str | None = await connection.scalar(select(s.cause).where(s.channel == channel, s.address == at_address))
    return cause


async def suppress(connection: Connection, one: StoredSuppression) -> None:
    """From here on nothing may leave to this address, for this cause; an older cause is replaced."""
    await allow_again(connection, one.channel, one.address)
    row = {"channel": one.channel, "address": one.address, "created_at": one.created_at, "cause": one.cause}
    await connection.execute(insert(suppression), [row])


async def allow_again(connection: Connection, channel: str, at_address: str) -> None:
    s = suppression
    await connection.execute(delete(s).where(s.c.channel == channel, s.c.address == at_address))
