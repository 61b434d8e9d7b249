"""Hearings: each time that a person opens a recording, and which of its seconds were played.

The rule of this file: spans are added to a hearing and never taken away, so a report that comes twice, late or in
another order does no harm.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import orjson
from sqlalchemy import delete, insert, select, update

from hub.storage.connection import Connection
from hub.storage.tables import hearing

MOST_SPANS = 500  # of one hearing; of more, neighbours are joined with what is between them

Span = tuple[int, int]  # from, to: milliseconds from the beginning of the recording


@dataclass(frozen=True, slots=True)
class Hearing:
    id: str
    opened_at: int
    staff_id: str
    interaction_id: str
    media: str  # ref
    content_type: str


async def add(connection: Connection, opened: Hearing) -> None:
    h = opened
    row = {"id": h.id, "opened_at": h.opened_at, "staff_id": h.staff_id, "interaction_id": h.interaction_id}
    await connection.execute(insert(hearing), [row | {"media": h.media, "content_type": h.content_type}])


async def find(connection: Connection, hearing_id: str) -> Hearing | None:
    h = hearing.c
    query = select(h.id, h.opened_at, h.staff_id, h.interaction_id, h.media, h.content_type)
    row = (await connection.execute(query.where(h.id == hearing_id))).first()
    return None if row is None else Hearing(*row)


async def add_spans(connection: Connection, hearing_id: str, spans: Iterable[Span]) -> None:
    h = hearing.c
    kept = await connection.scalar(select(h.spans).where(h.id == hearing_id).with_for_update())
    if kept is not None:
        joined = orjson.dumps(join_spans([*_read(kept), *spans])).decode()
        if joined != kept:
            await connection.execute(update(hearing).where(h.id == hearing_id).values(spans=joined))


async def find_spans(connection: Connection, hearing_ids: Collection[str]) -> dict[str, list[Span]]:
    """By hearing. One that is not stored is left out."""
    if not hearing_ids:
        return {}
    rows = await connection.execute(select(hearing.c.id, hearing.c.spans).where(hearing.c.id.in_(hearing_ids)))
    return {row.id: _read(row.spans) for row in rows}


async def prune(connection: Connection, before: int, limit: int = 500) -> int:
    """Delete at most `limit` hearings that were opened before an instant, and return how many; call it until it
    returns 0."""
    old = select(hearing.c.id).where(hearing.c.opened_at < before).order_by(hearing.c.opened_at).limit(limit)
    ids = list(await connection.scalars(old))
    if ids:
        await connection.execute(delete(hearing).where(hearing.c.id.in_(ids)))
    return len(ids)


def join_spans(spans: Sequence[Span]) -> list[Span]:
    """In order; spans that touch or overlap are one, and a span without length is none."""
    joined: list[Span] = []
    for begin, end in sorted(spans):
        if end <= begin:
            continue
        if joined and begin <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        else:
            joined.append((begin, end))
    while len(joined) > MOST_SPANS:
        nearest = min(range(1, len(joined)), key=lambda n: joined[n][0] - joined[n - 1][1])
        joined[nearest - 1 : nearest + 1] = [(joined[nearest - 1][0], joined[nearest][1])]
    return joined


def _read(kept: str) -> list[Span]:
    return [(begin, end) for begin, end in orjson.loads(kept)]
