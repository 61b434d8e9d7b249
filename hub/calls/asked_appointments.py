"""Appointments that customers ask for themselves: in a chat, in the menu of a call, or while they wait in a call.

The rule of this file: whoever asks is a stranger who may name anybody's number. So each number has a few such calls
in a day, each customer has a few open at a time, and an appointment is seen and taken back only in the chat that made
it. It belongs to the one who asked, never to the owner of the number. What was refused is stored too: its page reads
the reason.
"""

from dataclasses import replace
from hashlib import sha256
from typing import Final

from agent_console.fact_kinds import FactKind
from channels.channel import AppointmentCancelled, AppointmentWished, IdentityLevel
from channels.registry import list_calls, traits_of
from hub.batch.batch import Batch
from hub.batch.new_interaction import address_key, channel_of, close_unqueued, get_customer
from hub.batch.performer import route
from hub.call_lifecycle import IN_MENU, ON_THE_LINE, CallStep, move_call
from hub.calls import appointments
from hub.calls.appointments import Wish
from hub.open_work.floor import Customer, OpenInteraction
from hub.policies.call_times import find_timed_queue
from hub.sending.refusals import Refusal
from hub.sending.telephone_numbers import normal_number
from hub.storage.appointments import Appointment
from routing.inputs import CustomerLeft
from routing.model import ChannelName, ClosedAs, InteractionId, InteractionState

MOST_OPEN: Final = 2  # calls that one customer has asked for, or that are asked for to one number
MOST_IN_A_DAY: Final = 3  # calls to one number that customers have agreed on, made or not


def name_appointment(asked_in: str, wish_id: str) -> str:
    """The id of what this wish makes. The same wish again makes nothing else."""
    return "a" + sha256(f"{asked_in}:{wish_id}".encode()).hexdigest()[:32]


def take_wish(batch: Batch, notice: AppointmentWished) -> None:
    interaction = batch.floor.find_by_provider_ref(notice.asked_in)
    if interaction is not None:
        customer = interaction.customer
    elif not traits_of(channel_of(notice.key)).is_call:
        customer = _get_asking(batch, notice)
    else:
        return  # the caller has hung up
    appointment = _build(batch, notice, customer, interaction)
    refusal = _find_refusal(batch, appointment, customer, interaction)
    if refusal is not None:
        appointments.keep(batch, replace(appointment, ended_at=batch.now, refused=str(refusal)))
        return
    appointments.keep(batch, appointment)
    if interaction is not None:
        _say(batch, interaction, "appointment_made", appointment)
        if interaction.traits.is_call:
            _end_call(batch, interaction)


def take_cancel(batch: Batch, notice: AppointmentCancelled) -> None:
    appointment = batch.floor.appointments.get(notice.appointment_id)
    if appointment is None or appointment.asked_in != notice.asked_in:
        return
    appointments.cancel(batch, appointment)
    interaction = batch.floor.find_by_provider_ref(notice.asked_in)
    if interaction is not None:
        _say(batch, interaction, "appointment_cancelled", appointment)


def _get_asking(batch: Batch, notice: AppointmentWished) -> Customer:
    level = str(notice.identity_level)
    is_claimed = level == IdentityLevel.CLAIMED
    address = notice.asked_in if is_claimed or not notice.from_address else notice.from_address
    key = address_key(channel_of(notice.key), address, level)
    return get_customer(batch, key, name=notice.name_claimed, language=notice.language, level=level)


def _build(
    batch: Batch, notice: AppointmentWished, customer: Customer, interaction: OpenInteraction | None
) -> Appointment:
    channel = ChannelName(list_calls()[0])
    is_call = interaction is not None and interaction.traits.is_call
    our_address = (
        interaction.our_address if interaction is not None and is_call else next(iter(batch.rules.call_numbers), "")
    )
    entry = batch.book.get_entry(channel_of(notice.key), "" if interaction is None else interaction.our_address)
    queue = notice.queue or (interaction.queue if interaction is not None else entry.queue)
    wish = Wish(
        id=name_appointment(notice.asked_in, notice.wish_id),
        customer_id=customer.id if interaction is None else interaction.customer_id,
        channel=channel,
        address=interaction.address if interaction is not None and is_call else normal_number(notice.address),
        our_address=our_address,
        queue=queue,
        language=notice.language[:16],
        wall_at=notice.at,
        note=notice.note[:500],
        asked_in=notice.asked_in,
        time_zone=notice.time_zone[:64],
    )
    return appointments.build(batch, wish, find_timed_queue(batch.book, queue, channel) or "")


def _find_refusal(
    batch: Batch, appointment: Appointment, customer: Customer, interaction: OpenInteraction | None
) -> Refusal | None:
    asked = [one for one in batch.floor.appointments.values() if one.is_customers]
    of_number = sum(one.address == appointment.address for one in asked)
    of_customer = sum(one.customer_id in customer.ids for one in asked)
    in_a_day = batch.lookups.asked_for.get(appointment.address, 0)
    if max(of_number, of_customer) >= MOST_OPEN or in_a_day >= MOST_IN_A_DAY:
        return Refusal.TOO_MANY_APPOINTMENTS
    if interaction is not None and interaction.traits.is_call and not _may_leave(interaction):
        return Refusal.CALLS_NOBODY  # an agent has the call already, and talks with the caller
    refusal = appointments.find_time_refusal(batch, appointment)
    if refusal is None:
        batch.lookups.asked_for[appointment.address] = in_a_day + 1
    return refusal


def _may_leave(interaction: OpenInteraction) -> bool:
    if interaction.call_state in IN_MENU:
        return True
    return interaction.call_state in ON_THE_LINE and interaction.state is InteractionState.WAITING


def _end_call(batch: Batch, interaction: OpenInteraction) -> None:
    """The caller has what they wanted, hears it said back, and waits for nobody."""
    was_in_menu = interaction.call_state in IN_MENU
    step = CallStep.ENDED if was_in_menu else CallStep.DISMISSED
    if not move_call(interaction, step, batch.now):
        return
    interaction.is_customer_gone = True
    batch.writes.touch(interaction)
    if was_in_menu:
        close_unqueued(batch, interaction, ClosedAs.SELF_SERVED)
    else:
        route(batch, CustomerLeft(InteractionId(interaction.id), ClosedAs.SELF_SERVED))


def _say(batch: Batch, interaction: OpenInteraction, fact: FactKind, appointment: Appointment) -> None:
    data = {"at": appointments.say_time(batch, appointment), "agent": ""}
    batch.add_fact(interaction, fact, data, author=interaction.customer.name or interaction.address)
