"""Messages that have been kept long enough.

The rule of this file: it reads the oldest rows by their key, so its cost does not grow with the table. Messages of
open work are never old. The sound of a call or of a voicemail belongs to its recording.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from sqlalchemy import delete, select

from hub.storage.connection import Connection
from hub.storage.old_rows import find_held
from hub.storage.tables import interaction, message, recording


@dataclass(frozen=True, slots=True)
class OldMessage:
    seq: int
    files: tuple[str, ...]  # refs of the mail as received and of attachments


async def list_oldest(
    connection: Connection, before: int, limit: int, after: int = 0
) -> tuple[list[OldMessage], int | None]:
    """Of the oldest `limit` messages after one, those whose interaction closed before an instant. Also the number of
    the last one, if a legal hold keeps some of them: there may be others behind it."""
    m, i, r = message.c, interaction.c, recording.c
    oldest = select(m.seq, m.interaction_id, m.raw, m.media).where(m.seq > after).order_by(m.seq).limit(limit)
    rows = (await connection.execute(oldest)).all()
    ids = sorted({row.interaction_id for row in rows})
    closed = select(i.id, i.customer_id).where(i.id.in_(ids), i.closed_at < before)
    owners = {row.id: row.customer_id for row in await connection.execute(closed)} if ids else {}
    held = await find_held(connection, set(owners.values()))
    gone = {one for one, customer_id in owners.items() if customer_id not in held}
    sound = (
        set(await connection.scalars(select(r.media).where(r.interaction_id.in_(sorted(gone))))) if gone else set()
    )
    found = []
    for row in rows:
        if row.interaction_id in gone:
            refs = {row.raw, *(one["ref"] for one in orjson.loads(row.media))} - {"", *sound}
            found.append(OldMessage(row.seq, tuple(sorted(refs))))
    return found, rows[-1].seq if held else None


async def forget(connection: Connection, seqs: Sequence[int]) -> None:
    await connection.execute(delete(message).where(message.c.seq.in_(seqs)))
