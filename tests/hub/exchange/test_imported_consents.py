"""A column of a file, and a field of a request, says what customers agree to; an import takes back what it said."""

from pathlib import Path

import orjson
import pytest

from hub.exchange.column_mapping import CellRefused, ColumnMapping, guess, read_cell
from hub.exchange.import_lines import Known, Source
from hub.exchange.importing import Wish, begin_applying, begin_taking_back, finish, stage
from hub.exchange.upserting import UpsertRefused, read_customers, upsert
from hub.policies.document import PolicyDocument
from hub.storage import consents, imports
from hub.storage.consents import ConsentEntry, leave_out_void
from hub.storage.database import Database
from tests.hub.house import BOTH

PIA, WANG, DAY = ("phone", "+46701740101"), ("phone", "+8613812345678"), 86_400_000_000
NOW = 20_000 * DAY  # in October 2024
FILE = """Mobile,Name,Marketing,Agreed on,Text
+46701740101,,yes,2024-03-01,1
+86 138 1234 5678,王小明,否,,
+46701740102,,yes,2024-03-01,9
,Nobody,yes,,
+46701740103,,yes,2031-01-01,
+46701740104,,,2024-03-01,
+46701740105,,perhaps,,
"""
MAPPING = ColumnMapping(("phone", "name", "consent/marketing", "consent_at", "consent_text"))


async def wish(db: Database, key: tuple[str, str]) -> list[tuple[str, int]]:
    async with db.read() as conn:
        found = (await consents.find_standings(conn, [key])).get(key, ())
    return [(one.act, one.at) for one in found if one.purpose == "marketing"]


async def put_in(db: Database, document: PolicyDocument, path: Path) -> str:
    one = await stage(db, Wish(path, path.name, "ada", MAPPING), document, NOW)
    await begin_applying(db, one.id)
    await finish(db, one.id, document, lambda: NOW)
    return one.id


@BOTH
async def test_a_column_tells_of_consent_and_is_taken_back_with_its_import(
    db: Database, document: PolicyDocument, tmp_path: Path
) -> None:
    earlier = ConsentEntry(
        kind="phone", address=PIA[1], purpose="marketing", act="withdrawn", source="agent", at=5, recorded_at=5
    )
    await db.write(lambda conn: consents.add(conn, [earlier]))
    path = tmp_path / "base.csv"
    path.write_text(FILE)
    one = await stage(db, Wish(path, path.name, "ada", MAPPING), document, NOW)
    async with db.read() as conn:
        refused = await imports.list_lines(conn, one.id, 0, 10, ["refuse"])
        (pia,) = await imports.list_lines(conn, one.id, 0, 10, ["change"])
    assert [(line.line, orjson.loads(line.body)["problem"]) for line in refused] == [
        (4, "consent_text"),
        (5, "nobody"),
        (6, "consent_in_future"),
        (7, "consent_missing"),
        (8, "yes_no"),
    ]
    assert orjson.loads(pia.body)["changes"] == {"consent/marketing": [False, True]}
    assert await wish(db, PIA) == [("withdrawn", 5)]
    await begin_applying(db, one.id)
    await finish(db, one.id, document, lambda: NOW)
    march = 19_783 * DAY - 3_600_000_000  # the day began an hour before UTC
    assert (await wish(db, PIA), await wish(db, WANG)) == ([("given", march)], [("withdrawn", NOW)])
    async with db.read() as conn:
        told = [entry for entry in await consents.list_entries(conn, [PIA, WANG]) if entry.source == "import"]
    assert {(entry.by_id, entry.text_version) for entry in told} == {(one.id, 1), (one.id, 0)}
    again = await stage(db, Wish(path, path.name, "ada", MAPPING), document, NOW + 1)
    assert orjson.loads(again.counts)["same"] == 2, "the same file twice tells nothing new"
    await begin_taking_back(db, one.id)
    await finish(db, one.id, document, lambda: NOW + 2)
    assert (await wish(db, PIA), await wish(db, WANG)) == ([("withdrawn", 5)], [])
    async with db.read() as conn:
        history = await consents.list_entries(conn, [PIA])
        assert await consents.list_entries(conn, [WANG]) == [], "who was added is gone with all that was said"
    assert [entry.act for entry in history] == ["void", "given", "withdrawn"], "the ledger keeps what was said"
    assert leave_out_void(history) == [earlier]


@BOTH
async def test_a_wish_that_came_since_outlives_the_import(
    db: Database, document: PolicyDocument, tmp_path: Path
) -> None:
    path = tmp_path / "base.csv"
    path.write_text(FILE)
    import_id = await put_in(db, document, path)
    since = ConsentEntry(
        kind="phone", address=PIA[1], purpose="marketing", act="withdrawn", source="agent", at=NOW, recorded_at=NOW
    )
    await db.write(lambda conn: consents.add(conn, [since]))
    await begin_taking_back(db, import_id)
    await finish(db, import_id, document, lambda: NOW + 2)
    assert await wish(db, PIA) == [("withdrawn", NOW)]


@BOTH
async def test_a_program_tells_of_consent_and_hears_what_is_wrong(db: Database, document: PolicyDocument) -> None:
    told = [
        {
            "phone": PIA[1],
            "consent/marketing": True,
            "consent/recording": False,
            "consent_at": "2024-05-02T10:00:00+02:00",
        }
    ]
    token, known = Source("api", "k1", "shop"), Known(document, NOW)
    lines = read_customers(told, document, NOW)
    (done,), _ = await db.write(lambda conn: upsert(conn, token, lines, known))
    assert (done.customer_id, done.outcome) == ("pia", "change")
    assert await wish(db, PIA) == [("given", 1_714_636_800_000_000)]
    (again,), _ = await db.write(lambda conn: upsert(conn, token, lines, known))
    assert again.outcome == "same"
    with pytest.raises(UpsertRefused) as refused:
        read_customers([{"customer_id": "pia", "consent/marketing": True}], document, NOW)
    assert [(one.field, one.code) for one in refused.value.problems] == [("", "consent_address")]


def test_columns_of_consent_are_read_and_never_guessed(document: PolicyDocument) -> None:
    attributes = document.all_attributes
    assert guess(["Marketing", "Consent"], attributes) == ("", "")
    assert read_cell("consent/service", "ja", attributes, "") is True
    assert read_cell("consent_text", "3", attributes, "") == 3
    for target, cell in (("consent_text", "0"), ("consent_at", "11/12/2026"), ("consent/service", "maybe")):
        with pytest.raises(CellRefused):
            read_cell(target, cell, attributes, "")
