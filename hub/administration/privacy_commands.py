"""One customer's data: everything as a file, or everything erased, from the command line and from the screen.

The rule of this file: the trail says who took data out or erased it, and why. An erasure that was cut short is simply
begun again. Files go before the rows that name them.
"""

import zipfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import orjson

from hub.administration.staff_commands import StaffUnchanged
from hub.settings.config import Config
from hub.storage import erasing
from hub.storage.database import Connection, Database
from hub.storage.erasing import HINDRANCES, Tell
from hub.storage.hub_time import read_now
from hub.storage.media import MediaNotFound, MediaStore
from hub.storage.staff import COMMAND_LINE, add_audit_entry


async def export_customer(settings: Config, customer_id: str, out: Path, reason: str) -> str:
    """Returns a sentence that says what was done. Raises StaffUnchanged, StorageError."""
    db = await Database.open(settings.database_url)
    try:
        return await write_file(db, settings.media_folder, customer_id, out, reason)
    finally:
        await db.close()


async def erase_customer(settings: Config, customer_id: str, reason: str) -> str:
    """As `export_customer`."""
    db = await Database.open(settings.database_url)
    try:
        return await erase(db, settings.media_folder, customer_id, reason)
    finally:
        await db.close()


async def write_file(
    db: Database, folder: Path, customer_id: str, out: Path | IO[bytes], reason: str, by: str = COMMAND_LINE
) -> str:
    now = await read_now(db)
    media = MediaStore(db, folder, lambda: now)
    async with db.read() as connection:
        where = await erasing.find_whereabouts(connection, customer_id)
    rows = await erasing.read_rows(db, where)
    if not rows["customer"]:
        raise StaffUnchanged(f"There is no customer {customer_id}.")

    async def note(connection: Connection) -> None:
        await add_audit_entry(connection, now, by, "customer.export", customer_id, reason=reason)

    await db.write(note)  # before the first byte leaves
    made_at = datetime.fromtimestamp(now / 1_000_000, UTC).isoformat()
    document = {"customer": customer_id, "made_at": made_at, "tables": rows}
    missing = 0
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS))
        for ref in where.media:
            try:
                archive.write(await media.find_path(ref), f"media/{ref}")
            except MediaNotFound:  # deleted because it was kept long enough
                missing += 1
    kept = len(where.media) - missing
    return f"{out} has what is known of {customer_id}: {sum(map(len, rows.values()))} rows and {kept} files."


async def erase(
    db: Database, folder: Path, customer_id: str, reason: str, by: str = COMMAND_LINE, tell: Tell | None = None
) -> str:
    """Raises StaffUnchanged, whose text says what to do first."""
    now = await read_now(db)
    async with db.read() as connection:
        if hindrance := await erasing.find_hindrance(connection, customer_id):
            raise StaffUnchanged(HINDRANCES[hindrance].format(id=customer_id))
        where = await erasing.find_whereabouts(connection, customer_id)
    media = MediaStore(db, folder, lambda: now)
    for ref in where.media:
        with suppress(MediaNotFound):  # an earlier release wrote another kind of ref
            await media.delete(ref)
    done = await erasing.erase_rows(db, where, tell)

    async def note(connection: Connection) -> None:
        await add_audit_entry(connection, now, by, "customer.erase", customer_id, reason=reason)

    await db.write(note)
    touched = ", ".join(f"{name} {number}" for name, number in sorted(done.items()) if number)
    return (
        f"Customer {customer_id} is erased. Rows by table: {touched}. Files: {len(where.media)}. Backups that were "
        "made before hold the customer until you delete them; after you restore one, erase the customer again."
    )
