"""The files of imports while they may be read again: parts in the order of their numbers, from 0.

The rule of this file: a part is one short write and is stored once. As soon as an import is applied or cancelled its
file goes, so that what nobody took in stands nowhere.
"""

from base64 import b64decode, b64encode
from typing import Final

from sqlalchemy import delete, func, insert, select, update

from hub.storage.connection import Connection
from hub.storage.import_tables import customer_import, import_part
from hub.storage.imports import StoredImport

MOST_PARTS: Final = 400
LARGEST_PART: Final = 262_144  # bytes
READABLE: Final = ("uploading", "waiting", "staging", "unreadable", "staged")
_p, _i = import_part.c, customer_import.c


async def add(connection: Connection, import_id: str, number: int, data: bytes) -> None:
    """A part that is there already stays as it is: it was sent again."""
    known = await connection.scalar(select(_p.number).where(_p.import_id == import_id, _p.number == number))
    if known is None:
        row = {"import_id": import_id, "number": number, "data": b64encode(data).decode()}
        await connection.execute(insert(import_part), [row])


async def count(connection: Connection, import_id: str) -> int:
    return await connection.scalar(select(func.count()).where(_p.import_id == import_id)) or 0


async def read(connection: Connection, import_id: str, number: int) -> bytes | None:
    """None: there is no such part."""
    data = await connection.scalar(select(_p.data).where(_p.import_id == import_id, _p.number == number))
    return None if data is None else b64decode(data)


async def forget(connection: Connection) -> int:
    """Delete a few parts of imports that are read no more. Returns how many."""
    query = select(_p.import_id, _p.number).join(customer_import, _i.id == _p.import_id)
    rows = (await connection.execute(query.where(_i.state.not_in(READABLE)).limit(8))).all()
    for import_id, number in rows:
        await connection.execute(delete(import_part).where(_p.import_id == import_id, _p.number == number))
    return len(rows)


async def is_any_left(connection: Connection) -> bool:
    return await connection.scalar(select(_p.import_id).limit(1)) is not None


async def list_waiting(connection: Connection) -> list[StoredImport]:
    """Uploaded, and to be read."""
    columns = [_i[name] for name in StoredImport.__slots__]
    rows = await connection.execute(select(*columns).where(_i.state == "waiting").order_by(_i.started_at))
    return [StoredImport(*row) for row in rows]


async def read_again(connection: Connection) -> None:
    """Those in the middle of whose reading a process ended."""
    uploaded = select(_p.import_id)
    left = update(customer_import).where(_i.state == "staging", _i.id.in_(uploaded))
    await connection.execute(left.values(state="waiting", at_line=0))
