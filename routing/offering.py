"""Offering: makes offers until no interaction waits for which an eligible agent is free.

The rule of this file: offers are made in the order of rank over all queues and channels. A new offer is possible only
for an interaction that has just arrived, or to an agent who has just been freed; all other pairs were tried before.
So only these two make proposals.
"""

from heapq import heappop, heappush

from routing import interaction_moves
from routing.live_agents import Agent
from routing.live_interactions import Interaction, RankKey
from routing.live_state import LiveState
from routing.matching import Match, find_best_agent, find_best_work, find_overdue, find_unpassed

_Proposal = tuple[RankKey, int, Interaction, Agent | None]


def offer_waiting(live: LiveState) -> None:
    proposals: list[_Proposal] = []
    count = _collect(live, proposals, 0)
    while proposals:
        proposal = heappop(proposals)
        rank, _, interaction, proposer = proposal
        still_waits = interaction.lane is not None and interaction.rank is rank
        match = find_best_agent(live.index, interaction) if still_waits else None
        if match is not None and _may_give(live, match, interaction, rank):
            interaction_moves.give_to_agent(live, interaction, match)
        elif match is not None:
            heappush(proposals, proposal)  # another agent may be able to take it
            proposer = None
        if proposer is not None:  # they may have room for more, or another agent was chosen
            live.freed[proposer.id] = proposer
        if live.arrived or live.freed:
            count = _collect(live, proposals, count)


def _may_give(live: LiveState, match: Match, interaction: Interaction, rank: RankKey) -> bool:
    """Whether the agent may take the interaction. If they would take it past an overdue one for which they have no
    room, they are reserved for that one instead. If they may take it, whatever it passes for the first time is
    marked."""
    agent = match.agent
    if agent.reserved is None:
        overdue = find_overdue(agent, rank)
        if overdue is not None:
            interaction_moves.reserve(live, agent, overdue)
            return False
    while (passed := find_unpassed(agent, rank)) is not None:
        interaction_moves.mark_passed(live, passed)
    return True


def _collect(live: LiveState, proposals: list[_Proposal], count: int) -> int:
    """Propose every interaction that arrived, and the best work of each agent who was freed. Return the new `count`,
    which numbers the proposals, so that two of one interaction have an order. Either order gives the same offers."""
    for interaction in live.arrived:
        count += 1
        heappush(proposals, (interaction.rank, count, interaction, None))
    live.arrived.clear()
    while live.freed:
        _, agent = live.freed.popitem()
        work = find_best_work(live.index, agent)
        if work is not None:
            count += 1
            heappush(proposals, (work.rank, count, work, agent))
    return count
