"""Consult moves: an agent who has an active interaction asks another one, who may get it.

The rule of this file: as in `interaction_moves.py`.
"""

from routing.lifecycle import Cause
from routing.live_agents import Agent
from routing.live_interactions import Interaction
from routing.live_state import LiveState


def consult(live: LiveState, interaction: Interaction, agent: Agent) -> None:
    """Let an active interaction take the points of an agent who is consulted in it."""
    interaction.consulted = (*interaction.consulted, agent.id)
    live.changed_interactions[interaction.id] = interaction
    live.hold(agent, interaction)


def hand_over(live: LiveState, interaction: Interaction, agent: Agent) -> None:
    """Give an active interaction to an agent who is consulted in it."""
    assert interaction.agent_id is not None
    giver = live.index.agents[interaction.agent_id]
    interaction.consulted = tuple(one for one in interaction.consulted if one != agent.id)
    interaction.agent_id = agent.id
    live.become(interaction, Cause.HANDED_OVER)
    live.release(giver, interaction, has_ended=True)
