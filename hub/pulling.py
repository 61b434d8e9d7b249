"""What an agent would take next by themselves.

The rule of this file: it finds, in the order of rank over all queues that the agent serves, the first of what waits
that they meet and have room for; whether they take it, the router decides.
"""

from typing import Final

from hub.batch import Batch
from hub.floor import OpenInteraction
from routing.decisions import NotEligible
from routing.eligibility import Floor
from routing.model import AgentId, InteractionId, InteractionState, Snapshot

MOST_LOOKED_AT: Final = 500

# That an agent is offered nothing is no reason against what they take by themselves
_OF_OFFERS: Final = frozenset(
    {NotEligible.UNAVAILABLE, NotEligible.NOT_RESPONDING, NotEligible.LEAVING, NotEligible.RESERVED}
)


def find_next(batch: Batch, agent_id: AgentId) -> OpenInteraction | None:
    """None also where the router has not met the agent."""
    agent = batch.router.find_agent(agent_id)
    if agent is None:
        return None
    open_ones = batch.floor.interactions.values()
    held = [one for one in open_ones if one.agent_id == agent_id]
    rows = [row for one in held if (row := batch.router.find_interaction(InteractionId(one.id))) is not None]
    floor = Floor(batch.book.routing, Snapshot(batch.book.version, 0, batch.now, tuple(rows), (agent,)), batch.now)
    queues = frozenset(agent.profile.queues)
    waiting = [one for one in open_ones if one.state is InteractionState.WAITING and one.queue in queues]
    waiting.sort(key=lambda one: (one.rank_band, one.rank_at, one.rank_sequence))
    for one in waiting[:MOST_LOOKED_AT]:
        row = batch.router.find_interaction(InteractionId(one.id))
        if row is not None and all(reason.code in _OF_OFFERS for reason in floor.judge(row)[0].reasons):
            return one
    return None
