"""Calls that agents make: the agent's telephone, then the customer's, and the talk.

The rule of this file: the customer is called once the agent is on the line, and joins a room in which the agent is
already. Whatever fails before the customer answers ends the call, and wrap-up says why: a call that nobody asked for
goes to no other agent. Every report names the request of the present attempt, or changes nothing.
"""

from channels.channel import (
    AgentReady,
    BringAgent,
    CallAnswered,
    CallCustomer,
    HangUp,
    LegLeft,
    MachineAnswered,
)
from hub.batch.batch import Batch
from hub.batch.call_recordings import begin, find_announced
from hub.batch.performer import count_answer, route
from hub.batch.telephone_legs import dial_id, watch_leg
from hub.call_lifecycle import CallState, CallStep, move_call
from hub.calls import answering_machines
from hub.ids import new_id
from hub.open_work.floor import OpenInteraction
from hub.storage.documents import SendResult
from routing.inputs import CustomerLeft
from routing.model import InteractionId

RING_SECONDS = 40  # how long the customer's telephone rings; the agent hears it and may hang up sooner


def take_ready(batch: Batch, notice: AgentReady, channel: str) -> None:
    """The agent is on the line: call the customer. A leg that comes too late is hung up."""
    interaction = _find_outbound(batch, notice.outbox_id)
    if interaction is None or interaction.call_state is not CallState.REACHING:
        if interaction is None or interaction.leg_ref != notice.leg_id:
            late = HangUp(new_id("x"), notice.leg_id, notice.leg_id)
            batch.request_for(notice.outbox_id.partition(".")[0], channel, late)
        return
    if not move_call(interaction, CallStep.DIALLED, batch.now):
        return
    interaction.leg_ref = notice.leg_id
    watch_leg(batch.floor, interaction)
    batch.add_fact(interaction, "dialled", author=batch.name_of(interaction.agent_id or ""))
    announced = find_announced(batch, interaction)
    request = CallCustomer(
        outbox_id=dial_id(interaction),
        to_address=interaction.address,
        from_address=interaction.our_address,
        text=batch.book.find_text(announced, interaction.language) if announced else "",
        language=batch.book.find_language(announced, interaction.language) if announced else interaction.language,
        ring_seconds=RING_SECONDS,
        detect=answering_machines.choose_detection(batch, interaction, leaves_message=True),
        announced=announced,
    )
    batch.request(interaction, request)
    batch.tell_changed(interaction)


def take_call_result(batch: Batch, interaction: OpenInteraction, result: SendResult) -> None:
    """The provider has taken the call to the customer, whose id names the room: bring the agent there. If the outcome
    is unknown, the customer may still answer; the agent hears the ringing and may hang up."""
    if result.state == "sent":
        if interaction.provider_ref != result.provider_id:
            _bring_agent(batch, interaction, result.provider_id)
    elif result.state == "failed":
        fail(batch, interaction, result.error)


def take_answer(batch: Batch, interaction: OpenInteraction, notice: CallAnswered) -> None:
    if not move_call(interaction, CallStep.ANSWERED, batch.now):
        return
    if interaction.provider_ref != notice.call_id:  # the provider's answer to our request has not come yet
        _bring_agent(batch, interaction, notice.call_id)
    interaction.announced = notice.announced
    count_answer(batch, interaction)
    batch.add_fact(interaction, "callback_answered")
    begin(batch, interaction)
    batch.tell_changed(interaction)


def take_machine(batch: Batch, interaction: OpenInteraction, notice: MachineAnswered) -> None:
    """A machine has answered: the agent goes to wrap-up."""
    if answering_machines.end_line(batch, interaction, notice):
        _let_wrap_up(batch, interaction)


def take_line_end(batch: Batch, interaction: OpenInteraction, notice: LegLeft) -> None:
    """The customer's line ended before they answered."""
    fail(batch, interaction, notice.reason)


def fail_agent_leg(batch: Batch, interaction: OpenInteraction, reason: str) -> None:
    """The agent's leg was not reached or has ended, before the customer answered."""
    interaction.leg_ref = ""
    if interaction.call_state is CallState.DIALLING and interaction.provider_ref:
        call_id = interaction.provider_ref
        batch.request(interaction, HangUp(new_id("x"), call_id, call_id))
    batch.add_fact(
        interaction, "call_out_failed", {"reason": reason}, author=batch.name_of(interaction.agent_id or "")
    )
    _end(batch, interaction)


def give_up(batch: Batch, interaction: OpenInteraction, reason: str) -> None:
    """The agent calls nobody any more: their leg ends as well. One that only rings is hung up when it is answered."""
    leg = interaction.leg_ref
    fail_agent_leg(batch, interaction, reason)
    if leg:
        batch.request(interaction, HangUp(new_id("x"), interaction.provider_ref or leg, leg))


def fail(batch: Batch, interaction: OpenInteraction, reason: str) -> None:
    """The customer was not reached."""
    batch.add_fact(interaction, "callback_unanswered", {"reason": reason})
    _end(batch, interaction)


def is_before_answer(interaction: OpenInteraction) -> bool:
    """Whether an agent is calling out and the customer has not answered."""
    return interaction.is_called_out and interaction.call_state in (CallState.REACHING, CallState.DIALLING)


def find_by_request(batch: Batch, outbox_id: str) -> OpenInteraction | None:
    """The outbound interaction whose present holder this request called. None if there is none."""
    interaction = _find_outbound(batch, outbox_id)
    return interaction if interaction is not None and interaction.is_called_out else None


def _find_outbound(batch: Batch, outbox_id: str) -> OpenInteraction | None:
    interaction = batch.floor.interactions.get(outbox_id.partition(".")[0])
    return interaction if interaction is not None and interaction.leg_request == outbox_id else None


def _bring_agent(batch: Batch, interaction: OpenInteraction, call_id: str) -> None:
    batch.floor.rename_call(interaction, call_id)
    batch.writes.touch(interaction)
    label = interaction.leg_request
    batch.request(interaction, BringAgent(f"{label}.room", call_id, interaction.leg_ref, label))


def _end(batch: Batch, interaction: OpenInteraction) -> None:
    """End what is left of the call, and let the agent wrap up."""
    if not move_call(interaction, CallStep.ENDED, batch.now):
        return
    leg = interaction.leg_ref
    if leg:
        batch.request(interaction, HangUp(new_id("x"), leg, leg))
    _let_wrap_up(batch, interaction)


def _let_wrap_up(batch: Batch, interaction: OpenInteraction) -> None:
    interaction.is_customer_gone = True
    route(batch, CustomerLeft(InteractionId(interaction.id)))
