"""Interaction moves: one function for each thing that can happen to an interaction.

The rule of this file: a move is complete, and assumes that it is allowed: `routing.input_handlers` has checked it
against `routing.lifecycle`. Offers follow afterwards, in `routing.offering`.
"""

from dataclasses import replace
from typing import assert_never

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
    if interaction.callback is None:  # a callback's customer is promised a call, and no rule sends them away
        look_at_entry(live, interaction)


def begin(live: LiveState, interaction: Interaction, agent: Agent) -> None:
    """The agent has it in hand from the beginning."""
    live.interactions[interaction.id] = interaction
    live.changed_interactions[interaction.id] = interaction
    agent.held[interaction.id] = interaction
    live.index.count_held(agent, interaction, 1)
    live.effects.append(InteractionMoved(interaction.id, None, TRANSITIONS[None, Cause.BEGUN], agent.id))
    live.index.update_seat(agent)


def look_at_entry(live: LiveState, interaction: Interaction, been_in: tuple[QueueId, ...] = ()) -> None:
    """Apply the overflow rule of its queue that applies on entry, if there is one. If it goes to another queue, that
    queue's rules are looked at as well."""
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


def give_to_agent(
    live: LiveState,
    interaction: Interaction,
    match: Match,
    by: AgentId | None = None,
    overrides: tuple[Override, ...] = (),
) -> None:
    """Offer the interaction to the chosen agent. A callback whose customer is called first is dialled instead."""
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
    live.hold(agent, interaction)
    callback = interaction.callback
    if callback is not None and not callback.is_given and not live.queue_of(interaction).dialling.agent_first:
        _dial(live, interaction, callback, decision)
    else:
        _offer(live, interaction, agent, decision)


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
    """Give the interaction to an agent whom a person chose. If another agent was offered it or has it, it is taken
    from them first. A person who chose themselves has it at once, without an offer to answer."""
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
    """Reserve the agent for the interaction: they get no other work until it fits."""
    interaction.reserved_for, agent.reserved = agent.id, interaction
    live.changed_interactions[interaction.id] = interaction
    live.index.watch(interaction, live.now)
    live.index.update_seat(agent)


def mark_passed(live: LiveState, interaction: Interaction) -> None:
    interaction.passed_at = live.now
    live.changed_interactions[interaction.id] = interaction
    overdue_at = live.index.watch(interaction, live.now)
    if overdue_at is not None and (interaction.timer_at is None or overdue_at < interaction.timer_at):
        live.timers.set(interaction, overdue_at)


def accept(live: LiveState, interaction: Interaction) -> None:
    is_given = interaction.callback is not None and interaction.callback.is_given
    if not is_given and live.index.is_on_hold(interaction, live.now):  # it may not be dialled any more
        return_offer(live, interaction, OfferEnd.WITHDRAWN)
        return
    live.end_offer(interaction, OfferEnd.ACCEPTED)
    interaction.passed_at = interaction.given_by = None
    if interaction.asks_preferred:
        interaction.rings_at = live.now  # if it comes back, the rings find its next agent
    if interaction.callback is not None and not is_given:
        _dial(live, interaction, interaction.callback, None)
        return
    live.become(interaction, Cause.OFFER_ACCEPTED)
    live.timers.set(interaction, None)


def return_offer(live: LiveState, interaction: Interaction, end: OfferEnd) -> None:
    """End the offer and let the interaction wait at its old place. An agent who declined it or let it expire is
    excluded from it for a while."""
    agent = live.end_offer(interaction, end)
    if end in (OfferEnd.DECLINED, OfferEnd.EXPIRED):
        live.exclude(interaction, agent)
    interaction.agent_id = None
    live.become(interaction, Cause.OFFER_RETURNED)
    live.release(agent, interaction, has_ended=False)
    live.wait(interaction)


def expire_offer(live: LiveState, interaction: Interaction) -> None:
    """RONA (redirect on no answer): return the offer and make the agent `not_responding`, unless their own wish has
    just changed their state."""
    assert interaction.agent_id is not None
    agent = live.index.agents[interaction.agent_id]
    return_offer(live, interaction, OfferEnd.EXPIRED)
    if agent.state is AgentState.AVAILABLE:
        live.set_state(agent, AgentState.NOT_RESPONDING, "", agent.wish, agent.wish_reason)


# -- callbacks --------------------------------------------------------------------------------------------


def call_back(live: LiveState, interaction: Interaction, callback: Callback | None) -> None:
    """Make the interaction a callback. None makes it an ordinary interaction again."""
    interaction.callback, interaction.given_by = callback, None
    live.changed_interactions[interaction.id] = interaction
    if interaction.state is WAITING:
        live.look_again(interaction)


def _dial(live: LiveState, interaction: Interaction, callback: Callback, decision: Decision | None) -> None:
    """Have the customer called for the agent, whose points it takes until somebody answers or the time is over."""
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
    callback, interaction.deadline_at = interaction.callback, None
    interaction.callback = replace(callback, is_given=True) if callback is not None and by_nobody else None
    interaction.answered = None if by_nobody else callback
    live.timers.set(interaction, None)
    live.become(interaction, Cause.ANSWERED)


def return_call(live: LiveState, interaction: Interaction) -> None:
    """No person answered: let the interaction wait at its old place for the next try, or close it after the last one.
    Where an agent has a machine on the line, the queue may call nobody any more."""
    callback = interaction.answered if interaction.state is ACTIVE else interaction.callback
    assert callback is not None
    queue, interaction.answered = live.queue_of(interaction), None
    if callback.tries >= queue.dialling.tries or not queue.calls_back:
        close(live, interaction, Cause.GAVE_UP, ClosedAs.FAILED)
        return
    interaction.callback = replace(callback, not_before=live.now + queue.dialling.retry_after)
    put_back(live, interaction, Cause.UNANSWERED)


def put_back(live: LiveState, interaction: Interaction, cause: Cause) -> None:
    """Take the interaction from its agent and let it wait at its old place."""
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
    """Pause a waiting interaction: one of the same customer on another channel takes its place."""
    live.take_out(interaction)
    live.become(interaction, Cause.LINKED)


def _end_link(live: LiveState, linked_to: InteractionId, closed_as: ClosedAs) -> None:
    """The interaction that had the place of `linked_to` has closed. If it was handled, `linked_to` closes with it;
    otherwise `linked_to` waits again at its place."""
    linked = live.interactions.get(linked_to)
    if linked is None or linked.state is not PAUSED:
        return
    if closed_as is ClosedAs.HANDLED:
        close(live, linked, Cause.WRAPPED_UP, closed_as)
    else:
        live.become(linked, Cause.UNLINKED)
        live.wait(linked)


def _pass_link_on(live: LiveState, interaction: Interaction, linked_to: InteractionId) -> bool:
    """The interaction has closed while it was paused itself. The one that has its place then has the place of
    `linked_to` too. Return whether there is one."""
    holder = next((one for one in live.interactions.values() if one.linked_to == interaction.id), None)
    if holder is None:
        return False
    holder.linked_to = linked_to
    live.changed_interactions[holder.id] = holder
    return True


# -- the end ----------------------------------------------------------------------------------------------


def wrap_up(live: LiveState, interaction: Interaction, cause: Cause) -> None:
    """Begin the wrap-up, which has a limit. If the agent is offline, close the interaction at once."""
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
    """Let the interaction wait in `queue`. It keeps its place, unless the queue says `transfer_restarts`; the time of
    the rings starts from now. An agent who had it in hand is excluded from it for a while."""
    was_active = interaction.state is ACTIVE
    agent = live.take_out(interaction)
    interaction.given_by = None
    if agent is not None and was_active and to_agent is None and queue != interaction.queue:
        is_call = interaction.channel in live.policy.calls
        interaction.given_by = (agent.id, interaction.queue) if is_call else None
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
    if interaction.given_by is not None:
        live.given[interaction.id] = interaction
    if agent is not None:
        live.release(agent, interaction, has_ended=was_active)
    live.wait(interaction)


def change_queue(live: LiveState, interaction: Interaction, queue: QueueId) -> None:
    """Put the interaction into another queue, where the search for an agent starts from the beginning. It keeps its
    place."""
    interaction.queue = queue
    interaction.queued_at = live.now
    interaction.rings_at = interaction.passed_at = None
    interaction.overflowed = ()


def _wait_anew(live: LiveState, interaction: Interaction) -> None:
    """For the overflow rules, the wait of an interaction that an agent has had starts from now. It keeps its place,
    and its rings stay open."""
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
