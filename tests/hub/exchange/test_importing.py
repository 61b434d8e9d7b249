"""An import shows nobody anything until it begins, ends as a whole however often it is cut, and can be taken back."""

from pathlib import Path

import openpyxl
import orjson
import pytest
from sqlalchemy import select

from hub.administration.import_commands import FileWish, import_customers
from hub.exchange.importing import Wish, begin_applying, begin_taking_back, cancel, finish, stage
from hub.exchange.table_files import UnreadableFile
from hub.policies.document import PolicyDocument
from hub.storage import customers, imports
from hub.storage.customer_search import find as find_customers
from hub.storage.database import Database
from hub.storage.imports import ImportMoved
from hub.storage.profiles import ValueChange, change_profiles, list_past_values
from hub.storage.tables import inbox, profile_change
from tests.hub.exchange.imported_files import FILE, MAPPING, read, staged
from tests.hub.house import BOTH
from tests.seeded import copy_database

TIERS = ["platinum", "gold", "standard"]


async def look(db: Database, asked: str) -> list[str]:
    async with db.read() as conn:
        found = await find_customers(conn, asked, TIERS, 20)
        return [one.name for one in (await customers.find(conn, [each.customer_id for each in found])).values()]


@BOTH
async def test_a_dry_run_says_what_every_line_would_do(
    db: Database, document: PolicyDocument, tmp_path: Path
) -> None:
    before = await read(db)
    one = await staged(db, document, tmp_path / "base.csv")
    assert orjson.loads(one.counts) == {"change": 1, "add": 2, "refuse": 3, "last": 7}
    async with db.read() as conn:
        lines = await imports.list_lines(conn, one.id, 0, 10, ["refuse", "change"])
    said = [(line.line, orjson.loads(line.body)) for line in lines]
    assert said[0][1]["changes"] == {"name": ["Pia Lindqvist", "Pia Lindqvist-Berg"], "city": ["Göteborg", "Uppsala"]}
    assert [(line, body["problem"], body["column"]) for line, body in said[1:]] == [
        (3, "twice", "Mobile"),
        (5, "nobody", ""),
        (6, "country", "Mobile"),
    ]
    assert await read(db) == before
    await cancel(db, one.id)
    with pytest.raises(ImportMoved):
        await begin_applying(db, one.id)
    assert await read(db) == before


@BOTH
async def test_an_import_is_found_and_taken_back_but_for_what_changed_since(
    db: Database, document: PolicyDocument, tmp_path: Path
) -> None:
    before = await read(db)
    one = await staged(db, document, tmp_path / "base.csv")
    await begin_applying(db, one.id)
    done = await finish(db, one.id, document, lambda: 6)
    assert done.state == "applied"
    assert (await look(db, "王小明"), await look(db, "lindqvist berg")) == (["王小明"], ["Pia Lindqvist-Berg"])
    async with db.read() as conn:
        (past, *_) = await list_past_values(conn, "pia", name="city")
    assert (past.old, past.new, past.changed_by, past.changer_id, past.source) == (
        *("Göteborg", "Uppsala"),
        *("import", one.id, "base.csv"),
    )
    by_hand = ValueChange(
        customer_id="pia", name="city", new="Falun", known="Falun", at=7, changed_by="agent", changer_id="ada"
    )
    await db.write(lambda conn: change_profiles(conn, [by_hand]))
    await begin_taking_back(db, one.id)
    assert (await finish(db, one.id, document, lambda: 8)).state == "taken_back"
    expected = [(*row[:4], {**row[4], "city": "Falun"}) if row[1] == "Pia Lindqvist" else row for row in before]
    assert await read(db) == expected
    assert (await look(db, "王小明"), await look(db, "lindqvist")) == ([], ["Pia Lindqvist"])
    with pytest.raises(ImportMoved):
        await begin_taking_back(db, one.id)


async def test_only_those_with_open_work_are_announced(
    db: Database, document: PolicyDocument, tmp_path: Path
) -> None:
    one = await staged(db, document, tmp_path / "base.csv")
    await begin_applying(db, one.id)
    await finish(db, one.id, document, lambda: 6)
    async with db.read() as conn:
        assert not list(await conn.scalars(select(inbox.c.id).where(inbox.c.kind == "CustomersChanged")))
        assert (
            await conn.scalar(select(profile_change.c.seq).where(profile_change.c.changer_id == one.id)) is not None
        )


async def test_the_columns_of_a_header_are_remembered(db: Database, document: PolicyDocument, tmp_path: Path) -> None:
    await staged(db, document, tmp_path / "base.csv")
    again = tmp_path / "again.csv"
    again.write_text("name;MOBILE;E-Mail;city;VALUE\nBo;+46705556677;;Lund;1\n")
    one = await stage(db, Wish(again, "again.csv", "ada"), document, 6)
    assert orjson.loads(one.mapping)["targets"] == list(MAPPING.targets)
    assert orjson.loads(one.counts) == {"add": 1, "last": 2}
    other = tmp_path / "other.csv"
    other.write_text("Thing\tOther\n1\t2\n")
    with pytest.raises(UnreadableFile, match=r'No column .* whose line it is.*"Thing", "Other"'):
        await stage(db, Wish(other, "other.csv", "ada"), document, 6)


async def test_ids_that_are_not_the_hubs_are_refused_at_their_column(
    db: Database, document: PolicyDocument, tmp_path: Path
) -> None:
    file = tmp_path / "theirs.csv"
    file.write_text("Id;First name;Surname;Phone\nC-1;Bo;Ek;+46705556677\n")
    one = await stage(db, Wish(file, "theirs.csv", "ada"), document, 5)
    assert orjson.loads(one.mapping)["targets"] == ["customer_id", "given_name", "family_name", "phone"]
    async with db.read() as conn:
        (line,) = await imports.list_lines(conn, one.id, 0, 10, ["refuse"])
    assert orjson.loads(line.body) == {"problem": "unknown_customer", "column": "Id"}


async def test_excel_gives_numbers_and_dates(db: Database, document: PolicyDocument, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["姓名", "手机", "客户编号", "since_year"])
    sheet.append(["王芳", 8613812345678.0, None, 2019.0])
    sheet.append(["Gus", None, "gus", "many"])
    book.save(tmp_path / "base.xlsx")
    one = await stage(db, Wish(tmp_path / "base.xlsx", "base.xlsx", "ada"), document, 6)
    async with db.read() as conn:
        (added,) = await imports.list_lines(conn, one.id, 0, 9, ["add"])
        (refused,) = await imports.list_lines(conn, one.id, 0, 9, ["refuse"])
    said = orjson.loads(added.body)
    assert (said["addresses"], said["facts"], said["values"]) == (
        [["phone", "+8613812345678"]],
        {"name": "王芳"},
        {"since_year": 2019},
    )
    assert (refused.line, orjson.loads(refused.body)["problem"]) == (3, "number")


async def test_one_import_moves_at_a_time_and_only_the_last_is_taken_back(
    db: Database, document: PolicyDocument, tmp_path: Path
) -> None:
    first = await staged(db, document, tmp_path / "base.csv")
    second = await staged(db, document, tmp_path / "more.csv", "Name,Mobile,E-mail,City,Value\nBo,+46701230000,,,\n")
    await begin_applying(db, first.id)
    with pytest.raises(ImportMoved):
        await begin_applying(db, second.id)
    await finish(db, first.id, document, lambda: 6)
    await begin_applying(db, second.id)
    await finish(db, second.id, document, lambda: 6)
    with pytest.raises(ImportMoved):
        await begin_taking_back(db, first.id)
    assert await db.write(lambda conn: imports.forget_lines(conn, 0)) == 6  # of the first, which nobody takes back
    assert await db.write(lambda conn: imports.forget_lines(conn, 0)) == 0
    await begin_taking_back(db, second.id)
    assert (await finish(db, second.id, document, lambda: 6)).state == "taken_back"


async def test_the_command_says_what_is_wrong_with_each_line_and_does_the_rest(
    seeded_file: Path, tmp_path: Path
) -> None:
    copy_database(seeded_file, tmp_path / "hub.db")
    path = tmp_path / "base.csv"
    path.write_text(FILE)
    said: list[str] = []
    wish = FileWish(path, {"Value": "value_now"}, "", is_dry=True)
    await import_customers(f"sqlite:///{tmp_path / 'hub.db'}", wish, said.append)
    told = "".join(said)
    assert 'line 3, "Mobile": an earlier line of this file has the same number or mailbox' in told
    assert "2 lines to add, 1 line to change, 0 lines as they are, 3 lines refused" in told
    assert told.endswith("Nothing was changed.\n")
