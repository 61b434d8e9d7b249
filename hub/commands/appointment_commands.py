"""An agent agrees with a customer on the time of a call, moves it, or cancels it.

The rule of this file: who holds work of the customer may do it, who has promised the call, and who supervises its
queue. `hub.calls.appointments` says which times there are.
"""

from agent_console.commands import (
    AgreedCallCommand,
    AppointmentCommand,
    CancelAgreedCall,
    CancelAppointment,
    CompleteWrapUp,
    MakeAppointment,
    MoveAgreedCall,
    MoveAppointment,
)
from agent_console.fact_kinds import FactKind
from channels.registry import list_calls
from hub.batch.batch import Batch
from hub.calls import appointments
from hub.calls.appointments import Wish
from hub.commands.command_checks import CommandRefused, get_held
from hub.open_work.floor import OpenInteraction
from hub.sending.refusals import Refusal
from hub.storage.appointments import Appointment
from routing.model import AgentId, ChannelName


def obey_about_appointment(batch: Batch, agent: AgentId, command: AppointmentCommand) -> None:
    interaction, author = get_held(batch, agent, command), batch.name_of(agent)
    match command:
        case MakeAppointment():
            make(batch, agent, interaction, command.local_at, command.note.strip(), is_mine=command.is_mine)
        case MoveAppointment():
            before = _get(batch, interaction, command.appointment_id)
            moved = _take(appointments.move(batch, before, command.local_at))
            batch.add_fact(interaction, "appointment_moved", _say(batch, moved), author=author)
        case CancelAppointment():
            cancelled = _get(batch, interaction, command.appointment_id)
            appointments.cancel(batch, cancelled)
            batch.add_fact(interaction, "appointment_cancelled", _say(batch, cancelled), author=author)


def obey_about_agreed_call(batch: Batch, agent: AgentId, command: AgreedCallCommand) -> None:
    """Move or cancel a call of the agent's list. Whoever holds work of its customer reads it there."""
    appointment, member = batch.floor.appointments.get(command.appointment_id), batch.floor.staff.get(agent)
    if appointment is None or member is None:
        raise CommandRefused("unknown_appointment")
    if not appointments.is_theirs(appointment, agent, member.queues if "supervisor" in member.roles else ()):
        raise CommandRefused("unknown_appointment")
    fact: FactKind = "appointment_moved"
    match command:
        case MoveAgreedCall():
            appointment = _take(appointments.move(batch, appointment, command.local_at))
        case CancelAgreedCall():
            fact = "appointment_cancelled"
            appointments.cancel(batch, appointment)
    for interaction in list(batch.floor.interactions.values()):
        if appointment.customer_id in interaction.customer.ids:
            batch.add_fact(interaction, fact, _say(batch, appointment), author=batch.name_of(agent))


def make(
    batch: Batch, agent: AgentId, interaction: OpenInteraction, local_at: str, note: str, *, is_mine: bool
) -> None:
    """Agree on a call to the customer of this interaction. Raises CommandRefused."""
    channel = ChannelName(list_calls()[0])
    is_call = interaction.traits.is_call
    wish = Wish(
        customer_id=interaction.customer_id,
        channel=channel,
        address=interaction.address if is_call else _find_number(batch, interaction),
        our_address=interaction.our_address if is_call else next(iter(batch.rules.call_numbers), ""),
        queue=interaction.queue,
        language=interaction.language,
        wall_at=batch.book.read_local(local_at),
        agent_id=agent if is_mine else "",
        made_by=agent,
        note=note[:500],
    )
    made = _take(appointments.plan(batch, wish))
    batch.add_fact(interaction, "appointment_made", _say(batch, made), author=batch.name_of(agent))


def _find_number(batch: Batch, interaction: OpenInteraction) -> str:
    known = [interaction.address, *(one.address for one in batch.lookups.addresses.get(interaction.customer.id, ()))]
    return next((address for address in known if address.startswith("+")), "")


def _take(made: Appointment | Refusal) -> Appointment:
    if isinstance(made, Refusal):
        raise CommandRefused(made, "local_at")
    return made


def _get(batch: Batch, interaction: OpenInteraction, appointment_id: str) -> Appointment:
    appointment = batch.floor.appointments.get(appointment_id)
    if appointment is None or appointment.customer_id not in interaction.customer.ids:
        raise CommandRefused("unknown_appointment")
    return appointment


def _say(batch: Batch, appointment: Appointment) -> dict[str, str | int | float | None]:
    return {"at": appointments.say_time(batch, appointment), "agent": batch.name_of(appointment.agent_id)}


def keep_promise(batch: Batch, agent: AgentId, interaction: OpenInteraction, command: CompleteWrapUp) -> None:
    """A disposition that promises a callback needs a time: one that is agreed already, or the command's."""
    promised = next((one for one in batch.book.document.dispositions if one.code == command.disposition), None)
    if promised is None or not promised.promises_callback:
        return
    if command.callback_at:
        make(batch, agent, interaction, command.callback_at, command.note.strip(), is_mine=True)
    elif not batch.floor.list_appointments(interaction.customer):
        raise CommandRefused("required", "callback_at")
