"""A base of invented customers in the tables of a hub, made fast: for the bench of customers.

The rule of this file: the same seed gives the same customers. Names are as unequal as real ones: a few are shared by
thousands, most by a handful. Rows go to the database in its fastest way, and its indexes come last.
"""

import random
import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, closing, nullcontext
from dataclasses import dataclass
from itertools import islice
from typing import Any

import asyncpg

from hub.storage.database import Database
from hub.storage.search_words import describe, list_tokens

TIERS = ("platinum", "gold", "silver", "standard")
_SHARES = (1, 5, 14, 80)
_LATIN = """Anna Maria Erik Lars Karin Eva Johan Åsa Björn Sofia Nils Ingrid Emma James Mary John Sarah William Linda
    Michael Laura David Nguyễn Đặng Işıl Mehmet Zoë José María Jürgen Käthe Łukasz Søren Æsa Fatima Omar""".split()
_FAMILIES = """Andersson Johansson Karlsson Nilsson Eriksson Larsson Olsson Persson Svensson Gustafsson Smith Jones
    Brown Taylor O'Brien Wilson García Müller Weiß Yılmaz Kowalski Trần Phạm Sørensen Åström Öberg""".split()
_SYLLABLES = "ab er in ka lo mi nor os pet qui ras sven tal und vik wen xar yst zet dal lund berg holm ström".split()
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢"
    "姚沈钟姜崔谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严"
)
_GIVEN = (
    "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂文辉玲华建国红梅春波玉宇浩然子轩"
    "雨涵欣怡晨曦思远嘉豪梓琪若诗景行云飞海燕志鹏少卿"
)
TABLES = ["customer", "address", "customer_search", "rule_value", "activity", "profile_change"]
MEMORY = "256MB"  # to make an index of tokens with: more than PostgreSQL takes by itself
_DROPPED = """
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
        format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE contype = 'f' AND conrelid::regclass::text = ANY($1)
    UNION ALL
    SELECT format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
    FROM pg_index WHERE indrelid::regclass::text = ANY($1) AND NOT indisunique
"""  # each with what makes it again
Row = tuple[Any, ...]
_MAILS = ("example.com", "mail.example", "post.example", "example.cn")


@dataclass(frozen=True, slots=True)
class BenchCustomer:
    id: str
    name: str
    tier: str
    number: str
    mailbox: str  # empty for some


def make(number: int, seed: int = 7) -> Iterator[BenchCustomer]:
    rnd = random.Random(seed)
    for n in range(number):
        if rnd.random() < 0.4:
            first = _SURNAMES[min(int(rnd.expovariate(0.06)), len(_SURNAMES) - 1)]
            name = first + "".join(rnd.choice(_GIVEN) for _ in range(1 if rnd.random() < 0.2 else 2))
            phone, local = f"+861{n * 6_180_339_887 % 10**10:010}", f"{rnd.choice(_SYLLABLES)}{n}"
        else:
            given = _LATIN[min(int(rnd.expovariate(0.1)), len(_LATIN) - 1)]
            is_common = rnd.random() < 0.4
            family = rnd.choice(_FAMILIES) if is_common else "".join(rnd.choices(_SYLLABLES, k=3)).capitalize()
            name = f"{given} {family}"
            phone, local = f"+467{n * 61_803_399 % 10**8:08}", f"{given}.{family}{n}".lower()
        mailbox = f"{local}@{rnd.choice(_MAILS)}" if rnd.random() < 0.7 else ""
        yield BenchCustomer(f"c{n:020x}", name, rnd.choices(TIERS, _SHARES)[0], phone, mailbox)


async def fill(db: Database, url: str, number: int) -> list[BenchCustomer]:
    """Write so many into an empty migrated database. Returns about a thousand of them."""
    people, kept = make(number), list[BenchCustomer]()
    async with nullcontext() if db.is_sqlite else without_indexes(url):
        while some := list(islice(people, 10_000)):
            kept += some[:: max(1, number // 1_000)]
            if db.is_sqlite:
                _write_to_sqlite(url.removeprefix("sqlite:///"), some)
            else:
                await _write_to_postgres(url, some)
    if not db.is_sqlite:
        await run_in_postgres(url, "VACUUM ANALYZE")
    return kept


def _list_rows(some: Sequence[BenchCustomer]) -> tuple[list[Row], list[Row], list[Row]]:
    """Of the customers, of their addresses, and of what is searched of them, without its tokens."""
    customers = [(one.id, one.name, one.tier, 1) for one in some]
    addresses = [(one.id, "phone", one.number) for one in some]
    addresses += [(one.id, "email", one.mailbox) for one in some if one.mailbox]
    searched = []
    for one in some:
        it = describe(one.name, [one.number], [one.mailbox] if one.mailbox else [], [])
        searched.append((one.id, one.tier, it.name, it.words, it.digits))
    return customers, addresses, searched


def _write_to_sqlite(path: str, some: Sequence[BenchCustomer]) -> None:
    customers, addresses, searched = _list_rows(some)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO customer (id, name, tier, created_at) VALUES (?, ?, ?, ?)", customers)
        connection.executemany("INSERT INTO address (customer_id, kind, address) VALUES (?, ?, ?)", addresses)
        first = connection.execute("SELECT coalesce(max(id), 0) + 1 FROM customer_search").fetchone()[0]
        rows = [(first + n, *row) for n, row in enumerate(searched)]
        connection.executemany(
            "INSERT INTO customer_search (id, customer_id, tier, name, words, digits) VALUES (?, ?, ?, ?, ?, ?)", rows
        )
        tokens = [(row[0], " ".join(f"{one:x}" for one in list_tokens(row[4], row[5]))) for row in rows]
        connection.executemany("INSERT INTO customer_token (rowid, tokens) VALUES (?, ?)", tokens)
        connection.execute("COMMIT")


async def _write_to_postgres(url: str, some: Sequence[BenchCustomer]) -> None:
    customers, addresses, searched = _list_rows(some)
    rows = [(*row, list(list_tokens(row[3], row[4]))) for row in searched]
    connection = await asyncpg.connect(url)
    try:
        copy = connection.copy_records_to_table
        await copy("customer", records=customers, columns=["id", "name", "tier", "created_at"])
        await copy("address", records=addresses, columns=["customer_id", "kind", "address"])
        named = ["customer_id", "tier", "name", "words", "digits", "tokens"]
        await copy("customer_search", records=rows, columns=named)
    finally:
        await connection.close()


async def run_in_postgres(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


@asynccontextmanager
async def without_indexes(url: str) -> AsyncIterator[None]:
    """The tables of a base in PostgreSQL without foreign keys and without the indexes that are no keys: it is quicker
    to make them of a million rows than to keep them up row by row. Nobody else uses the database meanwhile."""
    connection = await asyncpg.connect(url)
    try:
        dropped = await connection.fetch(_DROPPED, TABLES)
        for drop, _ in dropped:
            await connection.execute(drop)
        yield
        await connection.execute(f"SET maintenance_work_mem = '{MEMORY}'")
        for _, restore in reversed(dropped):
            await connection.execute(restore)
    finally:
        await connection.close()
