"""Moves: each thing that can happen to an interaction, carried out whole.

The rule of this file: a move assumes that it is allowed (`routing.router` has looked at `routing.lifecycle`) and
leaves nothing half done. Who is offered what comes afterwards, in `assign`.
"""

from dataclasses import replace
from typing import assert_never

from routing.callbacks import is_over
from routing.decisions import ChosenBy, Decision, Override
from routing.effects import CallbackDialled, InteractionMoved, InteractionOverflowed, OfferMade
from routing.lifecycle import ACTIVE, OFFERED, PAUSED, TRANSITIONS, WAITING, WRAP_UP, Cause
from routing.live_agents import Agent
from routing.live_interactions import Interaction
from routing.live_state import LiveState
from routing.matching import Match, find_best_agent
from routing.model import (
    AgentId,
    AgentState,
    Callback,
    ClosedAs,
    InteractionId,
    Micros,
    OfferEnd,
    OfferId,
    OverflowAction,
    OverflowRule,
    QueueId,
    Rank,
)


def enter(live: LiveState, interaction: Interaction) -> None:
    live.interactions[interaction.id] = interaction
    live.effects.append(InteractionMoved(interaction.id, None, TRANSITIONS[None, Cause.ENTERED], None))
    live.wait(interaction)
    look_at_entry(live, interaction)


def look_at_entry(live: LiveState, interaction: Interaction, been_in: tuple[QueueId, ...] = ()) -> None:
    """Whether its queue takes it; what sends it on to another queue is looked at there again."""
    rule = live.overflow.find_at_entry(interaction, live.now, been_in)
    if rule is not None:
        overflow(live, interaction, rule, been_in)


def overflow(
    live: LiveState, interaction: Interaction, rule: OverflowRule, been_in: tuple[QueueId, ...] = ()
) -> None:
    before = interaction.queue
    queue = before if rule.queue is None else rule.queue
    if rule.action is not OverflowAction.WAIT:
        live.effects.append(InteractionOverflowed(interaction.id, rule.occasion, rule.action, queue, rule.message))
    match rule.action:
        case OverflowAction.WAIT | OverflowAction.AUTO_REPLY:
            pass
        case OverflowAction.CALLBACK:
            call_back(live, interaction, Callback(not_before=live.now + live.queue_of(interaction).dialling.pause))
        case OverflowAction.QUEUE:
            live.take_out(interaction)
            change_queue(live, interaction, queue)
            live.wait(interaction)
            look_at_entry(live, interaction, (*been_in, before))
        case OverflowAction.RELEASE:
            close(live, interaction, Cause.OVERFLOWED, ClosedAs.FAILED)
        case _:
            assert_never(rule.action)


def look_at_waiting(live: LiveState, interaction: Interaction, at: Micros) -> None:
    """What has come by `at`: too long a wait, the end of the opening hours, another ring."""
    due = live.overflow.find_next(interaction, live.now)
    if due is not None and due[0] <= at:
        interaction.overflowed = (*interaction.overflowed, due[1].occasion)
        live.changed_interactions[interaction.id] = interaction
        overflow(live, interaction, due[1])
    if interaction.callback is not None and is_over(interaction.callback, at):
        close(live, interaction, Cause.GAVE_UP, ClosedAs.FAILED)
    if interaction.state is WAITING:
        live.look_again(interaction)


def give_to_agent(
    live: LiveState,
    interaction: Interaction,
    match: Match,
    by: AgentId | None = None,
    overrides: tuple[Override, ...] = (),
) -> None:
    """To this agent: an offer, or at once the call of a callback that begins with the customer."""
    agent = match.agent
    decision = Decision(
        live.policy.version,
        Rank(*interaction.rank[:3]),
        interaction.head_start,
        interaction.boost,
        live.now - interaction.entered_at,
        agent.id,
        match.chosen_by,
        match.eligible,
        interaction.has_restarted,
        by,
        overrides,
        match.passed_over,
    )
    if live.before_decision is not None:
        live.before_decision(interaction.id)
    live.take_out(interaction)
    interaction.agent_id = agent.id
    agent.held[interaction.id] = interaction
    live.index.count_held(agent, interaction, 1)
    callback = interaction.callback
    if callback is not None and not callback.is_given and not live.queue_of(interaction).dialling.agent_first:
        _dial(live, interaction, callback, decision)
    else:
        _offer(live, interaction, agent, decision)
    live.index.settle(agent)


def _offer(live: LiveState, interaction: Interaction, agent: Agent, decision: Decision) -> None:
    queue = live.policy.queues.get(interaction.queue)
    duration = queue.offer_duration.get(interaction.channel) if queue is not None else None
    if duration is None:
        duration = live.policy.offer_duration[interaction.channel]
    interaction.offers_made += 1
    interaction.offer_id = OfferId(f"{interaction.id}.{interaction.offers_made}")
    interaction.deadline_at = live.now + duration
    live.timers.set(interaction, interaction.deadline_at)
    live.effects.append(OfferMade(interaction.offer_id, interaction.id, agent.id, interaction.deadline_at, decision))
    live.become(interaction, Cause.OFFER_MADE)


def give_as_chosen(
    live: LiveState, interaction: Interaction, agent: Agent, by: AgentId | None, overrides: tuple[Override, ...]
) -> None:
    """By a person's choice. What somebody else was offered or holds is taken from them first; who takes it for
    themselves is not asked again."""
    if interaction.state is OFFERED:
        live.end_offer(interaction, OfferEnd.WITHDRAWN)
    if interaction.state is not WAITING:
        put_back(live, interaction, Cause.TRANSFERRED)
    if interaction.callback is not None and live.index.is_on_hold(interaction, live.now):
        interaction.callback = replace(interaction.callback, is_given=True)
    best = None if interaction.lane is None else find_best_agent(live.index, interaction)
    chosen_by = ChosenBy.PULLED if by is None else ChosenBy.ASSIGNED
    give_to_agent(live, interaction, Match(agent, chosen_by, best.eligible if best else 0), by, overrides)
    if by in (None, agent.id) and interaction.state is OFFERED:
        accept(live, interaction)


def reserve(live: LiveState, agent: Agent, interaction: Interaction) -> None:
    """Reserve: the agent takes nothing else until this fits."""
    interaction.reserved_for, agent.reserved = agent.id, interaction
    live.changed_interactions[interaction.id] = interaction
    live.index.watch(interaction, live.now)
    live.index.settle(agent)


def mark_passed(live: LiveState, interaction: Interaction) -> None:
    interaction.passed_at = live.now
    live.changed_interactions[interaction.id] = interaction
    overdue_at = live.index.watch(interaction, live.now)
    if overdue_at is not None and (interaction.timer_at is None or overdue_at < interaction.timer_at):
        live.timers.set(interaction, overdue_at)


def accept(live: LiveState, interaction: Interaction) -> None:
    is_given = interaction.callback is not None and interaction.callback.is_given
    if not is_given and live.index.is_on_hold(interaction, live.now):  # its hours ended while the agent was asked
        return_offer(live, interaction, OfferEnd.WITHDRAWN)
        return
    live.end_offer(interaction, OfferEnd.ACCEPTED)
    interaction.passed_at = None
    if interaction.asks_preferred:
        interaction.rings_at = live.now  # one of them has it: whoever gets it next is found by the rings
    if interaction.callback is not None and not is_given:
        _dial(live, interaction, interaction.callback, None)
        return
    live.become(interaction, Cause.OFFER_ACCEPTED)
    live.timers.set(interaction, None)


def return_offer(live: LiveState, interaction: Interaction, end: OfferEnd) -> None:
    """Back at the old place. Who declined it or let it expire is not asked again for a while."""
    agent = live.end_offer(interaction, end)
    if end in (OfferEnd.DECLINED, OfferEnd.EXPIRED):
        live.exclude(interaction, agent)
    interaction.agent_id = None
    live.become(interaction, Cause.OFFER_RETURNED)
    live.release(agent, interaction, has_ended=False)
    live.wait(interaction)


def expire_offer(live: LiveState, interaction: Interaction) -> None:
    """RONA: redirect on no answer. The agent's own wish to leave wins over `not_responding`."""
    assert interaction.agent_id is not None
    agent = live.index.agents[interaction.agent_id]
    return_offer(live, interaction, OfferEnd.EXPIRED)
    if agent.state is AgentState.AVAILABLE:
        live.set_state(agent, AgentState.NOT_RESPONDING, "", agent.wish, agent.wish_reason)


# -- callbacks --------------------------------------------------------------------------------------------


def call_back(live: LiveState, interaction: Interaction, callback: Callback | None) -> None:
    """None: it stays on its line."""
    interaction.callback = callback
    live.changed_interactions[interaction.id] = interaction
    if interaction.state is WAITING:
        live.look_again(interaction)


def _dial(live: LiveState, interaction: Interaction, callback: Callback, decision: Decision | None) -> None:
    """The agent is held as by an offer, until somebody answers or the time is up."""
    assert interaction.agent_id is not None
    interaction.callback = replace(callback, tries=callback.tries + 1)
    interaction.deadline_at = live.now + live.queue_of(interaction).dialling.duration
    interaction.passed_at = None
    live.timers.set(interaction, interaction.deadline_at)
    live.effects.append(
        CallbackDialled(
            interaction.id, interaction.agent_id, interaction.callback.tries, interaction.deadline_at, decision
        )
    )
    live.become(interaction, Cause.DIALLED)


def answer_call(live: LiveState, interaction: Interaction, *, by_nobody: bool) -> None:
    given = replace(interaction.callback, is_given=True) if interaction.callback is not None and by_nobody else None
    interaction.callback, interaction.deadline_at = given, None
    live.timers.set(interaction, None)
    live.become(interaction, Cause.ANSWERED)


def return_call(live: LiveState, interaction: Interaction) -> None:
    """Nobody answered: back at the old place until the next try, or closed when there is none."""
    assert interaction.callback is not None
    assert interaction.agent_id is not None
    dialling = live.queue_of(interaction).dialling
    if interaction.callback.tries >= dialling.tries:
        close(live, interaction, Cause.GAVE_UP, ClosedAs.FAILED)
        return
    interaction.callback = replace(interaction.callback, not_before=live.now + dialling.retry_after)
    put_back(live, interaction, Cause.UNANSWERED)


def put_back(live: LiveState, interaction: Interaction, cause: Cause) -> None:
    """What an agent had in hand waits again, at its old place."""
    assert interaction.agent_id is not None
    agent = live.index.agents[interaction.agent_id]
    has_ended = interaction.state is ACTIVE
    if has_ended:
        _wait_anew(live, interaction)
    live.timers.set(interaction, None)
    interaction.agent_id = interaction.deadline_at = None
    live.become(interaction, cause)
    live.release(agent, interaction, has_ended=has_ended)
    live.wait(interaction)


# -- linked channels --------------------------------------------------------------------------------------


def pause(live: LiveState, interaction: Interaction) -> None:
    """Another channel of the same customer holds the place from here."""
    live.take_out(interaction)
    live.become(interaction, Cause.LINKED)


def _end_link(live: LiveState, linked_to: InteractionId, closed_as: ClosedAs) -> None:
    """The one that held its place has closed: it was handled with it, or it waits again, as it did."""
    linked = live.interactions.get(linked_to)
    if linked is None or linked.state is not PAUSED:
        return
    if closed_as is ClosedAs.HANDLED:
        close(live, linked, Cause.WRAPPED_UP, closed_as)
    else:
        live.become(linked, Cause.UNLINKED)
        live.wait(linked)


def _pass_link_on(live: LiveState, interaction: Interaction, linked_to: InteractionId) -> bool:
    """It has closed while it was paused: who holds its place holds it for the one before it as well."""
    holder = next((one for one in live.interactions.values() if one.linked_to == interaction.id), None)
    if holder is None:
        return False
    holder.linked_to = linked_to
    live.changed_interactions[holder.id] = holder
    return True


# -- the end ----------------------------------------------------------------------------------------------


def wrap_up(live: LiveState, interaction: Interaction, cause: Cause) -> None:
    """To wrap-up with its limit, and straight on to closed where nobody is there to do it."""
    assert interaction.agent_id is not None
    queue = live.policy.queues.get(interaction.queue)
    limit = live.policy.wrap_up_limit
    if queue is not None and queue.wrap_up_limit is not None:
        limit = queue.wrap_up_limit
    interaction.deadline_at = live.now + limit
    live.become(interaction, cause)
    if live.index.agents[interaction.agent_id].state is AgentState.OFFLINE:
        close(live, interaction, Cause.AGENT_LOST, ClosedAs.HANDLED)
    else:
        live.timers.set(interaction, interaction.deadline_at)


def resume(live: LiveState, interaction: Interaction) -> None:
    live.timers.set(interaction, None)
    interaction.deadline_at = None
    live.become(interaction, Cause.CUSTOMER_RETURNED)


def close(live: LiveState, interaction: Interaction, cause: Cause, closed_as: ClosedAs) -> None:
    was_taken, was_paused = interaction.state in (ACTIVE, WRAP_UP), interaction.state is PAUSED
    agent = live.take_out(interaction)
    if not was_taken:
        interaction.agent_id = None
    interaction.closed_as = closed_as
    interaction.deadline_at = None
    live.become(interaction, cause)
    del live.interactions[interaction.id]
    interaction.forget_rank()
    if agent is not None:
        live.release(agent, interaction, has_ended=was_taken)
    linked_to = interaction.linked_to
    if linked_to is not None and not (was_paused and _pass_link_on(live, interaction, linked_to)):
        _end_link(live, linked_to, closed_as)


def transfer(live: LiveState, interaction: Interaction, queue: QueueId, to_agent: AgentId | None) -> None:
    """The place is kept, unless the queue lets it enter anew; rings count from here. Who hands it over is not the
    next one asked."""
    was_active = interaction.state is ACTIVE
    agent = live.take_out(interaction)
    change_queue(live, interaction, queue)
    if live.queue_of(interaction).transfer_restarts:
        interaction.entered_at, interaction.has_restarted = live.now, True
        interaction.renew_rank()
    interaction.preferred = () if to_agent else interaction.preferred
    interaction.agent_id = None
    interaction.deadline_at = None
    interaction.requirement = replace(interaction.requirement, agents=(to_agent,) if to_agent else ())
    interaction.excluded = tuple(each for each in interaction.excluded if each[0] != to_agent)
    if agent is not None and was_active:
        live.exclude(interaction, agent)
    live.become(interaction, Cause.TRANSFERRED)
    if agent is not None:
        live.release(agent, interaction, has_ended=was_active)
    live.wait(interaction)


def change_queue(live: LiveState, interaction: Interaction, queue: QueueId) -> None:
    """The place is kept; its search begins anew."""
    interaction.queue = queue
    interaction.queued_at = live.now
    interaction.rings_at = interaction.passed_at = None
    interaction.overflowed = ()


def _wait_anew(live: LiveState, interaction: Interaction) -> None:
    """An agent has had it: how long it has waited, and whether its queue has closed meanwhile, counts from here. The
    place is kept, and the rings that are open."""
    if interaction.rings_at is None:
        interaction.rings_at = interaction.queued_at
    interaction.queued_at = live.now
    interaction.overflowed = ()


def change_rank(live: LiveState, interaction: Interaction, band: int, head_start: Micros, boost: Micros) -> None:
    is_waiting = interaction.state is WAITING
    if is_waiting:
        live.index.leave(interaction)
    interaction.band, interaction.head_start, interaction.boost = band, head_start, boost
    interaction.renew_rank()
    live.changed_interactions[interaction.id] = interaction
    if is_waiting:
        live.wait(interaction)
