"""Carries each effect of the router into rows, desk events and provider requests.

The rule of this file: one exhaustive `match`, one short function per effect. Nothing leaves the hub here: a request
becomes a row of the outbox in the same transaction as the decision. The sender carries it out once, also after a
crash.
"""

from typing import assert_never

import structlog

from agent_console.events import AgentChanged, InteractionRemoved, OfferEndedEvent, OfferMadeEvent
from channels.channel import After, HangUp, HoldCall
from hub.batch import agent_day, views
from hub.batch.auto_reply import reply, speak
from hub.batch.batch import Batch, GivenBack
from hub.batch.batch_writes import ChatMoved
from hub.batch.telephone_legs import connect, hang_up, is_to_be_called, reach
from hub.batch.transcript import CHAT_STATES
from hub.call_lifecycle import CallState, Step, move_call
from hub.ids import new_id
from hub.open_work.floor import OpenInteraction
from hub.scripts.script_runs import find_last_reader, owes
from hub.storage.agents import AgentLoad
from hub.storage.audit_words import Ground
from hub.storage.codec import encode_plain
from hub.storage.offers import MadeOffer
from routing.decisions import Decision
from routing.effects import (
    AgentMoved,
    CallbackDialled,
    Effect,
    InputRejected,
    InteractionMoved,
    InteractionOverflowed,
    OfferEnded,
    OfferMade,
)
from routing.inputs import Input
from routing.model import AgentId, ClosedAs, InteractionState, OfferEnd, OverflowAction

log = structlog.get_logger()


def route(batch: Batch, input: Input) -> list[Effect]:
    """The only way to the router: journal the input, perform each effect, collect the changed rows."""
    effects = batch.router.handle(input, batch.now)
    batch.writes.record(batch.next_journal, batch.epoch, batch.now, input, effects)
    batch.next_journal += 1
    for effect in effects:
        perform(batch, effect)
    _keep_rows(batch)
    return effects


def route_or_refuse(batch: Batch, input: Input) -> str:
    """Route `input`. Return the code of the refusal; empty if the router took it."""
    refused = [effect for effect in route(batch, input) if isinstance(effect, InputRejected)]
    return str(refused[0].code) if refused else ""


def perform(batch: Batch, effect: Effect) -> None:
    match effect:
        case InputRejected():
            pass  # the caller of `route` reads it from the returned effects
        case OfferMade():
            _make_offer(batch, effect)
        case OfferEnded():
            _end_offer(batch, effect)
        case InteractionMoved():
            _move_interaction(batch, effect)
        case InteractionOverflowed():
            _overflow(batch, effect)
        case CallbackDialled():
            if effect.decision is not None:
                tell_assigned(batch, batch.floor.interactions[effect.interaction_id], effect.decision)
            batch.dialled[effect.interaction_id] = effect  # placed at the end of the batch
        case AgentMoved():
            batch.agents_touched[effect.agent_id] = None
        case _:
            assert_never(effect)


def _make_offer(batch: Batch, effect: OfferMade) -> None:
    interaction = batch.floor.interactions[effect.interaction_id]
    interaction.reason = views.view_reason(effect.decision)
    interaction.offer_id = effect.offer_id
    made_at = batch.now + len(batch.writes.offers)  # apart by a microsecond: an opening screen sorts by it
    view = views.view_offer(
        interaction,
        offer_id=effect.offer_id,
        made_at=made_at,
        deadline_at=effect.deadline_at,
        reason=interaction.reason,
        script_title=batch.scripts.find_title(interaction),
    )
    batch.writes.offers[effect.offer_id] = MadeOffer(
        id=effect.offer_id,
        interaction_id=interaction.id,
        agent_id=effect.agent_id,
        made_at=made_at,
        deadline_at=effect.deadline_at,
        decision=encode_plain(effect.decision),
        view=view.model_dump_json(),
    )
    tell_assigned(batch, interaction, effect.decision)
    batch.agents_touched[effect.agent_id] = None
    batch.note_look(effect.agent_id, "offer.read", interaction, Ground.OFFERED)
    batch.tell(effect.agent_id, OfferMadeEvent(offer=view))


def tell_assigned(batch: Batch, interaction: OpenInteraction, decision: Decision) -> None:
    """If a supervisor chose the agent, the transcript names the supervisor and what they overrode."""
    if decision.assigned_by is not None:
        data = {"agent": batch.name_of(decision.agent_id), "overrides": " ".join(decision.overrides)}
        batch.add_fact(interaction, "assigned", data, author=batch.name_of(decision.assigned_by))


def _end_offer(batch: Batch, effect: OfferEnded) -> None:
    interaction = batch.floor.interactions[effect.interaction_id]
    interaction.offer_id = None
    batch.writes.end_offer(effect.offer_id, batch.now, effect.end)
    batch.agents_touched[effect.agent_id] = None
    batch.tell(effect.agent_id, OfferEndedEvent(offer_id=effect.offer_id, end=effect.end))
    if effect.end in (OfferEnd.DECLINED, OfferEnd.EXPIRED, OfferEnd.AGENT_LOST):
        batch.add_fact(interaction, f"offer_{effect.end}", author=batch.name_of(effect.agent_id))


def _move_interaction(batch: Batch, effect: InteractionMoved) -> None:
    interaction = batch.floor.interactions[effect.interaction_id]
    holder = interaction.agent_id if interaction.accepted_at is not None else None
    log.info(
        "interaction moved",
        interaction_id=interaction.id,
        state=str(effect.state),
        queue=interaction.queue,
        agent_id=effect.agent_id,
    )
    interaction.state = effect.state
    interaction.state_at = batch.now
    interaction.version += 1
    interaction.wrap_up_deadline_at = effect.deadline_at if effect.state is InteractionState.WRAP_UP else None
    batch.writes.touch(interaction)
    for agent_id in (effect.agent_id, interaction.agent_id):
        if agent_id is not None:
            batch.agents_touched[AgentId(agent_id)] = None
    if effect.before is InteractionState.DIALLING and effect.state is not InteractionState.ACTIVE:
        _end_attempt(batch, interaction, holder)
        holder = None
    if InteractionState.PAUSED in (effect.before, effect.state):
        _tell_linked(batch, interaction, effect)
    match effect.state:
        case InteractionState.ACTIVE if effect.before is InteractionState.DIALLING:
            _talk(batch, interaction)
        case InteractionState.ACTIVE if effect.before is InteractionState.WRAP_UP:
            interaction.ended_at, interaction.is_customer_gone = None, False
            batch.add_fact(interaction, "customer_returned")
            batch.tell_changed(interaction)
        case InteractionState.ACTIVE:
            _begin(batch, interaction, effect)
        case InteractionState.WRAP_UP:
            interaction.ended_at = batch.now
            batch.add_fact(interaction, "ended")
            hang_up(batch, interaction)
            batch.tell_changed(interaction)
        case InteractionState.CLOSED:
            _close(batch, interaction, effect, holder)
        case InteractionState.OFFERED | InteractionState.DIALLING:
            interaction.agent_id = effect.agent_id
        case InteractionState.WAITING | InteractionState.PAUSED:
            if holder is not None:
                _give_back(batch, interaction, holder)
            interaction.agent_id = None
    if interaction.traits.stored_is_sent:
        state = CHAT_STATES.get(effect.state, "waiting")
        name = batch.name_of(interaction.agent_id or "") if state == "active" else ""
        batch.writes.chats_moved[interaction.provider_ref] = ChatMoved(state, interaction.last_number, name)


def _tell_linked(batch: Batch, interaction: OpenInteraction, effect: InteractionMoved) -> None:
    """Tell a chat that the customer's call begins or stops holding its place."""
    if effect.state is InteractionState.PAUSED:
        batch.add_fact(interaction, "paused")
    elif effect.state is InteractionState.WAITING:
        batch.add_fact(interaction, "waits_again")
    elif effect.closed_as is ClosedAs.HANDLED and not interaction.is_customer_gone:
        batch.add_fact(interaction, "closed_with_call")


def _overflow(batch: Batch, effect: InteractionOverflowed) -> None:
    """Carry out an overflow: the queue stops letting it wait as it is. If it closes, another effect says so."""
    interaction = batch.floor.interactions[effect.interaction_id]
    data = {"occasion": str(effect.occasion), "from": interaction.queue, "to": effect.queue}
    is_callback = effect.action is OverflowAction.CALLBACK
    takes_message = is_callback and batch.book.takes_message(interaction.queue, effect.occasion)
    batch.add_fact(interaction, f"overflow_{'voicemail' if takes_message else effect.action}", data)
    interaction.queue = effect.queue
    batch.writes.touch(interaction)
    if is_callback:
        batch.given_back[interaction.id] = GivenBack(effect.message, takes_message)
    elif not effect.message:
        pass
    elif interaction.traits.is_call:
        is_last = effect.action is OverflowAction.RELEASE
        speak(batch, interaction, effect.message, After.END if is_last else After.RETURN)
    else:
        reply(batch, interaction, effect.message)


def _begin(batch: Batch, interaction: OpenInteraction, effect: InteractionMoved) -> None:
    """An agent takes the interaction. Their desk gets it with its transcript and the script for this customer."""
    agent_id = effect.agent_id
    assert agent_id is not None
    waited = batch.now - interaction.entered_at
    data: dict[str, str | int | float | None] = {"waited_seconds": round(waited / 1e6, 1), "queue": interaction.queue}
    if interaction.reason is not None:
        data |= {
            "chosen_by": interaction.reason.chosen_by,
            "eligible": interaction.reason.eligible,
            "head_start_seconds": interaction.reason.head_start_seconds,
        }
    batch.add_fact(interaction, "accepted", data, author=batch.name_of(agent_id))
    if is_to_be_called(batch, interaction):  # a supervisor gave it while its customer may not be called
        batch.add_fact(interaction, "callback_given", author=batch.name_of(agent_id))
    interaction.agent_id = agent_id
    _count_answer(batch, interaction)
    interaction.accepted_at = batch.now
    batch.writes.begin_owner(interaction.id, agent_id, batch.now)
    if interaction.traits.is_call:
        reach(batch, interaction, agent_id)
    batch.put_on_desk(interaction, agent_id)


def _count_answer(batch: Batch, interaction: OpenInteraction) -> None:
    if interaction.answered_at is None:
        interaction.answered_at = batch.now
        waited = batch.now - interaction.entered_at
        interaction.in_time = batch.book.is_in_time(interaction.queue, interaction.channel, waited)


def _talk(batch: Batch, interaction: OpenInteraction) -> None:
    """A customer who was called back has answered: call their agent as well. If there is only a message to hear, no
    agent is called."""
    agent_id = interaction.agent_id
    assert agent_id is not None
    if interaction.call_state is CallState.DIALLING:
        batch.add_fact(interaction, "callback_answered")
    _count_answer(batch, interaction)
    interaction.call_until = None
    if interaction.provider_ref:
        connect(batch, interaction, agent_id)
    batch.tell_changed(interaction)


def _end_attempt(batch: Batch, interaction: OpenInteraction, holder: str | None) -> None:
    """The customer was not reached. `holder`: the agent who saw the call. None if it was never placed."""
    reason = batch.unanswered.pop(interaction.id, "no-answer")
    if holder is None:
        return
    if interaction.call_state is not CallState.OVER and interaction.provider_ref:  # time is up, or the agent has gone
        call_id = interaction.provider_ref
        batch.request(interaction, HangUp(outbox_id=new_id("x"), call_id=call_id, leg_id=call_id))
    move_call(interaction, Step.UNREACHED, batch.now)
    interaction.call_until = None
    batch.add_fact(interaction, "callback_unanswered", {"reason": reason})
    batch.writes.end_owner(interaction.id, batch.now)
    interaction.accepted_at = None
    today = agent_day.view_today(agent_day.get_today(batch, holder))
    batch.tell(holder, InteractionRemoved(interaction_id=interaction.id, closed_as=None, today=today))


def _give_back(batch: Batch, interaction: OpenInteraction, holder: str) -> None:
    """Put the interaction back into the order, by transfer or because the agent is lost. The next agent sees what was
    said. A customer who is on the line hears their place from here on, like every waiting customer."""
    batch.writes.end_owner(interaction.id, batch.now)
    interaction.accepted_at = None
    if interaction.traits.is_call and interaction.call_state is CallState.OVER:
        if is_to_be_called(batch, interaction):
            move_call(interaction, Step.GIVEN_BACK, batch.now)
            interaction.is_customer_gone = False
    elif interaction.traits.is_call:
        call_id = interaction.provider_ref
        hold = HoldCall(outbox_id=new_id("x"), call_id=call_id, leg_id=call_id, on=True, is_waiting=True)
        batch.request(interaction, hold)
        if interaction.leg_ref:
            leg = interaction.leg_ref
            batch.request(interaction, HangUp(outbox_id=new_id("x"), call_id=call_id, leg_id=leg))
        interaction.leg_ref = ""
        move_call(interaction, Step.RETURNED, batch.now)
    today = agent_day.view_today(agent_day.get_today(batch, holder))
    batch.tell(holder, InteractionRemoved(interaction_id=interaction.id, closed_as=None, today=today))


def _close(batch: Batch, interaction: OpenInteraction, effect: InteractionMoved, holder: str | None) -> None:
    interaction.closed_at = batch.now
    interaction.ended_at = interaction.ended_at or batch.now
    # The router knows no scripts. Open statements are told at every end, also if no agent took it after a transfer.
    closed_as = ClosedAs.UNFINISHED if owes(interaction) else effect.closed_as or ClosedAs.HANDLED
    interaction.closed_as = str(closed_as)
    interaction.routing = None
    interaction.agent_id = holder  # an agent who was only offered it has not handled it
    if closed_as is ClosedAs.UNFINISHED:
        owed = batch.scripts.list_owed(interaction, batch.name_of(holder or find_last_reader(interaction)))
        data = {"closed_as": str(closed_as), "text": " · ".join(one.text for one in owed)[:500]}
        batch.add_fact(interaction, "closed_unfinished", data)
    elif closed_as is not ClosedAs.HANDLED:
        batch.add_fact(interaction, "closed", {"closed_as": str(closed_as)})
    hang_up(batch, interaction)
    if holder is not None:
        batch.writes.end_owner(interaction.id, batch.now)
        agent_day.count_handled(batch, holder, interaction)
        today = agent_day.view_today(agent_day.get_today(batch, holder))
        batch.tell(holder, InteractionRemoved(interaction_id=interaction.id, closed_as=closed_as, today=today))
    batch.floor.remove(interaction)


def _keep_rows(batch: Batch) -> None:
    changes = batch.router.take_changes()
    batch.next_sequence = changes.next_sequence
    for row in changes.interactions:
        interaction = batch.floor.interactions.get(row.id)
        if interaction is None:  # closed: an effect has already told it
            continue
        rank = row.rank
        interaction.rank_band, interaction.rank_at, interaction.rank_sequence = rank.band, rank.at, rank.sequence
        interaction.routing = encode_plain(row)
        batch.writes.touch(interaction)
    for agent in changes.agents:
        batch.agents_touched[agent.id] = None
    for agent_id in batch.agents_touched:
        _keep_agent(batch, agent_id)
    batch.agents_touched.clear()


def _keep_agent(batch: Batch, agent_id: AgentId) -> None:
    row = batch.router.find_agent(agent_id)
    if row is None:
        return
    load = batch.router.load_of(agent_id)
    seen = batch.agent_versions.get(agent_id, 0)
    batch.writes.agents[agent_id] = AgentLoad(agent_id, seen, str(row.state), load, encode_plain(row))
    view = views.view_agent(row, load)
    told = batch.floor.told.get(agent_id)
    if told is not None and (told.state, told.since) != (view.state, view.since):
        agent_day.end_state(batch, agent_id, told)
    if told != view:
        batch.floor.told[agent_id] = view
        batch.tell(agent_id, AgentChanged(agent=view))
