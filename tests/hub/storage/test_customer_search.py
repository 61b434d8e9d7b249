"""A customer is found by any part of what is known of them, alike on both databases, the best first."""

import asyncio
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, text, update

from hub.storage import customer_search, customers
from hub.storage.customer_search import find
from hub.storage.customers import KnownAddress, StoredCustomer, TierChange
from hub.storage.database import Connection, Database
from hub.storage.profiles import ValueChange, change_profiles
from hub.storage.relations import Author, Holding, put_holding
from hub.storage.rule_tables import rule_due
from hub.storage.search_index import describe_ahead, forget_customers, index_customers, index_fresh, index_some
from hub.storage.search_words import Match, describe, fold, read_query
from hub.storage.tables import address, customer
from hub.storage.tables import customer_search as table

TIERS = ["platinum", "gold", "standard"]


@dataclass(frozen=True)
class Person:
    name: str
    tier: str = "standard"
    numbers: tuple[str, ...] = ()
    mailboxes: tuple[str, ...] = ()


async def store(connection: Connection, people: Sequence[Person]) -> None:
    """With the ids c000, c001 and so on, in order."""
    await forget_customers(
        connection, list(await connection.scalars(text("SELECT customer_id FROM customer_search")))
    )
    for one in (address, rule_due, customer):
        await connection.execute(delete(one))
    rows = [StoredCustomer(f"c{n:03}", one.name, one.tier, "", "{}", 1) for n, one in enumerate(people)]
    pairs = list(zip(rows, people, strict=True))
    addresses = [KnownAddress(row.id, "phone", each, "proven") for row, one in pairs for each in one.numbers]
    addresses += [KnownAddress(row.id, "email", each, "proven") for row, one in pairs for each in one.mailboxes]
    await customers.add(connection, rows, 1)
    await customers.add_addresses(connection, addresses)
    named = [(one.id, one.name, one.tier) for one in rows]
    await index_fresh(connection, named, [(one.customer_id, one.kind, one.address) for one in addresses])


async def look(db: Database, asked: str, limit: int = 100) -> list[str]:
    async with db.read(is_slow=True) as connection:
        return [one.customer_id for one in await find(connection, asked, TIERS, limit)]


def read_plainly(people: Sequence[Person], asked: str) -> list[str]:
    """Everybody is compared with the query, without any index."""
    query = read_query(asked)
    found = []
    for n, one in enumerate(people):
        match = query.find_match(describe(one.name, one.numbers, one.mailboxes, ()))
        if match is not None and (asked.strip().lower() in one.mailboxes or has_number(one, asked)):
            match = Match.ADDRESS
        if match is not None:
            found.append((match, TIERS.index(one.tier), -n))
    return [f"c{-n:03}" for _, _, n in sorted(found)]


def has_number(one: Person, asked: str) -> bool:
    digits = "".join(str(unicodedata.decimal(each)) for each in asked if each.isdecimal())
    is_number = all(not each.isalnum() or each.isdecimal() for each in unicodedata.normalize("NFKD", asked))
    return is_number and any(
        each in (f"+{digits}", f"+{digits[2:]}" * digits.startswith("00")) for each in one.numbers
    )


WORDS = ["Anna", "ANNA", "Åsa", "asa", "Svensson", "Sven", "Straße", "strasse", "Işıl", "ISIL", "isil", "İnci"]
WORDS += [
    "Nguyễn",
    "nguyen",
    "Đặng",
    "O'Brien",
    "王小明",
    "王",
    "小明",
    "明王",
    "欧阳",
    "さくら",
    "김민수",
    "-",
    "84",
    "a",
]
NAMES = st.lists(st.sampled_from(WORDS), min_size=0, max_size=3).map(" ".join) | st.text(max_size=6)
NUMBERS = st.builds("+{}{}".format, st.sampled_from(["4670", "8613"]), st.from_regex(r"[0-3]{5}", fullmatch=True))
MAILBOXES = st.builds(
    "{}{}@{}".format,
    st.sampled_from(["anna.svensson", "sven", "o_brien", "84", "王"]),
    st.sampled_from(["", "84", "-x"]),
    st.sampled_from(["example.com", "post.se", "例子.cn"]),
)
PEOPLE = st.lists(
    st.builds(
        Person,
        NAMES.filter(lambda name: "\x00" not in name and name.isprintable()),
        st.sampled_from(TIERS),
        st.lists(NUMBERS, max_size=2).map(tuple),
        st.lists(MAILBOXES, max_size=1).map(tuple),
    ),
    max_size=8,
    unique_by=(lambda one: one.numbers or id(one), lambda one: one.mailboxes or id(one)),
)
QUERIES = st.one_of(
    st.lists(st.sampled_from(WORDS) | st.sampled_from(["sv", "a", "王", "小", "ex", "post.se"]), max_size=3).map(
        " ".join
    ),
    NUMBERS,
    NUMBERS.map(lambda one: f"{one[:3]} (0){one[3:6]}-{one[6:]}"),
    st.from_regex(r"0?[0-3]{3,5}", fullmatch=True),
    MAILBOXES,
    st.text(max_size=8),
)


async def test_both_databases_answer_as_a_plain_reading_does(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    loop, examples = asyncio.get_running_loop(), list[Any]()

    async def compare(people: list[Person], changed: int, queries: list[str]) -> None:
        known = {each for one in people for each in one.numbers}
        people = [one for one in people if sum(each in known for each in one.numbers) == len(set(one.numbers))]

        async def unit(connection: Connection) -> None:
            before = [Person("Somebody Else", one.tier, one.numbers, one.mailboxes) for one in people[:changed]]
            await store(connection, [*before, *people[changed:]])
            for n, one in enumerate(people[:changed]):
                named = update(customer).where(customer.c.id == f"c{n:03}").values(name=one.name)
                await connection.execute(named)
            await index_customers(connection, [f"c{n:03}" for n in range(len(people))])

        await db.write(unit)
        for asked in queries:
            for most in (0, 1_500):  # as if thousands fitted, and as it is
                monkeypatch.setattr(customer_search, "MOST_CANDIDATES", most)
                assert await look(db, asked) == read_plainly(people, asked), (asked, most)

    @settings(max_examples=60, database=None, suppress_health_check=list(HealthCheck))
    @example(
        [Person("王 小明"), Person("王小明", "gold"), Person("Åsa Svensson", "gold")], 1, ["王小明", "asa", "sv a"]
    )
    @given(PEOPLE, st.integers(0, 8), st.lists(QUERIES, min_size=1, max_size=6))
    def try_them(people: list[Person], changed: int, queries: list[str]) -> None:
        examples.append(1)
        seen: set[str] = set()
        mine = []
        for one in people:  # an address belongs to one customer
            numbers = tuple(each for each in dict.fromkeys(one.numbers) if each not in seen)
            mailboxes = tuple(each for each in one.mailboxes if each not in seen)
            seen.update(numbers, mailboxes)
            mine.append(Person(one.name, one.tier, numbers, mailboxes))
        asyncio.run_coroutine_threadsafe(compare(mine, changed, queries), loop).result()

    await asyncio.to_thread(try_them)
    assert len(examples) >= 60


CAST = [
    Person("Pia Åström", "platinum", ("+46701234567",), ("pia.astrom@example.com",)),
    Person("Gus Weiß", "gold", ("+46709876543",), ("gus@post.se",)),
    Person("王小明", "standard", ("+8613812345678",), ("xiaoming@example.com",)),
    Person("Nguyễn Đặng", "standard", (), ("dang@example.com",)),
    Person("Işıl Yılmaz", "gold", (), ()),
    Person("王 伟", "platinum", (), ()),
    Person("Sam O'Brien", "standard", ("+353871112222",), ()),
]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("astrom", ["c000"]),
        ("ÅSTRÖM pia", ["c000"]),
        ("weiss", ["c001"]),
        ("WEIẞ", ["c001"]),
        ("王", ["c005", "c002"]),
        ("小明", ["c002"]),
        ("王伟", ["c005"]),
        ("明 王", ["c002"]),
        ("nguyen dang", ["c003"]),
        ("isil yilmaz", ["c004"]),
        ("IŞIL", ["c004"]),
        ("obrien", ["c006"]),
        ("o’brien", ["c006"]),
        ("0701234567", ["c000"]),
        ("070-123 45 67", ["c000"]),
        ("0046 70 123", ["c000"]),
        ("+46 (0)70 123 45 67", ["c000"]),
        ("4567", ["c002", "c000"][::-1]),
        ("２３４５６７８", ["c002"]),
        ("٣٤٥٦٧٨", ["c002"]),
        ("567", []),
        ("example.com", ["c000", "c003", "c002"]),
        ("xiao", ["c002"]),
        ("XIAOMING@example.com", ["c002"]),
        ("gus@", ["c001"]),
        ("strom", []),
    ],
)
async def test_a_customer_is_found_by(db: Database, asked: str, found: list[str]) -> None:
    await db.write(lambda connection: store(connection, CAST))
    assert await look(db, asked) == found


async def test_the_address_comes_before_the_name_and_the_name_before_what_it_begins(db: Database) -> None:
    people = [
        Person("Anna Svensson", "platinum"),
        Person("Maria Anna", "platinum"),
        Person("Anna", "standard"),
        Person("Bo", "standard", (), ("anna@example.com",)),
        Person("Anna Berg", "standard"),
        Person("Anna Dahl", "standard"),
    ]
    await db.write(lambda connection: store(connection, people))
    assert await look(db, "anna") == ["c002", "c000", "c005", "c004", "c001", "c003"]
    assert await look(db, "anna", limit=2) == ["c002", "c000"]
    assert (await look(db, "Anna@Example.com"))[0] == "c003"


HOSTILE = [
    "",
    " ",
    "%",
    "_",
    "*",
    '"',
    "a*",
    '"a" OR "b"',
    "NEAR(a b)",
    "tokens: a",
    "^a",
    "a -b",
    "(",
    "')--",
    "{1,2}",
]
HOSTILE += [
    "\x00",
    "a\x00b",
    "\ud800",
    "\x1f\x07",
    "a " * 150,
    "1 " * 150,
    "1" * 320,
    "王" * 320,
    "(" * 300,
    "x" * 100_000,
]
HOSTILE += ["&|!", "a:*", "a & b", "\\", "a\\' | b", "ﷺ" * 300, "\u0301" * 320]


@pytest.mark.parametrize("most", [0, 1_500])
async def test_a_hostile_query_is_data(db: Database, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(customer_search, "MOST_CANDIDATES", most)
    await db.write(lambda connection: store(connection, CAST))
    for asked in HOSTILE:
        assert await look(db, asked) in ([], read_plainly(CAST, asked)), asked[:40]
    assert await look(db, "王" + " " * 400) == []


async def test_a_customer_is_found_by_another_name_as_long_as_it_is_known(db: Database) -> None:
    await db.write(lambda connection: store(connection, [Person("嘉怡"), Person("Ann")]))

    async def call_them(names: list[str] | None) -> None:
        known = tuple(names) if names else None
        one = ValueChange(
            customer_id="c000", name="other_names", new=names, known=known, at=2, changed_by="agent", changer_id="ada"
        )
        await db.write(lambda connection: change_profiles(connection, [one]))

    await call_them(["Lín Jiāyí", "Jessie"])
    assert [await look(db, asked) for asked in ("lin jiayi", "jess", "嘉怡")] == [["c000"]] * 3
    await call_them(None)
    assert [await look(db, asked) for asked in ("lin jiayi", "嘉怡")] == [[], ["c000"]]


async def test_a_changed_tier_changes_the_order(db: Database) -> None:
    await db.write(lambda connection: store(connection, [Person("Anna A"), Person("Anna B"), Person("Anna C")]))
    assert await look(db, "anna") == ["c002", "c001", "c000"]
    await db.write(lambda connection: customers.set_tiers(connection, {"c000": "gold"}))
    await db.write(
        lambda connection: customers.change_tiers(connection, [TierChange("c001", "standard", "platinum")])
    )
    assert await look(db, "anna") == ["c001", "c000", "c002"]


async def test_customers_of_an_older_release_are_written_in_slices(db: Database) -> None:
    await db.write(lambda connection: store(connection, [Person(f"Anna {n}") for n in range(120)]))

    async def forget(connection: Connection) -> None:
        empty = update(table).values(name=None, words="", digits="")
        if connection.dialect.name == "sqlite":
            await connection.execute(text("INSERT INTO customer_token (customer_token) VALUES ('delete-all')"))
        await connection.execute(empty)

    await db.write(forget)
    assert await look(db, "anna") == []
    assert [await index_some(db) for _ in range(4)] == [50, 50, 20, 0]
    assert await look(db, "anna", 3) == ["c119", "c118", "c117"]


async def test_nothing_stays_of_a_customer_who_is_gone(db: Database) -> None:
    await db.write(lambda connection: store(connection, CAST))

    async def erase(connection: Connection) -> None:
        await forget_customers(connection, ["c000", "nobody"])
        await connection.execute(delete(address).where(address.c.customer_id == "c000"))
        await connection.execute(delete(rule_due).where(rule_due.c.customer_id == "c000"))
        await connection.execute(delete(customer).where(customer.c.id == "c000"))

    assert await look(db, "astrom") == ["c000"]
    await db.write(erase)
    assert await look(db, "astrom") == []
    await db.write(lambda connection: index_customers(connection, ["c000"]))
    assert await look(db, "astrom") == []
    async with db.read() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM customer_search")) == len(CAST) - 1


async def test_a_renamed_customer_and_an_account_are_found_at_once(db: Database) -> None:
    await db.write(lambda connection: store(connection, CAST))
    by = Author(at=2, changed_by="agent", changer_id="ada", source="page")
    new = ValueChange(
        customer_id="c005", name="name", new="Bo Wei", known="Bo Wei", at=2, changed_by="agent", changer_id="ada"
    )
    await db.write(lambda connection: change_profiles(connection, [new]))
    assert (await look(db, "王伟"), await look(db, "bo w")) == ([], ["c005"])
    loan = Holding(id="h1", customer_id="c005", product="Loan", number="SE-4567 8901/X")
    await db.write(lambda connection: put_holding(connection, loan, by))
    assert await look(db, "5678901") == await look(db, "4567-8901") == ["c005"]


async def test_what_was_described_ahead_is_written_of_those_alone_who_are_as_they_were(db: Database) -> None:
    await db.write(lambda connection: store(connection, CAST))
    ids = [f"c{n:03}" for n in range(len(CAST))]
    ahead = await describe_ahead(db, ids)
    new = ValueChange(
        customer_id="c005", name="name", new="Bo Wei", known="Bo Wei", at=2, changed_by="agent", changer_id="ada"
    )
    await db.write(lambda connection: change_profiles(connection, [new]))
    others = {source: described for source, described in ahead.items() if source[0] != "Pia Åström"}
    (pia,) = ahead.keys() - others.keys()
    of_gus = next(described for source, described in ahead.items() if source[0].startswith("Gus"))
    await db.write(lambda connection: index_customers(connection, ids, {**others, pia: of_gus}))
    assert (await look(db, "王伟"), await look(db, "bo w"), await look(db, "王小明")) == ([], ["c005"], ["c002"])
    assert (await look(db, "astrom"), await look(db, "gus")) == ([], ["c000", "c001"]), "it is used for her"


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


SAID = ["lin jiayi", "linjiayi", "Lin Jia Yi", "jiayi lin", "lín jiāyí", "yi lin", "嘉怡 lin", "linji", "jia"]


async def test_a_name_in_characters_is_found_as_it_is_said(db: Database) -> None:
    people = [Person("林嘉怡"), Person("Linda Jungner"), Person("欧阳 明"), Person("北京林业大学家属合作社")]
    await db.write(lambda connection: store(connection, people))
    for asked in SAID:
        assert (asked, await look(db, asked)) == (asked, ["c000"])
    assert await look(db, "ouyangming") == ["c002"] == await look(db, "ming ou yang")
    assert await look(db, "linyedaxue") == [], "what is too long for a person's name is not read"
