"""What an import makes of each customer, written before anybody may see it, and the one transaction that shows it.

The rule of this file: a row here is a customer as they are to be, also of an import that is taken back
(`import_leaving.py`). `show` takes all rows of an import over at once, in
a few statements over all of them, or none: a customer who is not as they were when their row was written, and an
address that is somebody's by now, undo the whole of it. So no reader ever sees one half of an import.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, delete, select, text

from hub.storage.changed_customers import announce_changes
from hub.storage.connection import Connection
from hub.storage.import_tables import customer_import, import_ready
from hub.storage.imports import FORGOTTEN, ImportMoved
from hub.storage.prepared import Bulk, Prepared, among, is_among

REMOVED: Final = -1
USING: Final = ("applying", "taking_back", "leaving")  # states of an import that needs its rows here
_r = import_ready.c


@dataclass(frozen=True, slots=True)
class ReadyCustomer:
    """`profile`: JSON. `version`: of the customer's row when this was written; 0: they are to be added; REMOVED: they
    are to go. `addresses`: those to be added, or to go, as JSON: [[kind, address], ...]."""

    customer_id: str
    name: str
    language: str
    profile: str
    version: int
    addresses: str = "[]"


_COLUMNS: Final = (_r.customer_id, _r.name, _r.language, _r.profile, _r.version, _r.addresses)
_PUT = Bulk("""
    INSERT INTO import_ready (import_id, customer_id, name, language, profile, version, addresses)
    SELECT value->>0, value->>1, value->>2, value->>3, value->>4, CAST(value->>5 AS INTEGER), value->>6
    FROM {rows} WHERE true
    ON CONFLICT (import_id, customer_id) DO UPDATE SET name = excluded.name, language = excluded.language,
        profile = excluded.profile, version = excluded.version, addresses = excluded.addresses
""")
_FIND = Prepared(select(*_COLUMNS).where(_r.import_id == bindparam("import_id"), is_among(_r.customer_id, "ids")))
_IN_SQLITE, _IN_POSTGRES = "json_each(r.addresses) a", "json_array_elements(CAST(r.addresses AS json)) AS a(value)"
# In the order of ids, as everybody locks customers, so that nobody waits for one another in a circle
_LOCK = Prepared(
    text("""
    SELECT count(*) FROM (
        SELECT c.id FROM customer c JOIN import_ready r ON r.customer_id = c.id
        WHERE r.import_id = :import_id ORDER BY c.id FOR UPDATE OF c
    ) AS locked
""")
)
_COUNT = Prepared(text("SELECT count(*) FROM import_ready WHERE import_id = :import_id AND version > 0"))
_CHANGE = Prepared(
    text("""
    UPDATE customer SET name = r.name, language = r.language, profile = r.profile, version = customer.version + 1
    FROM import_ready r
    WHERE r.import_id = :import_id AND r.version > 0 AND customer.id = r.customer_id
        AND customer.version = r.version AND customer.merged_into IS NULL
""")
)
_ADD = Prepared(
    text("""
    INSERT INTO customer (id, name, tier, language, profile, created_at, version)
    SELECT r.customer_id, r.name, :tier, r.language, r.profile, CAST(:now AS BIGINT), 1 FROM import_ready r
    WHERE r.import_id = :import_id AND r.version = 0 ORDER BY r.customer_id
""")
)
_TAKE_ADDRESSES: Final = """
    INSERT INTO address (customer_id, kind, address, identity_level)
    SELECT r.customer_id, a.value->>0, a.value->>1, 'claimed' FROM import_ready r, %s
    WHERE r.import_id = :import_id AND r.addresses <> '[]' ORDER BY r.customer_id
"""
_ADD_ADDRESSES = Bulk(_TAKE_ADDRESSES % _IN_SQLITE, _TAKE_ADDRESSES % _IN_POSTGRES)
_STALE = Prepared(
    text("""
    SELECT r.customer_id FROM import_ready r LEFT JOIN customer c ON c.id = r.customer_id
    WHERE r.import_id = :import_id AND r.version > 0
        AND (c.id IS NULL OR c.version <> r.version OR c.merged_into IS NOT NULL)
""")
)
_TAKEN: Final = """
    SELECT DISTINCT r.customer_id FROM import_ready r CROSS JOIN %s
    JOIN address k ON k.kind = a.value->>0 AND k.address = a.value->>1
    WHERE r.import_id = :import_id AND r.addresses <> '[]'
"""
_CROSSED = Bulk(_TAKEN % _IN_SQLITE, _TAKEN % _IN_POSTGRES)
_OPEN = Prepared(
    text("""
    SELECT DISTINCT i.customer_id FROM interaction i JOIN import_ready r ON r.customer_id = i.customer_id
    WHERE r.import_id = :import_id AND r.version > 0 AND i.closed_at IS NULL
""")
)


async def put(connection: Connection, import_id: str, ready: Collection[ReadyCustomer]) -> None:
    """One that is there already is written anew."""
    rows = [[import_id, r.customer_id, r.name, r.language, r.profile, r.version, r.addresses] for r in ready]
    if rows:
        await _PUT.execute_for(connection, rows)


async def find(connection: Connection, import_id: str, ids: Collection[str]) -> dict[str, ReadyCustomer]:
    rows = await _FIND.fetch(connection, {"import_id": import_id, "ids": among(ids)})
    return {row[0]: ReadyCustomer(*row) for row in rows}


async def list_stale(connection: Connection, import_id: str) -> set[str]:
    """Whose row has to be written anew: they were changed, merged or erased since. Read slowly."""
    return {row[0] for row in await _STALE.fetch(connection, {"import_id": import_id})}


async def list_taken(connection: Connection, import_id: str) -> set[str]:
    """Whose row has an address to be added that is somebody's by now. Read slowly."""
    return {row[0] for row in await _CROSSED.fetch(connection, {"import_id": import_id})}


async def show(connection: Connection, import_id: str, tier: str, now: int) -> None:
    """Take all rows over at once. `tier`: of those who are added. Raises ImportMoved if somebody is stale, and
    IntegrityError if an address is: then nothing of this transaction may be stored."""
    await lock(connection, import_id)
    await change(connection, import_id)
    await _ADD.execute_long(connection, {"import_id": import_id, "tier": tier, "now": now})
    await _ADD_ADDRESSES.execute_long(connection, {"import_id": import_id})
    await announce_changes(connection, await list_with_open_work(connection, import_id), now)


async def lock(connection: Connection, import_id: str) -> None:
    """Let nobody change the customers of the rows, and let nothing of them come in, until this transaction ends."""
    if connection.dialect.name == "postgresql":
        await _LOCK.fetch(connection, {"import_id": import_id})


async def change(connection: Connection, import_id: str) -> None:
    """Make those who are there already as their rows say. Raises ImportMoved if one is not as they were."""
    number = (await _COUNT.fetch(connection, {"import_id": import_id}))[0][0]
    if await _CHANGE.execute_long(connection, {"import_id": import_id}) != number:
        raise ImportMoved("crossed")


async def list_with_open_work(connection: Connection, import_id: str) -> list[str]:
    """Of the customers of the rows who are there already."""
    return [row[0] for row in await _OPEN.fetch(connection, {"import_id": import_id})]


async def forget(connection: Connection, import_id: str, ids: Collection[str] = ()) -> int:
    """Delete the rows of these customers; without any, some of the import's. Returns how many."""
    found = list(ids)
    if not found:
        query = select(_r.customer_id).where(_r.import_id == import_id).limit(FORGOTTEN)
        found = list(await connection.scalars(query))
    if found:
        where = (_r.import_id == import_id) & is_among(_r.customer_id, "ids")
        await connection.execute(delete(import_ready).where(where), {"ids": among(found)})
    return len(found)


async def forget_left(connection: Connection) -> int:
    """Delete some rows of imports that need them no more. Returns how many."""
    i = customer_import.c
    has_any = select(_r.import_id).where(_r.import_id == i.id).exists()
    import_id = await connection.scalar(select(i.id).where(i.state.not_in(USING), has_any).limit(1))
    return 0 if import_id is None else await forget(connection, import_id)
