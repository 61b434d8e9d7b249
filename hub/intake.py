"""What the channels report: customer by address, the open interaction or a new one, the router's input.

The rule of this file: one short function per notice, exhaustive, synchronous; storage has been asked before
(`hub.lookups`), and what is decided here becomes true when the batch is stored. An address is a hint: what is
only claimed joins nothing but itself.
"""

from collections.abc import Iterator
from typing import Any, assert_never

from channels.channel import (
    CallAnswered,
    CallArrived,
    CallbackWished,
    ChatLeft,
    ChatOpened,
    DeliveryReported,
    IdentityLevel,
    LegJoined,
    LegLeft,
    MessageReceived,
    Notice,
    VoicemailLeft,
)
from hub import callbacks
from hub.batch import Batch
from hub.documents import SendResult
from hub.entry import address_key, close_unqueued, enqueue, enter, get_customer, leave, sender_of
from hub.floor import Customer, OpenInteraction
from hub.ids import new_id
from hub.intake_calls import take_call, take_leg, take_leg_end
from hub.intake_results import take_delivery, take_result
from hub.linking import tell_holder
from hub.messaging import said_start, said_stop
from hub.performer import route
from hub.transcript import Row, new_row
from routing.inputs import CustomerReturned
from routing.model import ChannelName, ClosedAs, InteractionId, InteractionState


def take(batch: Batch, notice: Notice | SendResult) -> None:
    match notice:
        case MessageReceived():
            _take_message(batch, notice)
        case DeliveryReported():
            take_delivery(batch, notice)
        case CallArrived():
            take_call(batch, notice)
        case CallbackWished():
            callbacks.take_wish(batch, notice)
        case VoicemailLeft():
            callbacks.take_voicemail(batch, notice)
        case CallAnswered():
            callbacks.take_answer(batch, notice)
        case LegJoined():
            take_leg(batch, notice)
        case LegLeft():
            take_leg_end(batch, notice)
        case ChatOpened():
            _take_chat(batch, notice)
        case ChatLeft():
            _take_chat_end(batch, notice)
        case SendResult():
            take_result(batch, notice)
        case _:
            assert_never(notice)


# ---- messages ------------------------------------------------------------------------------------------


def _take_message(batch: Batch, notice: MessageReceived) -> None:
    channel = ChannelName(notice.key.partition(":")[0])
    if channel is ChannelName.WEBCHAT:
        _take_chat_message(batch, notice)
        return
    key = address_key(channel, sender_of(notice))
    known = batch.lookups.customers.get(key)
    interaction: OpenInteraction | None = None
    if channel is ChannelName.EMAIL:  # another mail is another matter, unless it answers one
        interaction = _find_joined(batch, notice, known)
        if interaction is None and notice.is_automatic and _file_automatic(batch, notice, known):
            return
    elif known is not None:
        interaction = batch.floor.find_open(known.id, channel)
    is_wish = channel is ChannelName.SMS and _obeys_wish(batch, notice.text, key[1])
    author = (known.name if known else "") or notice.from_name or key[1]
    if interaction is not None:
        _add_customer_message(batch, interaction, notice, author)
        if not is_wish and not notice.is_automatic:  # neither asks for more work
            _return_to_active(batch, interaction)
        return
    interaction = _new_for(batch, channel, notice, key)
    _add_customer_message(batch, interaction, notice, author)
    if is_wish:
        close_unqueued(batch, interaction, ClosedAs.SELF_SERVED)
    else:
        enqueue(batch, interaction)


def _new_for(batch: Batch, channel: ChannelName, notice: MessageReceived, key: tuple[str, str]) -> OpenInteraction:
    level = str(notice.identity_level)
    customer = get_customer(batch, key, name=notice.from_name, language=notice.language, level=level)
    return enter(
        batch,
        customer,
        channel,
        address=key[1],
        our_address=notice.to_address,
        level=level,
        language=notice.language,
        subject=notice.subject or first_words(notice.text),
    )


def _answered_by(batch: Batch, notice: MessageReceived, sender: Customer | None) -> Iterator[Row]:
    """What this mail answers, surest first. A reply token is ours and unguessable: it joins whoever writes; a
    Message-ID can be read by anyone in Cc, and repeated: it joins only its own customer."""
    for join in notice.joins:
        for row in batch.lookups.joined.get(join, ()):
            if join.startswith("token:") or (sender and row["customer_id"] == sender.id):
                yield row


def _find_joined(batch: Batch, notice: MessageReceived, sender: Customer | None) -> OpenInteraction | None:
    interactions = batch.floor.interactions
    found = (interactions.get(row["id"]) for row in _answered_by(batch, notice, sender))
    return next((interaction for interaction in found if interaction is not None), None)


def _file_automatic(batch: Batch, notice: MessageReceived, sender: Customer | None) -> bool:
    """An absence note or bounce after the end: kept with the interaction that caused it, and no new work."""
    answered = next(_answered_by(batch, notice, sender), None)
    if answered is None:
        return False
    filed = new_row(
        message_id=new_id("m"),
        interaction_id=answered["id"],
        customer_id=answered["customer_id"],
        channel=str(ChannelName.EMAIL),
        now=batch.now,
        **_message_fields(notice, notice.from_name or notice.from_address),
    )
    batch.decided.messages.append(filed)
    return True


def _obeys_wish(batch: Batch, text: str, address: str) -> bool:
    """STOP and START are obeyed before anyone reads them."""
    if said_stop(text):
        row = {"channel": "sms", "address": address, "created_at": batch.now, "cause": "customer"}
        batch.decided.suppressed[("sms", address)] = row
        batch.lookups.suppressed.add(("sms", address))
        return True
    if said_start(text) and ("sms", address) in batch.lookups.suppressed:
        batch.decided.suppressed[("sms", address)] = None
        batch.lookups.suppressed.discard(("sms", address))
        return True
    return False


def _add_customer_message(batch: Batch, interaction: OpenInteraction, notice: MessageReceived, author: str) -> Row:
    """`author`: who wrote it, which is not always the interaction's customer."""
    number = 0
    if interaction.channel is ChannelName.WEBCHAT:
        interaction.last_number += 1
        number = interaction.last_number
        batch.decided.touch(interaction)
    if notice.provider_id:  # its answer may be in this very batch
        row = {"id": interaction.id, "customer_id": interaction.customer.id}
        batch.lookups.joined.setdefault(f"id:{notice.provider_id}", []).insert(0, row)
    return batch.add_message(interaction, number=number, **_message_fields(notice, author))


def _message_fields(notice: MessageReceived, author: str) -> dict[str, Any]:
    return {
        "kind": "customer",
        "author": author,
        "text": notice.text,
        "subject": notice.subject,
        "html": notice.html,
        "raw": notice.raw,
        "media": [
            {"ref": m.ref, "name": m.name, "content_type": m.content_type, "size": m.size} for m in notice.media
        ],
        "provider_id": notice.provider_id,
        "is_automatic": notice.is_automatic,
        "problem": notice.problem,
    }


def _return_to_active(batch: Batch, interaction: OpenInteraction) -> None:
    if interaction.state is InteractionState.WRAP_UP:
        route(batch, CustomerReturned(InteractionId(interaction.id)))


def first_words(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 80 else words[:79].rstrip() + "…"


# ---- web chat ------------------------------------------------------------------------------------------


def _take_chat(batch: Batch, notice: ChatOpened) -> None:
    if batch.floor.find_by_provider_ref(notice.chat_id) is None:
        _open_chat(batch, notice)


def _open_chat(batch: Batch, notice: ChatOpened) -> OpenInteraction:
    """Enqueued with its first message: an open page alone is no work."""
    level = str(notice.identity_level)
    key = address_key(ChannelName.WEBCHAT, notice.address or notice.chat_id, level)
    if level == IdentityLevel.CLAIMED:
        key = ("chat", notice.chat_id)
    customer = get_customer(batch, key, name=notice.name_claimed, language=notice.language, level=level)
    return enter(
        batch,
        customer,
        ChannelName.WEBCHAT,
        address=key[1],
        our_address=notice.page,
        level=level,
        language=notice.language,
        provider_ref=notice.chat_id,
        last_number=batch.lookups.chats.get(notice.chat_id, 0),
    )


def _take_chat_message(batch: Batch, notice: MessageReceived) -> None:
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
        interaction = _open_chat(batch, opened)
    is_first = not interaction.subject
    if is_first:
        interaction.subject = first_words(notice.text)
        batch.decided.touch(interaction)
    author = interaction.customer.name or notice.from_name or interaction.address
    _add_customer_message(batch, interaction, notice, author)
    if is_first:
        enqueue(batch, interaction)
    elif interaction.state is InteractionState.PAUSED:
        tell_holder(batch, interaction, "wrote_elsewhere", notice.text)
    else:
        _return_to_active(batch, interaction)


def _take_chat_end(batch: Batch, notice: ChatLeft) -> None:
    interaction = batch.floor.find_by_provider_ref(notice.chat_id)
    if interaction is not None:
        leave(batch, interaction)
