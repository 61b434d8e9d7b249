"""Assignment: offers until nobody eligible is free while someone waits.

The rule of this file: in the order of rank over all queues and channels. Whatever is possible involves an
interaction that has just arrived or an agent who has just been freed, because everything else was settled
before: so only these propose.
"""

from heapq import heappop, heappush

from routing import interaction_moves
from routing.live_agents import Agent
from routing.live_interactions import Interaction, RankKey
from routing.live_state import Board
from routing.matching import Choice, find_best_agent, find_best_work, find_overdue, find_unpassed

_Proposal = tuple[RankKey, int, Interaction, Agent | None]


def assign(board: Board) -> None:
    proposals: list[_Proposal] = []
    count = _collect(board, proposals, 0)
    while proposals:
        proposal = heappop(proposals)
        rank, _, interaction, proposer = proposal
        still_waits = interaction.lane is not None and interaction.rank is rank
        choice = find_best_agent(board.index, interaction) if still_waits else None
        if choice is not None and _takes(board, choice, interaction, rank):
            interaction_moves.assign(board, interaction, choice)
        elif choice is not None:
            heappush(proposals, proposal)  # see who else could take it
            proposer = None
        if proposer is not None:  # may have room for more, or another was chosen
            board.freed[proposer.id] = proposer
        if board.arrived or board.freed:
            count = _collect(board, proposals, count)


def _takes(board: Board, choice: Choice, interaction: Interaction, rank: RankKey) -> bool:
    """Whether it goes past nothing that has been passed for too long; the agent is kept for that instead."""
    agent = choice.agent
    if agent.reserved is None:
        overdue = find_overdue(agent, rank)
        if overdue is not None:
            interaction_moves.keep(board, agent, overdue)
            return False
    while (passed := find_unpassed(agent, rank)) is not None:
        interaction_moves.mark_passed(board, passed)
    return True


def _collect(board: Board, proposals: list[_Proposal], count: int) -> int:
    """All that arrived, and the best work of each agent who was freed. `count` keeps proposals of the same
    interaction apart; which of them comes first decides nothing."""
    for interaction in board.arrived:
        count += 1
        heappush(proposals, (interaction.rank, count, interaction, None))
    board.arrived.clear()
    while board.freed:
        _, agent = board.freed.popitem()
        work = find_best_work(board.index, agent)
        if work is not None:
            count += 1
            heappush(proposals, (work.rank, count, work, agent))
    return count
