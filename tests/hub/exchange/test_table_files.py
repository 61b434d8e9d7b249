"""Files are read in every form that people have, and a broken line is named and swallows nothing behind it."""

from pathlib import Path

import pytest

from hub.exchange.column_mapping import CellProblem, CellRefused, read_cell
from hub.exchange.table_files import LineProblem, UnreadableFile, open_table
from hub.policies.attributes import STANDARD

ROWS = 'Name,Phone\n王小明,1\n"Åsa, Jr\n""A""",2\n'


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "gb18030"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_charset_is_read(tmp_path: Path, charset: str, end: str) -> None:
    text = ROWS.replace("\n", end)
    if charset == "utf-16-be":
        text = "\ufeff" + text
    path = tmp_path / "base.csv"
    path.write_bytes(text.encode(charset))
    table = open_table(path, "base.csv")
    assert table.columns == ("Name", "Phone")
    assert [(line.number, list(line.cells)) for line in table.lines] == [
        (2, ["王小明", "1"]),
        (3, ['Åsa, Jr\n"A"', "2"]),
    ]


@pytest.mark.parametrize("head", ["a;b\n", "sep=;\na;b\n", "a\tb\n", "sep=\t\na\tb\n", "a|b\n", '"a,1";b\n'])
def test_excel_says_or_shows_its_separator(tmp_path: Path, head: str) -> None:
    separator = next(one for one in ";\t|" if one in head.splitlines()[-1])
    path = tmp_path / "base.csv"
    path.write_text(f"{head}1{separator}2,5\n", encoding="utf-8")
    (line,) = open_table(path, "base.csv").lines
    assert list(line.cells) == ["1", "2,5"]


def test_a_broken_line_far_down_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    lines = [f"Åsa {n},{n}" for n in range(2, 90_000)]
    lines[83_112 - 2] = 'Broken "quote" here",1'
    lines[83_115 - 2] = '"Never closed,1'
    text = "Name,Phone\n" + "\n".join(lines) + "\n"
    data = text.encode().replace(b" 83120,", b" \xff\xfe83120,").replace(b" 83130,", b",b,c,")
    path = tmp_path / "base.csv"
    path.write_bytes(data)
    read = list(open_table(path, "base.csv").lines)
    assert len(read) == 89_998
    assert {line.number: line.problem for line in read if line.problem} == {
        83_112: LineProblem.QUOTE,
        83_115: LineProblem.QUOTE,
        83_120: LineProblem.CHARSET,
        83_130: LineProblem.CELLS,
    }


def test_json_lines_are_read(tmp_path: Path) -> None:
    path = tmp_path / "base.jsonl"
    path.write_text('{"name": "王", "holds": ["A", 1]}\n\n{"name": 3}\n[1]\n{"more": 1}\n', encoding="utf-8")
    table = open_table(path, "base.jsonl")
    read = [(line.number, list(line.cells), line.problem) for line in table.lines]
    assert read == [
        (1, ["王", ["A", 1]], None),
        (3, [3, None], None),
        (4, [], LineProblem.JSON),
        (5, [], LineProblem.KEY),
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04nonsense", "damaged, or no Excel file"),
        (b"\xd0\xcf\x11\xe0old", "old Excel file"),
        (b"a\x00b\n", "no text"),
        (b"\n\n", "no header"),
        (b"a,b,a\n", 'two columns "a"'),
        (b"a\n" + b"\x81\x20\xff\n" * 9, "charset"),
    ],
)
def test_a_file_of_no_use_says_what_to_do(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "base.csv"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=said):
        list(open_table(path, "base.csv").lines)


@pytest.mark.parametrize(
    ("target", "cell", "value"),
    [
        ("phone", "070-174 01 01", "+46701740101"),
        ("phone", "0086 138 1234 5678", "+8613812345678"),
        ("phone", "12", CellProblem.PHONE),
        ("email", " A@Post.Example ", "a@post.example"),
        ("email", "a@b@c.se", CellProblem.MAILBOX),
        ("value_now", "1 234,50 kr", 1234.5),
        ("value_now", "1.234,5", 1234.5),
        ("value_now", "¥1,234.5", 1234.5),
        ("value_now", "1,234", CellProblem.SEPARATOR),
        ("value_now", "many", CellProblem.NUMBER),
        ("products", "Card; Loan、Card", ["Card", "Loan"]),
        ("city", "a\x07b", CellProblem.CHARACTERS),
        ("city", "  ", None),
    ],
)
def test_a_cell_is_read_or_refused(target: str, cell: str, value: object) -> None:
    if isinstance(value, CellProblem):
        with pytest.raises(CellRefused) as refused:
            read_cell(target, cell, STANDARD, "SE")
        assert refused.value.args[0] is value
    else:
        assert read_cell(target, cell, STANDARD, "SE") == value
