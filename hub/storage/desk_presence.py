"""Presence: which agents have a living desk.

The rule of this file: an agent is present while some process writes beats for them. The process that has the desk's
socket writes the beats; the routing process reads them. So when a process dies, its agents' presence ends within
`GONE_AFTER`.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, insert, select

from hub.ids import new_id
from hub.storage import tables
from hub.storage.codec import decode_as
from hub.storage.database import Connection, Database
from hub.storage.documents import ARRIVALS, DeskSeen
from hub.storage.inbox import Arrival, Inbox
from routing.model import SECOND, AgentRow, Micros

BEAT_SECONDS = 3.0
GONE_AFTER = 10 * SECOND


class Presence:
    """One process's part: it writes beats for the desks open here."""

    def __init__(self, db: Database, inbox: Inbox, process: str) -> None:
        self._db, self._inbox, self._process = db, inbox, process

    async def say(self, agent_id: str, is_here: bool, now: Micros) -> None:
        """A desk came, or the agent's last desk in this process went: report it at once, not with the next beat.
        An agent with a desk in another process is still present."""
        p = tables.desk_presence
        row = {"agent_id": agent_id, "process": self._process, "seen_at": now}

        async def unit(conn: Connection) -> bool:
            await conn.execute(delete(p).where(p.c.process == self._process, p.c.agent_id == agent_id))
            if is_here:
                await conn.execute(insert(p), [row])
            alive = select(p.c.agent_id).where(p.c.agent_id == agent_id, p.c.seen_at > now - GONE_AFTER).limit(1)
            return await conn.scalar(alive) is not None

        if await self._db.write(unit) == is_here:
            await put_seen(self._inbox, [DeskSeen(agent_id, is_here)], now)

    async def beat(self, agents: Iterable[str], now: Micros) -> None:
        p = tables.desk_presence
        rows = [{"agent_id": agent, "process": self._process, "seen_at": now} for agent in agents]

        async def unit(conn: Connection) -> None:
            await conn.execute(
                delete(p).where((p.c.process == self._process) | (p.c.seen_at < now - 10 * GONE_AFTER))
            )
            if rows:
                await conn.execute(insert(p), rows)

        await self._db.write(unit)


async def find_changes(db: Database, now: Micros) -> Sequence[DeskSeen]:
    """Agents whose presence the router has wrong: present without a beat, or lost with one."""
    p, a = tables.desk_presence, tables.agent_routing
    async with db.read() as conn:
        query = select(p.c.agent_id).where(p.c.seen_at > now - GONE_AFTER).distinct()
        alive = set(await conn.scalars(query))
        agents = [decode_as(AgentRow, text) for text in await conn.scalars(select(a.c.routing))]
    changes = []
    for agent in agents:
        if agent.lost_at is not None and agent.id in alive:
            changes.append(DeskSeen(agent.id, True))
        elif agent.lost_at is None and agent.id not in alive and agent.state != "offline":
            changes.append(DeskSeen(agent.id, False))
    return changes


async def put_seen(inbox: Inbox, seen: Sequence[DeskSeen], now: Micros) -> None:
    if seen:
        await inbox.put([Arrival(new_id("seen:"), "DeskSeen", ARRIVALS.encode(one), now) for one in seen])
