"""One handler for each kind of input: it carries the input out, or rejects it.

The rule of this file: a handler checks whether the input is allowed, and raises `InputRefused` before anything is
changed. `routing.interaction_moves` and `routing.agent_moves` carry out what is allowed.
"""

from dataclasses import replace
from typing import assert_never

from routing import agent_moves, consult_moves, interaction_moves
from routing.effects import InputRejected, RejectionCode
from routing.inputs import (
    AgentDisconnected,
    AgentProfileChanged,
    AgentReconnected,
    AgentRemoved,
    AgentStateChosen,
    CallbackAnswered,
    CallbackRequested,
    CallbackUnanswered,
    CallbackWithdrawn,
    ConsultBegan,
    ConsultEnded,
    CustomerLeft,
    CustomerReturned,
    Input,
    InteractionAssigned,
    InteractionBegun,
    InteractionBoosted,
    InteractionEnded,
    InteractionEnqueued,
    InteractionHandedOver,
    InteractionTransferred,
    OfferAccepted,
    OfferDeclined,
    PolicyChanged,
    TierChanged,
    TimePassed,
    WrapUpCompleted,
)
from routing.lifecycle import ACTIVE, OFFERED, PAUSED, WAITING, Cause, find_next
from routing.live_agents import Agent
from routing.live_interactions import Interaction
from routing.live_state import LiveState
from routing.matching import find_head, find_obstacles, find_seat
from routing.model import (
    ANYONE,
    AgentId,
    AgentProfile,
    AgentState,
    Callback,
    ChannelName,
    ClosedAs,
    InteractionId,
    Micros,
    OfferEnd,
    Period,
    Tier,
    TierId,
)
from routing.policy_checks import LEVELS, check
from routing.policy_replacement import change_policy
from routing.rank import find_head_start


class InputRefused(Exception):
    def __init__(self, code: RejectionCode, subject: str) -> None:
        super().__init__(code, subject)
        self.effect = InputRejected(code, subject)


def handle_input(live: LiveState, input: Input) -> None:
    """Handle one input. The most frequent inputs are tested first, because each test takes time."""
    match input:
        case InteractionEnqueued():
            _on_enqueued(live, input)
        case OfferAccepted():
            interaction_moves.accept(live, _get_offer(live, input))
        case InteractionEnded():
            interaction_moves.wrap_up(live, _get_held(live, input, Cause.ENDED), Cause.ENDED)
        case WrapUpCompleted():
            interaction_moves.close(
                live, _get_held(live, input, Cause.WRAPPED_UP), Cause.WRAPPED_UP, ClosedAs.HANDLED
            )
        case TimePassed():
            pass
        case CustomerLeft():
            _on_customer_left(live, input)
        case OfferDeclined():
            interaction_moves.return_offer(live, _get_offer(live, input), OfferEnd.DECLINED)
        case CustomerReturned(interaction_id):
            interaction = _get_interaction(live, interaction_id)
            if find_next(interaction.state, Cause.CUSTOMER_RETURNED):
                interaction_moves.resume(live, interaction)
        case InteractionBegun():
            _on_begun(live, input)
        case CallbackRequested():
            _on_callback_requested(live, input)
        case CallbackWithdrawn(interaction_id):
            _on_callback_withdrawn(live, _get_interaction(live, interaction_id))
        case CallbackAnswered(interaction_id, attempt, by_nobody):
            dialled = _get_dialled(live, interaction_id, attempt, Cause.ANSWERED)
            interaction_moves.answer_call(live, dialled, by_nobody=by_nobody)
        case CallbackUnanswered(interaction_id, attempt):
            interaction_moves.return_call(live, _get_dialled(live, interaction_id, attempt, Cause.UNANSWERED))
        case InteractionTransferred():
            _on_transferred(live, input)
        case ConsultBegan():
            _on_consult_began(live, input)
        case ConsultEnded(interaction_id, agent_id):
            live.release_consulted(*_get_consulted(live, interaction_id, agent_id))
        case InteractionHandedOver(interaction_id, agent_id):
            consult_moves.hand_over(live, *_get_consulted(live, interaction_id, agent_id))
        case InteractionAssigned():
            _on_assigned(live, input)
        case TierChanged(interaction_id, tier_id):
            _on_tier_changed(live, _get_interaction(live, interaction_id), tier_id)
        case InteractionBoosted(interaction_id, boost):
            _on_boosted(live, _get_interaction(live, interaction_id), boost)
        case AgentStateChosen():
            _on_state_chosen(live, input)
        case AgentProfileChanged(agent_id, profile):
            _on_profile_changed(live, agent_id, profile)
        case AgentDisconnected(agent_id):
            agent_moves.disconnect(live, _get_agent(live, agent_id))
        case AgentReconnected(agent_id):
            agent_moves.reconnect(live, _get_agent(live, agent_id))
        case AgentRemoved(agent_id):
            agent_moves.remove(live, _get_agent(live, agent_id))
        case PolicyChanged():
            _on_policy_changed(live, input)
        case _:
            assert_never(input)


def _on_enqueued(live: LiveState, input: InteractionEnqueued) -> None:
    channel = _get_channel_of_new(live, input)
    entered_at = live.now if input.entered_at is None else input.entered_at
    if not 0 <= entered_at <= live.now:
        raise InputRefused(RejectionCode.BAD_VALUE, input.interaction_id)
    if input.sequence is not None and not 0 < input.sequence < live.next_sequence:
        raise InputRefused(RejectionCode.BAD_VALUE, input.interaction_id)
    for _, level in input.requirement.skills:
        if level not in LEVELS:
            raise InputRefused(RejectionCode.BAD_VALUE, input.interaction_id)
    linked = None
    if input.linked_to is not None:
        linked = _get_interaction(live, input.linked_to, Cause.LINKED)
        entered_at = min(entered_at, linked.entered_at)
    boost = _cap(live, input.boost, input.interaction_id)
    band, head_start = find_head_start(_get_tier(live, input.tier), channel)
    interaction = Interaction(
        input.interaction_id,
        input.queue,
        channel,
        input.tier,
        WAITING,
        live.now,
        entered_at,
        live.next_sequence if input.sequence is None else input.sequence,
        band,
        head_start,
        boost,
        live.now,
        input.requirement,
        input.preferred,
    )
    if input.windows is not None:
        _check_windows(live, interaction, input.windows)
        interaction.callback = Callback(input.windows)
    live.next_sequence += input.sequence is None
    if linked is not None:
        interaction.linked_to = linked.id
        interaction_moves.pause(live, linked)
    interaction_moves.enter(live, interaction)


def _on_begun(live: LiveState, input: InteractionBegun) -> None:
    channel = _get_channel_of_new(live, input)
    agent = _get_agent(live, input.agent_id)
    if agent.state is AgentState.OFFLINE or agent.lost_at is not None:
        raise InputRefused(RejectionCode.BAD_VALUE, agent.id)
    if agent.reserved is not None:
        raise InputRefused(RejectionCode.RESERVED, agent.id)
    if live.index.numbers[channel] not in find_seat(agent).fitting:
        raise InputRefused(RejectionCode.DOES_NOT_FIT, input.interaction_id)
    band, head_start = find_head_start(_get_tier(live, input.tier), channel)
    interaction = Interaction(
        input.interaction_id,
        input.queue,
        channel,
        input.tier,
        ACTIVE,
        live.now,
        live.now,
        live.next_sequence,
        band,
        head_start,
        0,
        live.now,
        ANYONE,
        agent_id=agent.id,
    )
    live.next_sequence += 1
    interaction_moves.begin(live, interaction, agent)


def _check_windows(live: LiveState, interaction: Interaction, windows: tuple[Period, ...]) -> None:
    marks = [mark for period in windows for mark in period]
    if marks != sorted(set(marks)) or (marks and marks[-1] <= live.now):
        raise InputRefused(RejectionCode.BAD_VALUE, interaction.id)
    if not live.queue_of(interaction).calls_back:
        raise InputRefused(RejectionCode.CALLS_NOBODY, interaction.queue)


def _on_callback_requested(live: LiveState, input: CallbackRequested) -> None:
    interaction = _get_interaction(live, input.interaction_id)
    if interaction.state not in (WAITING, PAUSED):
        raise InputRefused(RejectionCode.WRONG_STATE, interaction.id)
    _check_windows(live, interaction, input.windows)
    tried = interaction.callback
    asked = replace(tried, windows=input.windows) if tried is not None and tried.tries else Callback(input.windows)
    interaction_moves.call_back(live, interaction, asked)


def _on_callback_withdrawn(live: LiveState, interaction: Interaction) -> None:
    if interaction.state not in (WAITING, PAUSED) or interaction.callback is None:
        raise InputRefused(RejectionCode.WRONG_STATE, interaction.id)
    interaction_moves.call_back(live, interaction, None)


def _on_customer_left(live: LiveState, input: CustomerLeft) -> None:
    interaction = _get_interaction(live, input.interaction_id, Cause.CUSTOMER_LEFT)
    if interaction.state is ACTIVE:
        interaction_moves.wrap_up(live, interaction, Cause.CUSTOMER_LEFT)
    else:
        interaction_moves.close(live, interaction, Cause.CUSTOMER_LEFT, input.closed_as)


def _on_transferred(live: LiveState, input: InteractionTransferred) -> None:
    interaction = _get_interaction(live, input.interaction_id, Cause.TRANSFERRED)
    if input.queue not in live.policy.queues:
        raise InputRefused(RejectionCode.UNKNOWN_QUEUE, input.queue)
    if interaction.callback is not None and not live.policy.queues[input.queue].calls_back:
        raise InputRefused(RejectionCode.CALLS_NOBODY, input.queue)
    if input.to_agent is not None:
        agent = _get_agent(live, input.to_agent)
        if input.queue not in agent.profile.queues or agent.id == interaction.agent_id:
            raise InputRefused(RejectionCode.BAD_VALUE, agent.id)
    interaction_moves.transfer(live, interaction, input.queue, input.to_agent)


def _on_consult_began(live: LiveState, input: ConsultBegan) -> None:
    interaction, agent = _get_interaction(live, input.interaction_id), _get_agent(live, input.agent_id)
    if interaction.state is not ACTIVE:
        raise InputRefused(RejectionCode.WRONG_STATE, interaction.id)
    if agent.id in (interaction.agent_id, *interaction.consulted):
        raise InputRefused(RejectionCode.BAD_VALUE, agent.id)
    if not agent.is_open and not input.overrides_fit:
        raise InputRefused(RejectionCode.AGENT_NOT_OPEN, agent.id)
    if live.index.numbers[interaction.channel] not in find_seat(agent).fitting and not input.overrides_fit:
        raise InputRefused(RejectionCode.NO_ROOM, agent.id)
    consult_moves.consult(live, interaction, agent)


def _get_consulted(live: LiveState, interaction_id: InteractionId, agent_id: AgentId) -> tuple[Interaction, Agent]:
    interaction = _get_interaction(live, interaction_id)
    if agent_id not in interaction.consulted:
        raise InputRefused(RejectionCode.WRONG_STATE, interaction.id)
    return interaction, live.index.agents[agent_id]


def _on_assigned(live: LiveState, input: InteractionAssigned) -> None:
    interaction, agent = _get_interaction(live, input.interaction_id), _get_agent(live, input.agent_id)
    movable = (WAITING, *((OFFERED, ACTIVE) if input.by else ()))
    if interaction.state not in movable or (input.by is None and live.index.is_on_hold(interaction, live.now)):
        raise InputRefused(RejectionCode.WRONG_STATE, interaction.id)
    if agent.state is AgentState.OFFLINE or agent.lost_at is not None or agent.id == interaction.agent_id:
        raise InputRefused(RejectionCode.BAD_VALUE, agent.id)
    if input.by is None and (find_head(agent) is not interaction or agent.reserved not in (None, interaction)):
        raise InputRefused(RejectionCode.NOT_FIRST, interaction.id)
    overrides = find_obstacles(live.index, interaction, agent, live.now)
    if overrides and not (input.by and input.overrides_fit):
        raise InputRefused(RejectionCode.DOES_NOT_FIT, interaction.id)
    interaction_moves.give_as_chosen(live, interaction, agent, input.by, overrides)


def _on_tier_changed(live: LiveState, interaction: Interaction, tier_id: TierId) -> None:
    band, head_start = find_head_start(_get_tier(live, tier_id), interaction.channel)
    interaction.tier = tier_id
    interaction_moves.change_rank(live, interaction, band, head_start, interaction.boost)


def _on_boosted(live: LiveState, interaction: Interaction, boost: Micros) -> None:
    boost = _cap(live, boost, interaction.id)
    interaction_moves.change_rank(live, interaction, interaction.band, interaction.head_start, boost)


def _cap(live: LiveState, boost: Micros, interaction_id: InteractionId) -> Micros:
    if boost < 0:
        raise InputRefused(RejectionCode.BAD_VALUE, interaction_id)
    return min(boost, live.policy.boost_cap)


def _on_state_chosen(live: LiveState, input: AgentStateChosen) -> None:
    agent = _get_agent(live, input.agent_id)
    if input.state is AgentState.NOT_RESPONDING:
        raise InputRefused(RejectionCode.BAD_VALUE, input.agent_id)
    agent_moves.choose_state(live, agent, input.state, input.reason, input.after_current)


def _on_profile_changed(live: LiveState, agent_id: AgentId, profile: AgentProfile) -> None:
    if any(points < 1 for _, points in profile.points) or any(level not in LEVELS for _, level in profile.skills):
        raise InputRefused(RejectionCode.BAD_VALUE, agent_id)
    agent_moves.change_profile(live, agent_id, profile)


def _on_policy_changed(live: LiveState, input: PolicyChanged) -> None:
    """Reject a policy that would leave an open interaction without a queue, a tier or a channel."""
    policy = input.policy
    if any(problem.is_fatal for problem in check(policy)):
        raise InputRefused(RejectionCode.BAD_VALUE, f"policy {policy.version}")
    for one in live.interactions.values():
        if one.channel not in policy.points:
            raise InputRefused(RejectionCode.UNKNOWN_CHANNEL, one.id)
    places = {one.id: (one.queue, one.tier) for one in live.interactions.values()}
    for move in input.moves:
        places[_get_interaction(live, move.interaction_id).id] = (move.queue, move.tier)
    for interaction_id, (queue, tier) in places.items():
        if queue not in policy.queues:
            raise InputRefused(RejectionCode.UNKNOWN_QUEUE, interaction_id)
        if tier not in policy.tiers:
            raise InputRefused(RejectionCode.UNKNOWN_TIER, interaction_id)
    change_policy(live, policy, input.moves)


# -- find what an input names --------------------------------------------------------------------------------------


def _get_interaction(live: LiveState, interaction_id: InteractionId, cause: Cause | None = None) -> Interaction:
    interaction = live.interactions.get(interaction_id)
    if interaction is None:
        raise InputRefused(RejectionCode.UNKNOWN_INTERACTION, interaction_id)
    if cause is not None and find_next(interaction.state, cause) is None:
        raise InputRefused(RejectionCode.WRONG_STATE, interaction_id)
    return interaction


def _get_channel_of_new(live: LiveState, input: InteractionEnqueued | InteractionBegun) -> ChannelName:
    if input.interaction_id in live.interactions:
        raise InputRefused(RejectionCode.DUPLICATE_INTERACTION, input.interaction_id)
    if input.queue not in live.policy.queues:
        raise InputRefused(RejectionCode.UNKNOWN_QUEUE, input.queue)
    channel = live.index.names.get(input.channel)
    if channel is None:
        raise InputRefused(RejectionCode.UNKNOWN_CHANNEL, input.channel)
    return channel


def _get_held(live: LiveState, input: InteractionEnded | WrapUpCompleted, cause: Cause) -> Interaction:
    interaction = _get_interaction(live, input.interaction_id)
    if interaction.agent_id != input.agent_id:
        raise InputRefused(RejectionCode.NOT_YOURS, interaction.id)
    if find_next(interaction.state, cause) is None:
        raise InputRefused(RejectionCode.WRONG_STATE, interaction.id)
    return interaction


def _get_offer(live: LiveState, input: OfferAccepted | OfferDeclined) -> Interaction:
    """Return the interaction of the offer. The offer's id begins with the interaction's id; if that interaction has
    no such offer, the offer has ended."""
    interaction_id, _, _ = input.offer_id.rpartition(".")
    interaction = live.interactions.get(InteractionId(interaction_id))
    if interaction is None or interaction.offer_id != input.offer_id:
        raise InputRefused(RejectionCode.OFFER_GONE, input.offer_id)
    if interaction.agent_id != input.agent_id:
        raise InputRefused(RejectionCode.NOT_YOURS, input.offer_id)
    return interaction


def _get_dialled(live: LiveState, interaction_id: InteractionId, attempt: int, cause: Cause) -> Interaction:
    interaction = _get_interaction(live, interaction_id, cause)
    dialled = interaction.answered if interaction.state is ACTIVE else interaction.callback
    if dialled is None or dialled.tries != attempt:
        raise InputRefused(RejectionCode.WRONG_STATE, interaction_id)
    return interaction


def _get_agent(live: LiveState, agent_id: AgentId) -> Agent:
    agent = live.index.agents.get(agent_id)
    if agent is None:
        raise InputRefused(RejectionCode.UNKNOWN_AGENT, agent_id)
    return agent


def _get_tier(live: LiveState, tier_id: TierId) -> Tier:
    tier = live.policy.tiers.get(tier_id)
    if tier is None:
        raise InputRefused(RejectionCode.UNKNOWN_TIER, tier_id)
    return tier
