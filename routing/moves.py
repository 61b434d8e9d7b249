"""Moves: each thing that can happen to an interaction or an agent, carried out whole.

The rule of this file: a move assumes that it is allowed (`routing.router` has looked at `routing.lifecycle`) and
leaves record, index, timer, effect and change together. Who is offered what comes afterwards, in `assign`.
"""

from dataclasses import replace
from operator import attrgetter

from routing.decisions import ChosenBy, Decision
from routing.effects import AgentMoved, Effect, InteractionMoved, OfferEnded, OfferMade
from routing.groups import with_one
from routing.index import Index
from routing.lifecycle import HELD, TRANSITIONS, Cause
from routing.matching import is_anyone_else_staffed
from routing.model import (
    AgentId,
    AgentProfile,
    AgentState,
    ChannelName,
    ClosedAs,
    InteractionId,
    InteractionState,
    Micros,
    OfferEnd,
    OfferId,
    Policy,
    QueueId,
    Rank,
    Snapshot,
)
from routing.records import Agent, Interaction
from routing.timers import Timers

_LOST = "agent_lost"  # the reason of whoever is offline because the desk was lost


class Moves:
    def __init__(self, policy: Policy, now: Micros) -> None:
        self.policy = policy
        self.now = now
        self.index = Index(policy)
        self.timers = Timers()
        self.interactions: dict[InteractionId, Interaction] = {}
        self.effects: list[Effect] = []
        self.changed_interactions: dict[InteractionId, Interaction] = {}
        self.changed_agents: dict[AgentId, Agent] = {}
        self.arrived: list[Interaction] = []  # what may be offered since the last `assign`
        self.freed: dict[AgentId, Agent] = {}  # who may take more since the last `assign`

    @classmethod
    def of(cls, policy: Policy, rows: Snapshot) -> "Moves":
        """From rows, at the instant of the rows. Everyone open counts as freed, since another policy may let
        them take what waits."""
        moves = cls(policy, rows.now)
        agents = moves.index.agents
        for agent_row in rows.agents:
            agent = Agent.of(agent_row)
            moves.index.join(agent, agent.profile)
            if agent.lost_at is not None:
                moves.timers.set(agent, agent.lost_at + policy.agent_grace)
        for row in rows.interactions:
            interaction = moves.interactions[row.id] = Interaction.of(row)
            if interaction.state in HELD and interaction.agent_id is not None:
                agents[interaction.agent_id].held[interaction.id] = interaction
                agents[interaction.agent_id].counts = with_one(
                    agents[interaction.agent_id].counts, interaction.channel, 1
                )
                moves.timers.set(interaction, interaction.deadline_at)
            elif interaction.state is InteractionState.WAITING:
                moves.timers.set(interaction, moves.index.enter(interaction, moves.now))
                if interaction.reserved_for is not None:
                    agents[interaction.reserved_for].reserved = interaction
        for agent in agents.values():
            moves.refresh(agent)
        return moves

    def run_due(self) -> None:
        while (record := self.timers.find_due(self.now)) is not None:
            if isinstance(record, Agent):
                self.lose(record)
            elif record.state is InteractionState.OFFERED:
                self.expire_offer(record)
            elif record.state is InteractionState.WRAP_UP:
                self.close(record, Cause.WRAPPED_UP, ClosedAs.HANDLED)
            else:
                self.look_again(record)

    # -- interactions -----------------------------------------------------------------------------------

    def enter(self, interaction: Interaction) -> None:
        self.interactions[interaction.id] = interaction
        self.effects.append(InteractionMoved(interaction.id, None, TRANSITIONS[None, Cause.ENTERED], None))
        self._wait(interaction)

    def offer(self, interaction: Interaction, agent: Agent, chosen_by: ChosenBy, eligible: int) -> None:
        decision = Decision(
            self.policy.version,
            Rank(*interaction.rank),
            interaction.head_start,
            interaction.boost,
            self.now - interaction.entered_at,
            agent.id,
            chosen_by,
            eligible,
        )
        queue = self.policy.queues.get(interaction.queue)
        duration = queue.offer_duration.get(interaction.channel) if queue is not None else None
        if duration is None:
            duration = self.policy.offer_duration[interaction.channel]
        self._take_out(interaction)
        interaction.offers_made += 1
        interaction.offer_id = OfferId(f"{interaction.id}.{interaction.offers_made}")
        interaction.agent_id = agent.id
        interaction.deadline_at = self.now + duration
        self.timers.set(interaction, interaction.deadline_at)
        self.effects.append(
            OfferMade(interaction.offer_id, interaction.id, agent.id, interaction.deadline_at, decision)
        )
        self._become(interaction, Cause.OFFER_MADE)
        agent.held[interaction.id] = interaction
        agent.counts = with_one(agent.counts, interaction.channel, 1)
        self.index.settle(agent)

    def keep(self, agent: Agent, interaction: Interaction) -> None:
        """Reserve: the agent takes nothing else until this fits."""
        interaction.reserved_for, agent.reserved = agent.id, interaction
        self.changed_interactions[interaction.id] = interaction
        self.index.watch(interaction, self.now)
        self.index.settle(agent)

    def mark_passed(self, interaction: Interaction) -> None:
        interaction.passed_at = self.now
        self.changed_interactions[interaction.id] = interaction
        overdue_at = self.index.watch(interaction, self.now)
        if overdue_at is not None and (interaction.timer_at is None or overdue_at < interaction.timer_at):
            self.timers.set(interaction, overdue_at)

    def accept(self, interaction: Interaction) -> None:
        self._end_offer(interaction, OfferEnd.ACCEPTED)
        interaction.passed_at = None
        self._become(interaction, Cause.OFFER_ACCEPTED)
        self.timers.set(interaction, None)

    def return_offer(self, interaction: Interaction, end: OfferEnd) -> None:
        """Back at the old place. Who declined it or let it expire is not asked again for a while."""
        agent = self._end_offer(interaction, end)
        if end is not OfferEnd.AGENT_LOST:
            self._exclude(interaction, agent)
        interaction.agent_id = None
        self._become(interaction, Cause.OFFER_RETURNED)
        self._release(agent, interaction, has_ended=False)
        self._wait(interaction)

    def expire_offer(self, interaction: Interaction) -> None:
        """RONA: redirect on no answer. The agent's own wish to leave wins over `not_responding`."""
        assert interaction.agent_id is not None
        agent = self.index.agents[interaction.agent_id]
        self.return_offer(interaction, OfferEnd.EXPIRED)
        if agent.state is AgentState.AVAILABLE:
            self._set_state(agent, AgentState.NOT_RESPONDING, "", agent.wish, agent.wish_reason)

    def wrap_up(self, interaction: Interaction, cause: Cause) -> None:
        """To wrap-up with its limit, and straight on to closed where nobody is there to do it."""
        assert interaction.agent_id is not None
        queue = self.policy.queues.get(interaction.queue)
        limit = self.policy.wrap_up_limit
        if queue is not None and queue.wrap_up_limit is not None:
            limit = queue.wrap_up_limit
        interaction.deadline_at = self.now + limit
        self._become(interaction, cause)
        if self.index.agents[interaction.agent_id].state is AgentState.OFFLINE:
            self.close(interaction, Cause.AGENT_LOST, ClosedAs.HANDLED)
        else:
            self.timers.set(interaction, interaction.deadline_at)

    def resume(self, interaction: Interaction) -> None:
        self.timers.set(interaction, None)
        interaction.deadline_at = None
        self._become(interaction, Cause.CUSTOMER_RETURNED)

    def close(self, interaction: Interaction, cause: Cause, closed_as: ClosedAs) -> None:
        was_offered = interaction.state is InteractionState.OFFERED
        agent = self._take_out(interaction)
        if was_offered:
            interaction.agent_id = None
        interaction.closed_as = closed_as
        interaction.deadline_at = None
        self._become(interaction, cause)
        del self.interactions[interaction.id]
        if agent is not None:
            self._release(agent, interaction, has_ended=not was_offered)

    def transfer(self, interaction: Interaction, queue: QueueId, to_agent: AgentId | None) -> None:
        """The place is kept; rings count from here. Who hands it over is not the next one asked."""
        was_active = interaction.state is InteractionState.ACTIVE
        agent = self._take_out(interaction)
        interaction.queue = queue
        interaction.queued_at = self.now
        interaction.passed_at = None
        interaction.agent_id = None
        interaction.deadline_at = None
        interaction.requirement = replace(interaction.requirement, agents=(to_agent,) if to_agent else ())
        interaction.excluded = tuple(each for each in interaction.excluded if each[0] != to_agent)
        if agent is not None and was_active:
            self._exclude(interaction, agent)
        self._become(interaction, Cause.TRANSFERRED)
        if agent is not None:
            self._release(agent, interaction, has_ended=was_active)
        self._wait(interaction)

    def re_rank(self, interaction: Interaction, band: int, head_start: Micros, boost: Micros) -> None:
        is_waiting = interaction.lane is not None
        if is_waiting:
            self.index.leave(interaction)
        interaction.band, interaction.head_start, interaction.boost = band, head_start, boost
        interaction.renew_rank()
        self.changed_interactions[interaction.id] = interaction
        if is_waiting:
            self._wait(interaction)

    def look_again(self, interaction: Interaction) -> None:
        """Time alone has changed what it wants: a ring opens, an exclusion ends, it was passed for too long."""
        before = (interaction.lane, interaction.excluded)
        self.timers.set(interaction, self.index.refresh(interaction, self.now))
        if (interaction.lane, interaction.excluded) != before:
            self.changed_interactions[interaction.id] = interaction
            self.arrived.append(interaction)

    # -- agents -----------------------------------------------------------------------------------------

    def meet(self, agent_id: AgentId, profile: AgentProfile) -> None:
        agent = self.index.agents.get(agent_id)
        if agent is None:
            agent = Agent(agent_id, profile, AgentState.OFFLINE, state_since=self.now)
        self.index.join(agent, profile)
        self.changed_agents[agent_id] = agent
        self.refresh(agent)

    def choose_state(self, agent: Agent, state: AgentState, reason: str, after_current: bool) -> None:
        """Who leaves at once gives back what is offered; only work in hand keeps one from going offline. The
        present state chosen again takes back a wish."""
        if state in (AgentState.AVAILABLE, agent.state):
            self._set_state(agent, state, reason)
            return
        if after_current and agent.held:
            self._set_state(agent, agent.state, agent.reason, state, reason)
            return
        offered = [one for one in self._held(agent) if one.state is InteractionState.OFFERED]
        if state is AgentState.OFFLINE and len(offered) < len(agent.held):
            self._set_state(agent, agent.state, agent.reason, state, reason)
        else:
            self._set_state(agent, state, reason)
        for interaction in offered:
            self.return_offer(interaction, OfferEnd.DECLINED)

    def disconnect(self, agent: Agent) -> None:
        if agent.state is not AgentState.OFFLINE and agent.lost_at is None:
            agent.lost_at = self.now
            self.changed_agents[agent.id] = agent
            self.timers.set(agent, self.now + self.policy.agent_grace)
            self.refresh(agent)

    def reconnect(self, agent: Agent) -> None:
        if agent.lost_at is not None:
            agent.lost_at = None
            self.changed_agents[agent.id] = agent
            self.timers.set(agent, None)
            self.refresh(agent)

    def lose(self, agent: Agent) -> None:
        """The grace is over. Offers and text go back to their old places, wrap-up is closed; a call stays on
        its line until the customer leaves it."""
        self._set_state(agent, AgentState.OFFLINE, _LOST)
        for interaction in self._held(agent):
            if interaction.state is InteractionState.OFFERED:
                self.return_offer(interaction, OfferEnd.AGENT_LOST)
            elif interaction.state is InteractionState.WRAP_UP:
                self.close(interaction, Cause.AGENT_LOST, ClosedAs.HANDLED)
            elif interaction.channel is not ChannelName.PHONE:
                interaction.agent_id = None
                self._become(interaction, Cause.AGENT_LOST)
                self._release(agent, interaction, has_ended=True)
                self._wait(interaction)

    @staticmethod
    def _held(agent: Agent) -> list[Interaction]:
        return sorted(agent.held.values(), key=attrgetter("sequence"))

    # -- the parts they share ---------------------------------------------------------------------------

    def _become(self, interaction: Interaction, cause: Cause) -> None:
        before = interaction.state
        state = TRANSITIONS[before, cause]
        interaction.state = state
        interaction.state_since = self.now
        self.changed_interactions[interaction.id] = interaction
        wrap_up_until = interaction.deadline_at if state is InteractionState.WRAP_UP else None
        self.effects.append(
            InteractionMoved(
                interaction.id, before, state, interaction.agent_id, interaction.closed_as, wrap_up_until
            )
        )

    def _wait(self, interaction: Interaction) -> None:
        self.timers.set(interaction, self.index.enter(interaction, self.now))
        self.changed_interactions[interaction.id] = interaction
        self.arrived.append(interaction)

    def _take_out(self, interaction: Interaction) -> Agent | None:
        """Out of the order or out of the offer, with no timer; whoever holds it still has it in hand."""
        self.timers.set(interaction, None)
        if interaction.lane is not None:
            self.index.leave(interaction)
            self._keep_no_longer(interaction)
        if interaction.state is InteractionState.OFFERED:
            return self._end_offer(interaction, OfferEnd.WITHDRAWN)
        return None if interaction.agent_id is None else self.index.agents[interaction.agent_id]

    def _end_offer(self, interaction: Interaction, end: OfferEnd) -> Agent:
        assert interaction.offer_id is not None
        assert interaction.agent_id is not None
        self.effects.append(OfferEnded(interaction.offer_id, interaction.id, interaction.agent_id, end))
        interaction.offer_id = interaction.deadline_at = None
        return self.index.agents[interaction.agent_id]

    def _exclude(self, interaction: Interaction, agent: Agent) -> None:
        is_lone = not is_anyone_else_staffed(self.index, interaction, agent, self.now)
        until = self.now + (self.policy.lone_retry if is_lone else self.policy.retry_after)
        others = (each for each in interaction.excluded if each[0] != agent.id)
        interaction.excluded = tuple(sorted((*others, (agent.id, until))))

    def _release(self, agent: Agent, interaction: Interaction, *, has_ended: bool) -> None:
        del agent.held[interaction.id]
        agent.counts = with_one(agent.counts, interaction.channel, -1)
        if has_ended and agent.state is not AgentState.OFFLINE:
            agent.idle_since = self.now
            self.changed_agents[agent.id] = agent
        if agent.wish is not None and not agent.held:
            self._set_state(agent, agent.wish, agent.wish_reason)
        self.refresh(agent)

        self.refresh(agent)

    def _set_state(
        self,
        agent: Agent,
        state: AgentState,
        reason: str,
        wish: AgentState | None = None,
        wish_reason: str = "",
    ) -> None:
        """State and wish together; idle time begins anew with each shift."""
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
        """The agent's state, hands, desk or profile has changed: find their seat again."""
        kept_for = agent.reserved
        if kept_for is not None and not (agent.is_open and self._meets(agent, kept_for)):
            self._keep_no_longer(kept_for)
        self.index.settle(agent)
        if agent.is_open:
            self.freed[agent.id] = agent

    def _meets(self, agent: Agent, interaction: Interaction) -> bool:
        return interaction.lane is not None and interaction.lane.is_met_by(agent)

    def _keep_no_longer(self, interaction: Interaction) -> None:
        """The agent reserved for it may take other work again; it may have another one reserved."""
        if interaction.reserved_for is None:
            return
        agent = self.index.agents[interaction.reserved_for]
        interaction.reserved_for = agent.reserved = None
        self.changed_interactions[interaction.id] = interaction
        if interaction.lane is not None:
            self.index.watch(interaction, self.now)
        self.refresh(agent)
