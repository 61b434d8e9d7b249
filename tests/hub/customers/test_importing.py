"""An import shows nobody anything until it begins, ends as a whole however often it is cut, and can be taken back."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import openpyxl
import orjson
import pytest
from sqlalchemy import select

from hub.administration.import_commands import FileWish, import_customers
from hub.customers import import_lines, importing
from hub.customers.importing import Wish, begin_applying, begin_taking_back, cancel, finish, stage
from hub.customers.table_files import UnreadableFile
from hub.policies.document import PolicyDocument
from hub.storage import customers, imports
from hub.storage.customer_search import find as find_customers
from hub.storage.database import Connection, Database
from hub.storage.imports import ImportMoved
from hub.storage.profiles import ValueChange, change_profiles, list_past_values
from hub.storage.tables import inbox, profile_change
from tests.hub.conftest import copy_database
from tests.hub.customers.imported_files import FILE, MAPPING, read, staged
from tests.hub.house import BOTH

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
        await begin_applying(db, one.id, 6)
    assert await read(db) == before


@BOTH
async def test_an_import_is_found_and_taken_back_but_for_what_changed_since(
    db: Database, document: PolicyDocument, tmp_path: Path
) -> None:
    before = await read(db)
    one = await staged(db, document, tmp_path / "base.csv")
    await begin_applying(db, one.id, 6)
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


class Cut(Exception):
    """The process is gone."""


def cut_at(monkeypatch: pytest.MonkeyPatch, number: int) -> Callable[[], bool]:
    """From here on, the statement with this number does not return. Tells whether it came to that."""
    count = [0]
    for module in (importing, import_lines):
        for name in ("imports", "customers"):
            if not hasattr(module, name):
                continue
            real = getattr(module, name)

            class Wrapped:
                def __init__(self, real: Any) -> None:
                    self.real = real

                def __getattr__(self, called: str) -> Any:
                    found = getattr(self.real, called)
                    if not callable(found) or isinstance(found, type):
                        return found

                    async def run(*arguments: Any, **more: Any) -> Any:
                        count[0] += 1
                        if count[0] == number:
                            raise Cut
                        return await found(*arguments, **more)

                    return run

            monkeypatch.setattr(module, name, Wrapped(real))
    return lambda: count[0] >= number


async def test_an_import_that_is_cut_at_any_step_leaves_the_old_or_goes_on_to_the_new(
    db: Database, document: PolicyDocument, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Applied and taken back again and again; each time one step later is the one that does not return."""
    monkeypatch.setattr(importing, "SLICE", 1)
    before = await read(db)
    whole = None
    for number in range(1, 60):
        one = await staged(db, document, tmp_path / "base.csv")
        with monkeypatch.context() as patch:
            was_cut = cut_at(patch, number)
            with suppress(Cut):
                await begin_applying(db, one.id, 6)
                await finish(db, one.id, document, lambda: 6)
        async with db.read() as conn:
            found = await imports.find(conn, one.id)
        assert found is not None
        if found.state == "staged":
            assert await read(db) == before
            await cancel(db, one.id)
            continue
        assert (await finish(db, one.id, document, lambda: 6)).state == "applied"
        whole = whole or await read(db)
        assert await read(db) == whole != before
        await begin_taking_back(db, one.id)
        with monkeypatch.context() as patch:
            cut_at(patch, number)
            with suppress(Cut):
                await finish(db, one.id, document, lambda: 7)
        assert (await finish(db, one.id, document, lambda: 7)).state == "taken_back"
        assert await read(db) == before
        if not was_cut():
            return
    raise AssertionError("an import of six lines has fewer steps")


async def test_an_import_can_be_taken_back_while_it_is_applied(
    db: Database, document: PolicyDocument, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "SLICE", 1)
    before = await read(db)
    one = await staged(db, document, tmp_path / "base.csv")
    moved = await begin_applying(db, one.id, 6)
    await db.write(lambda conn: importing._apply_slice(conn, moved, document, 6))
    assert await read(db) != before
    await begin_taking_back(db, one.id)
    await finish(db, one.id, document, lambda: 7)
    assert await read(db) == before


async def test_only_those_with_open_work_are_announced(
    db: Database, document: PolicyDocument, tmp_path: Path
) -> None:
    one = await staged(db, document, tmp_path / "base.csv")
    await begin_applying(db, one.id, 6)
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


async def test_an_address_that_comes_in_meanwhile_is_found_where_it_is(
    db: Database, document: PolicyDocument, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at the addresses and the write, as another process of PostgreSQL may do it."""
    one = await staged(db, document, tmp_path / "base.csv")
    await begin_applying(db, one.id, 6)
    find, came = customers.find_owners, []

    async def come_late(conn: Connection, keys: Any) -> Any:
        found = await find(conn, keys)
        if not came:
            came.append(1)
            await customers.add_addresses(
                conn, [customers.KnownAddress("gus", "email", "wang@post.example", "claimed")]
            )
        return found

    monkeypatch.setattr(import_lines.customers, "find_owners", come_late)
    done = await finish(db, one.id, document, lambda: 6)
    assert (done.state, came) == ("applied", [1])


async def test_one_import_moves_at_a_time_and_only_the_last_is_taken_back(
    db: Database, document: PolicyDocument, tmp_path: Path
) -> None:
    first = await staged(db, document, tmp_path / "base.csv")
    second = await staged(db, document, tmp_path / "more.csv", "Name,Mobile,E-mail,City,Value\nBo,+46701230000,,,\n")
    await begin_applying(db, first.id, 6)
    with pytest.raises(ImportMoved):
        await begin_applying(db, second.id, 6)
    await finish(db, first.id, document, lambda: 6)
    await begin_applying(db, second.id, 6)
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
