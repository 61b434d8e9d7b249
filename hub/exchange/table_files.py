"""Files of customers as people have them: CSV in Excel's dialects, JSON lines, xlsx, in many charsets.

The rule of this file: it reads on behind a broken line, and says of each line what is wrong with it. Nothing is
guessed in silence: a file whose form is not clear is refused as a whole, with what to do.

Charsets: a byte order mark decides; else UTF-8 if nearly all lines are, else GB18030 if all are.
Separators: a first line `sep=;` as Excel writes it decides; else the one that the header has most.
"""

import csv
import io
import zipfile
import zlib
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, TypeAlias

import orjson

Cell: TypeAlias = str | int | float | bool | date | list[Any] | None

LONGEST_LINE: Final = 100_000  # characters; fewer than a cell of Python's csv may have
MOST_LINES: Final = 1_000_000
MOST_COLUMNS: Final = 500
LINES_OF_ONE_CELL: Final = 50  # a quotation mark that is open for longer was never closed
MOST_UNPACKED: Final = 500_000_000  # bytes of an xlsx
MOST_SHARED: Final = 100_000_000  # bytes of its table of texts, which is read into memory
_SEPARATORS: Final = ",;\t|"
_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


class LineProblem(StrEnum):
    """Why a line cannot be read."""

    CHARSET = "charset"  # not of the file's charset
    QUOTE = "quote"  # a quotation mark is never closed, or stands in the middle of a cell
    CELLS = "cells"  # more cells than the header has columns
    TOO_LONG = "too_long"
    JSON = "json"  # no JSON object
    KEY = "key"  # a key that the first line lacks


@dataclass(frozen=True, slots=True)
class Line:
    """`number`: from 1, as an editor or Excel counts. `problem`: then there are no cells."""

    number: int
    cells: Sequence[Cell]
    problem: LineProblem | None = None


@dataclass(frozen=True, slots=True)
class TableFile:
    """`form`: how it was read, in words for people. `lines`: of the customers, without the header."""

    form: str
    columns: tuple[str, ...]
    lines: Iterator[Line]


class UnreadableFile(Exception):
    """The whole file is of no use. The text says what to do. `code`, `said`: the same for screens, in any language;
    `said` is what the sentence names."""

    def __init__(self, code: str, sentence: str, said: str = "") -> None:
        super().__init__(sentence)
        self.code, self.said = code, said


def open_table(path: Path, name: str) -> TableFile:
    """`name`: as the person calls it; its ending says what it is. Raises UnreadableFile and OSError."""
    if path.stat().st_size == 0:
        raise UnreadableFile("empty", f"{name} is empty.")
    with path.open("rb") as file:
        begins = file.read(4)
    if begins.startswith(b"PK\x03\x04"):
        return _open_xlsx(path, name)
    if begins.startswith(b"\xd0\xcf\x11\xe0"):
        raise UnreadableFile("old_excel", f"{name} is an old Excel file (xls): save it as xlsx or CSV.")
    mark, charset = next(((mark, charset) for mark, charset in _MARKS if begins.startswith(mark)), (b"", ""))
    charset = charset or _find_charset(path, name)
    lines = _decode(path, len(mark), charset)
    return (_open_json_lines if name.endswith((".jsonl", ".ndjson", ".json")) else _open_csv)(name, charset, lines)


# ---- text ----------------------------------------------------------------------------------------------


def _find_charset(path: Path, name: str) -> str:
    is_utf8 = is_gb18030 = total = 0
    with path.open("rb") as file:
        while line := file.readline(LONGEST_LINE):
            if b"\x00" in line:
                raise UnreadableFile("no_text", f"{name} is no text that the hub can read: save it as CSV in UTF-8.")
            if not line.isascii():
                total += 1
                is_utf8 += _is_of(line, "utf-8")
                is_gb18030 += _is_of(line, "gb18030")
    if total == is_utf8 or (is_utf8 > total / 2):
        return "utf-8"
    if is_gb18030 == total:
        return "gb18030"
    sentence = f"{name} is in a charset that the hub does not know: save it as CSV in UTF-8."
    raise UnreadableFile("charset", sentence)


def _is_of(line: bytes, charset: str) -> bool:
    try:
        line.decode(charset)
    except UnicodeDecodeError:
        return False
    return True


def _decode(path: Path, skip: int, charset: str) -> Iterator[tuple[int, str | None]]:
    """Each line with its number; None: it is not of this charset."""
    width = 2 if charset.startswith("utf-16") else 1
    feed = "\n".encode(charset)
    with path.open("rb") as file:
        file.seek(skip)
        rest, number = b"", 0
        while block := file.read(1 << 16):
            *whole, rest = _split(rest + block, feed, width)
            for line in whole:
                number += 1
                yield number, _read(line, charset)
            if len(rest) > 4 * LONGEST_LINE:
                rest = rest[: 4 * LONGEST_LINE]  # a line that long is refused anyway, and no memory is spent on it
        if rest:
            yield number + 1, _read(rest, charset)


def _split(text: bytes, feed: bytes, width: int) -> list[bytes]:
    if width == 1:
        return text.split(feed)
    found, at = [], 0
    place = text.find(feed)
    while place >= 0:
        if place % width == 0:
            found.append(text[at:place])
            at = place + width
        place = text.find(feed, place + (1 if place % width else width))
    return [*found, text[at:]]


def _read(line: bytes, charset: str) -> str | None:
    try:
        return line.decode(charset).removesuffix("\r")
    except UnicodeDecodeError:
        return None


# ---- CSV -----------------------------------------------------------------------------------------------


def _open_csv(name: str, charset: str, lines: Iterator[tuple[int, str | None]]) -> TableFile:
    numbered = _Lines(lines)
    first = numbered.take_filled()
    separator = ""
    if first is not None and first[1] is not None and first[1].lower().startswith("sep=") and len(first[1]) == 5:
        separator = first[1][4]
        first = numbered.take_filled()
    if first is None or first[1] is None:
        raise _find_no_header(name)
    separator = separator or _find_separator(first[1])
    numbered.put_back([first])
    header = _read_record(numbered, separator)
    assert header is not None
    columns = _read_header(name, header.cells if header.problem is None else ())
    form = f"CSV, {charset.upper()}, separated by {'tabs' if separator == chr(9) else separator}"
    return TableFile(form, columns, _read_csv(numbered, separator, len(columns)))


class _Lines:
    """Lines that can be put back."""

    def __init__(self, lines: Iterator[tuple[int, str | None]]) -> None:
        self._lines, self._back = lines, deque[tuple[int, str | None]]()

    def take(self) -> tuple[int, str | None] | None:
        return self._back.popleft() if self._back else next(self._lines, None)

    def take_filled(self) -> tuple[int, str | None] | None:
        while (line := self.take()) is not None and line[1] == "":
            pass
        return line

    def put_back(self, lines: Iterable[tuple[int, str | None]]) -> None:
        self._back.extendleft(reversed(list(lines)))


def _find_separator(header: str) -> str:
    """The one that stands most often outside of quotation marks."""
    outside = "".join(header.split('"')[::2])
    return max(_SEPARATORS, key=outside.count)


def _read_header(name: str, cells: Sequence[Cell]) -> tuple[str, ...]:
    columns = tuple(str(cell).strip() for cell in cells)
    while columns and not columns[-1]:
        columns = columns[:-1]
    if not any(columns):
        raise _find_no_header(name)
    if len(columns) > MOST_COLUMNS:
        sentence = f"{name} has {len(columns)} columns; the hub reads at most {MOST_COLUMNS}."
        raise UnreadableFile("columns", sentence, str(len(columns)))
    twice = next((column for n, column in enumerate(columns) if column and column in columns[:n]), None)
    if twice is not None:
        sentence = f'{name} has two columns "{twice}": give each a name of its own.'
        raise UnreadableFile("same_columns", sentence, twice)
    return columns


def _find_no_header(name: str) -> UnreadableFile:
    sentence = f"{name} has no header that can be read: its first line must name the columns."
    return UnreadableFile("no_header", sentence)


def _read_csv(lines: _Lines, separator: str, width: int) -> Iterator[Line]:
    while (line := _read_record(lines, separator)) is not None:
        if line.problem is None and any(str(cell).strip() for cell in line.cells[width:]):
            yield Line(line.number, (), LineProblem.CELLS)
        elif line.problem is not None or any(str(cell).strip() for cell in line.cells):
            yield Line(line.number, line.cells[:width], line.problem)


def _read_record(lines: _Lines, separator: str) -> Line | None:
    """One record, which has more than one line if a quoted cell has. A record that cannot be read ends with its first
    line, so that a forgotten quotation mark swallows nothing."""
    first = lines.take_filled()
    if first is None:
        return None
    number, text = first
    if text is None:
        return Line(number, (), LineProblem.CHARSET)
    taken, record = list[tuple[int, str | None]](), text
    while (is_open := record.count('"') % 2) and len(taken) < LINES_OF_ONE_CELL and len(record) <= LONGEST_LINE:
        following = lines.take()
        if following is None:
            break
        taken.append(following)
        if following[1] is None:
            break
        record = f"{record}\n{following[1]}"
    if is_open or len(record) > LONGEST_LINE:
        lines.put_back(taken)
        return Line(number, (), LineProblem.QUOTE if is_open else LineProblem.TOO_LONG)
    try:
        # the record is whole: a reader over its lines, each with its end, gives exactly one row
        (cells,) = csv.reader(io.StringIO(record, newline=""), delimiter=separator, strict=True)
    except (csv.Error, ValueError):
        lines.put_back(taken)
        return Line(number, (), LineProblem.QUOTE)
    return Line(number, cells)


# ---- JSON lines ----------------------------------------------------------------------------------------


def _open_json_lines(name: str, charset: str, lines: Iterator[tuple[int, str | None]]) -> TableFile:
    """The first object names the columns; later ones may lack some."""
    numbered = _Lines(lines)
    first = numbered.take_filled()
    found = _parse_object(first[1]) if first is not None else None
    if first is None or found is None:
        raise UnreadableFile("no_json", f"{name} holds no JSON lines: each line must be one object, as {{...}}.")
    numbered.put_back([first])
    columns = _read_header(name, list(found))
    return TableFile(f"JSON lines, {charset.upper()}", columns, _read_objects(numbered, columns))


def _read_objects(lines: _Lines, columns: Sequence[str]) -> Iterator[Line]:
    while (line := lines.take_filled()) is not None:
        number, text = line
        found = _parse_object(text)
        if text is None:
            yield Line(number, (), LineProblem.CHARSET)
        elif len(text) > LONGEST_LINE:
            yield Line(number, (), LineProblem.TOO_LONG)
        elif found is None:
            yield Line(number, (), LineProblem.JSON)
        elif not found.keys() <= set(columns):
            yield Line(number, (), LineProblem.KEY)
        else:
            yield Line(number, [found.get(column) for column in columns])


def _parse_object(text: str | None) -> dict[str, Any] | None:
    try:
        found = orjson.loads(text or "")
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None


# ---- xlsx ----------------------------------------------------------------------------------------------


def _open_xlsx(path: Path, name: str) -> TableFile:
    """The first sheet. Formulas count as what they came to when the file was saved. What an archive says of its sizes
    is true: `zipfile` reads no more than that."""
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(one.file_size for one in archive.infolist())
            shared = sum(one.file_size for one in archive.infolist() if "sharedstrings" in one.filename.lower())
        if unpacked > MOST_UNPACKED or shared > MOST_SHARED:
            said = f"{unpacked // 1_000_000} MB"
            raise UnreadableFile("unpacked", f"{name} is {said} when unpacked: save it as CSV.", said)
        rows = _list_rows(path)
        first = next((row for _, row in rows if any(cell not in (None, "") for cell in row)), ())
    except _DAMAGES as error:
        raise _find_damage(name) from error
    columns = _read_header(name, ["" if cell is None else str(cell) for cell in first])
    return TableFile("Excel (xlsx), the first sheet", columns, _read_rows(name, rows, len(columns)))


def _list_rows(path: Path) -> Iterator[tuple[int, tuple[Any, ...]]]:
    import openpyxl  # a hub that imports nothing starts without it

    with path.open("rb") as file:  # the library wants a name that ends as Excel's do, and a file has any
        sheet = openpyxl.load_workbook(file, read_only=True, data_only=True).worksheets[0]
        sheet.reset_dimensions()  # what the file says of them may be wrong
        yield from enumerate(sheet.iter_rows(max_col=MOST_COLUMNS + 1, values_only=True), 1)


# What comes out of a broken archive, or of broken XML in it (SyntaxError is the root of XML's ParseError)
_DAMAGES: Final = (
    *(zipfile.BadZipFile, zlib.error, SyntaxError, OSError, EOFError, NotImplementedError),
    *(KeyError, ValueError, IndexError, TypeError, AttributeError, RuntimeError),
)


def _find_damage(name: str) -> UnreadableFile:
    sentence = f"{name} is damaged, or no Excel file: open it in Excel and save it again."
    return UnreadableFile("damaged", sentence)


def _read_rows(name: str, rows: Iterator[tuple[int, tuple[Any, ...]]], width: int) -> Iterator[Line]:
    while True:
        try:
            number, row = next(rows)
        except StopIteration:
            return
        except _DAMAGES as error:
            raise _find_damage(name) from error
        cells = [_read_cell(cell) for cell in row]
        if any(cell not in (None, "") for cell in cells[width:]):
            yield Line(number, (), LineProblem.CELLS)
        elif any(cell not in (None, "") for cell in cells):
            yield Line(number, cells[:width])


def _read_cell(cell: object) -> Cell:
    """Excel has no whole numbers: what is one is read as one, so that a telephone number stays itself."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, float) and cell == int(cell):
        return int(cell)
    return cell if isinstance(cell, (str, int, float, bool, date)) else None if cell is None else str(cell)
