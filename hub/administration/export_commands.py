"""The command line's export of customers.

The rule of this file: whoever may run it sees everything, and the trail says that it was the command line, and why.
"""

import os
from pathlib import Path

from channels.wording import say_count
from hub.access.rules import EVERYONE
from hub.administration.import_commands import ImportFailed
from hub.exchange.exporting import write_csv
from hub.exchange.sheet_exporting import MOST_CUSTOMERS, SheetRefused, write_xlsx
from hub.policies.stored_versions import get_newest_book
from hub.storage import segments
from hub.storage.connection import Connection
from hub.storage.database import Database
from hub.storage.hub_time import read_now
from hub.storage.staff import add_audit_entry

COMMAND_LINE = "command line"
_SAID = {
    "too_many_customers": f"A sheet of Excel holds at most {MOST_CUSTOMERS:,} customers: name the file .csv.",
    "too_long": "A value is longer than a cell of Excel may be: name the file .csv.",
}


async def export_customers(url: str, out: Path, segment_id: str, reason: str) -> str:
    """`out`: xlsx if it is called so, else CSV. Returns a sentence. The file is there whole or not at all. Raises
    ImportFailed and StorageError."""
    db = await Database.open(url, read_connections=2)
    try:
        return await _export(db, out, segment_id, reason)
    except OSError as error:
        raise ImportFailed(f"{out} cannot be written: {error.strerror}.") from error
    finally:
        await db.close()


async def _export(db: Database, out: Path, segment_id: str, reason: str) -> str:
    now, place = await read_now(db), None
    async with db.read() as conn:
        book = await get_newest_book(conn)
        one = await segments.find(conn, segment_id) if segment_id else None
    if segment_id and (one is None or one.state != segments.LIVE):
        raise ImportFailed(f'There is no live segment "{segment_id}".')
    if one is not None:
        place = one.place

    async def note(conn: Connection) -> None:
        await add_audit_entry(conn, now, COMMAND_LINE, "customers.export", segment_id or "all", reason=reason)

    await db.write(note)  # before the first byte leaves
    part, lines = out.with_name(f".{out.name}.part"), -1
    try:
        with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            if out.suffix == ".xlsx":
                lines = await write_xlsx(db, book, book.see_as(EVERYONE), part, place)
            else:
                async for piece in write_csv(db, book, book.see_as(EVERYONE), place):
                    file.write(piece)
                    lines += piece.count(b"\r\n")
        part.replace(out)
    except SheetRefused as refused:
        raise ImportFailed(_SAID[refused.code]) from refused
    finally:
        part.unlink(missing_ok=True)
    return f"{say_count(lines, 'line')} written to {out}."
