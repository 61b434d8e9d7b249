"""Agent moves: one function for each thing that can happen to an agent.

The rule of this file: a move is complete, and assumes that it is allowed. It also moves the work that the agent
holds, in the order of sequence.
"""

from operator import attrgetter

from routing import interaction_moves
from routing.lifecycle import OFFERED, WRAP_UP, Cause
from routing.live_agents import Agent
from routing.live_interactions import Interaction
from routing.live_state import LiveState
from routing.model import AgentId, AgentProfile, AgentState, ClosedAs, OfferEnd

_LOST = "agent_lost"  # the reason of an agent who is offline because their desk stayed disconnected


def change_profile(live: LiveState, agent_id: AgentId, profile: AgentProfile) -> None:
    agent = live.index.agents.get(agent_id)
    if agent is None:
        agent = Agent(agent_id, profile, AgentState.OFFLINE, state_since=live.now)
    live.index.place_agent(agent, profile)
    live.changed_agents[agent_id] = agent
    live.refresh(agent)
    live.look_at_asking(agent)


def choose_state(live: LiveState, agent: Agent, state: AgentState, reason: str, after_current: bool) -> None:
    """Put the agent into the state that they chose, and return their open offers as declined.

    There are three exceptions:
    - Available, or the present state: it takes effect at once, clears a wish, and leaves the offers open.
    - `after_current` while they hold anything: the state becomes a wish, and the offers stay open.
    - Offline while they have work in hand: the state becomes a wish, and the offers are returned.
    """
    if state in (AgentState.AVAILABLE, agent.state):
        live.set_state(agent, state, reason)
        return
    if after_current and agent.held:
        live.set_state(agent, agent.state, agent.reason, state, reason)
        return
    offered = [one for one in _held(agent) if one.state is OFFERED]
    if state is AgentState.OFFLINE and len(offered) < len(agent.held):
        live.set_state(agent, agent.state, agent.reason, state, reason)
    else:
        live.set_state(agent, state, reason)
    for interaction in offered:
        interaction_moves.return_offer(live, interaction, OfferEnd.DECLINED)


def disconnect(live: LiveState, agent: Agent) -> None:
    if agent.state is not AgentState.OFFLINE and agent.lost_at is None:
        agent.lost_at = live.now
        live.changed_agents[agent.id] = agent
        live.timers.set(agent, live.now + live.policy.agent_grace)
        live.refresh(agent)


def reconnect(live: LiveState, agent: Agent) -> None:
    if agent.lost_at is not None:
        agent.lost_at = None
        live.changed_agents[agent.id] = agent
        live.timers.set(agent, None)
        live.refresh(agent)


def end_grace(live: LiveState, agent: Agent) -> None:
    """The desk has stayed disconnected for `agent_grace`: the agent gives back their work and is offline."""
    _give_all_back(live, agent, _LOST)


def remove(live: LiveState, agent: Agent) -> None:
    """The person is no agent any more, or is disabled: they give back their work at once and are offline."""
    _give_all_back(live, agent, reason="")


def _give_all_back(live: LiveState, agent: Agent, reason: str) -> None:
    """Make the agent offline. Offers, texts and callbacks wait at their old places again, and wrap-ups close. A call
    with the customer on the line stays with the agent until the customer leaves it. They are consulted no more."""
    live.set_state(agent, AgentState.OFFLINE, reason)
    for interaction in _held(agent):
        if agent.id in interaction.consulted:
            live.release_consulted(interaction, agent)
        elif interaction.state is OFFERED:
            interaction_moves.return_offer(live, interaction, OfferEnd.AGENT_LOST)
        elif interaction.state is WRAP_UP:
            interaction_moves.close(live, interaction, Cause.AGENT_LOST, ClosedAs.HANDLED)
        elif interaction.channel not in live.policy.calls or interaction.callback is not None:
            interaction_moves.put_back(live, interaction, Cause.AGENT_LOST)


def _held(agent: Agent) -> list[Interaction]:
    return sorted(agent.held.values(), key=attrgetter("sequence", "id"))
