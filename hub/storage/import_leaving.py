"""The one transaction in which an import that is taken back is seen no more.

The rule of this file: as in `import_ready.py`, the rows of that table are customers as they are to be, here without
the import. `hide` takes all of them over at once or, if one is not as they were when their row was written, none.
Whoever is to go stands for nobody from then on: no reader finds them by id, address, list or count, and slices delete
what is left of them.
"""

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import Column, select, text

from hub.storage import import_ready
from hub.storage.changed_customers import announce_changes
from hub.storage.connection import Connection
from hub.storage.consent_tables import consent_entry
from hub.storage.customer_tables import activity, profile_change
from hub.storage.import_ready import REMOVED
from hub.storage.imports import TOUCHES, ImportMoved
from hub.storage.prepared import Bulk, Prepared, among, is_among
from hub.storage.tables import customer, interaction

NOBODY: Final = ""  # who stands for somebody who is to go


def _has(table: str, more: str = "", column: str = "customer_id") -> str:
    """A scalar subquery: of an EXISTS PostgreSQL may hash the whole table."""
    return f"(SELECT 1 FROM {table} t WHERE t.{column} = r.customer_id{more} LIMIT 1) IS NOT NULL"  # noqa: S608  # own names


def _touches(column: Column[Any]) -> list[str]:
    # the open interactions and the closed ones have an index each
    parts = (" AND t.closed_at IS NULL", " AND t.closed_at IS NOT NULL") if column.table is interaction else ("",)
    if column.table is activity:  # its own go with it
        parts = (" AND coalesce(t.import_id, '') <> :import_id",)
    return [_has(column.table.name, part, column.name) for part in parts]


_OTHERS: Final = (
    *(part for column in TOUCHES for part in _touches(column)),
    _has(profile_change.name, " AND t.changer_id <> :import_id AND t.changed_by <> 'rule'"),
    _has(consent_entry.name, " AND t.by_id <> :import_id"),
)
# Those who are to go and of whom more is known by now, as `imports.list_touched` finds them
_TOUCHED = Prepared(
    text(f"""
    SELECT r.customer_id FROM import_ready r
    WHERE r.import_id = :import_id AND r.version = {REMOVED} AND ({" OR ".join(_OTHERS)})
""")  # noqa: S608  # names of the schema
)
_IN_SQLITE, _IN_POSTGRES = "json_each(r.addresses) a", "json_array_elements(CAST(r.addresses AS json)) AS a(value)"
# Addresses that are to go, at which somebody was in touch by now
_USED: Final = f"""
    SELECT DISTINCT r.customer_id FROM import_ready r CROSS JOIN %s
    WHERE r.import_id = :import_id AND r.version > 0 AND r.addresses <> '[]' AND (
        {_has("interaction", " AND t.address = a.value->>1 AND t.closed_at IS NULL")}
        OR {_has("interaction", " AND t.address = a.value->>1 AND t.closed_at IS NOT NULL")})
"""  # noqa: S608  # own names
_CROSSED = Bulk(_USED % _IN_SQLITE, _USED % _IN_POSTGRES)
_HIDE = Prepared(
    text(f"""
    UPDATE customer SET merged_into = '{NOBODY}', version = customer.version + 1 FROM import_ready r
    WHERE r.import_id = :import_id AND r.version = {REMOVED} AND customer.id = r.customer_id
""")  # noqa: S608  # constants
)
_THEIR: Final = f"""
    SELECT k.id FROM import_ready r JOIN address k ON k.customer_id = r.customer_id
    WHERE r.import_id = :import_id AND r.version = {REMOVED}
"""  # noqa: S608  # a constant
_SAME: Final = "k.kind = a.value->>0 AND k.address = a.value->>1 AND k.customer_id = r.customer_id"
# Address by address: PostgreSQL would read all of them where it has not yet counted its values
_LATERAL: Final = f"LATERAL (SELECT k.id FROM address k WHERE {_SAME} OFFSET 0) AS k"  # noqa: S608  # a constant
_LISTED: Final = """
    SELECT k.id FROM import_ready r CROSS JOIN %s CROSS JOIN %s
    WHERE r.import_id = :import_id AND r.version > 0 AND r.addresses <> '[]'
"""
_DROP_ADDRESSES: Final = tuple(
    Bulk(
        f"DELETE FROM address WHERE id IN ({in_sqlite})",  # noqa: S608  # the statements above
        f"DELETE FROM address WHERE id = ANY (ARRAY({in_postgres}))",  # noqa: S608  # the same
    )
    for in_sqlite, in_postgres in (
        (_THEIR, _THEIR),
        (_LISTED % (_IN_SQLITE, "address k") + f" AND {_SAME}", _LISTED % (_IN_POSTGRES, _LATERAL)),
    )
)
_SHOW_AGAIN = Bulk(f"""
    UPDATE customer SET merged_into = NULL, version = customer.version + 1 FROM {{rows}}
    WHERE customer.id = value->>0 AND customer.merged_into = '{NOBODY}'
""")  # noqa: S608  # a constant
_RETURN_ADDRESSES = Bulk("""
    INSERT INTO address (customer_id, kind, address, identity_level)
    SELECT value->>0, value->>1, value->>2, 'claimed' FROM {rows} WHERE true ON CONFLICT DO NOTHING
""")


async def list_stale(connection: Connection, import_id: str) -> set[str]:
    """Whose row has to be written anew. Read slowly."""
    return await import_ready.list_stale(connection, import_id) | await _list_touched(connection, import_id)


async def _list_touched(connection: Connection, import_id: str) -> set[str]:
    wanted = {"import_id": import_id}
    rows = [*await _TOUCHED.fetch(connection, wanted), *await _CROSSED.fetch(connection, wanted)]
    return {row[0] for row in rows}


async def hide(connection: Connection, import_id: str, now: int) -> None:
    """Take all rows over at once. Raises ImportMoved if somebody is stale: then nothing of this transaction may be
    stored."""
    await import_ready.lock(connection, import_id)
    if await _list_touched(connection, import_id):
        raise ImportMoved("crossed")
    await import_ready.change(connection, import_id)
    await _HIDE.execute_long(connection, {"import_id": import_id})
    for statement in _DROP_ADDRESSES:
        await statement.execute_long(connection, {"import_id": import_id})
    await announce_changes(connection, await import_ready.list_with_open_work(connection, import_id), now)


async def find_hidden(connection: Connection, ids: Collection[str]) -> set[str]:
    """Which of these are to go, and are seen no more."""
    c = customer.c
    query = select(c.id).where(is_among(c.id, "ids"), c.merged_into == NOBODY)
    return set(await connection.scalars(query, {"ids": among(ids)}))


async def show_again(
    connection: Connection, ids: Collection[str], addresses: Collection[tuple[str, str, str]]
) -> None:
    """Somebody got in touch with the hub in the very instant in which they went. `addresses`: (customer id, kind,
    address); one that is somebody's by now stays theirs."""
    await _SHOW_AGAIN.execute_for(connection, [[one] for one in sorted(ids)])
    await _RETURN_ADDRESSES.execute_for(connection, [list(one) for one in sorted(addresses)])
