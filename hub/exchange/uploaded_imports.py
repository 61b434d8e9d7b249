"""Imports whose files come from a screen: uploaded in parts, and read by the process that routes.

The rule of this file: the file stands in the database, so whichever process takes a part, and whichever reads them,
has all of it, after a crash too.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson
import structlog

from hub.exchange.column_mapping import ColumnMapping
from hub.exchange.importing import Rest, Wish, note_unreadable, rest, stage
from hub.exchange.table_files import UnreadableFile
from hub.ids import new_id
from hub.policies.document import PolicyDocument
from hub.storage import import_parts, imports
from hub.storage.database import Connection, Database, StorageError
from hub.storage.import_parts import LARGEST_PART, MOST_PARTS
from hub.storage.imports import ImportMoved, StoredImport

LARGEST_FILE: Final = LARGEST_PART * MOST_PARTS  # bytes: 100 MB

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class PartRefused(Exception):
    """`code`: too_large, missing."""

    code: str


async def begin_upload(db: Database, name: str, size: int, by: str, now: int) -> str:
    """Returns its id. Raises PartRefused."""
    if not 0 <= size <= LARGEST_FILE:
        raise PartRefused("too_large")
    one = StoredImport(new_id("m"), Path(name).name[:320], "uploading", "{}", by, now, 0, "{}")
    await db.write(lambda conn: imports.begin(conn, one))
    return one.id


async def take_part(db: Database, import_id: str, number: int, data: bytes) -> None:
    """Raises PartRefused, and ImportMoved if it is read already."""
    if not 0 <= number < MOST_PARTS or len(data) > LARGEST_PART:
        raise PartRefused("too_large")

    async def unit(conn: Connection) -> None:
        one = await imports.find(conn, import_id)
        if one is None or one.state != "uploading":
            raise ImportMoved(import_id)
        await import_parts.add(conn, import_id, number, data)

    await db.write(unit)


async def ask_to_read(db: Database, import_id: str, parts: int, targets: Sequence[str] | None, country: str) -> None:
    """Let it be read, or read again with other columns. `parts`: how many were uploaded. `targets`: what each column
    is; None: as the hub guesses. Raises PartRefused if one is missing, and ImportMoved if it is applied already."""

    async def unit(conn: Connection) -> None:
        one = await imports.find(conn, import_id)
        if one is None or one.state not in ("uploading", "unreadable", "staged"):
            raise ImportMoved(import_id)
        if await import_parts.count(conn, import_id) != parts:
            raise PartRefused("missing")
        known = orjson.loads(one.mapping)
        mapping = {} if targets is None else {**known, "targets": list(targets), "country": country}
        said = orjson.dumps(mapping).decode()
        await imports.move_on(conn, one, "waiting", 0, mapping=said, counts="{}")

    await db.write(unit)


async def read_waiting(db: Database, document: PolicyDocument, rest: Rest = rest) -> None:
    """Read all that are uploaded. `rest`: after each slice. Raises StorageUnavailable."""
    async with db.read() as conn:
        waiting = await import_parts.list_waiting(conn)
    for one in waiting:
        asked = orjson.loads(one.mapping)
        mapping = ColumnMapping(tuple(asked["targets"]), asked["country"]) if "targets" in asked else None
        with tempfile.NamedTemporaryFile(prefix="import-") as file:
            number = 0
            while True:
                async with db.read() as conn:
                    data = await import_parts.read(conn, one.id, number)
                if data is None:
                    break
                file.write(data)
                number += 1
            file.flush()
            wish = Wish(Path(file.name), one.file_name, one.started_by, mapping, one.id)
            try:
                await stage(db, wish, document, one.started_at, rest=rest)
            except UnreadableFile as error:
                log.info("a file of customers cannot be read", id=one.id, problem=error.code)
            except ImportMoved:
                log.info("an import was cancelled while it was read", id=one.id)
            except StorageError:
                raise
            except Exception:  # whatever is in a file, it stops no other work, now or at the next start
                log.exception("a file of customers cannot be read, and why is not foreseen", id=one.id)
                await note_unreadable(db, one.id, UnreadableFile("defect", "The hub cannot read this file."))
