"""Assignment: offers until nobody eligible is free while someone waits.

The rule of this file: in the order of rank over all queues and channels. Whatever is possible involves an
interaction that has just arrived or an agent who has just been freed, because everything else was settled
before: so only these propose.
"""

from heapq import heappop, heappush

from routing import moves
from routing.board import Board
from routing.matching import find_best_agent, find_best_work, find_overdue, find_unpassed
from routing.rank import RankKey
from routing.records import Agent, Interaction

_Proposal = tuple[RankKey, int, Interaction, Agent | None]


def assign(board: Board) -> None:
    if not board.arrived and not board.freed:
        return
    proposals: list[_Proposal] = []
    count = _collect(board, proposals, 0)
    while proposals:
        rank, _, interaction, proposer = proposals[0]
        still_waits = interaction.lane is not None and interaction.rank is rank
        choice = find_best_agent(board.index, interaction) if still_waits else None
        if choice is None:
            heappop(proposals)
            if proposer is not None:
                assert not still_waits or find_best_work(proposer) is not interaction
                board.freed[proposer.id] = proposer
        elif choice.agent.reserved is None and (overdue := find_overdue(choice.agent, rank)) is not None:
            moves.keep(board, choice.agent, overdue)  # and see who else could take this one
        else:
            while (passed := find_unpassed(choice.agent, rank)) is not None:
                moves.mark_passed(board, passed)
            moves.assign(board, interaction, choice)
        count = _collect(board, proposals, count)


def _collect(board: Board, proposals: list[_Proposal], count: int) -> int:
    """All that arrived, and the best work of each agent who was freed. `count` keeps proposals of the same
    interaction apart; which of them comes first decides nothing."""
    for interaction in board.arrived:
        count += 1
        heappush(proposals, (interaction.rank, count, interaction, None))
    board.arrived.clear()
    while board.freed:
        _, agent = board.freed.popitem()
        work = find_best_work(agent)
        if work is not None:
            count += 1
            heappush(proposals, (work.rank, count, work, agent))
    return count
