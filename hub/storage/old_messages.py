"""Messages that have been kept long enough.

The rule of this file: it reads the oldest rows by their key, so its cost does not grow with the table. Messages of
open work are never old. The sound of a call or of a voicemail belongs to its recording.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from sqlalchemy import delete, select

from hub.storage.connection import Connection
from hub.storage.tables import interaction, message, recording


@dataclass(frozen=True, slots=True)
class OldMessage:
    seq: int
    files: tuple[str, ...]  # refs of the mail as received and of attachments


async def list_oldest(connection: Connection, before: int, limit: int) -> list[OldMessage]:
    """Of the oldest `limit` messages those whose interaction closed before an instant."""
    m, i, r = message.c, interaction.c, recording.c
    oldest = select(m.seq, m.interaction_id, m.raw, m.media).order_by(m.seq).limit(limit)
    rows = (await connection.execute(oldest)).all()
    ids = sorted({row.interaction_id for row in rows})
    closed = select(i.id).where(i.id.in_(ids), i.closed_at < before)
    gone = set(await connection.scalars(closed)) if ids else set()
    sound = (
        set(await connection.scalars(select(r.media).where(r.interaction_id.in_(sorted(gone))))) if gone else set()
    )
    found = []
    for row in rows:
        if row.interaction_id in gone:
            refs = {row.raw, *(one["ref"] for one in orjson.loads(row.media))} - {"", *sound}
            found.append(OldMessage(row.seq, tuple(sorted(refs))))
    return found


async def forget(connection: Connection, seqs: Sequence[int]) -> None:
    await connection.execute(delete(message).where(message.c.seq.in_(seqs)))
