"""Carries each effect of the router into rows and desk events.

The rule of this file: one exhaustive `match`, one short function per effect. It knows no channel: what a move means
to the customer's channel is carried out by `hub.batch.channel_side`.
"""

from collections.abc import Mapping
from typing import Final, assert_never

import structlog

from agent_console.events import AgentChanged, InteractionRemoved, OfferEndedEvent, OfferMadeEvent
from agent_console.fact_kinds import FactKind
from hub.batch import agent_day, channel_side, desk_views
from hub.batch.activity_notes import note_activities
from hub.batch.batch import Batch
from hub.batch.linking import tell_paused
from hub.batch.overflow import carry_out_overflow, return_transfer
from hub.open_work.floor import OpenInteraction
from hub.scripts.open_runs import find_last_reader, owes
from hub.storage.agents import AgentLoad
from hub.storage.audit_words import Ground
from hub.storage.codec import encode_plain
from hub.storage.offers import MadeOffer
from routing.decisions import Decision
from routing.effects import (
    AgentMoved,
    CallbackDialled,
    ConsultantReleased,
    Effect,
    InputRejected,
    InteractionMoved,
    InteractionOverflowed,
    OfferEnded,
    OfferMade,
    RejectionCode,
    TransferReturned,
)
from routing.inputs import Input
from routing.model import AgentId, ClosedAs, InteractionState, OfferEnd

log = structlog.get_logger()

OFFER_FACTS: Final[Mapping[OfferEnd, FactKind]] = {  # an acceptance has its own; what is withdrawn says why elsewhere
    OfferEnd.DECLINED: "offer_declined",
    OfferEnd.EXPIRED: "offer_expired",
    OfferEnd.AGENT_LOST: "offer_agent_lost",
}


def route(batch: Batch, input: Input) -> list[Effect]:
    """The only way to the router: journal the input, perform each effect, collect the changed rows."""
    effects = batch.router.handle(input, batch.now)
    batch.writes.record(batch.next_journal, batch.epoch, batch.now, input, effects)
    batch.next_journal += 1
    for effect in effects:
        perform(batch, effect)
    _collect_rows(batch)
    return effects


def route_or_refuse(batch: Batch, input: Input) -> RejectionCode | None:
    """Route `input`. None if the router took it."""
    return next((effect.code for effect in route(batch, input) if isinstance(effect, InputRejected)), None)


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
            carry_out_overflow(batch, effect)
        case TransferReturned():
            return_transfer(batch, effect)
        case CallbackDialled():
            if effect.decision is not None:
                tell_assigned(batch, batch.floor.interactions[effect.interaction_id], effect.decision)
            batch.dialled[effect.interaction_id] = effect  # placed at the end of the batch
        case ConsultantReleased():
            released = batch.floor.interactions.get(effect.interaction_id)
            if released is not None:
                channel_side.release(batch, released, effect.agent_id)
            batch.agents_touched[effect.agent_id] = None
        case AgentMoved():
            batch.agents_touched[effect.agent_id] = None
        case _:
            assert_never(effect)


def _make_offer(batch: Batch, effect: OfferMade) -> None:
    interaction = batch.floor.interactions[effect.interaction_id]
    interaction.reason = desk_views.view_reason(effect.decision)
    interaction.offer_id = effect.offer_id
    # No two offers of a batch have the same instant: a desk that opens sorts them by it.
    made_at = batch.now + len(batch.writes.offers)
    view = desk_views.view_offer(
        interaction,
        offer_id=effect.offer_id,
        made_at=made_at,
        deadline_at=effect.deadline_at,
        reason=interaction.reason,
        script_title=batch.scripts.find_title(interaction, batch.reader(effect.agent_id)),
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
    if fact := OFFER_FACTS.get(effect.end):
        batch.add_fact(interaction, fact, author=batch.name_of(effect.agent_id))


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
    is_unanswered = effect.before is InteractionState.DIALLING and effect.state is not InteractionState.ACTIVE
    if is_unanswered and holder is not None:
        channel_side.end_attempt(batch, interaction)
        _take_off_desk(batch, interaction, holder)
        holder = None
    if InteractionState.PAUSED in (effect.before, effect.state):
        tell_paused(batch, interaction, effect)
    match effect.state:
        case InteractionState.ACTIVE if effect.before is InteractionState.DIALLING:
            count_answer(batch, interaction)
            channel_side.answer(batch, interaction)
            batch.tell_changed(interaction)
        case InteractionState.ACTIVE if effect.before is InteractionState.WRAP_UP:
            interaction.ended_at, interaction.is_customer_gone = None, False
            batch.add_fact(interaction, "customer_returned")
            batch.tell_changed(interaction)
        case InteractionState.ACTIVE if effect.before is None:
            _begin_own(batch, interaction, effect)
        case InteractionState.ACTIVE if effect.before is InteractionState.ACTIVE:
            _hand_over(batch, interaction, effect, holder)
        case InteractionState.ACTIVE:
            _begin(batch, interaction, effect)
        case InteractionState.WRAP_UP:
            interaction.ended_at = batch.now
            batch.add_fact(interaction, "ended")
            channel_side.end(batch, interaction)
            batch.tell_changed(interaction)
        case InteractionState.CLOSED:
            _close(batch, interaction, effect, holder)
        case InteractionState.OFFERED | InteractionState.DIALLING:
            interaction.agent_id = effect.agent_id
        case InteractionState.WAITING | InteractionState.PAUSED:
            if holder is not None:
                channel_side.return_to_order(batch, interaction)
                _take_off_desk(batch, interaction, holder)
            interaction.agent_id = None
    channel_side.show_state(batch, interaction)


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
    channel_side.add_taking_facts(batch, interaction, agent_id)
    count_answer(batch, interaction)
    batch.begin_holding(interaction, agent_id)
    channel_side.take(batch, interaction, agent_id)
    batch.put_on_desk(interaction, agent_id)


def _begin_own(batch: Batch, interaction: OpenInteraction, effect: InteractionMoved) -> None:
    """The agent has begun it by themselves. It counts as answered when the customer answers."""
    agent_id = effect.agent_id
    assert agent_id is not None
    batch.begin_holding(interaction, agent_id)
    channel_side.begin(batch, interaction, agent_id)
    batch.put_on_desk(interaction, agent_id)


def _hand_over(
    batch: Batch, interaction: OpenInteraction, effect: InteractionMoved, giver: AgentId | str | None
) -> None:
    """A consulted colleague has the interaction from here on. It did not wait in between."""
    assert effect.agent_id is not None and giver is not None
    _take_off_desk(batch, interaction, giver)
    is_taken = channel_side.is_listened_to(interaction, effect.agent_id)
    channel_side.hand_over(batch, interaction, effect.agent_id)
    name = batch.name_of(effect.agent_id)
    if is_taken:  # by a supervisor who listened in
        batch.add_fact(interaction, "assigned", {"agent": name, "overrides": ""}, author=name)
    else:
        batch.add_fact(interaction, "handed_over", {"agent": name}, author=batch.name_of(giver))
    batch.begin_holding(interaction, effect.agent_id)
    batch.put_on_desk(interaction, effect.agent_id)


def count_answer(batch: Batch, interaction: OpenInteraction) -> None:
    """The first answer counts. Whoever is called has not waited, so that is neither in time nor late."""
    if interaction.answered_at is None:
        interaction.answered_at = batch.now
        if interaction.is_outbound:
            return
        waited = batch.now - interaction.entered_at
        interaction.in_time = batch.book.is_in_time(interaction.queue, interaction.channel, waited)


def _take_off_desk(batch: Batch, interaction: OpenInteraction, holder: str) -> None:
    """Take the interaction off the desk of `holder`, who loses it while it stays open. The next agent sees what was
    said."""
    batch.writes.end_owner(interaction.id, batch.now)
    interaction.accepted_at = None
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
    channel_side.end(batch, interaction)
    note_activities(batch, interaction)
    if holder is not None:
        batch.writes.end_owner(interaction.id, batch.now)
        if interaction.answered_at is not None and not interaction.is_outbound:
            agent_day.count_handled(batch, holder, interaction)
        today = agent_day.view_today(agent_day.get_today(batch, holder))
        batch.tell(holder, InteractionRemoved(interaction_id=interaction.id, closed_as=closed_as, today=today))
    batch.floor.remove(interaction)


def _collect_rows(batch: Batch) -> None:
    changes = batch.router.take_changes()
    batch.next_sequence = changes.next_sequence
    for row in changes.interactions:
        interaction = batch.floor.interactions.get(row.id)
        if interaction is None:  # closed: an effect has already told it
            continue
        rank = row.rank
        interaction.rank_band, interaction.rank_at, interaction.rank_sequence = rank.band, rank.at, rank.sequence
        interaction.routing = encode_plain(row)
        batch.agents_touched |= dict.fromkeys(row.consulted)  # it takes their points
        batch.writes.touch(interaction)
    for agent in changes.agents:
        batch.agents_touched[agent.id] = None
    for agent_id in batch.agents_touched:
        _collect_agent(batch, agent_id)
    batch.agents_touched.clear()


def _collect_agent(batch: Batch, agent_id: AgentId) -> None:
    row = batch.router.find_agent(agent_id)
    if row is None:
        return
    load = batch.router.load_of(agent_id)
    seen = batch.agent_versions.get(agent_id, 0)
    batch.writes.agents[agent_id] = AgentLoad(agent_id, seen, str(row.state), load, encode_plain(row))
    view = desk_views.view_agent(row, load)
    told = batch.floor.told.get(agent_id)
    if told is not None and (told.state, told.since) != (view.state, view.since):
        agent_day.end_state(batch, agent_id, told)
    if told != view:
        batch.floor.told[agent_id] = view
        batch.tell(agent_id, AgentChanged(agent=view))
