"""Results of requests: from the hub's sender, and from the provider's delivery reports.

The rule of this file: both come late, twice and out of order; a message only moves forward.
"""

from channels.channel import DeliveryReported, HangUp
from channels.registry import traits_of
from hub.batch import call_moves, line_changes, listening
from hub.batch.batch import Batch
from hub.batch.call_recordings import SAID, take_said
from hub.batch.consent_keeping import take_stop
from hub.call_lifecycle import AGENT_LOST, CallState
from hub.calls import callbacks, lost_lines, outbound_calls
from hub.ids import new_id
from hub.intake import party_notices, recording_notices, webhook_answers
from hub.open_work.floor import OpenInteraction
from hub.sending.suppressions import SAID_STOP, find_cause
from hub.storage.documents import INTERRUPTED, SendResult
from hub.storage.transcripts import MessageOut
from routing.model import InteractionState

DELIVERY_ORDER = {"queued": 0, "sending": 1, "unknown": 1, "sent": 2, "failed": 3, "delivered": 4, "read": 5}


def take_delivery(batch: Batch, notice: DeliveryReported) -> None:
    """Reports come late, twice and out of order: a message only moves forward."""
    message = batch.lookups.messages.get(notice.outbox_id.partition(".")[0])
    if message is None:
        return
    state = str(notice.state)
    if message.delivery in ("unknown", "queued"):  # this settles the request, so counts of unknown ones drop it
        batch.writes.finish_request(notice.outbox_id, _settled(state), notice.provider_id, notice.error_code)
    if DELIVERY_ORDER[state] > DELIVERY_ORDER.get(message.delivery or "queued", 0):
        batch.set_delivery(message, state, notice.error_code)
        _learn(batch, message, notice.error_code)


def take_result(batch: Batch, result: SendResult) -> None:
    batch.writes.channels_to_send.add(result.channel)  # requests that waited for this one may leave
    if result.kind == "TextOut":
        _take_text_result(batch, result)
        return
    batch.writes.finish_request(result.outbox_id, result.state, result.provider_id, result.error)
    if result.kind == "CallWebhook":
        webhook_answers.take_result(batch, result)
        return
    if result.kind == "CallCustomer":
        called = callbacks.find_called(batch, result.outbox_id)
        called_in = (CallState.DIALLING, CallState.TALKING)
        if called is not None and called.is_called_out and called.call_state in called_in:
            outbound_calls.take_call_result(batch, called, result)
        else:
            callbacks.take_call_result(batch, result)
        return
    if result.kind == "ConnectParty":
        party_notices.take_result(batch, result)
        return
    if result.kind == "UpdateParty" and ".stay" in result.outbox_id and result.state != "sent":
        call_moves.take_failed_stay(batch, result.interaction_id, result.channel, result.outbox_id)
        return
    if result.kind in ("UpdateParty", "HoldCall"):
        if not line_changes.take_result(batch, result):
            listening.take_result(batch, result)
        return
    if result.kind in recording_notices.REQUESTS:
        recording_notices.take_result(batch, result)
        return
    interaction = batch.floor.interactions.get(result.interaction_id)
    if result.kind == "Speak" and interaction is not None and f".{SAID}." in result.outbox_id:
        take_said(batch, interaction, result.state)
        return
    if result.kind == "FetchVoicemail" and interaction is not None:
        callbacks.take_voicemail_result(batch, interaction, result)
        return
    if result.kind in ("ReachAgent", "BringAgent"):
        _take_agent_result(batch, interaction, result)
        return
    if result.kind not in ("ConnectAgent", "CallAgent"):
        return  # the sender asks for the end of a leg until it has come
    if interaction is None:  # the call is over and done with, and its agent was called once more
        if result.state == "sent" and result.provider_id:
            late = HangUp(new_id("x"), result.provider_id, result.provider_id)
            batch.request_for(result.interaction_id, result.channel, late)
        return
    if interaction.state is not InteractionState.ACTIVE or result.outbox_id != interaction.leg_request:
        _drop_late_leg(batch, interaction, result)
    elif result.state == "sent":
        interaction.leg_ref = interaction.leg_ref or result.provider_id
        batch.writes.touch(interaction)
    elif result.state == "failed" or result.error == INTERRUPTED:  # nobody knows how long the hub was away
        if interaction.call_state in AGENT_LOST:
            lost_lines.note_unreached(batch, interaction)
        else:
            lost_lines.fail_line(batch, interaction, result.error or result.state)
    # else the outcome is unknown and the telephone may be ringing: the provider's lists or the leg's deadline tell


def _take_agent_result(batch: Batch, interaction: OpenInteraction | None, result: SendResult) -> None:
    """The leg of an agent who calls out. If it is unknown whether they were called, they may still come; the leg's
    deadline tells."""
    is_lost = result.state == "failed" or (result.state == "unknown" and result.kind == "BringAgent")
    if interaction is None or not is_lost or interaction.state is not InteractionState.ACTIVE:
        return
    if outbound_calls.is_before_answer(interaction):
        outbound_calls.fail_agent_leg(batch, interaction, result.error)
    elif result.kind == "BringAgent":
        lost_lines.fail_line(batch, interaction, result.error)


def _take_text_result(batch: Batch, result: SendResult) -> None:
    message = batch.lookups.messages.get(result.outbox_id.partition(".")[0])
    if message is None:
        return
    provider_id = result.provider_id or message.provider_id
    state, error = result.state, result.error
    if DELIVERY_ORDER[state] >= DELIVERY_ORDER.get(message.delivery or "queued", 0):
        batch.set_delivery(message, state, error, provider_id)
        _learn(batch, message, error)
    else:  # a delivery report came first and knows more
        batch.set_delivery(message, message.delivery, message.error, provider_id)
        if state == "unknown":
            state, error = _settled(message.delivery), message.error
    batch.writes.finish_request(result.outbox_id, state, provider_id, error)


def _learn(batch: Batch, message: MessageOut, error: str) -> None:
    """Remember what the provider says of the customer's number: it holds for the next text as well."""
    cause = find_cause(error)
    if cause is not None and message.address and traits_of(message.channel).honours_stop:
        batch.suppress(message.channel, message.address, cause)
        interaction = batch.floor.interactions.get(message.interaction_id)
        if cause == SAID_STOP and interaction is not None:
            take_stop(batch, interaction, "provider", "")


def _settled(delivery: str | None) -> str:
    """The outbox state of a request, by the delivery state of its message."""
    return "failed" if delivery == "failed" else "sent"


def _drop_late_leg(batch: Batch, interaction: OpenInteraction, result: SendResult) -> None:
    """Hang up an agent's leg that has nobody to talk to: the customer left, or the agent handed the call on, while
    the leg was being called."""
    if result.state == "sent" and result.provider_id not in ("", interaction.leg_ref):
        batch.request(interaction, HangUp(new_id("x"), interaction.provider_ref, result.provider_id))
