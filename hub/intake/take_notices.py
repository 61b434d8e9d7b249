"""Each notice of a channel: find the customer by address, find or make the interaction, and tell the router.

The rule of this file: one short function per notice, exhaustive, synchronous. `hub.batch.lookups` has read storage
before; a decision becomes true when the batch is stored. An address is a hint: a claimed address joins only
interactions with the same claimed address.
"""

from typing import assert_never

from channels.channel import (
    AgentReady,
    AppointmentCancelled,
    AppointmentWished,
    CallAnswered,
    CallArrived,
    CallbackWished,
    ChatLeft,
    ChatOpened,
    ConsentAnswered,
    DeliveryReported,
    IdentityLevel,
    LegJoined,
    LegLeft,
    MachineAnswered,
    MenuAnswered,
    MessageReceived,
    Notice,
    RecordingFetched,
    RecordingReported,
    VoicemailLeft,
)
from channels.registry import traits_of
from hub.batch.batch import Batch
from hub.batch.consent_keeping import keep_consent, take_start, take_stop
from hub.batch.linking import tell_holder
from hub.batch.new_interaction import (
    add_customer_message,
    address_key,
    begin_interaction,
    begin_with_message,
    channel_of,
    close_unqueued,
    enqueue,
    first_words,
    get_customer,
    leave,
    return_to_active,
    sender_of,
)
from hub.calls import asked_appointments, callbacks, outbound_calls
from hub.calls.menu_choices import take_menu_answer
from hub.intake import recording_notices
from hub.intake.call_notices import take_answer, take_call, take_leg, take_leg_end, take_machine
from hub.intake.mail_notices import take_mail
from hub.intake.send_results import take_delivery, take_result
from hub.open_work.floor import OpenInteraction
from hub.sending.address_keys import consent_key
from hub.sending.consents import PAGE_TRAIL
from hub.sending.may_send import said_start, said_stop
from hub.sending.suppressions import NO_TEXTS, SAID_STOP
from hub.storage.consents import ConsentEntry
from hub.storage.documents import SendResult
from routing.model import ChannelName, ClosedAs, InteractionState


def take(batch: Batch, notice: Notice | SendResult) -> None:
    match notice:
        case MessageReceived():
            _take_message(batch, notice)
        case DeliveryReported():
            take_delivery(batch, notice)
        case CallArrived():
            take_call(batch, notice)
        case MenuAnswered():
            take_menu_answer(batch, notice)
        case CallbackWished():
            callbacks.take_wish(batch, notice)
        case VoicemailLeft():
            callbacks.take_voicemail(batch, notice)
        case RecordingReported():
            recording_notices.take_report(batch, notice)
        case RecordingFetched():
            recording_notices.take_fetched(batch, notice)
        case CallAnswered():
            take_answer(batch, notice)
        case AgentReady():
            outbound_calls.take_ready(batch, notice, channel_of(notice.key))
        case MachineAnswered():
            take_machine(batch, notice)
        case LegJoined():
            take_leg(batch, notice)
        case LegLeft():
            take_leg_end(batch, notice)
        case ChatOpened():
            _take_chat(batch, notice)
        case ChatLeft():
            _take_chat_end(batch, notice)
        case ConsentAnswered():
            _take_consent(batch, notice)
        case AppointmentWished():
            asked_appointments.take_wish(batch, notice)
        case AppointmentCancelled():
            asked_appointments.take_cancel(batch, notice)
        case SendResult():
            take_result(batch, notice)
        case _:
            assert_never(notice)


# ---- messages ------------------------------------------------------------------------------------------


def _take_message(batch: Batch, notice: MessageReceived) -> None:
    channel = channel_of(notice.key)
    if notice.chat_id:
        _take_chat_message(batch, channel, notice)
    elif traits_of(channel).is_mail:
        take_mail(batch, notice)
    else:
        _take_text(batch, channel, notice)


def _take_text(batch: Batch, channel: ChannelName, notice: MessageReceived) -> None:
    key = address_key(channel, sender_of(notice))
    known = batch.lookups.customers.get(key)
    interaction = batch.floor.find_written(channel, key[1])
    who = interaction.customer if interaction is not None else known
    author = (who.name if who else "") or notice.from_name or key[1]
    is_new = interaction is None
    interaction = interaction or begin_with_message(batch, channel, notice, key)
    add_customer_message(batch, interaction, notice, author)
    is_wish = traits_of(channel).honours_stop and _obeys_wish(batch, interaction, notice, key[1])
    if not is_new:
        if not is_wish:  # a wish asks for no work
            return_to_active(batch, interaction)
    elif is_wish:
        close_unqueued(batch, interaction, ClosedAs.SELF_SERVED)
    else:
        enqueue(batch, interaction)


def _obeys_wish(batch: Batch, interaction: OpenInteraction, notice: MessageReceived, address: str) -> bool:
    """Obey STOP and START before anyone reads them; either we or the provider may recognise them. A text that the
    provider has answered (HELP) asks for no work. A customer who writes can get texts, so this lifts what the
    provider said of their number."""
    channel = str(interaction.channel)
    suppression = batch.lookups.suppressed.get((channel, address))
    if notice.wish == "stop" or said_stop(notice.text):
        batch.suppress(channel, address, SAID_STOP)
        take_stop(batch, interaction, "stop_word", notice.text)
        return True
    if notice.wish == "start" or (said_start(notice.text) and suppression is not None):
        batch.allow_again(channel, address)
        take_start(batch, interaction, "start_word", notice.text)
        return True
    if suppression is not None and suppression.cause == NO_TEXTS:
        batch.allow_again(channel, address)
    return notice.wish == "help"


# ---- web chat ------------------------------------------------------------------------------------------


def _take_chat(batch: Batch, notice: ChatOpened) -> None:
    if batch.floor.find_by_provider_ref(notice.chat_id) is None:
        _open_chat(batch, channel_of(notice.key), notice)


def _open_chat(batch: Batch, channel: ChannelName, notice: ChatOpened) -> OpenInteraction:
    """Make the chat's interaction. Its first message enqueues it: an open page alone is no work."""
    level = str(notice.identity_level)
    key = address_key(channel, notice.address or notice.chat_id, level)
    if level == IdentityLevel.CLAIMED:
        key = address_key(channel, notice.chat_id, level)
    customer = get_customer(batch, key, name=notice.name_claimed, language=notice.language, level=level)
    return begin_interaction(
        batch,
        customer,
        channel,
        key=key,
        our_address=notice.page if _may_keep_page(batch, channel, key[1], notice.page) else "",
        level=level,
        language=notice.language,
        provider_ref=notice.chat_id,
        last_number=batch.lookups.chats.get(notice.chat_id, 0),
    )


def _may_keep_page(batch: Batch, channel: ChannelName, address: str, page: str) -> bool:
    """Where a customer was on the site is a trail, and kept only if they agree. A page that an entry of the policy
    names says which queue they want."""
    entry = batch.book.document.find_entry(channel, page)
    is_named = entry is not None and entry.address != ""
    return is_named or batch.consents.find_refusal(PAGE_TRAIL, channel, address, batch.now) is None


def _take_chat_message(batch: Batch, channel: ChannelName, notice: MessageReceived) -> None:
    interaction = batch.floor.find_by_provider_ref(notice.chat_id)
    if interaction is None:
        opened = ChatOpened(
            key="",
            chat_id=notice.chat_id,
            language=notice.language,
            name_claimed=notice.name_claimed,
            address=notice.from_address,
            identity_level=notice.identity_level,
        )
        interaction = _open_chat(batch, channel, opened)
    is_first = not interaction.subject
    if is_first:
        interaction.subject = first_words(notice.text)
        batch.writes.touch(interaction)
    author = interaction.customer.name or notice.from_name or interaction.address
    add_customer_message(batch, interaction, notice, author)
    if is_first:
        enqueue(batch, interaction)
    elif interaction.state is InteractionState.PAUSED:
        tell_holder(batch, interaction, "wrote_elsewhere", notice.text)
    else:
        return_to_active(batch, interaction)


def _take_chat_end(batch: Batch, notice: ChatLeft) -> None:
    interaction = batch.floor.find_by_provider_ref(notice.chat_id)
    if interaction is not None:
        leave(batch, interaction)


def _take_consent(batch: Batch, notice: ConsentAnswered) -> None:
    """An answer counts for the address of the chat's own work, to a question that the policy asks. Any other is left
    out: a page may send what it likes."""
    interaction = batch.floor.find_by_provider_ref(notice.chat_id)
    policy = batch.book.consents.get(notice.purpose)
    if interaction is None or policy is None or not policy.ask_in_chat:
        return
    text = next((one for one in policy.texts if one.version == notice.version), None)
    if text is None or notice.language not in text.texts:
        return
    kind, address = consent_key(interaction.channel, interaction.address)
    entry = ConsentEntry(
        kind=kind,
        address=address,
        purpose=notice.purpose,
        act="given" if notice.is_given else "withdrawn",
        source="widget",
        at=batch.now,
        recorded_at=batch.now,
        text_version=notice.version,
        language=notice.language,
        customer_id=interaction.customer_id,
        interaction_id=interaction.id,
    )
    keep_consent(batch, entry)
