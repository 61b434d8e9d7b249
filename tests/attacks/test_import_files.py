"""Files made to harm are refused by name, or lose the one line that is wrong; none costs much time or memory."""

import time
import zipfile
from pathlib import Path

import openpyxl
import pytest

from hub.exchange.column_mapping import CellProblem, CellRefused, read_cell
from hub.exchange.table_files import LineProblem, UnreadableFile, open_table
from hub.policies.attributes import STANDARD


def refused(path: Path) -> str:
    with pytest.raises(UnreadableFile) as found:
        list(open_table(path, path.name).lines)
    return found.value.code


def test_an_excel_file_that_swells_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(6):
            archive.writestr(f"xl/worksheets/sheet{n}.xml", b"0" * 100_000_000)
    assert path.stat().st_size < 1_000_000
    began = time.process_time()
    assert refused(path) == "unpacked"
    assert time.process_time() - began < 1


def test_an_excel_file_with_one_huge_table_of_texts_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "base.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", b"0" * 110_000_000)
    assert refused(path) == "unpacked"


def test_an_archive_that_is_cut_or_is_no_book_is_called_damaged(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for n in range(500):
        book.active.append([f"name {n}", n])
    book.save(tmp_path / "whole.xlsx")
    data = (tmp_path / "whole.xlsx").read_bytes()
    (tmp_path / "cut.xlsx").write_bytes(data[: len(data) // 2])
    assert refused(tmp_path / "cut.xlsx") == "damaged"
    with zipfile.ZipFile(tmp_path / "other.xlsx", "w") as archive:
        archive.writestr("xl/workbook.xml", '<!DOCTYPE a [<!ENTITY b "b">]><a>&b;</a>')
    assert refused(tmp_path / "other.xlsx") == "damaged"


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (",".join(f"c{n}" for n in range(10_000)), "columns"),
        ("phone,name,phone", "same_columns"),
        ("phone\0,name", "no_text"),
        ('"phone', "no_header"),
    ],
)
def test_a_header_made_to_harm_refuses_the_file(tmp_path: Path, header: str, code: str) -> None:
    path = tmp_path / "base.csv"
    path.write_text(f"{header}\n1,2\n", encoding="utf-8")
    assert refused(path) == code


def test_a_huge_cell_and_quotes_that_never_close_lose_their_own_line_alone(tmp_path: Path) -> None:
    path = tmp_path / "base.csv"
    lines = ["phone,name", f"1,{'x' * 5_000_000}", *['"' for _ in range(3_000)], "2,last"]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    began = time.process_time()
    read = list(open_table(path, path.name).lines)
    assert time.process_time() - began < 20
    assert read[0].problem is not None
    assert (read[-1].number, list(read[-1].cells)) == (3_003, ["2", "last"])
    assert {line.problem for line in read[1:-1]} <= {LineProblem.QUOTE, None}


@pytest.mark.parametrize("cell", ["a\u202eb", "a\u2066b", "a\x1bb", "a\nb", "\ud800"])
def test_characters_that_change_how_a_name_is_read_are_refused(cell: str) -> None:
    with pytest.raises(CellRefused) as found:
        read_cell("name", cell, STANDARD, "")
    assert found.value.args[0] is CellProblem.CHARACTERS
