"""Changes to staff: roles, queues, whether a person may sign in, a new password for a forgotten one.

The rule of this file: a change, the end of the sessions that it ends, its audit entry and the notice to the routing
hub are stored together, or none of them. Running hubs close the screens within seconds.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from hub.ids import new_id
from hub.storage import inbox, staff
from hub.storage.codec import encode_plain
from hub.storage.database import Connection, Database
from hub.storage.documents import ARRIVALS, StaffChanged
from hub.storage.inbox import Arrival
from hub.storage.reading_rights import queues_of
from hub.storage.staff import add_audit_entry, end_sessions
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
    """From this instant the person may not sign in, and their screens close. False if nobody of this id can be
    disabled."""

    async def unit(conn: Connection) -> bool:
        if not await staff.disable(conn, staff_id, now):
            return False
        await end_sessions(conn, staff_id, now)
        await add_audit_entry(conn, now, by, "staff.disable", staff_id, address=address)
        await _tell(conn, staff_id, now)
        return True

    return await db.write(unit)


async def enable(db: Database, staff_id: str, now: Micros, by: str) -> bool:
    """The person may sign in again, with the same password and roles. False if nobody of this id is disabled."""

    async def unit(conn: Connection) -> bool:
        if not await staff.enable(conn, staff_id):
            return False
        await add_audit_entry(conn, now, by, "staff.enable", staff_id)
        await _tell(conn, staff_id, now)
        return True

    return await db.write(unit)


async def set_roles(db: Database, staff_id: str, roles: Collection[str], now: Micros, by: str) -> bool:
    """Screens and commands that the new roles do not allow end within seconds; the sessions go on. False if there
    is no such person. A new agent has no queue, or the queues of before."""

    async def unit(conn: Connection) -> bool:
        person = await staff.lock(conn, staff_id)
        if person is None:
            return False
        profile, after = orjson.loads(person.profile), sorted(roles, key=ROLES.index)
        if "agent" in roles:
            profile.setdefault("routing", orjson.loads(encode_plain(AgentProfile(queues=()))))
        await staff.set_profile(conn, staff_id, orjson.dumps(profile).decode(), orjson.dumps(after).decode())
        await add_audit_entry(conn, now, by, "staff.roles", staff_id, before=orjson.loads(person.roles), after=after)
        await _tell(conn, staff_id, now)
        return True

    return await db.write(unit)


async def set_queues(db: Database, staff_id: str, queues: Collection[str], now: Micros, by: str) -> bool:
    """Set the queues that the person serves as an agent and looks after as a supervisor. They may read the data of
    customers in these queues. False if there is no such person."""

    async def unit(conn: Connection) -> bool:
        person = await staff.lock(conn, staff_id)
        if person is None:
            return False
        profile, after = orjson.loads(person.profile), sorted(queues)
        before = queues_of(profile)
        profile["queues"] = after
        if "routing" in profile:
            profile["routing"]["queues"] = after
        await staff.set_profile(conn, staff_id, orjson.dumps(profile).decode())
        await add_audit_entry(conn, now, by, "staff.queues", staff_id, before=list(before), after=after)
        await _tell(conn, staff_id, now)
        return True

    return await db.write(unit)


async def reset_password(db: Database, staff_id: str, password_hash: str, now: Micros, by: str) -> bool:
    """Replace the password by a one-time password, and end every session of the person. False if there is no such
    person."""

    async def unit(conn: Connection) -> bool:
        if not await staff.set_password(conn, staff_id, password_hash, must_change=True):
            return False
        ended = await end_sessions(conn, staff_id, now)
        await add_audit_entry(conn, now, by, "staff.reset_password", staff_id, sessions_ended=ended)
        return True

    return await db.write(unit)


async def read_people(db: Database) -> Sequence[Person]:
    """All staff, by id."""
    async with db.read() as conn:
        people = await staff.list_all(conn)
    return [
        Person(
            one.id,
            one.name,
            tuple(orjson.loads(one.roles)),
            one.disabled_at is not None,
            queues_of(orjson.loads(one.profile)),
        )
        for one in people
    ]


async def _tell(conn: Connection, staff_id: str, now: Micros) -> None:
    body = ARRIVALS.encode(StaffChanged(staff_id))
    await inbox.put(conn, [Arrival(new_id("staff:"), StaffChanged.__name__, body, now)])
