"""The first content of a database, before its first interaction: staff, and the demo's people and customers.

The rule of this file: existing rows stay as they are, so each function may be called at every start.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict

import orjson

from hub.access.passwords import hash_password
from hub.ids import new_id
from hub.policies.attributes import AttributePolicy
from hub.policies.document import PolicyDocument
from hub.sending.may_send import SOFTPHONE
from hub.settings.demo_data import Demo, SampleCustomer, SampleStaff
from hub.storage import customers, inbox, profiles, relations, search_index, staff
from hub.storage.codec import encode_plain
from hub.storage.customers import KnownAddress, StoredCustomer
from hub.storage.database import Connection, Database
from hub.storage.documents import ARRIVALS, StaffChanged
from hub.storage.inbox import Arrival
from hub.storage.profiles import ValueChange
from hub.storage.relations import Author, Holding, Relation
from hub.storage.staff import StoredPerson
from routing.model import AgentProfile, Micros, QueueId


async def seed_demo(db: Database, demo: Demo, password: str, policy: PolicyDocument, now: Micros) -> None:
    """Add those sample staff and customers that the database lacks, with the attributes of this policy."""
    async with db.read() as conn:
        is_staffed = {person.id for person in demo.staff} <= await staff.list_ids(conn)
    password_hash = "" if is_staffed else hash_password(password)  # slow by design: not at every start

    async def unit(conn: Connection) -> None:
        known = await staff.list_ids(conn)
        people = [_stored_person(person, password_hash) for person in demo.staff if person.id not in known]
        await staff.add(conn, people, now)
        known = await customers.list_ids(conn)
        fresh = [customer for customer in demo.customers if customer.id not in known]
        rows = [_stored_customer(one, policy.currency) for one in fresh]
        addresses = [address for one in fresh for address in _addresses_of(one)]
        await customers.add(conn, rows, now)
        await customers.add_addresses(conn, addresses)
        await search_index.index_fresh(
            conn,
            [(one.id, one.name, one.tier) for one in rows],
            [(one.customer_id, one.kind, one.address) for one in addresses],
        )
        await profiles.assign_slots(conn, {name: one.type for name, one in policy.all_attributes.items()})
        values = [change for one in fresh for change in _list_values(one, policy.all_attributes, now)]
        await profiles.change_profiles(conn, values)
        by = Author(now, "import", "", "demo")
        for one in fresh:
            for place, held in enumerate(one.holdings):
                holding = Holding(id=f"{one.id}-{place}", customer_id=one.id, **asdict(held))
                await relations.put_holding(conn, holding, by)
        there, added = known | {one.id for one in fresh}, {one.id for one in fresh}
        for place, each in enumerate(demo.relations):
            if {each.customer, each.other} <= there and not added.isdisjoint((each.customer, each.other)):
                relation = Relation(f"demo-{place}", each.customer, each.kind, each.other)
                await relations.add_relation(conn, relation, by)

    await db.write(unit)


async def add_staff(db: Database, person: SampleStaff, password: str, now: Micros) -> bool:
    """Add a person with a one-time first password, and tell a running hub. False if the sign-in name is taken."""
    fresh = _stored_person(person, hash_password(password), must_change_password=True)

    async def unit(conn: Connection) -> bool:
        if await staff.is_sign_in_name_taken(conn, fresh.sign_in_name):
            return False
        await staff.add(conn, [fresh], now)
        body = ARRIVALS.encode(StaffChanged(person.id))
        await inbox.put(conn, [Arrival(new_id("staff:"), StaffChanged.__name__, body, now)])
        return True

    return await db.write(unit)


def _stored_person(person: SampleStaff, password_hash: str, *, must_change_password: bool = False) -> StoredPerson:
    profile: dict[str, object] = {}
    if "agent" in person.roles:
        routing = AgentProfile(
            queues=tuple(QueueId(queue) for queue in sorted(person.queues)),
            skills=tuple(sorted(person.skills.items())),
            languages=tuple(sorted(person.languages)),
            teams=tuple(sorted(person.teams)),
        )
        profile = {"routing": orjson.loads(encode_plain(routing)), "phone": person.phone or f"{SOFTPHONE}{person.id}"}
    elif "supervisor" in person.roles:
        profile = {"queues": sorted(person.queues)}  # the queues whose customers' data they may read
    return StoredPerson(
        id=person.id,
        sign_in_name=person.id,
        name=person.name,
        password_hash=password_hash,
        must_change_password=must_change_password,
        roles=orjson.dumps(list(person.roles)).decode(),
        language=person.language,
        profile=orjson.dumps(profile).decode(),
        disabled_at=None,
    )


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


def _stored_customer(customer: SampleCustomer, currency: str) -> StoredCustomer:
    profile = orjson.dumps({"currency": currency}).decode()
    return StoredCustomer(customer.id, customer.name, customer.tier, customer.language, profile, version=1)


def _list_values(
    customer: SampleCustomer, attributes: Mapping[str, AttributePolicy], now: Micros
) -> Iterator[ValueChange]:
    sample: dict[str, object] = {name: getattr(customer, name) for name in PROFILE} | dict(customer.attributes)
    for name, value in sample.items():
        new = list(value) if isinstance(value, tuple) else value
        known = attributes[name].read(new)
        if known is not None:
            yield ValueChange(
                customer_id=customer.id, name=name, new=new, known=known, at=now, changed_by="import", source="demo"
            )


def _addresses_of(customer: SampleCustomer) -> list[KnownAddress]:
    return [
        KnownAddress(customer.id, "phone", customer.phone, "verified"),
        KnownAddress(customer.id, "email", customer.email, "verified"),
    ]
