"""To whom a call can go at this moment: colleagues with their availability, and queues with their expected wait.

The rule of this file: it reads rows and decides nothing; the router decides when an agent asks. It shows nothing of a
customer.
"""

from collections.abc import Mapping, Sequence

from agent_console.receivers import ReceiversView, ReceivingAgent, ReceivingQueue
from hub.clock import Clock
from hub.policies.in_force import PolicyBook
from hub.policies.stored_versions import get_newest_book
from hub.screens.desk_feed import read_queue_lines
from hub.storage import agents, interactions, staff
from hub.storage.codec import decode_as
from hub.storage.database import Database
from routing.groups import points_of
from routing.hours import is_open
from routing.model import (
    FULL_CAPACITY,
    AgentId,
    AgentRow,
    AgentState,
    ChannelName,
    Hours,
    InteractionRow,
    Micros,
    QueueId,
)

ORDER = {"free": 0, "busy": 1, "away": 2}


class Receivers:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock

    async def list_for(self, agent_id: str, channel: ChannelName) -> ReceiversView:
        """Everyone at work but this agent, if their points let them take the channel."""
        now = self._clock.now()
        async with self._db.read() as conn:
            book = await get_newest_book(conn)
            rows = [decode_as(AgentRow, text) for text in await agents.list_routing(conn)]
            held = [decode_as(InteractionRow, text) for text in await interactions.list_in_hand_routing(conn)]
            names = {one.id: one.name for one in await staff.list_at_work(conn)}
            queues = [one.id for one in book.view.queues if channel in one.channels]
            lines = await read_queue_lines(conn, now, queues)
        hours = {queue.id: queue.hours for queue in book.routing.queues.values()}
        by_agent = _group(held)
        found = [
            _view_agent(book, row, names[row.id], channel, by_agent.get(row.id, ()))
            for row in rows
            if row.id != agent_id and row.id in names and row.state is not AgentState.OFFLINE and row.lost_at is None
            if points_of(book.routing, row.profile)[channel] <= FULL_CAPACITY
        ]
        found.sort(key=lambda one: (ORDER[one.state], one.name))
        return ReceiversView(
            agents=found,
            queues=[
                ReceivingQueue(
                    id=line.queue,
                    waiting=line.waiting,
                    expected_minutes=line.expected_minutes,
                    is_open=_is_open(hours.get(QueueId(line.queue)), now),
                )
                for line in lines
            ],
        )


def _is_open(hours: Hours | None, now: Micros) -> bool:
    return hours is None or is_open(hours, now)


def _group(held: Sequence[InteractionRow]) -> Mapping[AgentId, Sequence[InteractionRow]]:
    by_agent: dict[AgentId, list[InteractionRow]] = {}
    for row in held:
        for agent_id in (row.agent_id, *row.consulted):
            if agent_id is not None:
                by_agent.setdefault(agent_id, []).append(row)
    return by_agent


def _view_agent(
    book: PolicyBook, row: AgentRow, name: str, channel: ChannelName, held: Sequence[InteractionRow]
) -> ReceivingAgent:
    if row.state is not AgentState.AVAILABLE or row.wish is not None:
        return ReceivingAgent(id=row.id, name=name, state="away", reason=row.reason or row.wish_reason)
    policy = book.routing
    points = points_of(policy, row.profile)
    against = [one for one in held if channel not in policy.interruptible_by.get(one.channel, ())]
    has_room = points[channel] + sum(points[one.channel] for one in against) <= FULL_CAPACITY
    return ReceivingAgent(id=row.id, name=name, state="free" if has_room else "busy")
