"""Many customers at once, with everything that is known of them: for the sample base and for measuring.

The rule of this file: the rows are those that the other modules would write one by one, in the same tables and the
same form. A slice is whole or absent, because it is written in one transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import BigInteger, Integer, Table, select

from hub.storage import rule_rounds
from hub.storage.connection import Connection, Row
from hub.storage.customer_tables import activity, attribute, profile_change, rule_value
from hub.storage.prepared import among, is_among
from hub.storage.rule_due import ALL, mark_due
from hub.storage.search_index import write_described
from hub.storage.tables import address, customer

_CUSTOMER: Final = ("id", "name", "tier", "language", "profile", "created_at", "version")
_ADDRESS: Final = ("customer_id", "kind", "address", "identity_level")
_ACTIVITY: Final = ("customer_id", "kind", "label", "at", "amount")
_PAST: Final = ("customer_id", "name", "old", "new", "at", "changed_by", "source")


@dataclass(frozen=True, slots=True)
class CustomerRows:
    """Tuples, because there are millions of them.

    customers: id, name, tier, language, profile as JSON, created_at, version. addresses: customer, kind, address,
    identity level. values: customer, then the value in each of the slots that `add_rows` is given. activities:
    customer, kind, label, at, amount in ten-thousandths. past: customer, name, old and new as JSON, at, changed by,
    source. searched: of `search_index.describe_all`.
    """

    customers: list[Row] = field(default_factory=list)
    addresses: list[Row] = field(default_factory=list)
    values: list[Row] = field(default_factory=list)
    activities: list[Row] = field(default_factory=list)
    past: list[Row] = field(default_factory=list)
    searched: list[Row] = field(default_factory=list)


async def list_slots(connection: Connection) -> dict[str, str]:
    """By attribute: the column of its values as rules compare them."""
    return {row.name: row.slot for row in await connection.execute(select(attribute.c.name, attribute.c.slot))}


async def list_known(connection: Connection, ids: Sequence[str]) -> set[str]:
    """Which of these customers are there."""
    query = select(customer.c.id).where(is_among(customer.c.id, "ids"))
    return set(await connection.scalars(query, {"ids": among(ids)}))


async def list_idle(connection: Connection, ids: Sequence[str]) -> set[str]:
    """Which of these customers are there without any activity."""
    a = activity.c
    query = select(customer.c.id).where(
        is_among(customer.c.id, "ids"), ~select(a.id).where(a.customer_id == customer.c.id).exists()
    )
    return set(await connection.scalars(query, {"ids": among(ids)}))


async def add_rows(connection: Connection, rows: CustomerRows, slots: Sequence[str], now: int) -> None:
    """Raises IntegrityError if one of the customers or addresses is there already. If a round has asked the customers
    who were there, the rules are to be asked about these; else the first round comes to them."""
    await _insert(connection, customer, _CUSTOMER, rows.customers)
    await _insert(connection, address, _ADDRESS, rows.addresses)
    await write_described(connection, rows.searched)
    await _insert(connection, rule_value, ("customer_id", *slots), rows.values)
    await _insert(connection, activity, _ACTIVITY, rows.activities)
    await _insert(connection, profile_change, _PAST, rows.past)
    if rows.customers and await rule_rounds.find(connection) is not None:
        await mark_due(connection, {row[0]: [ALL] for row in rows.customers}, now, are_many=True)


async def _insert(connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """SQLite inserts row by row, which is its fastest way; PostgreSQL takes each column as one array."""
    if not rows:
        return
    begins = f"INSERT INTO {table.name} ({', '.join(columns)})"
    if connection.dialect.name == "postgresql":
        kinds = ("bigint" if isinstance(table.c[name].type, BigInteger | Integer) else "text" for name in columns)
        arrays = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(kinds, 1))
        values = tuple(list(column) for column in zip(*rows, strict=True))
        await connection.execute_sql(f"{begins} SELECT * FROM unnest({arrays})", values)  # noqa: S608  # own names
    else:
        await connection.execute_sql_for_all(f"{begins} VALUES ({', '.join('?' * len(columns))})", rows)
