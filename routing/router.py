"""The router: inputs in, effects out, "wake me at".

The rule of this file: it decides what is allowed, and `routing.moves` carries it out. An input that comes too
late or makes no sense changes nothing and is answered by `InputRejected`; nothing is raised for it.
"""

from typing import assert_never

from routing.assignment import assign
from routing.effects import Effect, InputRejected, RejectionCode
from routing.inputs import (
    AgentDisconnected,
    AgentProfileChanged,
    AgentReconnected,
    AgentStateChosen,
    CustomerLeft,
    CustomerReturned,
    Input,
    InteractionBoosted,
    InteractionEnded,
    InteractionEnqueued,
    InteractionFailed,
    InteractionTransferred,
    OfferAccepted,
    OfferDeclined,
    PolicyChanged,
    TierChanged,
    TimePassed,
    WrapUpCompleted,
)
from routing.lifecycle import Cause, find_next
from routing.matching import find_seat
from routing.model import (
    AgentId,
    AgentProfile,
    AgentRow,
    AgentState,
    ClosedAs,
    InteractionId,
    InteractionRow,
    InteractionState,
    Micros,
    OfferEnd,
    OfferId,
    Place,
    Policy,
    Snapshot,
    Tier,
    TierId,
)
from routing.moves import Moves
from routing.policy_checks import LEVELS, check
from routing.rank import find_head_start
from routing.records import Agent, Interaction


class _Refused(Exception):
    """Within this file only: raised before anything is changed."""

    def __init__(self, code: RejectionCode, subject: str) -> None:
        super().__init__(code, subject)
        self.effect = InputRejected(code, subject)


class Router:
    def __init__(self, policy: Policy) -> None:
        """The policy has passed `policy_checks.check` without a fatal problem."""
        self._moves = Moves(policy, 0)
        self._next_sequence = 1

    # -- what the shell calls ---------------------------------------------------------------------------

    def handle(self, input: Input, now: Micros) -> list[Effect]:
        """What is due, then the input, then offers until nobody eligible is free while someone waits. A `now`
        before the latest instant handled counts as that instant."""
        moves = self._moves
        moves.now = max(now, moves.now)
        effects = moves.effects = []
        moves.run_due()
        try:
            self._apply(input)
        except _Refused as refused:
            effects.append(refused.effect)
        self._moves.run_due()  # a limit of nothing is due at once
        assign(self._moves)
        return effects

    def next_deadline(self) -> Micros | None:
        return self._moves.timers.next_at()

    def snapshot(self) -> Snapshot:
        moves = self._moves
        return self._rows(moves.interactions, moves.index.agents)

    def take_changes(self) -> Snapshot:
        """The rows changed since the last call. What has closed is among them once; without this call closed
        interactions stay in memory."""
        moves = self._moves
        changes = self._rows(moves.changed_interactions, moves.changed_agents)
        moves.changed_interactions.clear()
        moves.changed_agents.clear()
        return changes

    @classmethod
    def restore(cls, policy: Policy, rows: Snapshot, now: Micros) -> "Router":
        """The router that had these rows; what has become due by `now` is done by the next `handle`."""
        router = cls(policy)
        router._next_sequence = rows.next_sequence
        router._moves = Moves.of(policy, rows)
        router._moves.now = max(now, rows.now)
        return router

    def find_place(self, interaction_id: InteractionId) -> Place | None:
        """Its place within its queue, by rank, while it waits."""
        interaction = self._moves.interactions.get(interaction_id)
        if interaction is None or interaction.lane is None:
            return None
        position, waiting = self._moves.index.find_position(interaction)
        return Place(position, waiting, interaction.entered_at)

    def find_interaction(self, interaction_id: InteractionId) -> InteractionRow | None:
        interaction = self._moves.interactions.get(interaction_id)
        return None if interaction is None else interaction.row()

    def find_agent(self, agent_id: AgentId) -> AgentRow | None:
        agent = self._moves.index.agents.get(agent_id)
        return None if agent is None else agent.row()

    def load_of(self, agent_id: AgentId) -> int:
        """The points held; nothing for an agent never seen."""
        agent = self._moves.index.agents.get(agent_id)
        return 0 if agent is None else find_seat(agent).load

    # -- inputs -----------------------------------------------------------------------------------------

    def _apply(self, input: Input) -> None:
        match input:
            case TimePassed():
                pass
            case InteractionEnqueued():
                self._on_enqueued(input)
            case OfferAccepted(offer_id, agent_id):
                self._moves.accept(self._get_offer(offer_id, agent_id))
            case OfferDeclined(offer_id, agent_id):
                self._moves.return_offer(self._get_offer(offer_id, agent_id), OfferEnd.DECLINED)
            case CustomerLeft():
                self._on_customer_left(input)
            case CustomerReturned(interaction_id):
                interaction = self._get_interaction(interaction_id)
                if find_next(interaction.state, Cause.CUSTOMER_RETURNED):
                    self._moves.resume(interaction)
            case InteractionEnded(interaction_id, agent_id):
                self._moves.wrap_up(self._get_held(interaction_id, agent_id, Cause.ENDED), Cause.ENDED)
            case WrapUpCompleted(interaction_id, agent_id):
                interaction = self._get_held(interaction_id, agent_id, Cause.WRAPPED_UP)
                self._moves.close(interaction, Cause.WRAPPED_UP, ClosedAs.HANDLED)
            case InteractionTransferred():
                self._on_transferred(input)
            case InteractionFailed(interaction_id):
                interaction = self._get_interaction(interaction_id, Cause.FAILED)
                self._moves.close(interaction, Cause.FAILED, ClosedAs.FAILED)
            case TierChanged(interaction_id, tier_id):
                self._on_tier_changed(self._get_interaction(interaction_id), tier_id)
            case InteractionBoosted(interaction_id, boost):
                self._on_boosted(self._get_interaction(interaction_id), boost)
            case AgentStateChosen():
                self._on_state_chosen(input)
            case AgentProfileChanged(agent_id, profile):
                self._on_profile_changed(agent_id, profile)
            case AgentDisconnected(agent_id):
                self._moves.disconnect(self._get_agent(agent_id))
            case AgentReconnected(agent_id):
                self._moves.reconnect(self._get_agent(agent_id))
            case PolicyChanged(policy):
                self._on_policy_changed(policy)
            case _:
                assert_never(input)

    def _on_enqueued(self, input: InteractionEnqueued) -> None:
        moves = self._moves
        if input.interaction_id in moves.interactions:
            raise _Refused(RejectionCode.DUPLICATE_INTERACTION, input.interaction_id)
        if input.queue not in moves.policy.queues:
            raise _Refused(RejectionCode.UNKNOWN_QUEUE, input.queue)
        entered_at = moves.now if input.entered_at is None else input.entered_at
        if not 0 <= entered_at <= moves.now:
            raise _Refused(RejectionCode.BAD_VALUE, input.interaction_id)
        band, head_start = find_head_start(self._get_tier(input.tier), input.channel)
        interaction = Interaction(
            input.interaction_id,
            input.queue,
            input.channel,
            input.tier,
            InteractionState.WAITING,
            moves.now,
            entered_at,
            self._next_sequence,
            band,
            head_start,
            0,
            moves.now,
            input.requirement,
        )
        self._next_sequence += 1
        moves.enter(interaction)

    def _on_customer_left(self, input: CustomerLeft) -> None:
        interaction = self._get_interaction(input.interaction_id, Cause.CUSTOMER_LEFT)
        if interaction.state is InteractionState.ACTIVE:
            self._moves.wrap_up(interaction, Cause.CUSTOMER_LEFT)
        else:
            self._moves.close(interaction, Cause.CUSTOMER_LEFT, input.closed_as)

    def _on_transferred(self, input: InteractionTransferred) -> None:
        interaction = self._get_interaction(input.interaction_id, Cause.TRANSFERRED)
        if input.queue not in self._moves.policy.queues:
            raise _Refused(RejectionCode.UNKNOWN_QUEUE, input.queue)
        if input.to_agent is not None:
            agent = self._get_agent(input.to_agent)
            if input.queue not in agent.profile.queues or agent.id == interaction.agent_id:
                raise _Refused(RejectionCode.BAD_VALUE, agent.id)
        self._moves.transfer(interaction, input.queue, input.to_agent)

    def _on_tier_changed(self, interaction: Interaction, tier_id: TierId) -> None:
        band, head_start = find_head_start(self._get_tier(tier_id), interaction.channel)
        interaction.tier = tier_id
        self._moves.re_rank(interaction, band, head_start, interaction.boost)

    def _on_boosted(self, interaction: Interaction, boost: Micros) -> None:
        if boost < 0:
            raise _Refused(RejectionCode.BAD_VALUE, interaction.id)
        boost = min(boost, self._moves.policy.boost_cap)
        self._moves.re_rank(interaction, interaction.band, interaction.head_start, boost)

    def _on_state_chosen(self, input: AgentStateChosen) -> None:
        agent = self._get_agent(input.agent_id)
        if input.state is AgentState.NOT_RESPONDING:
            raise _Refused(RejectionCode.BAD_VALUE, input.agent_id)
        self._moves.choose_state(agent, input.state, input.reason, input.after_current)

    def _on_profile_changed(self, agent_id: AgentId, profile: AgentProfile) -> None:
        if any(points < 1 for _, points in profile.points) or any(level not in LEVELS for _, level in profile.skills):
            raise _Refused(RejectionCode.BAD_VALUE, agent_id)
        self._moves.meet(agent_id, profile)

    def _on_policy_changed(self, policy: Policy) -> None:
        if any(problem.is_fatal for problem in check(policy)):
            raise _Refused(RejectionCode.BAD_VALUE, f"policy {policy.version}")
        before = self._moves
        self._moves = after = Moves.of(policy, self.snapshot())
        after.effects = before.effects
        # Rows that nobody has taken yet stay to be taken: closed ones as they are, open ones as they become.
        after.changed_interactions = (
            before.changed_interactions
            | {one: after.interactions[one] for one in before.changed_interactions if one in after.interactions}
            | after.changed_interactions
        )
        after.changed_agents = {one: after.index.agents[one] for one in before.changed_agents} | after.changed_agents

    # -- what an input is about -------------------------------------------------------------------------

    def _get_interaction(self, interaction_id: InteractionId, cause: Cause | None = None) -> Interaction:
        interaction = self._moves.interactions.get(interaction_id)
        if interaction is None:
            raise _Refused(RejectionCode.UNKNOWN_INTERACTION, interaction_id)
        if cause is not None and find_next(interaction.state, cause) is None:
            raise _Refused(RejectionCode.WRONG_STATE, interaction_id)
        return interaction

    def _get_held(self, interaction_id: InteractionId, agent_id: AgentId, cause: Cause) -> Interaction:
        interaction = self._get_interaction(interaction_id)
        if interaction.agent_id != agent_id:
            raise _Refused(RejectionCode.NOT_YOURS, interaction_id)
        return self._get_interaction(interaction_id, cause)

    def _get_offer(self, offer_id: OfferId, agent_id: AgentId) -> Interaction:
        """The offer's id begins with the interaction's: a lease that has gone names no open offer."""
        interaction_id, _, _ = offer_id.rpartition(".")
        interaction = self._moves.interactions.get(InteractionId(interaction_id))
        if interaction is None or interaction.offer_id != offer_id:
            raise _Refused(RejectionCode.OFFER_GONE, offer_id)
        if interaction.agent_id != agent_id:
            raise _Refused(RejectionCode.NOT_YOURS, offer_id)
        return interaction

    def _get_agent(self, agent_id: AgentId) -> Agent:
        agent = self._moves.index.agents.get(agent_id)
        if agent is None:
            raise _Refused(RejectionCode.UNKNOWN_AGENT, agent_id)
        return agent

    def _get_tier(self, tier_id: TierId) -> Tier:
        tier = self._moves.policy.tiers.get(tier_id)
        if tier is None:
            raise _Refused(RejectionCode.UNKNOWN_TIER, tier_id)
        return tier

    def _rows(self, interactions: dict[InteractionId, Interaction], agents: dict[AgentId, Agent]) -> Snapshot:
        return Snapshot(
            self._moves.policy.version,
            self._next_sequence,
            self._moves.now,
            tuple(interactions[one].row() for one in sorted(interactions)),
            tuple(agents[one].row() for one in sorted(agents)),
        )
