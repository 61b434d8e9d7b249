"""Files that nobody here has made: each is read as it is, or refused with a sentence that says what to do."""

import base64
import csv
import email
import email.policy
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.exchange.column_mapping import CellProblem, CellRefused, read_cell
from hub.exchange.exporting import neutralise
from hub.exchange.table_files import LineProblem, UnreadableFile, open_table
from hub.policies.attributes import STANDARD

pytestmark = pytest.mark.corpora
LEAST_FILES = 300
CODECS = {"gbk", "gb2312", "gb18030"}  # of what the import reads as GB18030


def list_files(corpora: Path, folder: Path) -> Iterator[tuple[str, Path]]:
    """Every file, whatever it is, and every attachment of its mails."""
    for path in sorted(one for one in corpora.rglob("*") if one.is_file()):
        yield str(path.relative_to(corpora)), path
    for path in sorted((corpora / "mail" / "raw").glob("*.eml")):
        try:
            parts = list(email.message_from_bytes(path.read_bytes(), policy=email.policy.compat32).walk())
        except (ValueError, LookupError, RecursionError):
            continue
        for number, part in enumerate(parts):
            data = part.get_payload(decode=True)
            if isinstance(data, bytes) and data:
                attached = folder / f"{path.stem}-{number}"
                attached.write_bytes(data)
                yield f"{path.name}, part {number}", attached


def test_any_file_at_all_is_read_or_refused_with_a_sentence(corpora: Path, tmp_path: Path) -> None:
    looked_at, read = 0, 0
    for called, path in list_files(corpora, tmp_path):
        for ending in (".csv", ".jsonl") if path.suffix in ("", ".json") else (path.suffix,):
            looked_at += 1
            try:
                table = open_table(path, f"{path.stem}{ending}")
                lines = list(table.lines)
            except UnreadableFile as error:
                assert error.code and str(error).endswith((".", "}.")), called
                continue
            assert all(line.problem is None or isinstance(line.problem, LineProblem) for line in lines), called
            assert [line.number for line in lines] == sorted({line.number for line in lines}), called
            read += any(line.problem is None for line in lines)
    assert looked_at > LEAST_FILES and read > 0


def test_the_calls_of_a_bank_are_read_cell_by_cell(corpora: Path) -> None:
    path = corpora / "calls" / "anonymous_bank_1999_08_01-15.csv"
    with path.open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    table = open_table(path, path.name)
    assert list(table.columns) == header
    lines = list(table.lines)
    assert [line.problem for line in lines if line.problem] == [] and len(lines) == len(rows) > 20_000
    assert [list(line.cells) for line in lines] == rows


def test_chinese_bytes_of_other_programs_are_read_as_their_twins_in_utf_8(corpora: Path, tmp_path: Path) -> None:
    vectors = json.loads((corpora / "mail" / "cjk_vectors.json").read_text("utf-8"))["vectors"]
    seen = set()
    for number, one in enumerate(vectors):
        told, expected = base64.b64decode(one["whole_b64"]), [each.strip() for each in one["whole_utf8"].splitlines()]
        path = tmp_path / f"{number}.csv"
        path.write_bytes(b"phone|words\n" + b"".join(b"1|" + line + b"\n" for line in told.splitlines()))
        try:
            lines = list(open_table(path, path.name).lines)
        except UnreadableFile as error:
            assert one["codec"] not in CODECS and error.code in ("charset", "no_text"), one["charset"]
            continue
        if one["codec"] in CODECS:
            seen.add(one["codec"])
            assert [str(line.cells[1]).strip() for line in lines] == expected
    assert seen >= {"gbk"}


def test_numbers_as_people_write_them_become_what_the_corpus_says_or_are_refused(corpora: Path) -> None:
    told = json.loads((corpora / "identity" / "phones.json").read_text("utf-8"))["parse"]
    read = 0
    for one in told:
        try:
            number = read_cell("phone", one["text"], STANDARD, one["region"] or "")
        except CellRefused as refused:
            assert refused.args[0] in (CellProblem.PHONE, CellProblem.COUNTRY, CellProblem.CHARACTERS), one
            continue
        if one["valid"] and not one["extension"]:
            read += 1
            assert number == one["e164"], one
    assert read > len(told) / 4


def test_strings_that_break_things_come_back_from_a_file_as_they_were_or_are_refused(
    corpora: Path, tmp_path: Path
) -> None:
    strings = json.loads((corpora / "security" / "naughty_strings.json").read_text("utf-8"))["strings"]
    text = io.StringIO()
    csv.writer(text).writerows([["phone", "note"], *[["1", neutralise(one)] for one in strings]])
    path = tmp_path / "naughty.csv"
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    lines = list(open_table(path, path.name).lines)
    assert len(lines) == len(strings) and [line.problem for line in lines if line.problem] == []
    back = 0
    for one, line in zip(strings, lines, strict=True):
        try:
            value = read_cell("note", line.cells[1], STANDARD, "")
        except CellRefused as refused:
            assert refused.args[0] in (CellProblem.CHARACTERS, CellProblem.TOO_LONG), one
            continue
        back += 1
        assert (value or "") == " ".join(one.split()) or value == one.strip(), one
    assert back > len(strings) / 2
