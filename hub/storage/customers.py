"""Customers: who they are, what reaches them, what scripts have learned of them, and where nothing may be sent.

The rule of this file: an address belongs to one customer, by the key of its table; what was said of an address is
forgotten only when the customer takes it back.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, func, insert, select, update

from hub.storage.connection import Connection
from hub.storage.prepared import Bulk, Prepared, among, is_among, prepare_insert, rows_of
from hub.storage.tables import address, customer, interaction, profile_value, suppression


@dataclass(frozen=True, slots=True)
class StoredCustomer:
    """`profile` is JSON."""

    id: str
    name: str
    tier: str
    language: str
    profile: str
    version: int


@dataclass(frozen=True, slots=True)
class KnownAddress:
    """What reaches a customer. `kind`: phone, email or chat."""

    customer_id: str
    kind: str
    address: str
    identity_level: str


@dataclass(frozen=True, slots=True)
class ProfileValue:
    """What a script has learned of a customer, and in which interaction."""

    customer_id: str
    name: str
    value: str
    changed_at: int
    interaction_id: str


@dataclass(frozen=True, slots=True)
class StoredSuppression:
    """Why nothing may leave to an address, and since when."""

    channel: str
    address: str
    cause: str
    created_at: int


@dataclass(frozen=True, slots=True)
class TierChange:
    """Of one customer; without effect where the tier is another one than `old` by then."""

    customer_id: str
    old: str
    new: str


_ADD = prepare_insert(customer)
_ADD_ADDRESSES = prepare_insert(address, ["customer_id", "kind", "address", "identity_level"])
_SET_TIER = Prepared(update(customer).where(customer.c.id == bindparam("id")).values(tier=bindparam("tier")))
_CHANGE_TIER = (
    update(customer)
    .where(customer.c.id == bindparam("one"), customer.c.tier == bindparam("old"))
    .values(tier=bindparam("new"))
)
_FIND = Prepared(
    select(
        customer.c.id, customer.c.name, customer.c.tier, customer.c.language, customer.c.profile, customer.c.version
    ).where(is_among(customer.c.id, "ids"))
)
_OWNERS = Bulk("""
    SELECT a.kind, a.address, c.id, c.name, c.tier, c.language, c.profile, c.version
    FROM {rows} JOIN address a ON a.kind = value->>0 AND a.address = value->>1 JOIN customer c ON c.id = a.customer_id
""")
_ADDRESSES = Prepared(
    select(address.c.customer_id, address.c.kind, address.c.address, address.c.identity_level)
    .where(address.c.customer_id.in_(select(interaction.c.customer_id).where(is_among(interaction.c.id, "ids"))))
    .order_by(address.c.id)
)
_SUPPRESSIONS = Bulk("""
    SELECT s.channel, s.address, s.cause, s.created_at
    FROM {rows} JOIN suppression s ON s.channel = value->>0 AND s.address = value->>1
""")


# ---- who they are --------------------------------------------------------------------------------------


async def add(connection: Connection, fresh: Sequence[StoredCustomer], now: int) -> None:
    await _ADD.execute_all(connection, [{**row, "created_at": now} for row in rows_of(StoredCustomer, fresh)])


async def find(connection: Connection, ids: Collection[str]) -> list[StoredCustomer]:
    """Those of these customers that there are."""
    return [StoredCustomer(*row) for row in await _FIND.fetch(connection, {"ids": among(ids)})]


async def list_ids(connection: Connection) -> set[str]:
    """Of every customer: for the seeding of a demo, which has few."""
    return set(await connection.scalars(select(customer.c.id)))


async def set_tiers(connection: Connection, tiers: Mapping[str, str]) -> None:
    """`tiers`: by customer id."""
    rows = [{"id": customer_id, "tier": tier} for customer_id, tier in tiers.items()]
    await _SET_TIER.execute_all(connection, rows)


async def count_by_tier(connection: Connection, except_for: Collection[str]) -> dict[str, int]:
    """How many customers have each tier that is none of these."""
    c = customer.c
    query = select(c.tier, func.count()).where(c.tier.not_in(except_for)).group_by(c.tier).order_by(c.tier)
    return {row[0]: row[1] for row in await connection.execute(query)}


async def list_of_tiers(connection: Connection, tiers: Collection[str], limit: int) -> list[tuple[str, str]]:
    """(id, tier) of at most so many customers who have one of these tiers."""
    query = select(customer.c.id, customer.c.tier).where(customer.c.tier.in_(tiers)).limit(limit)
    return [(row.id, row.tier) for row in await connection.execute(query)]


async def change_tiers(connection: Connection, changes: Sequence[TierChange]) -> None:
    if changes:
        rows = [{"one": one.customer_id, "old": one.old, "new": one.new} for one in changes]
        await connection.execute(_CHANGE_TIER, rows)


async def put_profile_values(connection: Connection, values: Iterable[ProfileValue]) -> None:
    """Each takes the place of an older one of the same customer and name."""
    table = profile_value
    for row in rows_of(ProfileValue, values):
        same = table.c.customer_id == row["customer_id"], table.c.name == row["name"]
        await connection.execute(delete(table).where(*same))
        await connection.execute(insert(table), [row])


# ---- what reaches them ---------------------------------------------------------------------------------


async def add_addresses(connection: Connection, addresses: Sequence[KnownAddress]) -> None:
    """Raises IntegrityError where one belongs to somebody already."""
    await _ADD_ADDRESSES.execute_all(connection, rows_of(KnownAddress, addresses))


async def find_owners(
    connection: Connection, keys: Collection[tuple[str, str]]
) -> dict[tuple[str, str], StoredCustomer]:
    """Whose each of these (kind, address) is; what belongs to nobody is left out."""
    rows = await _OWNERS.fetch_for(connection, sorted(keys))
    return {(kind, address): StoredCustomer(*row) for kind, address, *row in rows}


async def list_addresses(connection: Connection, interaction_ids: Collection[str]) -> list[KnownAddress]:
    """All that reaches the customers of these interactions, in the order in which it became known."""
    rows = await _ADDRESSES.fetch(connection, {"ids": among(interaction_ids)})
    return [KnownAddress(*row) for row in rows]


# ---- where nothing may be sent -------------------------------------------------------------------------


async def find_suppressions(
    connection: Connection, addresses: Collection[tuple[str, str]]
) -> list[StoredSuppression]:
    """Of those of these (channel, address) to which nothing may leave."""
    rows = await _SUPPRESSIONS.fetch_for(connection, sorted(addresses))
    return [StoredSuppression(*row) for row in rows]


async def find_suppression_cause(connection: Connection, channel: str, at_address: str) -> str | None:
    s = suppression.c
    cause: str | None = await connection.scalar(select(s.cause).where(s.channel == channel, s.address == at_address))
    return cause


async def suppress(connection: Connection, one: StoredSuppression) -> None:
    """Nothing may leave there from here on, for this cause alone."""
    await allow_again(connection, one.channel, one.address)
    row = {"channel": one.channel, "address": one.address, "created_at": one.created_at, "cause": one.cause}
    await connection.execute(insert(suppression), [row])


async def allow_again(connection: Connection, channel: str, at_address: str) -> None:
    s = suppression
    await connection.execute(delete(s).where(s.c.channel == channel, s.c.address == at_address))
