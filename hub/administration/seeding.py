"""What a database is given before its first interaction: the policy, script texts, and the demo's people.

The rule of this file: what is there already is left as it is, so each function may be called at every start.
"""

from typing import Any

import orjson
from sqlalchemy import insert, select

from hub.access.passwords import hash_password
from hub.ids import new_id
from hub.sending.may_send import SOFTPHONE
from hub.settings.demo_data import Demo, SampleCustomer, SampleStaff
from hub.storage import inbox, tables
from hub.storage.codec import encode_plain
from hub.storage.database import Connection, Database
from hub.storage.documents import ARRIVALS, StaffChanged
from hub.storage.inbox import Arrival
from routing.model import AgentProfile, Micros, QueueId


async def seed_demo(db: Database, demo: Demo, password: str, currency: str, now: Micros) -> None:
    """The sample staff and customers who are not there yet."""
    async with db.read() as conn:
        is_staffed = {person.id for person in demo.staff} <= set(await conn.scalars(select(tables.staff.c.id)))
    password_hash = "" if is_staffed else hash_password(password)  # as slow as it is meant to be

    async def unit(conn: Connection) -> None:
        staff = set(await conn.scalars(select(tables.staff.c.id)))
        customers = set(await conn.scalars(select(tables.customer.c.id)))
        people = [_staff_row(person, password_hash, now) for person in demo.staff if person.id not in staff]
        if people:
            await conn.execute(insert(tables.staff), people)
        fresh = [customer for customer in demo.customers if customer.id not in customers]
        if fresh:
            await conn.execute(insert(tables.customer), [_customer_row(c, currency, now) for c in fresh])
            await conn.execute(insert(tables.address), [row for c in fresh for row in _address_rows(c)])

    await db.write(unit)


async def add_staff(db: Database, person: SampleStaff, password: str, now: Micros) -> bool:
    """A person with a one-time first password, and the word of it to a hub that runs; False where the sign-in name is
    taken."""
    row = {**_staff_row(person, hash_password(password), now), "must_change_password": True}
    s = tables.staff

    async def unit(conn: Connection) -> bool:
        if await conn.scalar(select(s.c.id).where(s.c.sign_in_name == row["sign_in_name"])) is not None:
            return False
        await conn.execute(insert(s), [row])
        body = ARRIVALS.encode(StaffChanged(person.id))
        await inbox.put(conn, [Arrival(new_id("staff:"), StaffChanged.__name__, body, now)])
        return True

    return await db.write(unit)


def _staff_row(person: SampleStaff, password_hash: str, now: Micros) -> dict[str, Any]:
    profile: dict[str, Any] = {}
    if "agent" in person.roles:
        routing = AgentProfile(
            queues=tuple(QueueId(queue) for queue in sorted(person.queues)),
            skills=tuple(sorted(person.skills.items())),
            languages=tuple(sorted(person.languages)),
            teams=tuple(sorted(person.teams)),
        )
        profile = {"routing": orjson.loads(encode_plain(routing)), "phone": person.phone or f"{SOFTPHONE}{person.id}"}
    elif "supervisor" in person.roles:
        profile = {"queues": sorted(person.queues)}  # whose customers' data they may read
    return {
        "id": person.id,
        "sign_in_name": person.id,
        "name": person.name,
        "password_hash": password_hash,
        "roles": orjson.dumps(list(person.roles)).decode(),
        "language": person.language,
        "profile": orjson.dumps(profile).decode(),
        "created_at": now,
    }


PROFILE = [
    "city",
    "since_year",
    "stage",
    "value_past",
    "value_now",
    "value_potential",
    "products",
    "segments",
    "prefers",
    "early_sign",
    "note",
]


def _customer_row(customer: SampleCustomer, currency: str, now: Micros) -> dict[str, Any]:
    profile = {name: getattr(customer, name) for name in PROFILE} | {"currency": currency}
    return {
        "id": customer.id,
        "name": customer.name,
        "tier": customer.tier,
        "language": customer.language,
        "profile": orjson.dumps(profile).decode(),
        "created_at": now,
    }


def _address_rows(customer: SampleCustomer) -> list[dict[str, Any]]:
    known = {"customer_id": customer.id, "identity_level": "verified"}
    return [
        {**known, "kind": "phone", "address": customer.phone},
        {**known, "kind": "email", "address": customer.email},
    ]
