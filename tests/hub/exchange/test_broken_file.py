"""A file of 100,000 lines that is broken far down: the lines are named exactly, and nothing else is lost."""

from pathlib import Path

import orjson

from hub.exchange.importing import Wish, begin_applying, cancel, stage
from hub.policies.document import PolicyDocument
from hub.storage import imports
from hub.storage.database import Database
from tests.hub.exchange.imported_files import read

LINES = 100_000
BROKEN = {  # by line: what stands there, and the column and the reason that are to be named
    83_112: (b'+4690083112,"Lule\xc3\xa5,never closed', "", "quote"),
    83_113: (b"+4690083113,Lule\xff\xe5,", "", "charset"),
    83_114: (b"+4690083114,Lund,1,2", "", "cells"),
    83_115: (b"12,Lund,1", "phone", "country"),
    83_116: (b"+46 70 083 11 17,Lund,1.000.00x", "value_now", "number"),
    99_999: (b"+4670000002,Lund,1", "phone", "twice"),
}


async def test_a_line_that_is_broken_far_down_is_named_and_all_others_are_ready(
    db: Database, document: PolicyDocument, tmp_path: Path
) -> None:
    path = tmp_path / "base.csv"
    with path.open("wb") as file:
        file.write(b"phone,city,value_now\n")
        for number in range(2, LINES + 2):
            file.write(
                (BROKEN[number][0] if number in BROKEN else f"+467{number:07},Luleå,{number}".encode()) + b"\n"
            )
    before = await read(db)
    heard: list[int] = []
    one = await stage(db, Wish(path, "base.csv", "ada"), document, 5, heard.append)
    assert orjson.loads(one.counts) == {"add": LINES - len(BROKEN), "refuse": len(BROKEN), "last": LINES + 1}
    assert heard == sorted(heard) and len(heard) > 100
    async with db.read() as conn:
        refused = await imports.list_lines(conn, one.id, 0, LINES, ["refuse"])
        neighbours = await imports.list_lines(conn, one.id, 83_110, 3, ["add"])
    said = {line.line: tuple(orjson.loads(line.body)[what] for what in ("column", "problem")) for line in refused}
    assert said == {number: (column, problem) for number, (_, column, problem) in BROKEN.items()}
    assert [line.line for line in neighbours] == [83_111, 83_117, 83_118]
    assert await read(db) == before
    assert (await begin_applying(db, one.id)).state == "applying"
    assert (await cancel(db, one.id)).state == "cancelled"
    assert await read(db) == before
