"""An export begins no formula, hides what a role may not see, and is read again as the same base."""

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.administration.export_commands import export_customers
from hub.administration.import_commands import ImportFailed
from hub.exchange.column_mapping import FORMULAS, read_cell
from hub.exchange.exporting import neutralise, write_csv
from hub.exchange.importing import Wish, begin_applying, finish, stage
from hub.policies.attributes import STANDARD, AttributePolicy
from hub.policies.document import PolicyDocument
from hub.policies.stored_versions import get_newest_book
from hub.storage.database import Database
from hub.storage.imports import list_lines
from tests.hub.conftest import copy_database
from tests.hub.customers.merges import People
from tests.hub.exchange.imported_files import read
from tests.hub.house import BOTH

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
