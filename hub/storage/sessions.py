"""The sessions of staff.

The rule of this file: a session is found by its own key, and the caller judges whether it is living. The database has
the SHA-256 of a token and never the token.
"""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, delete, exists, func, insert, select, update

from hub.storage.connection import Connection
from hub.storage.prepared import Prepared, among, is_among
from hub.storage.tables import interaction, staff, staff_session

_t, _s = staff_session.c, staff.c


@dataclass(frozen=True, slots=True)
class BegunSession:
    """`address` and `browser`: those with which the person signed in."""

    token_hash: str
    id: str
    staff_id: str
    address: str
    browser: str
    created_at: int
    used_at: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A session with its person. `roles`: a JSON list."""

    id: str
    address: str
    browser: str
    created_at: int
    used_at: int
    expires_at: int
    revoked_at: int | None
    staff_id: str
    name: str
    roles: str
    language: str
    disabled_at: int | None


@dataclass(frozen=True, slots=True)
class SessionRef:
    id: str
    staff_id: str


def _select() -> Select[Any]:
    session = (_t.id, _t.address, _t.browser, _t.created_at, _t.used_at, _t.expires_at, _t.revoked_at)
    query = select(*session, _s.id, _s.name, _s.roles, _s.language, _s.disabled_at)
    return query.join(staff, _t.staff_id == _s.id)


_NOTE_USE = Prepared(
    update(staff_session)
    .where(_t.id == bindparam("one"), _t.used_at < bindparam("at"))
    .values(used_at=bindparam("at"))
)
_FIND = Prepared(_select().where(is_among(_t.id, "ids")))  # asked every second for all that have a screen open


async def add(connection: Connection, begun: BegunSession) -> None:
    await connection.execute(insert(staff_session), [asdict(begun)])


async def find_by_token(connection: Connection, token_hash: str) -> list[StoredSession]:
    """A list of one session, or empty."""
    return await _list(connection, _t.token_hash == token_hash)


async def find(connection: Connection, ids: Collection[str]) -> list[StoredSession]:
    """Those of these sessions that are stored, living or not."""
    return [StoredSession(*row) for row in await _FIND.fetch(connection, {"ids": among(ids)})]


async def list_of(connection: Connection, staff_id: str) -> list[StoredSession]:
    """All stored sessions of one person, living or not."""
    return await _list(connection, _t.staff_id == staff_id)


async def _list(connection: Connection, which: ColumnElement[bool]) -> list[StoredSession]:
    return [StoredSession(*row) for row in await connection.execute(_select().where(which))]


async def lock(connection: Connection, session_id: str) -> SessionRef | None:
    """None if it has ended or does not exist. Else no other transaction can end it before this one ends."""
    query = select(_t.staff_id, _t.revoked_at).where(_t.id == session_id).with_for_update()
    found = (await connection.execute(query)).first()
    return None if found is None or found.revoked_at is not None else SessionRef(session_id, found.staff_id)


async def note_use(connection: Connection, uses: Mapping[str, int]) -> None:
    """By id: when each session was last used. A use earlier than the stored one changes nothing."""
    await _NOTE_USE.execute_all(connection, [{"one": session_id, "at": at} for session_id, at in uses.items()])


async def end(connection: Connection, session_id: str, now: int) -> None:
    await connection.execute(update(staff_session).where(_t.id == session_id).values(revoked_at=now))


async def end_by_token(connection: Connection, token_hash: str, now: int) -> None:
    """Does nothing if there is no such session or it has ended."""
    change = update(staff_session).where(_t.token_hash == token_hash)
    await connection.execute(change.values(revoked_at=func.coalesce(_t.revoked_at, now)))


async def list_idle(connection: Connection, used_until: int, now: int, limit: int) -> list[SessionRef]:
    """Sessions that have neither ended nor expired, are unused since an instant, and belong to a person who holds
    no interaction: at most `limit`, the longest unused first."""
    idle = _is_idle(used_until, now)
    query = select(_t.id, _t.staff_id).where(idle, ~_holds()).order_by(_t.used_at).limit(limit)
    return [SessionRef(*row) for row in await connection.execute(query)]


async def end_idle(connection: Connection, session_id: str, used_until: int, now: int) -> bool:
    """False if the session is no longer idle."""
    change = update(staff_session).where(_t.id == session_id, _is_idle(used_until, now), ~_holds())
    return (await connection.execute(change.values(revoked_at=now))).rowcount == 1


async def list_expired(connection: Connection, before: int, limit: int) -> list[str]:
    """The token hashes of sessions that expired before an instant: at most `limit`, the oldest first."""
    query = select(_t.token_hash).where(_t.expires_at < before).order_by(_t.expires_at).limit(limit)
    return list(await connection.scalars(query))


async def forget(connection: Connection, token_hashes: Collection[str]) -> None:
    await connection.execute(delete(staff_session).where(_t.token_hash.in_(token_hashes)))


def _is_idle(used_until: int, now: int) -> ColumnElement[bool]:
    return (_t.revoked_at.is_(None)) & (_t.used_at <= used_until) & (_t.expires_at > now)


def _holds() -> ColumnElement[bool]:
    """Whether the session's person holds an open interaction."""
    i = interaction.c
    return exists().where(i.agent_id == _t.staff_id, i.closed_at.is_(None), i.accepted_at.is_not(None))
