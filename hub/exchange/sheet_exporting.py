"""An export of customers as xlsx, for whoever works with Excel.

The rule of this file: the rows are those of the CSV, and no cell begins a formula here either. Numbers and days are
what Excel calls so; all else is text. Memory holds one slice: the rows go to a temporary file, which is packed at the
end. What a sheet cannot hold is refused, and nothing of it leaves.
"""

import asyncio
import os
import time
from collections.abc import Collection
from datetime import date
from pathlib import Path
from typing import Any, Final

from hub.exchange.exporting import Exported, list_parts, neutralise
from hub.policies.in_force import PolicyBook
from hub.policies.masking import Sight
from hub.storage.database import Database
from hub.storage.segment_sample import count_customers

MOST_CUSTOMERS: Final = 1_048_575  # the rows that a sheet may have, without the header
LONGEST_CELL: Final = 32_767  # of a sheet
MOST_DIGITS: Final = 15  # which a number of a sheet keeps
PAUSE_SHARE: Final = 0.5  # of the time that a slice took: live work comes first


class SheetRefused(Exception):
    """A sheet cannot hold it; CSV can. `code`: too_many_customers, too_long."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


async def write_xlsx(
    db: Database,
    book: PolicyBook,
    sight: Sight,
    path: Path,
    place: int | None = None,
    ids: Collection[str] = (),
    most: int = MOST_CUSTOMERS,
) -> int:
    """Returns how many customers it holds. `place`, `ids`: as for CSV. Raises SheetRefused and StorageUnavailable."""
    if place is None and not ids:
        async with db.read(is_slow=True) as conn:
            if await count_customers(conn) > most:
                raise SheetRefused("too_many_customers")
    sheet = await asyncio.to_thread(_Sheet)
    try:
        async for part in list_parts(db, book, sight, place, ids):
            began = time.monotonic()
            await asyncio.to_thread(sheet.append, part)
            if sheet.rows > most + 1:  # a segment, or some came meanwhile
                raise SheetRefused("too_many_customers")
            await asyncio.sleep((time.monotonic() - began) * PAUSE_SHARE)
    except BaseException:
        await asyncio.to_thread(sheet.save, Path(os.devnull))  # else the library keeps its temporary file
        raise
    await asyncio.to_thread(sheet.save, path)
    return sheet.rows - 1


class _Sheet:
    def __init__(self) -> None:
        import openpyxl  # a hub that exports no sheet starts without it
        from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

        self._book = openpyxl.Workbook(write_only=True)
        self._sheet = self._book.create_sheet("customers")
        self._sheet.freeze_panes = "A2"
        self._illegal = ILLEGAL_CHARACTERS_RE
        self.rows = 0

    def append(self, part: Exported) -> None:
        for row in part.rows:
            self._sheet.append([self._read(cell, kind) for cell, kind in zip(row, part.kinds, strict=True)])
            self.rows += 1

    def save(self, path: Path) -> None:
        self._book.save(path)

    def _read(self, cell: str, kind: str) -> Any:
        if cell == "":
            return None
        if kind == "number" and sum(letter.isdigit() for letter in cell) <= MOST_DIGITS:
            return _read_number(cell)
        if kind == "date":
            return _read_day(cell)
        text = self._illegal.sub("", neutralise(cell))
        if len(text) > LONGEST_CELL:
            raise SheetRefused("too_long")
        return text


def _read_number(cell: str) -> int | float | str:
    """The header of a column of numbers is text."""
    try:
        return float(cell) if "." in cell or "e" in cell else int(cell)
    except ValueError:
        return neutralise(cell)


def _read_day(cell: str) -> date | str:
    try:
        return date.fromisoformat(cell)
    except ValueError:
        return neutralise(cell)
