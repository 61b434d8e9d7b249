"""The recordings of calls and the messages of customers: a row of each, also after its sound is deleted.

The rule of this file: a recording that the provider may still have is found by the index over those that are not
settled; one whose sound is due for deletion, by the index over those that expire.
"""

from collections.abc import Collection
from dataclasses import dataclass, fields
from typing import Any, Final

from sqlalchemy import bindparam, literal, select, tuple_, update

from hub.storage.connection import Connection
from hub.storage.old_rows import find_held
from hub.storage.prepared import Prepared, prepare_insert
from hub.storage.tables import interaction, recording

_READ: Final = 200  # of those that expire, at once


@dataclass(frozen=True, slots=True)
class StoredRecording:
    """One field for each column, of the same name. Instants in microseconds of hub time."""

    id: str
    interaction_id: str
    kind: str
    channel: str
    state: str
    since: int
    call_ref: str
    provider_ref: str
    asked_at: int
    began_at: int | None
    ended_at: int | None
    duration_ms: int
    channels: int
    media: str
    sha256: str
    keep_days: int
    is_paused_by_script: bool
    problem: str
    tries: int
    due_at: int | None
    settled_at: int | None
    delete_at: int | None
    deleted_at: int | None


_r = recording.c
_ALL = tuple(_r[field.name] for field in fields(StoredRecording))
_FIXED: Final = ("id", "interaction_id", "kind", "channel", "call_ref", "asked_at", "deleted_at")
_BEGIN = prepare_insert(recording)
_CHANGE = Prepared(
    update(recording)
    .where(_r.id == bindparam("id"))
    .values({one.name: bindparam(one.name) for one in fields(StoredRecording) if one.name not in _FIXED})
)


async def begin(connection: Connection, recordings: Collection[Any]) -> None:
    """`recordings`: objects with the fields of a StoredRecording."""
    await _BEGIN.execute_for_each(connection, recordings)


async def change(connection: Connection, recordings: Collection[Any]) -> None:
    """Store how recordings stand that were asked for earlier."""
    await _CHANGE.execute_for_each(connection, recordings)


async def list_unsettled(connection: Connection) -> list[StoredRecording]:
    """Those that the provider may still have, in the order in which they were asked for."""
    return await _list(connection, select(*_ALL).where(_r.settled_at.is_(None)))


async def list_of(connection: Connection, interaction_ids: Collection[str]) -> list[StoredRecording]:
    """The recordings of these interactions, in the order in which they were asked for."""
    if not interaction_ids:
        return []
    return await _list(connection, select(*_ALL).where(_r.interaction_id.in_(interaction_ids)))


async def list_expired(connection: Connection, now: int, limit: int) -> list[StoredRecording]:
    """At most `limit` of those whose sound has been kept long enough, and is gone at the provider. What a legal hold
    keeps is left out."""
    found: list[StoredRecording] = []
    after = (0, "")
    while len(found) < limit:  # a hold may keep very many
        query = select(*_ALL, interaction.c.customer_id).join(interaction, interaction.c.id == _r.interaction_id)
        query = query.where(_r.deleted_at.is_(None), _r.delete_at.is_not(None), _r.delete_at <= now)
        query = query.where(_r.settled_at.is_not(None), tuple_(_r.delete_at, _r.id) > tuple_(*map(literal, after)))
        rows = (await connection.execute(query.order_by(_r.delete_at, _r.id).limit(_READ))).all()
        held = await find_held(connection, {row[-1] for row in rows})
        found += [StoredRecording(*row[:-1]) for row in rows if row[-1] not in held]
        if len(rows) < _READ:
            break
        after = (rows[-1].delete_at, rows[-1].id)
    return found[:limit]


async def forget_sound(connection: Connection, recording_id: str, state: str, now: int) -> None:
    """Store that the sound of a recording is deleted. Its row stays."""
    gone = {"state": state, "since": now, "media": "", "deleted_at": now}
    await connection.execute(update(recording).where(_r.id == recording_id).values(gone))


async def _list(connection: Connection, query: Any) -> list[StoredRecording]:
    rows = await connection.execute(query.order_by(_r.asked_at, _r.id))
    return [StoredRecording(*row) for row in rows]
