"""What is changed about the people who work here: their roles, whether they are let in, a forgotten password.

The rule of this file: the change, the end of the sessions that it ends, its audit entry and the word of it to the hub
that routes are stored together, or none of them. Hubs that run close the screens within seconds.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import orjson
from sqlalchemy import select, update

from hub.ids import new_id
from hub.storage import inbox, tables
from hub.storage.codec import encode_plain
from hub.storage.database import Connection, Database
from hub.storage.documents import ARRIVALS, StaffChanged
from hub.storage.inbox import Arrival
from hub.storage.reading_rights import queues_of
from hub.storage.staff import audit, end_sessions
from routing.model import AgentProfile, Micros

ROLES: Final = ("agent", "supervisor", "author", "administrator")


@dataclass(frozen=True, slots=True)
class Person:
    id: str
    name: str
    roles: tuple[str, ...]
    is_disabled: bool
    queues: tuple[str, ...] = ()


async def disable(db: Database, staff_id: str, now: Micros, by: str, address: str = "") -> bool:
    """From this instant on the person is not let in, and their screens close; False where there is nobody to
    disable."""
    s = tables.staff

    async def unit(conn: Connection) -> bool:
        change = update(s).where(s.c.id == staff_id, s.c.disabled_at.is_(None)).values(disabled_at=now)
        if (await conn.execute(change)).rowcount != 1:
            return False
        await end_sessions(conn, staff_id, now)
        await audit(conn, now, by, "staff.disable", staff_id, address=address)
        await _tell(conn, staff_id, now)
        return True

    return await db.write(unit)


async def enable(db: Database, staff_id: str, now: Micros, by: str) -> bool:
    """Let in again, with the password and the roles of before; False where nobody of this id is disabled."""
    s = tables.staff

    async def unit(conn: Connection) -> bool:
        change = update(s).where(s.c.id == staff_id, s.c.disabled_at.is_not(None)).values(disabled_at=None)
        if (await conn.execute(change)).rowcount != 1:
            return False
        await audit(conn, now, by, "staff.enable", staff_id)
        await _tell(conn, staff_id, now)
        return True

    return await db.write(unit)


async def set_roles(db: Database, staff_id: str, roles: Collection[str], now: Micros, by: str) -> bool:
    """Screens and commands that the roles do not open end within seconds; the sessions go on. False where there is
    no such person. Who becomes an agent has no queue yet, or those of before."""
    s = tables.staff

    async def unit(conn: Connection) -> bool:
        query = select(s.c.roles, s.c.profile).where(s.c.id == staff_id).with_for_update()
        row = (await conn.execute(query)).first()
        if row is None:
            return False
        profile = orjson.loads(row.profile)
        if "agent" in roles:
            profile.setdefault("routing", orjson.loads(encode_plain(AgentProfile(queues=()))))
        values = {"roles": orjson.dumps(sorted(roles, key=ROLES.index)).decode()}
        values["profile"] = orjson.dumps(profile).decode()
        await conn.execute(update(s).where(s.c.id == staff_id).values(values))
        await audit(conn, now, by, "staff.roles", staff_id, before=row.roles, after=values["roles"])
        await _tell(conn, staff_id, now)
        return True

    return await db.write(unit)


async def set_queues(db: Database, staff_id: str, queues: Collection[str], now: Micros, by: str) -> bool:
    """Those that the person serves as an agent, and looks after as a supervisor: whose customers' data they may read.
    False where there is no such person."""
    s = tables.staff

    async def unit(conn: Connection) -> bool:
        row = (await conn.execute(select(s.c.profile).where(s.c.id == staff_id).with_for_update())).first()
        if row is None:
            return False
        profile, after = orjson.loads(row.profile), sorted(queues)
        before = queues_of(profile)
        profile["queues"] = after
        if "routing" in profile:
            profile["routing"]["queues"] = after
        await conn.execute(update(s).where(s.c.id == staff_id).values(profile=orjson.dumps(profile).decode()))
        await audit(conn, now, by, "staff.queues", staff_id, before=list(before), after=after)
        await _tell(conn, staff_id, now)
        return True

    return await db.write(unit)


async def reset_password(db: Database, staff_id: str, password_hash: str, now: Micros, by: str) -> bool:
    """A one-time password in the place of the one that the person has; every session of theirs ends. False where
    there is no such person."""
    s = tables.staff

    async def unit(conn: Connection) -> bool:
        change = update(s).where(s.c.id == staff_id)
        change = change.values(password_hash=password_hash, must_change_password=True)
        if (await conn.execute(change)).rowcount != 1:
            return False
        ended = await end_sessions(conn, staff_id, now)
        await audit(conn, now, by, "staff.reset_password", staff_id, sessions_ended=ended)
        return True

    return await db.write(unit)


async def read_people(db: Database) -> Sequence[Person]:
    """Everybody, by id."""
    s = tables.staff
    async with db.read() as conn:
        rows = (
            await conn.execute(select(s.c.id, s.c.name, s.c.roles, s.c.disabled_at, s.c.profile).order_by(s.c.id))
        ).all()
    return [
        Person(
            row.id,
            row.name,
            tuple(orjson.loads(row.roles)),
            row.disabled_at is not None,
            queues_of(orjson.loads(row.profile)),
        )
        for row in rows
    ]


async def _tell(conn: Connection, staff_id: str, now: Micros) -> None:
    body = ARRIVALS.encode(StaffChanged(staff_id))
    await inbox.put(conn, [Arrival(new_id("staff:"), StaffChanged.__name__, body, now)])
