"""A column of a file tells what happened to customers: once each by its reference, and taken back with its import."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import orjson
from sqlalchemy import select

from hub.administration.import_commands import PROBLEMS
from hub.exchange import importing
from hub.exchange.column_mapping import CellProblem, ColumnMapping, guess
from hub.exchange.import_lines import Known
from hub.exchange.importing import Wish, begin_applying, begin_taking_back, finish, stage
from hub.exchange.table_files import LineProblem
from hub.policies.attributes import STANDARD
from hub.policies.customer_rules import TierRulePolicy
from hub.policies.document import PolicyDocument
from hub.policies.publishing import apply_policy
from hub.storage import activities, customers, imports
from hub.storage.activities import NewActivity
from hub.storage.customer_tables import activity
from hub.storage.customers import KnownAddress
from hub.storage.database import Database
from hub.storage.imports import StoredImport
from hub.storage.rule_tables import rule_due
from tests.hub.customers.merges import People
from tests.hub.exchange.imported_files import read
from tests.hub.exchange.test_taking_imports_back import ask_rules
from tests.hub.house import BOTH, NOON

ROOT = Path(__file__).parents[3]
FILE = """Mobile,City,What,When,Amount,Reference
+46701740101,,payment,2026-11-02,129.50,INV-1
+46701740101,Kiruna,Payment,2026-11-03,"1,000.25",INV-2
+46701740101,,付款,2026-11-04,5,INV-3
+46709990001,Ystad,visit,2026-11-04T08:30:00+01:00,,
+46709990001,,complaint,2026-11-05,,C-1
+46709990001,Lund,,,,
+46701740301,,payment,2026-11-02,129.50,INV-1
+46701740301,,payment,2026-11-02,1,OLD
+46701740301,,gift,2026-11-02,,
+46701740301,,contact,2026-11-02,,
+46701740301,,visit,2026-11-02,3,
+46701740301,,visit,2099-11-02,,
+46701740301,,visit,,,
+46701740301,,,2026-11-02,,
+46701740301,,payment,2026-11-02,1.00001,
+46701740301,,payment,2026-11-02,,{long}
""".replace("{long}", "x" * 200)
MAPPING = ColumnMapping(("phone", "city", "activity", "activity_at", "activity_amount", "activity_reference"))


async def put_in(db: Database, document: PolicyDocument, path: Path, text: str = FILE) -> StoredImport:
    path.write_text(text, encoding="utf-8")
    one = await stage(db, Wish(path, path.name, "ada", MAPPING), document, NOON)
    await begin_applying(db, one.id)
    return await finish(db, one.id, document, lambda: NOON)


async def list_all(db: Database) -> list[tuple[str, str, int | None, str | None]]:
    """(customer id, kind, amount, reference), without those of the sample."""
    a = activity.c
    async with db.read() as conn:
        rows = await conn.execute(select(a.customer_id, a.kind, a.amount, a.reference).order_by(a.id))
        return [(row[0], row[1], row[2], row[3]) for row in rows]


@BOTH
async def test_a_file_tells_what_happened_and_takes_it_back(
    db: Database, document: PolicyDocument, tmp_path: Path
) -> None:
    told = NewActivity(customer_id="pia", kind="payment", at=5, amount=None, reference="OLD")
    await db.write(lambda conn: activities.add(conn, [told], NOON))
    before, path = (await read(db), await list_all(db)), tmp_path / "base.csv"
    path.write_text(FILE, encoding="utf-8")
    one = await stage(db, Wish(path, path.name, "ada", MAPPING), document, NOON)
    async with db.read() as conn:
        refused = await imports.list_lines(conn, one.id, 0, 99, ["refuse"])
        others = await imports.list_lines(conn, one.id, 0, 99, ["add", "change"])
    said = [(line.line, *map(orjson.loads(line.body).get, ("column", "problem"))) for line in refused]
    assert said == [
        (7, "", "twice"),
        (8, "Reference", "activity_twice"),
        (10, "What", "activity_kind"),
        (11, "What", "activity_counted"),
        (12, "Amount", "activity_amount"),
        (13, "When", "activity_in_future"),
        (14, "When", "activity_missing"),
        (15, "What", "activity_missing"),
        (16, "Amount", "number"),
        (17, "Reference", "too_long"),
    ]
    shown = {line.line: orjson.loads(line.body)["activity"] for line in others}
    assert shown[3] | {"at": 0} == {
        "kind": "payment",
        "said_at": "2026-11-03",
        "at": 0,
        "amount": 10_002_500,
        "label": "",
        "reference": "INV-2",
    }
    assert (await read(db), await list_all(db)) == before, "a dry run changes nothing"
    await begin_applying(db, one.id)
    await finish(db, one.id, document, lambda: NOON)
    fresh = [row for row in await list_all(db) if row not in before[1]]
    (added,) = {row[0] for row in fresh} - {"pia"}
    assert fresh == [
        ("pia", "payment", 1_295_000, "INV-1"),
        ("pia", "payment", 10_002_500, "INV-2"),
        ("pia", "payment", 50_000, "INV-3"),
        (added, "visit", None, None),
        (added, "complaint", None, "C-1"),
    ]
    async with db.read() as conn:
        due = {row[0]: row[1] for row in await conn.execute(select(rule_due.c.customer_id, rule_due.c.changed))}
        at = await conn.scalar(select(activity.c.at).where(activity.c.customer_id == added).order_by(activity.c.id))
    assert "activity/payment" in due["pia"] and added in due
    assert at == int(datetime(2026, 11, 4, 7, 30, tzinfo=UTC).timestamp()) * 1_000_000
    await begin_taking_back(db, one.id)
    await finish(db, one.id, document, lambda: NOON)
    assert (await read(db), await list_all(db)) == before


@BOTH
async def test_a_file_that_is_imported_again_counts_nothing_twice_and_takes_back_only_its_own(
    db: Database, document: PolicyDocument, tmp_path: Path
) -> None:
    lines = FILE.splitlines(keepends=True)
    first = await put_in(db, document, tmp_path / "a.csv", "".join(lines[:4]))
    assert orjson.loads(first.counts)["change"] == 3
    stored = await list_all(db)
    again = await put_in(db, document, tmp_path / "b.csv", "".join(lines[:4]))
    assert orjson.loads(again.counts)["same"] == 3
    more = await put_in(db, document, tmp_path / "c.csv", lines[0] + lines[3] + lines[1].replace("INV-1", "INV-9"))
    assert len(await list_all(db)) == len(stored) + 1
    await begin_taking_back(db, more.id)
    await finish(db, more.id, document, lambda: NOON)
    assert await list_all(db) == stored


@BOTH
async def test_lines_of_somebody_new_are_one_customer_however_they_are_named(
    db: Database, document: PolicyDocument, tmp_path: Path
) -> None:
    """Also if somebody takes one of their numbers while the import is prepared."""
    path, mapping = tmp_path / "new.csv", ColumnMapping(("phone", "email", "activity", "activity_at", "name"))
    rows = [f"+46709990001,new@post.example,visit,2026-11-0{n},Nora {n}" for n in range(1, 4)]
    text = "Mobile,Mail,What,When,Name\n" + "\n".join(rows) + "\n,new@post.example,visit,2026-11-05,\n"
    path.write_text(text + "+46709990001,other@post.example,visit,2026-11-06,\n", encoding="utf-8")
    for is_taken in (False, True):
        before = await read(db)
        one = await stage(db, Wish(path, path.name, "ada", mapping), document, NOON)
        one = await importing._step(db, await begin_applying(db, one.id), Known(document, NOON))
        assert await read(db) == before
        if is_taken:
            number = KnownAddress(await (await People.open(db)).add("Met"), "phone", "+46709990001", "claimed")
            await db.write(lambda conn, number=number: customers.add_addresses(conn, [number]))
            before = await read(db)
        await finish(db, one.id, document, lambda: NOON)
        (found,) = [row for row in await read(db) if "+46709990001" in row[0]]
        assert (found[0][-3:], found[1]) == (["+46709990001", "new@post.example", "other@post.example"], "Nora 3")
        visits = [row for row in await list_all(db) if row[1] == "visit"]
        assert len({row[0] for row in visits[-5:]}) == 1
        await begin_taking_back(db, one.id)
        await finish(db, one.id, document, lambda: NOON)
        assert await read(db) == before


def test_the_columns_are_guessed_by_their_names() -> None:
    assert guess(["电话", "活动", "活动日期", "Activity amount"], STANDARD) == (
        "phone",
        "activity",
        "activity_at",
        "activity_amount",
    )


def test_every_reason_for_a_refused_line_has_words_on_both_screens_and_at_the_command_line() -> None:
    source = "\n".join(path.read_text() for path in (ROOT / "hub" / "exchange").glob("*.py"))
    codes = {*LineProblem, *CellProblem, *re.findall(r'"((?:consent|activity)_[a-z_]+)"', source)}
    codes = {str(code) for code in codes} | {"twice", "nobody", "two_customers", "unknown_customer"}
    codes -= {"consent_at", "consent_said", "activity_at", "activity_label", "activity_reference", "consent_entry"}
    words = (ROOT / "agent_console/web/src/import/words.ts").read_text(encoding="utf-8")
    assert codes - set(PROBLEMS) == set()
    assert codes - set(re.findall(r"'problem\.([a-z_]+)'", words)) == set()


@BOTH
async def test_a_tier_that_came_by_what_a_file_told_goes_back_with_it(
    db: Database, document: PolicyDocument, tmp_path: Path
) -> None:
    """The minimum stay does not keep it."""
    often = 'count("payment", within("60 days")) >= 2'
    gold = TierRulePolicy(tier="gold", up=often, keeps="", minimum_days=30)
    top = TierRulePolicy(tier="platinum", up="customer.value_now >= 5000", keeps="", minimum_days=0)
    await apply_policy(db, replace(document, tier_rules=(gold, top), stages=(), early_warnings=()), NOON, "test")
    people = await People.open(db)
    lin = await people.add("Lin")
    await ask_rules(db)
    path, mapping = tmp_path / "a.csv", ColumnMapping(("customer_id", "activity", "activity_at"))
    path.write_text(f"Customer id,What,When\n{lin},payment,2026-11-01\n{lin},payment,2026-11-02\n", encoding="utf-8")
    one = await stage(db, Wish(path, path.name, "ada", mapping), document, NOON)
    await begin_applying(db, one.id)
    await finish(db, one.id, document, lambda: NOON)
    await ask_rules(db)
    assert (await people.read(lin))["tier"] == "gold"
    await begin_taking_back(db, one.id)
    await finish(db, one.id, document, lambda: NOON)
    await ask_rules(db)
    assert (await people.read(lin))["tier"] == "standard"
