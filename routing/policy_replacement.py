"""Replaces the policy, and moves the interactions that have no place under the new one to where the input says.

The rule of this file: policy and moves are one step, so that nothing is offered in between. `routing.input_handlers`
has checked the moves. The live state is then built again from its rows, so only the rows are changed here.
"""

from collections.abc import Sequence
from dataclasses import replace

from routing.inputs import PolicyMove
from routing.interaction_moves import change_queue, return_offer
from routing.lifecycle import OFFERED, PAUSED, WAITING
from routing.live_interactions import Interaction
from routing.live_state import LiveState
from routing.model import OfferEnd, Policy
from routing.rank import find_head_start


def change_policy(live: LiveState, policy: Policy, moves: Sequence[PolicyMove]) -> None:
    for move in moves:
        interaction = live.interactions[move.interaction_id]
        if interaction.state is OFFERED:
            return_offer(live, interaction, OfferEnd.WITHDRAWN)
    for move in moves:
        _move(live, policy, live.interactions[move.interaction_id], move)
    live.adopt(policy)


def _move(live: LiveState, policy: Policy, interaction: Interaction, move: PolicyMove) -> None:
    if interaction.queue != move.queue:
        change_queue(live, interaction, move.queue)
        interaction.reserved_for = None
        named = [live.index.agents.get(one) for one in interaction.requirement.agents]
        if not any(agent is not None and move.queue in agent.profile.queues for agent in named):
            interaction.requirement = replace(interaction.requirement, agents=())
    if interaction.tier != move.tier:
        interaction.tier = move.tier
        tier = policy.tiers[move.tier]
        interaction.band, interaction.head_start = find_head_start(tier, interaction.channel)
    if move.withdraws_callback and interaction.state in (WAITING, PAUSED):
        interaction.callback = None
    live.changed_interactions[interaction.id] = interaction
