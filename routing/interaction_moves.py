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
from routing.live_state import Board
from routing.matching import Choice, find_best_agent
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


def enter(board: Board, interaction: Interaction) -> None:
    board.interactions[interaction.id] = interaction
    board.effects.append(InteractionMoved(interaction.id, None, TRANSITIONS[None, Cause.ENTERED], None))
    board.wait(interaction)
    look_at_entry(board, interaction)


def look_at_entry(board: Board, interaction: Interaction, been_in: tuple[QueueId, ...] = ()) -> None:
    """Whether its queue takes it; what sends it on to another queue is looked at there again."""
    rule = board.overflow.find_at_entry(interaction, board.now, been_in)
    if rule is not None:
        overflow(board, interaction, rule, been_in)


def overflow(board: Board, interaction: Interaction, rule: OverflowRule, been_in: tuple[QueueId, ...] = ()) -> None:
    before = interaction.queue
    queue = before if rule.queue is None else rule.queue
    if rule.action is not OverflowAction.WAIT:
        board.effects.append(InteractionOverflowed(interaction.id, rule.occasion, rule.action, queue, rule.message))
    match rule.action:
        case OverflowAction.WAIT | OverflowAction.AUTO_REPLY:
            pass
        case OverflowAction.CALLBACK:
            call_back(board, interaction, Callback(not_before=board.now + board.queue_of(interaction).dialling.pause))
        case OverflowAction.QUEUE:
            board.take_out(interaction)
            change_queue(board, interaction, queue)
            board.wait(interaction)
            look_at_entry(board, interaction, (*been_in, before))
        case OverflowAction.VOICEMAIL:
            close(board, interaction, Cause.OVERFLOWED, ClosedAs.VOICEMAIL)
        case OverflowAction.RELEASE:
            close(board, interaction, Cause.OVERFLOWED, ClosedAs.FAILED)
        case _:
            assert_never(rule.action)


def look_at_waiting(board: Board, interaction: Interaction, at: Micros) -> None:
    """What has come by `at`: too long a wait, the end of the opening hours, another ring."""
    due = board.overflow.find_next(interaction, board.now)
    if due is not None and due[0] <= at:
        interaction.overflowed = (*interaction.overflowed, due[1].occasion)
        board.changed_interactions[interaction.id] = interaction
        overflow(board, interaction, due[1])
    if interaction.callback is not None and is_over(interaction.callback, at):
        close(board, interaction, Cause.GAVE_UP, ClosedAs.FAILED)
    if interaction.state is WAITING:
        board.look_again(interaction)


def assign(
    board: Board,
    interaction: Interaction,
    choice: Choice,
    by: AgentId | None = None,
    overrides: tuple[Override, ...] = (),
) -> None:
    """To this agent: an offer, or at once the call of a callback that begins with the customer."""
    agent = choice.agent
    decision = Decision(
        board.policy.version,
        Rank(*interaction.rank[:3]),
        interaction.head_start,
        interaction.boost,
        board.now - interaction.entered_at,
        agent.id,
        choice.chosen_by,
        choice.eligible,
        interaction.has_restarted,
        by,
        overrides,
        choice.passed_over,
    )
    if board.before_decision is not None:
        board.before_decision(interaction.id)
    board.take_out(interaction)
    interaction.agent_id = agent.id
    agent.held[interaction.id] = interaction
    board.index.hold(agent, interaction, 1)
    callback = interaction.callback
    if callback is not None and not callback.is_given and not board.queue_of(interaction).dialling.agent_first:
        _dial(board, interaction, callback, decision)
    else:
        _offer(board, interaction, agent, decision)
    board.index.settle(agent)


def _offer(board: Board, interaction: Interaction, agent: Agent, decision: Decision) -> None:
    queue = board.policy.queues.get(interaction.queue)
    duration = queue.offer_duration.get(interaction.channel) if queue is not None else None
    if duration is None:
        duration = board.policy.offer_duration[interaction.channel]
    interaction.offers_made += 1
    interaction.offer_id = OfferId(f"{interaction.id}.{interaction.offers_made}")
    interaction.deadline_at = board.now + duration
    board.timers.set(interaction, interaction.deadline_at)
    board.effects.append(OfferMade(interaction.offer_id, interaction.id, agent.id, interaction.deadline_at, decision))
    board.become(interaction, Cause.OFFER_MADE)


def hand(
    board: Board, interaction: Interaction, agent: Agent, by: AgentId | None, overrides: tuple[Override, ...]
) -> None:
    """By a person's choice. What somebody else was offered or holds is taken from them first; who takes it for
    themselves is not asked again."""
    if interaction.state is OFFERED:
        board.end_offer(interaction, OfferEnd.WITHDRAWN)
    if interaction.state is not WAITING:
        put_back(board, interaction, Cause.TRANSFERRED)
    if interaction.callback is not None and board.index.is_on_hold(interaction, board.now):
        interaction.callback = replace(interaction.callback, is_given=True)
    best = None if interaction.lane is None else find_best_agent(board.index, interaction)
    chosen_by = ChosenBy.PULLED if by is None else ChosenBy.ASSIGNED
    assign(board, interaction, Choice(agent, chosen_by, best.eligible if best else 0), by, overrides)
    if by in (None, agent.id) and interaction.state is OFFERED:
        accept(board, interaction)


def keep(board: Board, agent: Agent, interaction: Interaction) -> None:
    """Reserve: the agent takes nothing else until this fits."""
    interaction.reserved_for, agent.reserved = agent.id, interaction
    board.changed_interactions[interaction.id] = interaction
    board.index.watch(interaction, board.now)
    board.index.settle(agent)


def mark_passed(board: Board, interaction: Interaction) -> None:
    interaction.passed_at = board.now
    board.changed_interactions[interaction.id] = interaction
    overdue_at = board.index.watch(interaction, board.now)
    if overdue_at is not None and (interaction.timer_at is None or overdue_at < interaction.timer_at):
        board.timers.set(interaction, overdue_at)


def accept(board: Board, interaction: Interaction) -> None:
    is_given = interaction.callback is not None and interaction.callback.is_given
    if not is_given and board.index.is_on_hold(interaction, board.now):  # its hours ended while the agent was asked
        return_offer(board, interaction, OfferEnd.WITHDRAWN)
        return
    board.end_offer(interaction, OfferEnd.ACCEPTED)
    interaction.passed_at = None
    if interaction.asks_preferred:
        interaction.rings_at = board.now  # one of them has it: whoever gets it next is found by the rings
    if interaction.callback is not None and not is_given:
        _dial(board, interaction, interaction.callback, None)
        return
    board.become(interaction, Cause.OFFER_ACCEPTED)
    board.timers.set(interaction, None)


def return_offer(board: Board, interaction: Interaction, end: OfferEnd) -> None:
    """Back at the old place. Who declined it or let it expire is not asked again for a while."""
    agent = board.end_offer(interaction, end)
    if end in (OfferEnd.DECLINED, OfferEnd.EXPIRED):
        board.exclude(interaction, agent)
    interaction.agent_id = None
    board.become(interaction, Cause.OFFER_RETURNED)
    board.release(agent, interaction, has_ended=False)
    board.wait(interaction)


def expire_offer(board: Board, interaction: Interaction) -> None:
    """RONA: redirect on no answer. The agent's own wish to leave wins over `not_responding`."""
    assert interaction.agent_id is not None
    agent = board.index.agents[interaction.agent_id]
    return_offer(board, interaction, OfferEnd.EXPIRED)
    if agent.state is AgentState.AVAILABLE:
        board.set_state(agent, AgentState.NOT_RESPONDING, "", agent.wish, agent.wish_reason)


# -- callbacks --------------------------------------------------------------------------------------------


def call_back(board: Board, interaction: Interaction, callback: Callback | None) -> None:
    """None: it stays on its line."""
    interaction.callback = callback
    board.changed_interactions[interaction.id] = interaction
    if interaction.state is WAITING:
        board.look_again(interaction)


def _dial(board: Board, interaction: Interaction, callback: Callback, decision: Decision | None) -> None:
    """The agent is held as by an offer, until somebody answers or the time is up."""
    assert interaction.agent_id is not None
    interaction.callback = replace(callback, tries=callback.tries + 1)
    interaction.deadline_at = board.now + board.queue_of(interaction).dialling.duration
    interaction.passed_at = None
    board.timers.set(interaction, interaction.deadline_at)
    board.effects.append(
        CallbackDialled(
            interaction.id, interaction.agent_id, interaction.callback.tries, interaction.deadline_at, decision
        )
    )
    board.become(interaction, Cause.DIALLED)


def answer_call(board: Board, interaction: Interaction, *, by_nobody: bool) -> None:
    given = replace(interaction.callback, is_given=True) if interaction.callback is not None and by_nobody else None
    interaction.callback, interaction.deadline_at = given, None
    board.timers.set(interaction, None)
    board.become(interaction, Cause.ANSWERED)


def return_call(board: Board, interaction: Interaction) -> None:
    """Nobody answered: back at the old place until the next try, or closed when there is none."""
    assert interaction.callback is not None
    assert interaction.agent_id is not None
    dialling = board.queue_of(interaction).dialling
    if interaction.callback.tries >= dialling.tries:
        close(board, interaction, Cause.GAVE_UP, ClosedAs.FAILED)
        return
    interaction.callback = replace(interaction.callback, not_before=board.now + dialling.retry_after)
    put_back(board, interaction, Cause.UNANSWERED)


def put_back(board: Board, interaction: Interaction, cause: Cause) -> None:
    """What an agent had in hand waits again, at its old place."""
    assert interaction.agent_id is not None
    agent = board.index.agents[interaction.agent_id]
    has_ended = interaction.state is ACTIVE
    if has_ended:
        _wait_anew(board, interaction)
    board.timers.set(interaction, None)
    interaction.agent_id = interaction.deadline_at = None
    board.become(interaction, cause)
    board.release(agent, interaction, has_ended=has_ended)
    board.wait(interaction)


# -- linked channels --------------------------------------------------------------------------------------


def pause(board: Board, interaction: Interaction) -> None:
    """Another channel of the same customer holds the place from here."""
    board.take_out(interaction)
    board.become(interaction, Cause.LINKED)


def _end_link(board: Board, linked_to: InteractionId, closed_as: ClosedAs) -> None:
    """The one that held its place has closed: it was handled with it, or it waits again, as it did."""
    linked = board.interactions.get(linked_to)
    if linked is None or linked.state is not PAUSED:
        return
    if closed_as is ClosedAs.HANDLED:
        close(board, linked, Cause.WRAPPED_UP, closed_as)
    else:
        board.become(linked, Cause.UNLINKED)
        board.wait(linked)


def _pass_link_on(board: Board, interaction: Interaction, linked_to: InteractionId) -> bool:
    """It has closed while it was paused: who holds its place holds it for the one before it as well."""
    holder = next((one for one in board.interactions.values() if one.linked_to == interaction.id), None)
    if holder is None:
        return False
    holder.linked_to = linked_to
    board.changed_interactions[holder.id] = holder
    return True


# -- the end ----------------------------------------------------------------------------------------------


def wrap_up(board: Board, interaction: Interaction, cause: Cause) -> None:
    """To wrap-up with its limit, and straight on to closed where nobody is there to do it."""
    assert interaction.agent_id is not None
    queue = board.policy.queues.get(interaction.queue)
    limit = board.policy.wrap_up_limit
    if queue is not None and queue.wrap_up_limit is not None:
        limit = queue.wrap_up_limit
    interaction.deadline_at = board.now + limit
    board.become(interaction, cause)
    if board.index.agents[interaction.agent_id].state is AgentState.OFFLINE:
        close(board, interaction, Cause.AGENT_LOST, ClosedAs.HANDLED)
    else:
        board.timers.set(interaction, interaction.deadline_at)


def resume(board: Board, interaction: Interaction) -> None:
    board.timers.set(interaction, None)
    interaction.deadline_at = None
    board.become(interaction, Cause.CUSTOMER_RETURNED)


def close(board: Board, interaction: Interaction, cause: Cause, closed_as: ClosedAs) -> None:
    was_taken, was_paused = interaction.state in (ACTIVE, WRAP_UP), interaction.state is PAUSED
    agent = board.take_out(interaction)
    if not was_taken:
        interaction.agent_id = None
    interaction.closed_as = closed_as
    interaction.deadline_at = None
    board.become(interaction, cause)
    del board.interactions[interaction.id]
    interaction.forget_rank()
    if agent is not None:
        board.release(agent, interaction, has_ended=was_taken)
    linked_to = interaction.linked_to
    if linked_to is not None and not (was_paused and _pass_link_on(board, interaction, linked_to)):
        _end_link(board, linked_to, closed_as)


def transfer(board: Board, interaction: Interaction, queue: QueueId, to_agent: AgentId | None) -> None:
    """The place is kept, unless the queue lets it enter anew; rings count from here. Who hands it over is not the
    next one asked."""
    was_active = interaction.state is ACTIVE
    agent = board.take_out(interaction)
    change_queue(board, interaction, queue)
    if board.queue_of(interaction).transfer_restarts:
        interaction.entered_at, interaction.has_restarted = board.now, True
        interaction.renew_rank()
    interaction.preferred = () if to_agent else interaction.preferred
    interaction.agent_id = None
    interaction.deadline_at = None
    interaction.requirement = replace(interaction.requirement, agents=(to_agent,) if to_agent else ())
    interaction.excluded = tuple(each for each in interaction.excluded if each[0] != to_agent)
    if agent is not None and was_active:
        board.exclude(interaction, agent)
    board.become(interaction, Cause.TRANSFERRED)
    if agent is not None:
        board.release(agent, interaction, has_ended=was_active)
    board.wait(interaction)


def change_queue(board: Board, interaction: Interaction, queue: QueueId) -> None:
    """The place is kept; its search begins anew."""
    interaction.queue = queue
    interaction.queued_at = board.now
    interaction.rings_at = interaction.passed_at = None
    interaction.overflowed = ()


def _wait_anew(board: Board, interaction: Interaction) -> None:
    """An agent has had it: how long it has waited, and whether its queue has closed meanwhile, counts from here. The
    place is kept, and the rings that are open."""
    if interaction.rings_at is None:
        interaction.rings_at = interaction.queued_at
    interaction.queued_at = board.now
    interaction.overflowed = ()


def re_rank(board: Board, interaction: Interaction, band: int, head_start: Micros, boost: Micros) -> None:
    is_waiting = interaction.state is WAITING
    if is_waiting:
        board.index.leave(interaction)
    interaction.band, interaction.head_start, interaction.boost = band, head_start, boost
    interaction.renew_rank()
    board.changed_interactions[interaction.id] = interaction
    if is_waiting:
        board.wait(interaction)
