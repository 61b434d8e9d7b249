"""The people who work here, as the routing process and the screens know them.

The rule of this file: a disabled person is left out.
"""

import orjson

from hub.open_work.floor import StaffMember
from hub.storage import staff
from hub.storage.codec import decode_as
from hub.storage.database import Connection
from hub.storage.reading_rights import queues_of
from hub.storage.staff import StoredPerson
from routing.model import AgentProfile


async def load_staff(conn: Connection) -> dict[str, StaffMember]:
    return {person.id: make_member(person) for person in await staff.list_at_work(conn)}


def make_member(person: StoredPerson) -> StaffMember:
    profile = orjson.loads(person.profile)
    routing, roles = profile.get("routing"), tuple(orjson.loads(person.roles))
    return StaffMember(
        id=person.id,
        name=person.name,
        roles=roles,
        language=person.language,
        phone=profile.get("phone", ""),
        profile=decode_as(AgentProfile, orjson.dumps(routing)) if routing and "agent" in roles else None,
        queues=queues_of(profile),
        is_softphone_unusable=profile.get("softphone_unusable", False),
    )
