"""The staff: each person's row, and writes about a person that several rooms need.

The rule of this file: a change and the rows that belong to it are stored together; an audit entry never holds a
secret.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Unpack

import orjson
from sqlalchemy import Select, insert, select, update

from hub.storage import audit as trail
from hub.storage import tables
from hub.storage.audit_words import Action, Detail
from hub.storage.connection import Connection
from routing.model import Micros

COMMAND_LINE = "command line"  # the actor in the audit trail of a command on the database

_s = tables.staff.c


@dataclass(frozen=True, slots=True)
class StoredPerson:
    """`roles`: a JSON list. `profile`: JSON with an agent's `routing`, `phone`,
    `softphone_unusable` and `softphone_opened`, and a supervisor's `queues`."""

    id: str
    sign_in_name: str
    name: str
    password_hash: str
    must_change_password: bool
    roles: str
    language: str
    profile: str
    disabled_at: int | None


async def add_audit_entry(
    conn: Connection, at: Micros, by: str, action: Action, subject: str, **detail: Unpack[Detail]
) -> None:
    """Write an audit entry. `by`: the actor, a staff id or COMMAND_LINE. A None in the detail is left out."""
    shown = {name: value for name, value in detail.items() if value is not None}
    await trail.add(conn, [trail.Entry(at, by, action, subject, detail=orjson.dumps(shown).decode())])


# ---- who there is --------------------------------------------------------------------------------------


async def list_at_work(connection: Connection) -> list[StoredPerson]:
    """All staff who are not disabled."""
    return await _list(connection, _select().where(_s.disabled_at.is_(None)))


async def list_all(connection: Connection) -> list[StoredPerson]:
    """All staff, by id."""
    return await _list(connection, _select().order_by(_s.id))


async def list_by_name(connection: Connection) -> list[StoredPerson]:
    """All staff, by name."""
    return await _list(connection, _select().order_by(_s.name))


async def list_ids(connection: Connection) -> set[str]:
    return set(await connection.scalars(select(_s.id)))


async def find(connection: Connection, staff_id: str) -> StoredPerson | None:
    """The person, disabled or not."""
    return await _find(connection, _select().where(_s.id == staff_id))


async def get(connection: Connection, staff_id: str) -> StoredPerson:
    """The person, disabled or not. Raises LookupError for an id of nobody; no row is ever taken out."""
    person = await find(connection, staff_id)
    if person is None:
        raise LookupError("no such person")
    return person


async def find_by_sign_in_name(connection: Connection, name: str) -> StoredPerson | None:
    """None if nobody has this name or that person is disabled."""
    return await _find(connection, _select().where(_s.sign_in_name == name, _s.disabled_at.is_(None)))


async def is_sign_in_name_taken(connection: Connection, name: str) -> bool:
    """Whether somebody has this name, disabled or not."""
    return await connection.scalar(select(_s.id).where(_s.sign_in_name == name)) is not None


def _select() -> Select[Any]:
    password = (_s.password_hash, _s.must_change_password)
    return select(_s.id, _s.sign_in_name, _s.name, *password, _s.roles, _s.language, _s.profile, _s.disabled_at)


async def _list(connection: Connection, query: Select[Any]) -> list[StoredPerson]:
    return [StoredPerson(*row) for row in await connection.execute(query)]


async def _find(connection: Connection, query: Select[Any]) -> StoredPerson | None:
    row = (await connection.execute(query)).first()
    return StoredPerson(*row) if row is not None else None


# ---- changes -------------------------------------------------------------------------------------------


async def add(connection: Connection, people: Sequence[StoredPerson], now: Micros) -> None:
    """Raises IntegrityError if one of the sign-in names is taken."""
    if people:
        await connection.execute(insert(tables.staff), [{**asdict(one), "created_at": now} for one in people])


async def lock(connection: Connection, staff_id: str) -> StoredPerson | None:
    """As `find`, and until the end of the transaction no other transaction changes the row."""
    return await _find(connection, _select().where(_s.id == staff_id).with_for_update())


async def lock_right(connection: Connection, staff_id: str, password_hash: str) -> bool:
    """Whether this is still the person's password and they are not disabled. It stays so until the end of the
    transaction."""
    is_right = (_s.id == staff_id, _s.password_hash == password_hash, _s.disabled_at.is_(None))
    return await connection.scalar(select(_s.id).where(*is_right).with_for_update()) is not None


async def set_profile(connection: Connection, staff_id: str, profile: str, roles: str | None = None) -> None:
    """`roles`: the new roles; None leaves them as they are."""
    values = {"profile": profile} if roles is None else {"profile": profile, "roles": roles}
    await connection.execute(update(tables.staff).where(_s.id == staff_id).values(values))


async def disable(connection: Connection, staff_id: str, now: Micros) -> bool:
    """False if nobody of this id can be disabled."""
    change = update(tables.staff).where(_s.id == staff_id, _s.disabled_at.is_(None)).values(disabled_at=now)
    return (await connection.execute(change)).rowcount == 1


async def enable(connection: Connection, staff_id: str) -> bool:
    """False if nobody of this id is disabled."""
    change = update(tables.staff).where(_s.id == staff_id, _s.disabled_at.is_not(None)).values(disabled_at=None)
    return (await connection.execute(change)).rowcount == 1


async def set_password(
    connection: Connection, staff_id: str, password_hash: str, *, must_change: bool, instead_of: str | None = None
) -> bool:
    """False if there is no such person, or their password is no longer `instead_of`. `must_change`: the person
    must replace it before they get a session."""
    change = update(tables.staff).where(_s.id == staff_id)
    if instead_of is not None:
        change = change.where(_s.password_hash == instead_of)
    change = change.values(password_hash=password_hash, must_change_password=must_change)
    return (await connection.execute(change)).rowcount == 1


async def end_sessions(conn: Connection, staff_id: str, now: Micros, *, but: str = "") -> int:
    """End every session of this person except the one with the id `but`, and return how many ended."""
    t = tables.staff_session
    found = await conn.execute(select(t.c.id, t.c.revoked_at, t.c.expires_at).where(t.c.staff_id == staff_id))
    living = [row.id for row in found if row.revoked_at is None and row.expires_at > now and row.id != but]
    await conn.execute(update(t).where(t.c.id.in_(living)).values(revoked_at=now))
    return len(living)


async def find_addresses(conn: Connection, staff_id: str) -> Sequence[str]:
    """The addresses from which this person began their stored sessions."""
    t = tables.staff_session
    return (await conn.scalars(select(t.c.address).where(t.c.staff_id == staff_id).distinct())).all()
