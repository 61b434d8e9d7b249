"""The people who work here, as the routing process and the screens know them.

The rule of this file: a disabled person is left out.
"""

from functools import lru_cache

import orjson

from hub.open_work.floor import StaffMember
from hub.storage import staff
from hub.storage.codec import decode_as
from hub.storage.database import Connection
from hub.storage.reading_rights import queues_of
from hub.storage.staff import StoredPerson
from routing.model import AgentProfile

MOST_PEOPLE = 2_000  # whose rows are read every second for the desks, and seldom change


async def load_staff(conn: Connection) -> dict[str, StaffMember]:
    return {person.id: make_member(person) for person in await staff.list_at_work(conn)}


def make_member(person: StoredPerson) -> StaffMember:
    return _make(person.id, person.name, person.roles, person.language, person.profile)


@lru_cache(maxsize=MOST_PEOPLE)
def _make(person_id: str, name: str, roles_text: str, language: str, profile_text: str) -> StaffMember:
    profile = orjson.loads(profile_text)
    routing, roles = profile.get("routing"), tuple(orjson.loads(roles_text))
    return StaffMember(
        id=person_id,
        name=name,
        roles=roles,
        language=language,
        phone=profile.get("phone", ""),
        profile=decode_as(AgentProfile, orjson.dumps(routing)) if routing and "agent" in roles else None,
        queues=queues_of(profile),
        is_softphone_unusable=profile.get("softphone_unusable", False),
        has_opened_softphone=profile.get("softphone_opened", False),
    )
