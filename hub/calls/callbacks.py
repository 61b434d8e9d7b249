"""Callbacks: when customers who gave their line back may be called, the call to them, and its result.

The rule of this file: the router says which customer is called, and for which agent. This file places the call if the
gate allows it, or refuses it with a reason that the timeline shows. Every report names its attempt, and a report of
another attempt changes nothing. Lines are given back and calls are placed at the end of a batch, after storage was
asked about their customers.
"""

from channels.channel import (
    After,
    CallAnswered,
    CallbackWished,
    CallCustomer,
    FetchVoicemail,
    HangUp,
    LegLeft,
    MachineAnswered,
    VoicemailLeft,
)
from hub.batch import call_recordings, desk_views, recorded_sound
from hub.batch.batch import Batch
from hub.batch.call_moves import say
from hub.batch.new_interaction import channel_of, leave
from hub.batch.outgoing_calls import find_call_refusal, list_windows, plan_agent_call, plan_callback
from hub.batch.performer import route, route_or_refuse
from hub.batch.telephone_legs import dial_id, phone_of
from hub.batch.transcript import new_message
from hub.call_lifecycle import GIVEN_BACK, LINELESS, ON_THE_LINE, CallState, CallStep, move_call
from hub.calls import answering_machines
from hub.ids import new_id
from hub.open_work.floor import OpenInteraction
from hub.policies.document import GIVING_BACK_SECONDS
from hub.sending.may_call import expected_until
from hub.sending.may_send import NOBODY
from hub.sending.refusals import Refusal
from hub.storage.documents import SendResult
from routing.effects import CallbackDialled, RejectionCode
from routing.inputs import CallbackAnswered, CallbackRequested, CallbackUnanswered, CallbackWithdrawn
from routing.model import DAY, SECOND, AgentId, InteractionId, InteractionState, Micros

GIVING_BACK = GIVING_BACK_SECONDS * SECOND
CALLED_WITHIN = 30 * DAY  # a customer expects no later callback
RECORDING = 3600 * SECOND  # longest time for recording a message and for its report to arrive


def take_wish(batch: Batch, notice: CallbackWished) -> None:
    """The customer pressed the callback key. Grant it if the queue offers it and no agent is taking the call."""
    interaction = batch.floor.find_by_provider_ref(notice.call_id)
    callback = batch.book.find_callback(interaction.queue) if interaction is not None else None
    if interaction is None or callback is None or not callback.key or interaction.call_state not in ON_THE_LINE:
        return
    if not request(batch, interaction, batch.now + GIVING_BACK):
        batch.given_back.pop(interaction.id, None)  # a rule of the same batch would give it back once more
        batch.add_fact(interaction, "callback_wished")
        _give_back(batch, interaction, callback.message, takes_message=False)


def give_back_by_choice(batch: Batch, interaction: OpenInteraction, message: str, *, takes_message: bool) -> None:
    """A caller chose in a menu to be called back, or to leave a message. If an agent is free at this instant, the
    caller talks to them instead. A caller who withholds the number can only leave a message, else waits."""
    if not takes_message and not has_number(interaction):
        return
    if not request(batch, interaction, batch.now + (RECORDING if takes_message else GIVING_BACK)):
        batch.given_back.pop(interaction.id, None)  # a rule of the queue would give it back once more
        _give_back(batch, interaction, message, takes_message=takes_message)


def is_waiting(interaction: OpenInteraction) -> bool:
    """Whether the customer waits for a callback. If they call again meanwhile, the call takes over the place."""
    return interaction.state is InteractionState.WAITING and interaction.call_state in GIVEN_BACK


def find_waiting(batch: Batch, customer_id: str, channel: str) -> OpenInteraction | None:
    """The customer's callback whose place a call of theirs takes along. Of several, such as one that was agreed for a
    time beside one that waits for its turn, the earliest: the others are wishes of their own and stay."""
    theirs = (one for one in batch.floor.list_open(customer_id) if one.channel == channel and is_waiting(one))
    return min(theirs, key=lambda one: (one.entered_at, one.id), default=None)


def give_back_lines(batch: Batch) -> None:
    """Give back the lines that a queue's rule gives back in this batch, and let their customers be called later."""
    for interaction_id, line in batch.given_back.items():
        interaction = batch.floor.interactions.get(interaction_id)
        if interaction is None:
            continue
        may_give_back = line.takes_message or has_number(interaction)
        if may_give_back and _give_back(batch, interaction, line.message, takes_message=line.takes_message):
            request(batch, interaction, interaction.call_until or batch.now)
        else:
            route(batch, CallbackWithdrawn(InteractionId(interaction_id)))
    batch.given_back.clear()


def _give_back(batch: Batch, interaction: OpenInteraction, message: str, *, takes_message: bool) -> bool:
    """Return False if nothing was done: the call's state does not allow it."""
    if not move_call(interaction, CallStep.RECORDED if takes_message else CallStep.GIVEN_BACK, batch.now):
        return False
    call_recordings.expect_end(batch, interaction)
    say(batch, interaction, message, After.RECORD if takes_message else After.END)
    interaction.call_until = batch.now + (RECORDING if takes_message else GIVING_BACK)
    interaction.given_back_at = batch.now
    return True


def request(batch: Batch, interaction: OpenInteraction, from_at: Micros) -> RejectionCode | None:
    """Let the customer be called from `from_at` on, in the hours in which the queue calls. None if the router took
    it."""
    batch.writes.touch(interaction)
    windows = list_windows(batch, plan_callback(batch, interaction), from_at, from_at + CALLED_WITHIN)
    return route_or_refuse(batch, CallbackRequested(InteractionId(interaction.id), windows))


def place(batch: Batch) -> None:
    """Place the calls that the router asked for in this batch. The caller has looked up transcripts and
    suppressions."""
    dialled, batch.dialled = batch.dialled, {}
    for effect in dialled.values():
        interaction = batch.floor.interactions.get(effect.interaction_id)
        row = batch.router.find_interaction(effect.interaction_id)
        if interaction is None or row is None or row.state is not InteractionState.DIALLING:
            continue  # a later input of the same batch ended the attempt
        if row.deadline_at != effect.deadline_at:
            continue
        if not _carry_out(batch, interaction, effect):
            route(batch, CallbackUnanswered(effect.interaction_id, effect.attempt))


def _carry_out(batch: Batch, interaction: OpenInteraction, effect: CallbackDialled) -> bool:
    """Return False if the attempt came to nothing."""
    if not has_number(interaction) or batch.book.find_callback(interaction.queue) is None:
        return _hand_over_message(batch, interaction, effect)
    if _is_long_past(batch, interaction, effect):
        late = batch.now - (interaction.given_back_at or batch.now)
        batch.add_fact(interaction, "appointment_missed", {"seconds": late // SECOND})
        return _hand_over_message(batch, interaction, effect)
    refusal = _find_obstacle(batch, interaction, effect.agent_id)
    if refusal is not None:
        batch.add_fact(interaction, "callback_refused", {"reason": refusal})
        return False
    return _place(batch, interaction, effect)


def _is_long_past(batch: Batch, interaction: OpenInteraction, effect: CallbackDialled) -> bool:
    """Whether the call was agreed for a time that is so long ago that its customer expects it no more: the hub was
    away, somebody set the clock, or nobody was free. Only such a callback begins without any call."""
    was_agreed = effect.attempt == 1 and not interaction.provider_ref and interaction.given_back_at is not None
    return was_agreed and batch.now > expected_until(plan_callback(batch, interaction))


def has_number(interaction: OpenInteraction) -> bool:
    return bool(interaction.address) and not interaction.address.startswith(NOBODY)


def _find_obstacle(batch: Batch, interaction: OpenInteraction, agent_id: AgentId) -> Refusal | None:
    if _is_in_another_call(batch, interaction):
        return Refusal.IN_A_CALL
    return find_call_refusal(batch, plan_callback(batch, interaction)) or find_call_refusal(
        batch, plan_agent_call(interaction, phone_of(batch, agent_id))
    )


def _is_in_another_call(batch: Batch, interaction: OpenInteraction) -> bool:
    """Whether this number is rung, or on the line, for another interaction: two of our calls would meet there."""
    of_number = batch.floor.by_address.get((interaction.channel, interaction.address), ())
    others = (batch.floor.interactions[one] for one in of_number if one != interaction.id)
    return any(one.call_state and one.call_state not in LINELESS for one in others)


def _place(batch: Batch, interaction: OpenInteraction, effect: CallbackDialled) -> bool:
    callback = batch.book.find_callback(interaction.queue)
    assert callback is not None
    if not move_call(interaction, CallStep.DIALLED, batch.now):
        return False
    data = {"attempt": effect.attempt}
    batch.add_fact(interaction, "dialled", data, author=batch.name_of(effect.agent_id))
    interaction.call_until, interaction.leg_ref = effect.deadline_at, ""
    batch.floor.rename_call(interaction, "")
    _give_to_agent(batch, interaction, effect)
    is_last = effect.attempt >= callback.tries
    announced = call_recordings.find_announced(batch, interaction)
    words = (callback.greeting, announced) if announced else (callback.greeting,)
    batch.request(
        interaction,
        CallCustomer(
            outbox_id=dial_id(interaction),
            to_address=interaction.address,
            from_address=interaction.our_address,
            text=" ".join(batch.book.find_text(one, interaction.language) for one in words),
            language=batch.book.find_language(callback.greeting, interaction.language),
            ring_seconds=callback.ring_seconds,
            detect=answering_machines.choose_detection(batch, interaction, leaves_message=is_last),
            announced=announced,
        ),
    )
    return True


def _hand_over_message(batch: Batch, interaction: OpenInteraction, effect: CallbackDialled) -> bool:
    """Give the agent what there is without a call: the customer withheld the number, the queue calls nobody back, or
    the time that was agreed is long past."""
    if not move_call(interaction, CallStep.HANDED_OVER, batch.now):
        return False
    interaction.call_until = None
    interaction.is_customer_gone = True
    batch.floor.rename_call(interaction, "")
    _give_to_agent(batch, interaction, effect)
    route(batch, CallbackAnswered(effect.interaction_id, effect.attempt, by_nobody=True))
    return True


def _give_to_agent(batch: Batch, interaction: OpenInteraction, effect: CallbackDialled) -> None:
    """Show the agent which customer is called, and the script, until the customer answers or the time is up."""
    if effect.decision is not None:
        interaction.reason = desk_views.view_reason(effect.decision)
    batch.begin_holding(interaction, effect.agent_id)
    batch.put_on_desk(interaction, effect.agent_id)


# ---- reports on a call -------------------------------------------------------------------------------------------


def find_called(batch: Batch, outbox_id: str) -> OpenInteraction | None:
    """The interaction of this attempt. None if the attempt is not the present one."""
    interaction = batch.floor.interactions.get(outbox_id.partition(".")[0])
    return interaction if interaction is not None and dial_id(interaction) == outbox_id else None


def take_answer(batch: Batch, notice: CallAnswered) -> None:
    interaction = find_called(batch, notice.outbox_id)
    if interaction is None or interaction.state is not InteractionState.DIALLING:
        if interaction is None or interaction.provider_ref != notice.call_id:  # answered too late: no agent is there
            _drop(batch, channel_of(notice.key), notice.outbox_id, notice.call_id)
        return
    batch.floor.rename_call(interaction, notice.call_id)
    interaction.announced = notice.announced
    route(batch, CallbackAnswered(InteractionId(interaction.id), _attempt(batch, interaction)))


def take_machine(batch: Batch, interaction: OpenInteraction, notice: MachineAnswered) -> None:
    """A machine has answered: the attempt has come to nothing, and the customer is called again later."""
    if answering_machines.end_line(batch, interaction, notice):
        take_failure(batch, interaction, "machine")


def take_call_result(batch: Batch, result: SendResult) -> None:
    """The provider has taken our call or refused it. If the outcome is unknown, the deadline ends the attempt."""
    interaction = find_called(batch, result.outbox_id)
    if interaction is None or interaction.state is not InteractionState.DIALLING:
        if result.provider_id and (interaction is None or interaction.provider_ref != result.provider_id):
            _drop(batch, result.channel, result.outbox_id, result.provider_id)
    elif result.state == "sent":
        batch.floor.rename_call(interaction, result.provider_id)
        batch.writes.touch(interaction)
    elif result.state == "failed":
        take_failure(batch, interaction, result.error)


def take_call_end(batch: Batch, interaction: OpenInteraction, notice: LegLeft) -> None:
    """The line to the customer ended before the callback was answered."""
    if move_call(interaction, CallStep.LINE_ENDED, batch.now):
        take_failure(batch, interaction, notice.reason)


def take_failure(batch: Batch, interaction: OpenInteraction, reason: str) -> None:
    batch.unanswered[interaction.id] = reason
    route(batch, CallbackUnanswered(InteractionId(interaction.id), _attempt(batch, interaction)))


def end_line(batch: Batch, interaction: OpenInteraction) -> None:
    """The line that was given back has ended. The customer may be called from here on. If they were asked for a
    message, the provider is first asked whether there is one."""
    if interaction.call_until is None:
        return
    interaction.call_until = None
    if interaction.call_state is CallState.VOICEMAIL:
        batch.writes.touch(interaction)
        batch.request(interaction, FetchVoicemail(new_id("x"), interaction.provider_ref))
    else:
        request(batch, interaction, batch.now)


# ---- messages ----------------------------------------------------------------------------------------------------


def take_voicemail(batch: Batch, notice: VoicemailLeft) -> None:
    """Put the message into the conversation. If the interaction waits only for this message, its customer may be
    called from here on."""
    known = batch.lookups.calls.get(notice.call_id)
    if known is None:
        return
    interaction = batch.floor.interactions.get(known.id)
    channel, queue, file = channel_of(notice.key), interaction.queue if interaction else known.queue, notice.media
    recorded_sound.keep_message(
        batch, known.id, channel, queue, notice.call_id, notice.recording_id, file, notice.seconds
    )
    media = [{"ref": file.ref, "name": file.name, "content_type": file.content_type, "size": file.size}]
    if interaction is None:  # it is closed already
        message = new_message(
            message_id=new_id("m"),
            interaction_id=known.id,
            customer_id=known.customer_id,
            kind="customer",
            channel=channel,
            now=batch.now,
            media=media,
        )
        batch.writes.messages.append(message)
        return
    batch.add_fact(interaction, "voicemail_left", {"seconds": notice.seconds})
    author = interaction.customer.name or interaction.address
    batch.add_message(interaction, kind="customer", author=author, media=media)
    _end_recording(batch, interaction)


def take_voicemail_result(batch: Batch, interaction: OpenInteraction, result: SendResult) -> None:
    """A customer who left no message has gone. If a message may exist but could not be fetched, call them back."""
    if interaction.call_state is not CallState.VOICEMAIL:
        return
    if result.state != "sent":
        batch.add_fact(interaction, "voicemail_lost")
        _end_recording(batch, interaction)
    elif not result.provider_id:
        leave(batch, interaction)


def _end_recording(batch: Batch, interaction: OpenInteraction) -> None:
    if interaction.call_state is not CallState.VOICEMAIL:
        return
    if not move_call(interaction, CallStep.MESSAGE_TAKEN, batch.now):
        return
    if interaction.call_until is not None:  # the line is still open while the customer hears thanks
        interaction.call_until = batch.now + GIVING_BACK
    request(batch, interaction, interaction.call_until or batch.now)


def _attempt(batch: Batch, interaction: OpenInteraction) -> int:
    row = batch.router.find_interaction(InteractionId(interaction.id))
    called = (row.callback or row.answered) if row is not None else None
    return called.tries if called is not None else 0


def _drop(batch: Batch, channel: str, outbox_id: str, call_id: str) -> None:
    request = HangUp(new_id("x"), call_id, call_id)
    batch.request_for(outbox_id.partition(".")[0], channel, request)
