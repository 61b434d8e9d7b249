"""An export begins no formula, hides what a role may not see, and is read again as the same base."""

import csv
import io
import tempfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.administration.export_commands import export_customers
from hub.administration.import_commands import ImportFailed
from hub.exchange.column_mapping import FORMULAS, read_cell
from hub.exchange.exporting import neutralise, write_csv
from hub.exchange.importing import Wish, begin_applying, finish, stage
from hub.exchange.sheet_exporting import SheetRefused, write_xlsx
from hub.exchange.table_files import open_table
from hub.policies.attributes import STANDARD, AttributePolicy
from hub.policies.document import PolicyDocument
from hub.policies.stored_versions import get_newest_book
from hub.storage.database import Database
from hub.storage.imports import list_lines
from hub.storage.segment_sample import count_customers
from tests.hub.customers.merges import People
from tests.hub.exchange.imported_files import read
from tests.hub.house import BOTH
from tests.seeded import copy_database

EVIL = '=HYPERLINK("http://a.example";"Pia")'
EVERYBODY = ("agent", "supervisor", "author", "administrator")


async def write(db: Database, path: Path, roles: tuple[str, ...] = EVERYBODY, **more: Any) -> str:
    async with db.read() as conn:
        book = await get_newest_book(conn)
    if more:
        book = replace(book, document=replace(book.document, **more))
    path.write_bytes(b"".join([part async for part in write_csv(db, book, book.see_as(roles))]))
    return path.read_text(encoding="utf-8-sig")


@BOTH
async def test_the_import_of_an_export_changes_nothing_and_fills_another_base_alike(
    db: Database, document: PolicyDocument, tmp_path: Path, seeded_file: Path
) -> None:
    people = await People.open(db)
    lin = await people.add("+Lin", city=EVIL, products=["A; B", "-C"], value_now=-1234.5, do_not_contact=True)
    await people.merge(lin, await people.add("Wei"))
    text = await write(db, tmp_path / "all.csv")
    cells = [cell for row in csv.reader(text.splitlines()) for cell in row]
    assert [cell for cell in cells if cell.startswith(FORMULAS)] == ["-1234.5"]
    one = await stage(db, Wish(tmp_path / "all.csv", "all.csv", "ada"), document, 5)
    async with db.read() as conn:
        others = await list_lines(conn, one.id, 0, 99, ["add", "change", "refuse"])
    assert others == []
    copy_database(seeded_file, tmp_path / "other.db")
    other = await Database.open(f"sqlite:///{tmp_path / 'other.db'}")
    try:
        path = tmp_path / "fresh.csv"
        header, *rows = text.splitlines()
        fresh = [line for line in rows if line.startswith(f"{lin},")]
        path.write_text("\n".join(["none" + header.removeprefix("customer_id"), *fresh]) + "\n", encoding="utf-8")
        one = await stage(other, Wish(path, "fresh.csv", "ada"), document, 5)
        await begin_applying(other, one.id)
        await finish(other, one.id, document, lambda: 6)
        mine = [row for row in await read(db) if row[1] == "+Lin"]
        theirs = [row for row in await read(other) if row[1] == "+Lin"]
        assert [row[3:4] for row in theirs] == [row[3:4] for row in mine]
        assert theirs[0][4] == {**mine[0][4], "currency": document.currency}
        assert set(mine[0][0]) <= set(theirs[0][0])
    finally:
        await other.close()


async def test_what_a_role_may_not_see_has_no_column(db: Database, tmp_path: Path) -> None:
    secret: dict[str, AttributePolicy] = {
        "value_now": replace(STANDARD["value_now"], seen_by=("administrator",)),
    }
    text = await write(db, tmp_path / "a.csv", ("supervisor",), attributes=secret)
    header = text.splitlines()[0].split(",")
    assert "value_now" not in header and "value_past" in header and "phone" in header
    text = await write(db, tmp_path / "b.csv", ("administrator",), attributes=secret)
    assert "value_now" in text.splitlines()[0]


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="='+-@ab1. \t", max_size=8))
def test_a_cell_comes_back_as_it_was_and_never_begins_a_formula(text: str) -> None:
    said = neutralise(text)
    assert not said.startswith(FORMULAS) or said.lstrip("-").replace(".", "").isdigit()
    if text.strip() == text and text and text.isprintable():
        assert read_cell("name", said, STANDARD, "") == text


async def test_the_command_writes_a_whole_file_or_none(seeded_file: Path, tmp_path: Path) -> None:
    copy_database(seeded_file, tmp_path / "hub.db")
    url, out = f"sqlite:///{tmp_path / 'hub.db'}", tmp_path / "out.csv"
    assert "12 lines written" in await export_customers(url, out, "", "for the letters")
    assert out.stat().st_mode & 0o777 == 0o600 and [path.name for path in tmp_path.glob(".*.part")] == []
    with pytest.raises(ImportFailed, match='no live segment "gone"'):
        await export_customers(url, out, "gone", "for the letters")
    with pytest.raises(ImportFailed, match="cannot be written"):
        await export_customers(url, tmp_path / "none" / "out.csv", "", "for the letters")


# ---- xlsx


async def test_a_sheet_holds_what_the_csv_holds_and_the_import_of_it_changes_nothing(
    db: Database, document: PolicyDocument, tmp_path: Path
) -> None:
    people = await People.open(db)
    await people.add("+Lin", city=EVIL, products=["A; B", "-C"], value_now=-1234.5, birthday="1984-02-29")
    await people.add("#N/A", note="two\nlines", value_now=12345678901234567)
    async with db.read() as conn:
        book = await get_newest_book(conn)
    sight, path = book.see_as(EVERYBODY), tmp_path / "all.xlsx"
    text = b"".join([part async for part in write_csv(db, book, sight)]).decode("utf-8-sig")
    expected = list(csv.reader(io.StringIO(text, newline="")))
    assert await write_xlsx(db, book, sight, path) == len(expected) - 1
    sheet = openpyxl.load_workbook(path).active
    assert sheet is not None
    rows = [list(row) for row in sheet.iter_rows()]
    for number, (row, lines) in enumerate(zip(rows, expected, strict=True)):
        assert [_say_cell(cell.value) for cell in row] == [_say_number(cell) for cell in lines], number
    assert {cell.data_type for row in rows for cell in row} <= {"s", "n", "d", "e"}
    column = expected[0].index("value_now")
    assert -1234.5 in [row[column].value for row in rows]
    one = await stage(db, Wish(path, "all.xlsx", "ada"), document, 5)
    async with db.read() as conn:
        assert await list_lines(conn, one.id, 0, 99, ["add", "change", "refuse"]) == []


def _say_cell(value: Any) -> str:
    if isinstance(value, (int, float)):
        return repr(float(value))
    return value.date().isoformat() if isinstance(value, datetime) else str("" if value is None else value)


def _say_number(cell: str) -> str:
    """As Excel has it, which knows no whole numbers."""
    try:
        return repr(float(cell)) if sum(letter.isdigit() for letter in cell) <= 15 else cell
    except ValueError:
        return cell


async def test_a_sheet_has_no_column_of_what_a_role_may_not_see(db: Database, tmp_path: Path) -> None:
    secret = {"value_now": replace(STANDARD["value_now"], seen_by=("administrator",))}
    async with db.read() as conn:
        book = await get_newest_book(conn)
    book = replace(book, document=replace(book.document, attributes=secret))
    for role, is_seen in (("supervisor", False), ("administrator", True)):
        path = tmp_path / f"{role}.xlsx"
        await write_xlsx(db, book, book.see_as([role]), path)
        assert ("value_now" in open_table(path, path.name).columns) is is_seen


async def test_more_customers_than_a_sheet_holds_are_refused_and_leave_no_file_behind(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    people = await People.open(db)
    await people.add("Too", value_now=1)
    async with db.read() as conn:
        book, number = await get_newest_book(conn), await count_customers(conn)
    ids = [f"c{n}" for n in range(3)] + ["pia", "sam", "gus"]
    for asked, most in (([], number - 1), (ids, 2)):
        with pytest.raises(SheetRefused, match="too_many_customers"):
            await write_xlsx(db, book, book.see_as(EVERYBODY), tmp_path / "x.xlsx", ids=asked, most=most)
    assert [path.name for path in tmp_path.glob("openpyxl*")] == [] and not (tmp_path / "x.xlsx").exists()
    assert await write_xlsx(db, book, book.see_as(EVERYBODY), tmp_path / "x.xlsx", most=number) == number


async def test_the_command_writes_a_sheet_where_the_file_is_called_so(seeded_file: Path, tmp_path: Path) -> None:
    copy_database(seeded_file, tmp_path / "hub.db")
    out = tmp_path / "out.xlsx"
    said = await export_customers(f"sqlite:///{tmp_path / 'hub.db'}", out, "", "for the letters")
    table = open_table(out, "out.xlsx")
    assert said.startswith(f"{len(list(table.lines))} lines written") and table.columns[0] == "customer_id"
