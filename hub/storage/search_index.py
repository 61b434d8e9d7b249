"""Writes what is searched of customers: their names, addresses and accounts, as `search_words` describes them.

The rule of this file: it is written in the transaction that changes it. Whoever changes a name, an address or an
account calls `index_customers`; whoever adds customers calls `index_fresh`, which reads nothing.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

import orjson
from sqlalchemy import bindparam, literal_column, select

from hub.storage.connection import Connection, Row
from hub.storage.customer_search import MAILBOX, NUMBER
from hub.storage.database import Database
from hub.storage.prepared import Bulk, Prepared, among, is_among
from hub.storage.search_tables import customer_search
from hub.storage.search_words import describe, list_tokens
from hub.storage.tables import address, customer, holding

# Of one customer: the name, numbers, mailboxes, accounts, and other names; then what is written of them
Source = tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]]
Described = Mapping[Source, Row]
ACCOUNT, NAME = "account", "name"  # beside the kinds of addresses
OTHER_NAMES: Final = "other_names"  # of the profile: a list of names in another script, or of before
SLICE: Final = 50  # customers whom one transaction writes: 10 ms (P11)
PAUSE_SECONDS: Final = 0.02

_s = customer_search.c
_c = customer.c
_CUSTOMERS = Prepared(
    select(_c.id, _c.name, _c.tier, _c.merged_into, _c.merged_ids, _c.profile).where(is_among(_c.id, "ids"))
)
_ADDRESSES = Prepared(
    select(address.c.customer_id, address.c.kind, address.c.address)
    .where(is_among(address.c.customer_id, "ids"))
    .order_by(address.c.id)
)
_ACCOUNTS = Prepared(
    select(holding.c.customer_id, literal_column(f"'{ACCOUNT}'"), holding.c.number).where(
        is_among(holding.c.customer_id, "ids")
    )
)
_WRITTEN = Prepared(select(_s.id, _s.words, _s.digits).where(is_among(_s.customer_id, "ids"), _s.name.is_not(None)))
_TO_WRITE = Prepared(select(_s.customer_id).where(_s.name.is_(None)).order_by(_s.id).limit(bindparam("most")))
_REMOVE = Bulk("DELETE FROM customer_search WHERE customer_id IN (SELECT value->>0 FROM {rows})")
_WRITE = Bulk(
    """
    INSERT INTO customer_search (customer_id, tier, name, words, digits)
    SELECT value->>0, value->>1, value->>2, value->>3, value->>4 FROM {rows}
    """,
    """
    INSERT INTO customer_search (customer_id, tier, name, words, digits, tokens)
    SELECT value->>0, value->>1, value->>2, value->>3, value->>4, CAST(value->>5 AS integer[]) FROM {rows}
    """,
)
# of SQLite
_WRITE_TOKENS = Bulk("""
    INSERT INTO customer_token (rowid, tokens)
    SELECT s.id, value->>5 FROM {rows} JOIN customer_search s ON s.customer_id = value->>0
""")
_REMOVE_TOKENS = Bulk("""
    INSERT INTO customer_token (customer_token, rowid, tokens) SELECT 'delete', value->>0, value->>1 FROM {rows}
""")


async def index_customers(connection: Connection, ids: Collection[str], ahead: Described | None = None) -> None:
    """Write these customers anew, as they are in this transaction. Whoever is merged is found as the one who stands
    for them, by all names, addresses and accounts of both. `ahead`: as `describe_ahead` gave it."""
    if not ids:
        return
    names, known, touched = await _gather(connection, ids)
    await forget_customers(connection, {*ids, *touched})
    is_sqlite = connection.dialect.name == "sqlite"
    await write_described(connection, describe_all(names, known, is_sqlite=is_sqlite, ahead=ahead))


async def describe_ahead(db: Database, ids: Collection[str]) -> Described:
    """What will be written of these customers if they stay as they are. Describing takes longer than writing, and
    here the loop goes on after each customer."""
    async with db.read() as connection:
        names, known, _ = await _gather(connection, ids)
        is_sqlite = connection.dialect.name == "sqlite"
    described: dict[Source, Row] = {}
    for _, _, source in _list_sources(names, known):
        described[source] = _describe(source, is_sqlite=is_sqlite)
        await asyncio.sleep(0)
    return described


async def _gather(connection: Connection, ids: Collection[str]) -> tuple[list[Row], list[Row], Collection[str]]:
    """As `describe_all` takes them, and the ids of everybody whose rows they are."""
    rows = {row[0]: row for row in await _CUSTOMERS.fetch(connection, {"ids": among(ids)})}
    rows |= await _fetch_more(connection, rows, [row[3] for row in rows.values() if row[3] is not None])
    heads = [row for row in rows.values() if row[3] is None]
    head_of = {each: row[0] for row in heads for each in (row[0], *orjson.loads(row[4]))}
    rows |= await _fetch_more(connection, rows, head_of)
    wanted = {"ids": among(head_of)}
    known = await _ADDRESSES.fetch(connection, wanted) + await _ACCOUNTS.fetch(connection, wanted)
    known += [(each, NAME, name) for each in head_of if each in rows for name in _list_names(rows[each])]
    return [row[:3] for row in heads], [(head_of[row[0]], *row[1:]) for row in known], head_of


def _list_names(row: Row) -> list[str]:
    others = orjson.loads(row[5]).get(OTHER_NAMES)
    return [row[1], *(one for one in others if isinstance(one, str))] if isinstance(others, list) else [row[1]]


async def _fetch_more(connection: Connection, known: Mapping[str, Row], ids: Collection[str]) -> dict[str, Row]:
    if set(ids) <= set(known):
        return {}
    return {row[0]: row for row in await _CUSTOMERS.fetch(connection, {"ids": among(ids)})}


async def forget_customers(connection: Connection, ids: Collection[str]) -> None:
    """From here on nobody finds them. Call it before their row is deleted."""
    if connection.dialect.name == "sqlite":
        # FTS5 removes a row only if it is told the very tokens again
        before = [
            (row, _say_to_sqlite(words, digits))
            for row, words, digits in await _WRITTEN.fetch(connection, {"ids": among(ids)})
        ]
        await _REMOVE_TOKENS.execute_for(connection, before)
    await _REMOVE.execute_for(connection, [[one] for one in ids])


async def index_fresh(connection: Connection, names: Sequence[Row], addresses: Iterable[Row]) -> None:
    """Write customers whom this transaction has added. `names`: (id, name, tier). `addresses`: (customer id, kind,
    address)."""
    if names:
        is_sqlite = connection.dialect.name == "sqlite"
        await write_described(connection, describe_all(names, addresses, is_sqlite=is_sqlite))


async def index_everyone(db: Database) -> None:
    """Write all customers whom no release with a search has written. Live work goes on between the slices; a million
    customers take ten minutes."""
    while True:
        if not await index_some(db):
            return
        await asyncio.sleep(PAUSE_SECONDS)


async def index_some(db: Database) -> int:
    """The next slice; returns how many."""
    async with db.read() as conn:
        ids = [row[0] for row in await _TO_WRITE.fetch(conn, {"most": SLICE})]

    async def unit(conn: Connection) -> None:
        await index_customers(conn, ids)

    if ids:
        await db.write(unit)
    return len(ids)


def describe_all(
    names: Iterable[Row], known: Iterable[Row], *, is_sqlite: bool, ahead: Described | None = None
) -> list[Row]:
    """What is searched of these customers, for `write_described`. `names`: (id, name, tier). `known`: (customer id,
    kind, address), or an account with the kind ACCOUNT, or another name with the kind NAME."""
    known_ahead: Described = ahead or {}
    return [
        (customer_id, tier, *(known_ahead.get(source) or _describe(source, is_sqlite=is_sqlite)))
        for customer_id, tier, source in _list_sources(names, known)
    ]


def _list_sources(names: Iterable[Row], known: Iterable[Row]) -> Iterable[tuple[str, str, Source]]:
    """Each id and tier, and what they are described by."""
    of: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for customer_id, kind, one in known:
        if kind != MAILBOX or "@" in one:  # others are made up by the hub
            of[customer_id][kind].append(one)
    for customer_id, name, tier in names:
        their = of[customer_id]
        yield customer_id, tier, (name, *(tuple(their[kind]) for kind in (NUMBER, MAILBOX, ACCOUNT, NAME)))


def _describe(source: Source, *, is_sqlite: bool) -> Row:
    it = describe(*source)
    say = _say_to_sqlite if is_sqlite else _say_to_postgres
    return (it.name, it.words, it.digits, say(it.words, it.digits))


async def write_described(connection: Connection, rows: Sequence[Row]) -> None:
    """Write customers whom this transaction has added."""
    if rows:
        await _WRITE.execute_for(connection, rows)
        if connection.dialect.name == "sqlite":
            await _WRITE_TOKENS.execute_for(connection, rows)


def _say_to_sqlite(words: str, digits: str) -> str:
    return " ".join(f"{token:x}" for token in list_tokens(words, digits))


def _say_to_postgres(words: str, digits: str) -> str:
    return "{" + ",".join(map(str, list_tokens(words, digits))) + "}"
