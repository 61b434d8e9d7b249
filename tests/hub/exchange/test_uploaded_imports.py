"""A file that was uploaded is read whatever it is called, and one that the hub cannot read stops nothing else."""

import io
from pathlib import Path

import openpyxl
import orjson
import pytest

from hub.exchange import importing
from hub.exchange.import_worker import ImportWorker
from hub.exchange.table_files import TableFile, open_table
from hub.exchange.uploaded_imports import ask_to_read, begin_upload, read_waiting, take_part
from hub.policies.document import PolicyDocument
from hub.rules.rule_worker import LIVE_FOR, RuleWorker
from hub.storage import imports
from hub.storage.database import Database
from hub.storage.imports import StoredImport
from tests.hub.clocks import HandClock
from tests.hub.house import BOTH


async def upload(db: Database, data: bytes, name: str) -> str:
    import_id = await begin_upload(db, name, len(data), "tomasz", 1)
    await take_part(db, import_id, 0, data)
    await ask_to_read(db, import_id, 1, None, "")
    return import_id


async def find(db: Database, import_id: str) -> StoredImport:
    async with db.read() as conn:
        one = await imports.find(conn, import_id)
    assert one is not None
    return one


@BOTH
@pytest.mark.parametrize("name", ["base.xlsx", "base.XLSX", "base"])
async def test_a_sheet_is_read_whatever_it_is_called(db: Database, document: PolicyDocument, name: str) -> None:
    book, file = openpyxl.Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    for row in (["Phone", "City"], ["+46709990012", "Ystad"]):
        sheet.append(row)
    book.save(file)
    import_id = await upload(db, file.getvalue(), name)
    await read_waiting(db, document)
    one = await find(db, import_id)
    assert (one.state, orjson.loads(one.counts)) == ("staged", {"add": 1, "last": 2})


async def test_a_file_that_brings_out_a_defect_is_said_to_and_the_next_one_is_read(
    db: Database, document: PolicyDocument, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fall_over(path: Path, name: str) -> TableFile:
        if name == "evil.csv":
            raise ZeroDivisionError
        return open_table(path, name)

    monkeypatch.setattr(importing, "open_table", fall_over)
    evil = await upload(db, b"phone,city\n+46709990012,Ystad\n", "evil.csv")
    good = await upload(db, b"phone,city\n+46709990012,Ystad\n", "good.csv")
    await read_waiting(db, document)
    one = await find(db, evil)
    assert (one.state, '"problem":"defect"' in one.counts) == ("unreadable", True)
    assert (await find(db, good)).state == "staged"
    await read_waiting(db, document)
    assert (await find(db, evil)).state == "unreadable"


async def test_an_import_leaves_most_of_the_time_to_live_work_and_takes_it_where_there_is_none(db: Database) -> None:
    clock = HandClock()
    rules = RuleWorker(db, clock, [])
    worker = ImportWorker(db, clock, lambda: None, rules.is_live)
    assert worker.choose_pause(0.01) < 0.01
    rules.wake(is_live=True)
    assert worker.choose_pause(0.01) >= 0.03
    rules.wake()
    assert worker.choose_pause(0.01) >= 0.03, "who changes is not live work"
    clock.at += LIVE_FOR
    assert worker.choose_pause(0.01) < 0.01
