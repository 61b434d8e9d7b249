"""The people who work here, as the routing process and the screens know them.

The rule of this file: who is disabled is nobody's member.
"""

import orjson
from sqlalchemy import RowMapping, select

from hub.open_work.floor import StaffMember
from hub.storage import tables
from hub.storage.codec import decode_as
from hub.storage.database import Connection
from hub.storage.reading_rights import queues_of
from routing.model import AgentProfile


async def load_staff(conn: Connection) -> dict[str, StaffMember]:
    rows = await conn.execute(select(tables.staff).where(tables.staff.c.disabled_at.is_(None)))
    return {row["id"]: make_member(row) for row in rows.mappings()}


def make_member(row: RowMapping) -> StaffMember:
    profile = orjson.loads(row["profile"])
    routing, roles = profile.get("routing"), tuple(orjson.loads(row["roles"]))
    return StaffMember(
        id=row["id"],
        name=row["name"],
        roles=roles,
        language=row["language"],
        phone=profile.get("phone", ""),
        profile=decode_as(AgentProfile, orjson.dumps(routing)) if routing and "agent" in roles else None,
        queues=queues_of(profile),
    )
