"""Calls that were agreed for a time: "call me on Tuesday at ten".

The rule of this file: a time is agreed only if the customer may be called then: the queue calls and is open at that
time, it is not in quiet hours where the customer is, and their number may be reached. The time is by the wall clock,
so that it stays what it is when the clocks change or somebody sets the clock of the machine. When it has come, it is
an interaction: a callback with its place from that time, first for the agent whom the customer was promised. Two
hours later nobody is called by itself any more: an agent gets it without a call and decides (`hub.calls.callbacks`).

`plan` is the one way to make an appointment: for the desk, for wrap-up, for a menu on the phone and for the widget.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

from hub.batch.batch import Batch
from hub.batch.new_interaction import address_key, begin_interaction, close_unqueued
from hub.batch.outgoing_calls import find_wishes, list_windows, plan_callback
from hub.batch.performer import route_or_refuse
from hub.call_lifecycle import CallStep, move_call
from hub.ids import new_id
from hub.open_work.floor import Customer
from hub.open_work.recent_counts import LastHour
from hub.policies.call_times import find_calling_queue, is_call_time
from hub.sending.may_call import CallCounts, Callee, PlannedCall, may_call
from hub.sending.refusals import Refusal
from hub.storage.appointments import Appointment
from routing.inputs import InteractionEnqueued
from routing.model import DAY, SECOND, AgentId, ChannelName, ClosedAs, InteractionId, Micros, QueueId, TierId

FURTHEST = 60 * DAY  # nobody agrees on a call later than this
CALLED_WITHIN = 30 * DAY  # if nobody answers or no agent is there, as any callback


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be agreed. `wall_at`: the instant, by the wall clock. `agent_id`: who is asked first; empty: all.
    `made_by`: an agent; empty: the customer themselves, in the chat or call `asked_in`. `id`: empty for a new one.
    `time_zone`: where the customer says they are; empty if nobody knows."""

    customer_id: str
    channel: ChannelName
    address: str
    our_address: str
    queue: str
    language: str
    wall_at: Micros
    agent_id: str = ""
    made_by: str = ""
    note: str = ""
    id: str = ""
    asked_in: str = ""
    time_zone: str = ""


def plan(batch: Batch, wish: Wish) -> Appointment | Refusal:
    """Agree on the call, or say why not."""
    queue = find_calling_queue(batch.book, wish.queue, wish.channel, wish.our_address)
    if queue is None:
        return Refusal.CALLS_NOBODY
    appointment = build(batch, wish, queue)
    refusal = find_time_refusal(batch, appointment)
    if refusal is None:
        keep(batch, appointment)
    return refusal or appointment


def build(batch: Batch, wish: Wish, queue: str) -> Appointment:
    return Appointment(
        id=wish.id or new_id("a"),
        customer_id=wish.customer_id,
        channel=str(wish.channel),
        address=wish.address,
        our_address=wish.our_address,
        queue=queue,
        language=wish.language,
        wall_at=wish.wall_at,
        agent_id=wish.agent_id,
        made_by=wish.made_by,
        note=wish.note,
        made_at=batch.now,
        asked_in=wish.asked_in,
        time_zone=wish.time_zone,
    )


def move(batch: Batch, appointment: Appointment, local_at: str) -> Appointment | Refusal:
    moved = replace(appointment, wall_at=batch.book.read_local(local_at))
    refusal = find_time_refusal(batch, moved)
    if refusal is None:
        keep(batch, moved)
    return refusal or moved


def cancel(batch: Batch, appointment: Appointment) -> None:
    keep(batch, replace(appointment, ended_at=batch.now))


def is_theirs(appointment: Appointment, staff_id: str, supervised: Collection[str]) -> bool:
    """Whether it is on this person's list: promised by them or for them, or in a queue that they supervise."""
    return staff_id in (appointment.agent_id, appointment.made_by) or appointment.queue in supervised


def find_time_refusal(batch: Batch, appointment: Appointment) -> Refusal | None:
    """Why the customer may not be called at this time, as far as it is known today. None if they may."""
    at = appointment.wall_at - batch.book.wall_ahead
    if not batch.now < at <= batch.now + FURTHEST:
        return Refusal.NO_SUCH_TIME
    queue = batch.book.routing.queues.get(QueueId(appointment.queue))
    if queue is None or not queue.calls_back:
        return Refusal.CALLS_NOBODY
    if not is_call_time(batch.book, appointment.queue, at):
        return Refusal.OUTSIDE_HOURS
    wishes = find_wishes(batch, appointment.customer_id)
    call = PlannedCall(
        Callee.CUSTOMER,
        ChannelName(appointment.channel),
        appointment.address,
        appointment.customer_id,
        wishes=wishes.of_own_choice if appointment.is_customers else wishes,
    )
    suppressed, counts = batch.lookups.suppressed, CallCounts(LastHour())
    return may_call(batch.rules, call, suppressed, counts, at, batch.book.wall_ahead, batch.consents)


def say_time(batch: Batch, appointment: Appointment) -> str:
    """2026-11-24 10:00, by the clock of the organisation."""
    return batch.book.write_local(appointment.wall_at).replace("T", " ")


def keep(batch: Batch, appointment: Appointment) -> None:
    floor = batch.floor
    floor.appointments.pop(appointment.id, None)
    if appointment.ended_at is None:
        floor.appointments[appointment.id] = appointment
    batch.writes.appointments[appointment.id] = appointment
    for interaction in floor.list_open(appointment.customer_id):
        batch.tell_appointments(interaction)


# ---- when the time has come ------------------------------------------------------------------------------


def list_due(batch: Batch) -> list[Appointment]:
    wall_now = batch.now + batch.book.wall_ahead
    due = [one for one in batch.floor.appointments.values() if one.wall_at <= wall_now]
    return sorted(due, key=lambda one: (one.wall_at, one.id))


def enter(batch: Batch, appointment: Appointment, customer: Customer) -> None:
    """Make it an interaction. If the hub was away at that time, it has its place all the same, and says so."""
    channel, due_at = ChannelName(appointment.channel), appointment.wall_at - batch.book.wall_ahead
    keep(batch, replace(appointment, ended_at=batch.now))
    interaction = begin_interaction(
        batch,
        customer,
        channel,
        key=address_key(channel, appointment.address),
        our_address=appointment.our_address,
        level="claimed",
        language=appointment.language,
        subject=appointment.note,
        began_at=max(0, min(batch.now, due_at)),
        first_fact="appointment_due",
        fact_data={"at": say_time(batch, appointment), "seconds": (batch.now - due_at) // SECOND},
        customer_id=appointment.customer_id,
    )
    queue = find_calling_queue(batch.book, appointment.queue, channel, appointment.our_address)
    if queue is None or not move_call(interaction, CallStep.DUE, batch.now):
        batch.add_fact(interaction, "callback_refused", {"reason": Refusal.CALLS_NOBODY})
        close_unqueued(batch, interaction, ClosedAs.FAILED)
        return
    interaction.queue, interaction.given_back_at = queue, interaction.entered_at  # they wait for the call since then
    windows = list_windows(batch, plan_callback(batch, interaction), batch.now, batch.now + CALLED_WITHIN)
    entered = InteractionEnqueued(
        interaction_id=InteractionId(interaction.id),
        queue=QueueId(queue),
        channel=channel,
        tier=TierId(interaction.tier),
        requirement=batch.book.get_entry(channel, appointment.our_address).requirement.build(),
        entered_at=interaction.entered_at,
        preferred=(AgentId(appointment.agent_id),) if appointment.agent_id else (),
        windows=windows,
    )
    if code := route_or_refuse(batch, entered):
        raise RuntimeError(f"appointment {appointment.id} was not taken: {code}")
