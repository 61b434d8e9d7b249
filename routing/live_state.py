"""The live state: everything that the router has in memory, and the operations of which its moves consist.

The rule of this file: an operation changes the row, the index and the timer together, notes the row as changed, and
adds the effect. `routing.interaction_moves` and `routing.agent_moves` combine operations into moves.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from routing.effects import AgentMoved, ConsultantReleased, Effect, InteractionMoved, OfferEnded
from routing.index import Index
from routing.lifecycle import ACTIVE, HELD, OFFERED, TRANSITIONS, WAITING, WRAP_UP, Cause
from routing.live_agents import Agent
from routing.live_interactions import Interaction
from routing.matching import is_anyone_else_staffed, is_anyone_preferred_staffed
from routing.model import (
    AgentId,
    AgentState,
    InteractionId,
    Micros,
    OfferEnd,
    Policy,
    Queue,
    Snapshot,
)
from routing.overflow_rules import Overflow
from routing.row_copies import build_agent, build_agent_row, build_interaction, build_interaction_row
from routing.timers import Timers, sooner

EMPTY: Final = Snapshot(policy_version=0, next_sequence=1, now=0, interactions=(), agents=())


class LiveState:
    """Made from rows, as they were at the instant of the rows."""

    def __init__(self, policy: Policy, rows: Snapshot) -> None:
        self.now = rows.now
        self.next_sequence = rows.next_sequence
        self.effects: list[Effect] = []
        self.changed_interactions: dict[InteractionId, Interaction] = {}
        self.changed_agents: dict[AgentId, Agent] = {}
        self.before_decision: Callable[[InteractionId], None] | None = None  # a replay reads the rows then
        self._place(policy, rows)

    def adopt(self, policy: Policy) -> None:
        """Build the same rows again under another policy. Rows that `take_changes` has not given out yet stay noted
        as changed: closed ones as they are, open ones as the new policy makes them."""
        self._place(policy, self.snapshot())
        self.changed_interactions |= {
            one: self.interactions[one] for one in self.changed_interactions if one in self.interactions
        }
        self.changed_agents = {one: self.index.agents[one] for one in self.changed_agents}
        self.is_staff_changed = True  # what nobody could take before, somebody may, and the other way round

    def _place(self, policy: Policy, rows: Snapshot) -> None:
        """Every agent who is open to work is noted as freed, since another policy may let them take what waits."""
        self.policy = policy
        self.index = Index(policy)
        self.overflow = Overflow(policy, self.index)
        self.timers = Timers()
        self.interactions: dict[InteractionId, Interaction] = {}
        self.arrived: list[Interaction] = []  # may be offered since the last `offer_waiting`
        self.freed: dict[AgentId, Agent] = {}  # may take more work since the last `offer_waiting`
        self.is_staff_changed = False  # whether somebody has come to work or left since `give_back_unstaffed`
        self.given: dict[InteractionId, Interaction] = {}  # calls that were transferred, and some that are so no more
        agents = self.index.agents
        for agent_row in rows.agents:
            agent = build_agent(agent_row)
            self.index.place_agent(agent, agent.profile)
            if agent.lost_at is not None:
                self.timers.set(agent, agent.lost_at + policy.agent_grace)
        for row in rows.interactions:
            interaction = self.interactions[row.id] = build_interaction(row)
            interaction.channel = self.index.names[row.channel]
            if interaction.given_by is not None:
                self.given[row.id] = interaction
            if interaction.state in HELD and interaction.agent_id is not None:
                self._let_hold(agents[interaction.agent_id], interaction)
                self.timers.set(interaction, interaction.deadline_at)
                for consulted in interaction.consulted:
                    self._let_hold(agents[consulted], interaction)
            elif interaction.state is WAITING:
                self._open_rings(interaction)
                self._set_timer(interaction, self.index.put_in_order(interaction, self.now))
                if interaction.reserved_for is not None:
                    agents[interaction.reserved_for].reserved = interaction
        for agent in agents.values():
            self.refresh(agent)
        self.is_staff_changed = False  # by the rows

    def _let_hold(self, agent: Agent, interaction: Interaction) -> None:
        agent.held[interaction.id] = interaction
        self.index.count_held(agent, interaction, 1)

    def snapshot(self) -> Snapshot:
        return self._rows(self.interactions, self.index.agents)

    def take_changes(self) -> Snapshot:
        changes = self._rows(self.changed_interactions, self.changed_agents)
        self.changed_interactions.clear()
        self.changed_agents.clear()
        return changes

    def _rows(self, interactions: dict[InteractionId, Interaction], agents: dict[AgentId, Agent]) -> Snapshot:
        return Snapshot(
            self.policy.version,
            self.next_sequence,
            self.now,
            tuple(build_interaction_row(interactions[one]) for one in sorted(interactions)),
            tuple(build_agent_row(agents[one]) for one in sorted(agents)),
        )

    # -- the operations of which moves consist --------------------------------------------------------------

    def look_again(self, interaction: Interaction) -> None:
        """Find the lane and the timer of a waiting interaction again. Call it when a ring may have opened, an
        exclusion ended, a preferred agent left, or when it may have become overdue."""
        before = (interaction.lane, interaction.excluded)
        self._open_rings(interaction)
        self._set_timer(interaction, self.index.refresh(interaction, self.now))
        if (interaction.lane, interaction.excluded) != before:
            self.changed_interactions[interaction.id] = interaction
            self.arrived.append(interaction)
        if interaction.lane is None:
            self.stop_reserving(interaction)

    def _open_rings(self, interaction: Interaction) -> None:
        """Open the rings of an interaction whose time for preferred agents is over, or that no preferred agent who is
        open to work could take. The rings of a callback on hold stay closed."""
        if not interaction.asks_preferred or self.index.is_on_hold(interaction, self.now):
            return
        ends_at = interaction.queued_at + self.queue_of(interaction).preferred_duration
        if ends_at <= self.now or not is_anyone_preferred_staffed(self.index, interaction, self.now):
            interaction.rings_at = min(ends_at, self.now)
            self.changed_interactions[interaction.id] = interaction

    def _set_timer(self, interaction: Interaction, next_at: Micros | None) -> None:
        """Set the timer of a waiting interaction to `next_at`, or to when an overflow rule applies if that is
        sooner."""
        overflow = self.overflow.find_next_rule(interaction, self.now)
        self.timers.set(interaction, sooner(next_at, overflow[0]) if overflow else next_at)

    def wait(self, interaction: Interaction) -> None:
        if interaction.callback is not None and interaction.callback.is_given:
            interaction.callback = replace(interaction.callback, is_given=False)
        self._open_rings(interaction)
        self._set_timer(interaction, self.index.put_in_order(interaction, self.now))
        self.changed_interactions[interaction.id] = interaction
        self.arrived.append(interaction)

    def become(self, interaction: Interaction, cause: Cause) -> None:
        before = interaction.state
        state = TRANSITIONS[before, cause]
        interaction.state = state
        interaction.state_since = self.now
        self.changed_interactions[interaction.id] = interaction
        wrap_up_until = interaction.deadline_at if state is WRAP_UP else None
        self.effects.append(
            InteractionMoved(
                interaction.id, before, state, interaction.agent_id, interaction.closed_as, wrap_up_until
            )
        )
        if state is not ACTIVE:
            for agent_id in interaction.consulted:
                self.release_consulted(interaction, self.index.agents[agent_id])

    def hold(self, agent: Agent, interaction: Interaction) -> None:
        """Let the interaction take the agent's points."""
        self._let_hold(agent, interaction)
        self.index.update_seat(agent)

    def release_consulted(self, interaction: Interaction, agent: Agent) -> None:
        interaction.consulted = tuple(one for one in interaction.consulted if one != agent.id)
        self.changed_interactions[interaction.id] = interaction
        self.effects.append(ConsultantReleased(interaction.id, agent.id))
        self.release(agent, interaction, has_ended=True)

    def take_out(self, interaction: Interaction) -> Agent | None:
        """Remove the interaction's timer, and take it out of the order or withdraw its offer. Return the agent who
        still holds it, if there is one."""
        self.timers.set(interaction, None)
        if interaction.state is WAITING:
            self.index.leave(interaction)
            self.stop_reserving(interaction)
        if interaction.state is OFFERED:
            return self.end_offer(interaction, OfferEnd.WITHDRAWN)
        return None if interaction.agent_id is None else self.index.agents[interaction.agent_id]

    def end_offer(self, interaction: Interaction, end: OfferEnd) -> Agent:
        assert interaction.offer_id is not None
        assert interaction.agent_id is not None
        self.effects.append(OfferEnded(interaction.offer_id, interaction.id, interaction.agent_id, end))
        interaction.offer_id = interaction.deadline_at = None
        return self.index.agents[interaction.agent_id]

    def exclude(self, interaction: Interaction, agent: Agent) -> None:
        others = [each for each in interaction.excluded if each[0] != agent.id]
        interaction.excluded = (*others, (agent.id, self.now + self.policy.retry_after))
        self._open_rings(interaction)  # because the open rings say which other agents could take it
        is_lone = not is_anyone_else_staffed(self.index, interaction, agent, self.now)
        until = self.now + (self.policy.lone_retry if is_lone else self.policy.retry_after)
        interaction.excluded = tuple(sorted((*others, (agent.id, until))))

    def release(self, agent: Agent, interaction: Interaction, *, has_ended: bool) -> None:
        del agent.held[interaction.id]
        self.index.count_held(agent, interaction, -1)
        if has_ended and agent.state is not AgentState.OFFLINE:
            agent.idle_since = self.now
            self.changed_agents[agent.id] = agent
        if agent.wish is not None and not agent.held:
            self.set_state(agent, agent.wish, agent.wish_reason)
        self.refresh(agent)

    def set_state(
        self,
        agent: Agent,
        state: AgentState,
        reason: str,
        wish: AgentState | None = None,
        wish_reason: str = "",
    ) -> None:
        """Set the agent's state and wish together. Going offline clears the idle time, and the next change to
        available starts it."""
        if (agent.state, agent.reason, agent.wish, agent.wish_reason) == (state, reason, wish, wish_reason):
            return
        if agent.state is not state:
            agent.state_since = self.now
            if state is AgentState.OFFLINE:
                agent.idle_since = 0
                agent.lost_at = None
                self.timers.set(agent, None)
            elif state is AgentState.AVAILABLE and not agent.idle_since:
                agent.idle_since = self.now
        agent.state, agent.reason, agent.wish, agent.wish_reason = state, reason, wish, wish_reason
        self.changed_agents[agent.id] = agent
        self.effects.append(AgentMoved(agent.id, state, reason, wish))
        self.refresh(agent)

    def refresh(self, agent: Agent) -> None:
        """Find the agent's seat again, after a change of their state, work, desk or profile."""
        reserved = agent.reserved
        if reserved is not None and not (agent.is_open and self._meets(agent, reserved)):
            self.stop_reserving(reserved)
        was_staffed = agent.is_staffed
        self.index.update_seat(agent)
        self.is_staff_changed |= agent.is_staffed is not was_staffed
        if agent.is_staffed:
            self.freed[agent.id] = agent
        else:
            self.look_at_asking(agent)

    def look_at_asking(self, agent: Agent) -> None:
        """Look again at the interactions that ask only their preferred agents, this one among them. Since the agent
        has left or changed, they may have to ask others."""
        for interaction in self.index.find_asking(agent.id):
            self.look_again(interaction)

    def queue_of(self, interaction: Interaction) -> Queue:
        """Return its queue. For a queue that is not in the policy, that is a queue with one ring that is open to
        all."""
        return self.policy.queues.get(interaction.queue) or Queue(interaction.queue)

    def _meets(self, agent: Agent, interaction: Interaction) -> bool:
        return interaction.lane is not None and agent.meets(interaction.lane)

    def stop_reserving(self, interaction: Interaction) -> None:
        """Free the agent who is reserved for it, who may then take other work. Another agent may be reserved for it
        later."""
        if interaction.reserved_for is None:
            return
        agent = self.index.agents[interaction.reserved_for]
        interaction.reserved_for = agent.reserved = None
        self.changed_interactions[interaction.id] = interaction
        if interaction.lane is not None:
            self.index.watch(interaction, self.now)
        self.refresh(agent)
