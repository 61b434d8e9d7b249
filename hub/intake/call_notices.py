"""Notices of the phone: calls that arrive, legs that join and leave.

The rule of this file: a call is its room, and a party who is left alone in it is taken care of. Reports come in any
order. A leg belongs to the present holder only if the request for this holder called it.
"""

from channels.channel import (
    CallAnswered,
    CallArrived,
    HangUp,
    LegJoined,
    LegLeft,
    LegRole,
    MachineAnswered,
)
from hub.batch import call_recordings, line_changes, listening
from hub.batch.batch import Batch
from hub.batch.new_interaction import (
    address_key,
    begin_interaction,
    channel_of,
    close_unqueued,
    enqueue,
    find_abandoned,
    get_customer,
    leave,
)
from hub.batch.telephone_legs import find_leg_deadline, phone_of
from hub.call_lifecycle import AGENT_LOST, GIVEN_BACK, IN_MENU, CallState, CallStep, move_call
from hub.calls import callbacks, consults, lost_lines, outbound_calls
from hub.calls.menu_choices import end_in_menu, let_wait
from hub.ids import new_id
from hub.intake import party_notices
from hub.open_work.floor import OpenInteraction
from hub.sending.may_send import SOFTPHONE
from routing.model import SECOND, InteractionState, Micros

UNREACHED = frozenset({"busy", "no-answer", "failed"})  # ends of a leg that nobody answered


def take_call(batch: Batch, notice: CallArrived) -> None:
    channel = channel_of(notice.key)
    key = address_key(channel, notice.from_address)
    level = str(notice.identity_level)
    customer = get_customer(batch, key, name="", language="", level=level)
    began_at = read_instant(batch, notice.began_at)
    interaction = begin_interaction(
        batch,
        customer,
        channel,
        key=key,
        our_address=notice.to_address,
        level=level,
        language="",
        provider_ref=notice.call_id,
        began_at=began_at,
    )
    if notice.ended_at is not None:
        _close_missed(batch, interaction, notice.ended_at)
        return
    if began_at is not None:
        batch.add_fact(interaction, "came_late", {"seconds": (batch.now - began_at) // SECOND})
    interaction.announced = notice.announced
    is_over = not batch.lookups.heard.isdisjoint(notice.over_keys)
    if notice.menu and not is_over and move_call(interaction, CallStep.GREETED, batch.now):
        interaction.language = notice.language or interaction.language
        return
    if not move_call(interaction, CallStep.ARRIVED, batch.now):
        return
    if not is_over:
        enqueue(batch, interaction, callbacks.find_waiting(batch, customer.id, channel))
        call_recordings.announce(batch, interaction)  # one that came late has heard nothing yet
    elif move_call(interaction, CallStep.ENDED, batch.now):
        leave(batch, interaction)


def _close_missed(batch: Batch, interaction: OpenInteraction, ended_at: Micros) -> None:
    """Close a call that began and ended while the hub could not be reached, with its own times."""
    if not all(move_call(interaction, step, batch.now) for step in (CallStep.ARRIVED, CallStep.ENDED)):
        return
    interaction.is_customer_gone = True
    at = max(interaction.entered_at, read_instant(batch, ended_at) or batch.now)
    waited = at - interaction.entered_at
    batch.add_fact(interaction, "missed", {"seconds": waited // SECOND}, at=at)
    close_unqueued(batch, interaction, find_abandoned(waited), at)


def read_instant(batch: Batch, at: Micros | None) -> Micros | None:
    """An instant by the provider's clock, which counts as the wall clock, in hub time. It cannot lie ahead."""
    return None if at is None else max(0, min(batch.now, at - batch.book.wall_ahead))


def take_leg(batch: Batch, notice: LegJoined) -> None:
    interaction = batch.floor.find_by_provider_ref(notice.call_id)
    if notice.role is not LegRole.AGENT:
        if interaction is not None and interaction.call_state in IN_MENU:  # its choice was lost, so a person asks
            let_wait(batch, interaction)
        return
    party = batch.floor.find_party(notice.outbox_id)
    if party is not None and batch.floor.by_provider_ref.get(notice.call_id) == party.interaction_id:
        party_notices.take_join(batch, party, notice)
        return
    if (
        interaction is None
        or interaction.state is not InteractionState.ACTIVE
        or not _is_holders(interaction, notice)
    ):
        _send_away(batch, notice)
        return
    if outbound_calls.is_before_answer(interaction):
        return  # the agent waits in the room for the customer to answer
    before = interaction.call_state
    if not move_call(interaction, CallStep.JOINED, batch.now):
        _send_away(batch, notice)
        return
    interaction.leg_ref = notice.leg_id
    listening.follow(batch, interaction)
    call_recordings.begin(batch, interaction)
    if before in AGENT_LOST:
        batch.add_fact(interaction, "agent_line_back", author=batch.name_of(interaction.agent_id or ""))
    is_transferred = (interaction.answered_at or 0) < (interaction.accepted_at or 0)
    is_on_hold = before in (CallState.HELD, CallState.AGENT_LOST) or is_transferred
    if is_on_hold and before is not CallState.AGENT_LOST_HELD:  # the agent's own hold goes on
        line_changes.ask_for_hold(batch, interaction, on=False)
    batch.tell_changed(interaction)


def _is_holders(interaction: OpenInteraction, notice: LegJoined | LegLeft) -> bool:
    """Whether the leg is the present holder's: the request for this holder called it, or it is known as theirs, as
    the leg of a party who took the call over. If the provider does not name the request, the leg's id decides. If the
    call is over, no leg belongs to its holder."""
    if interaction.call_state is CallState.OVER:
        return False
    if interaction.call_state in AGENT_LOST and not interaction.leg_request:
        return False  # a report on the leg that was lost
    if notice.outbox_id and notice.leg_id != interaction.leg_ref:
        return notice.outbox_id == interaction.leg_request
    return interaction.leg_ref in ("", notice.leg_id)


def _send_away(batch: Batch, notice: LegJoined) -> None:
    """Hang up a leg that joins after its agent has left the call."""
    known = batch.lookups.calls.get(notice.call_id)
    if known is not None:
        request = HangUp(new_id("x"), notice.call_id, notice.leg_id)
        batch.request_for(known.id, channel_of(notice.key), request)


def take_answer(batch: Batch, notice: CallAnswered) -> None:
    called = callbacks.find_called(batch, notice.outbox_id)
    if called is not None and outbound_calls.is_before_answer(called):
        outbound_calls.take_answer(batch, called, notice)
    else:
        callbacks.take_answer(batch, notice)


def take_machine(batch: Batch, notice: MachineAnswered) -> None:
    called = callbacks.find_called(batch, notice.outbox_id)
    if called is not None and called.is_called_out:
        outbound_calls.take_machine(batch, called, notice)
    elif called is not None:
        callbacks.take_machine(batch, called, notice)


def take_leg_end(batch: Batch, notice: LegLeft) -> None:
    called = callbacks.find_called(batch, notice.outbox_id) if notice.role is LegRole.CUSTOMER else None
    interaction = called or batch.floor.find_by_provider_ref(notice.call_id)
    if interaction is None and notice.role is LegRole.AGENT:  # of an agent who calls out, outside any room
        interaction = outbound_calls.find_by_request(batch, notice.outbox_id)
    if interaction is None:
        return
    if notice.role is LegRole.CUSTOMER:
        _take_customer_end(batch, interaction, notice)
        return
    if (party := batch.floor.find_party(notice.outbox_id)) is not None:
        party_notices.take_leave(batch, party, notice)
        return
    if not _is_holders(interaction, notice):
        return  # a late report on an earlier holder's leg
    if not notice.outbox_id and not interaction.leg_ref and notice.reason not in UNREACHED:
        return  # an unknown leg: while the holder is being called, only reports of an unreached leg count
    if interaction.state is InteractionState.ACTIVE and interaction.agent_id is not None:
        is_another = interaction.leg_ref not in ("", notice.leg_id)
        if not is_another or interaction.call_state is CallState.CONNECTING:  # it may ring twice by one request
            _take_holders_end(batch, interaction, interaction.agent_id, notice.reason)


def _take_holders_end(batch: Batch, interaction: OpenInteraction, agent_id: str, reason: str) -> None:
    """The holder's leg has ended, and the holder has not ended the call."""
    has_softphone = phone_of(batch, agent_id).startswith(SOFTPHONE)
    if outbound_calls.is_before_answer(interaction):
        outbound_calls.fail_agent_leg(batch, interaction, reason)
    elif interaction.call_state in AGENT_LOST:
        lost_lines.note_unreached(batch, interaction)
    elif interaction.call_state is CallState.CONNECTING and reason in UNREACHED:
        lost_lines.fail_line(batch, interaction, reason)
    elif interaction.call_state is CallState.CONNECTING and not has_softphone:
        lost_lines.fail_line(batch, interaction, "not_joined")  # a mailbox answered, or a person who pressed no key
    elif has_softphone or not _leave_to_colleague(batch, interaction):
        lost_lines.lose(batch, interaction, reason)


def _leave_to_colleague(batch: Batch, interaction: OpenInteraction) -> bool:
    """An agent who hangs up their own telephone beside a consulted colleague leaves the call to the colleague. Return
    False if there is none."""
    successor = consults.find_successor(interaction)
    return successor is not None and consults.hand_over(batch, interaction, successor) is None


def _take_customer_end(batch: Batch, interaction: OpenInteraction, notice: LegLeft) -> None:
    if outbound_calls.is_before_answer(interaction):
        outbound_calls.take_line_end(batch, interaction, notice)
    elif interaction.call_state in IN_MENU:
        end_in_menu(batch, interaction)
    elif interaction.call_state is CallState.DIALLING:
        callbacks.take_call_end(batch, interaction, notice)
    elif interaction.call_state in GIVEN_BACK:  # the line ends and the place stays; the router may be dialling
        callbacks.end_line(batch, interaction)
    elif not interaction.is_customer_gone:
        leave(batch, interaction)


def give_up_legs(batch: Batch) -> None:
    """Wait no longer for telephones of which nothing was heard: the request may not have reached the provider."""
    deadlines = batch.floor.leg_deadlines
    for interaction_id in [one for one, at in deadlines.items() if at <= batch.now]:
        del deadlines[interaction_id]
        interaction = batch.floor.interactions.get(interaction_id)
        due_at = find_leg_deadline(interaction) if interaction is not None else None
        if interaction is None or due_at is None or interaction.state is not InteractionState.ACTIVE:
            continue
        if due_at > batch.now:  # another telephone is called by now
            deadlines[interaction_id] = due_at
        elif interaction.call_state is CallState.CONNECTING:
            lost_lines.fail_line(batch, interaction, "no-answer")
        elif interaction.call_state is CallState.REACHING:
            outbound_calls.fail_agent_leg(batch, interaction, "no-answer")
        else:
            outbound_calls.fail(batch, interaction, "no-answer")
