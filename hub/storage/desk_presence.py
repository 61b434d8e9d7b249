"""Presence: which agents have a living desk.

The rule of this file: an agent is present while some process writes beats for them. The process that has the desk's
socket writes the beats; the routing process reads them. So when a process dies, its agents' presence ends within
`GONE_AFTER`.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import bindparam, delete, insert, select, update

from hub.ids import new_id
from hub.storage import tables
from hub.storage.codec import decode_as
from hub.storage.database import Connection, Database
from hub.storage.documents import ARRIVALS, DeskSeen, DeskStill, WallboardSeen
from hub.storage.inbox import Arrival, Inbox
from hub.storage.prepared import Prepared, prepare_insert
from routing.model import SECOND, AgentRow, Micros

BEAT_SECONDS = 3.0
GONE_AFTER = 10 * SECOND

_p = tables.desk_presence.c
_ADD = prepare_insert(tables.desk_presence)
_BEAT = Prepared(update(tables.desk_presence).where(_p.process == bindparam("mine")).values(seen_at=bindparam("now")))
_FORGET = Prepared(
    delete(tables.desk_presence).where((_p.process == bindparam("mine")) | (_p.seen_at < bindparam("before")))
)


class Presence:
    """One process's part: it writes beats for the desks open here."""

    def __init__(self, db: Database, inbox: Inbox, process: str) -> None:
        self._db, self._inbox, self._process = db, inbox, process
        self._beaten: set[str] | None = None  # those of the last beat that was stored

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

    async def say_watching(self, supervisors: Sequence[str], now: Micros) -> None:
        """These supervisors, who read along, have a wallboard open here."""
        if supervisors:
            bodies = [(WallboardSeen.__name__, ARRIVALS.encode(WallboardSeen(one))) for one in supervisors]
            await self._inbox.put([Arrival(new_id("seen:"), kind, body, now) for kind, body in bodies])

    async def say_still(self, news: Sequence[DeskStill], now: Micros) -> None:
        """Pages here in which calls are heard stand still, or move again."""
        bodies = [(DeskStill.__name__, ARRIVALS.encode(one)) for one in news]
        await self._inbox.put([Arrival(new_id("still:"), kind, body, now) for kind, body in bodies])

    async def list_elsewhere(self, since: Micros) -> set[str]:
        """The agents for whom another process has written a beat since this instant."""
        query = select(_p.agent_id).where(_p.process != self._process, _p.seen_at > since)
        async with self._db.read() as conn:
            return set(await conn.scalars(query))

    async def beat(self, agents: Collection[str], now: Micros) -> None:
        """Say that these agents have a desk here. As long as they are the same, it is one statement."""
        mine = {"mine": self._process, "now": now}

        async def unit(conn: Connection) -> None:
            if await _BEAT.execute(conn, mine) == len(agents) and self._beaten == {*agents}:
                return
            await _FORGET.execute(conn, {"mine": self._process, "before": now - 10 * GONE_AFTER})
            rows = [{"agent_id": agent, "process": self._process, "seen_at": now} for agent in agents]
            await _ADD.execute_all(conn, rows)

        await self._db.write(unit)
        self._beaten = {*agents}


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
