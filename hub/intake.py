"""What the channels report: customer by address, the open interaction or a new one, the router's input.

The rule of this file: one short function per notice, exhaustive, synchronous; storage has been asked before
(`hub.lookups`), and what is decided here becomes true when the batch is stored. An address is a hint: what is
only claimed joins nothing but itself.
"""

from functools import lru_cache
from typing import Any, assert_never

import phonenumbers

from channels.channel import (
    CallArrived,
    ChatLeft,
    ChatOpened,
    DeliveryReported,
    HangUp,
    HoldCall,
    IdentityLevel,
    LegJoined,
    LegLeft,
    LegRole,
    MessageReceived,
    Notice,
)
from hub.batch import Batch
from hub.documents import SendResult
from hub.floor import Customer, OpenInteraction
from hub.ids import new_id
from hub.messaging import said_start, said_stop
from hub.performer import route
from hub.policy import EntryPolicy
from hub.transcript import Row, new_row
from routing.inputs import (
    AgentStateChosen,
    CustomerLeft,
    CustomerReturned,
    InteractionEnded,
    InteractionEnqueued,
    InteractionTransferred,
)
from routing.model import (
    SECOND,
    AgentId,
    AgentState,
    ChannelName,
    ClosedAs,
    InteractionId,
    InteractionState,
    QueueId,
    Requirement,
    TierId,
)

SHORT_ABANDON = 10 * SECOND  # who leaves sooner most likely misdialled; counted apart
UNREACHED = frozenset({"busy", "no-answer", "failed"})  # what becomes of a leg that nobody answered
DELIVERY_ORDER = {"queued": 0, "sending": 1, "unknown": 1, "failed": 2, "sent": 2, "delivered": 3, "read": 4}


def take(batch: Batch, notice: Notice | SendResult) -> None:
    match notice:
        case MessageReceived():
            _take_message(batch, notice)
        case DeliveryReported():
            _take_delivery(batch, notice)
        case CallArrived():
            _take_call(batch, notice)
        case LegJoined():
            _take_leg(batch, notice)
        case LegLeft():
            _take_leg_end(batch, notice)
        case ChatOpened():
            _take_chat(batch, notice)
        case ChatLeft():
            _take_chat_end(batch, notice)
        case SendResult():
            _take_result(batch, notice)
        case _:
            assert_never(notice)


# ---- who and where -------------------------------------------------------------------------------------


def address_key(channel: ChannelName, address: str, level: str = IdentityLevel.PROVEN) -> tuple[str, str]:
    """(kind, address) as the table `address` keeps it. A chat's address names a mailbox or a number only when the
    host site signed it; claimed, it is the chat's own."""
    if channel is ChannelName.EMAIL:
        return "email", address.lower()
    if channel is ChannelName.WEBCHAT:
        if level == IdentityLevel.CLAIMED:
            return "chat", address
        if "@" in address:
            return "email", address.lower()
        return ("phone", normal_phone(address)) if address.startswith("+") else ("chat", address)
    return "phone", normal_phone(address)


@lru_cache(maxsize=10_000)  # asked several times for each arrival
def normal_phone(address: str) -> str:
    """E.164 where it is a number; short codes and sender names stay as they are."""
    try:
        number = phonenumbers.parse(address, None)
    except phonenumbers.NumberParseException:
        return address
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _get_customer(batch: Batch, key: tuple[str, str], *, name: str, language: str, level: str) -> Customer:
    known = batch.lookups.customers.get(key)
    if known is not None:
        return known
    customer = Customer(new_id("c"), name[:320], batch.book.document.default_tier, language, {})
    batch.lookups.customers[key] = customer
    batch.decided.open_customer(customer, key, level, batch.now)
    return customer


def _enter(
    batch: Batch,
    customer: Customer,
    channel: ChannelName,
    *,
    address: str,
    our_address: str,
    level: str,
    language: str,
    provider_ref: str = "",
    subject: str = "",
    last_number: int = 0,
) -> OpenInteraction:
    """A new interaction, before its first message is there. `_enqueue` brings it into the order."""
    entry = batch.book.get_entry(channel, our_address)
    known_tier = TierId(customer.tier) in batch.book.routing.tiers
    interaction = OpenInteraction(
        id=new_id("i"),
        customer=customer,
        channel=channel,
        queue=entry.queue,
        tier=customer.tier if known_tier else batch.book.document.default_tier,
        state=InteractionState.WAITING,
        address=address,
        our_address=our_address,
        identity_level=level,
        language=customer.language or language or entry.language or batch.book.document.languages[0],
        entered_at=batch.now,
        state_at=batch.now,
        provider_ref=provider_ref,
        subject=subject[:500],
        last_number=last_number,
        reply_token=new_id("t") if channel is ChannelName.EMAIL else None,
    )
    batch.floor.add(interaction)
    batch.decided.opened[interaction.id] = interaction
    return interaction


def _enqueue(batch: Batch, interaction: OpenInteraction) -> None:
    entry = batch.book.get_entry(interaction.channel, interaction.our_address)
    batch.add_fact(interaction, "entered", {"queue": interaction.queue, "tier": interaction.tier})
    route(
        batch,
        InteractionEnqueued(
            interaction_id=InteractionId(interaction.id),
            queue=QueueId(interaction.queue),
            channel=interaction.channel,
            tier=TierId(interaction.tier),
            requirement=_requirement(entry),
        ),
    )


def _requirement(entry: EntryPolicy) -> Requirement:
    return entry.requirement.build()


# ---- messages ------------------------------------------------------------------------------------------


def _take_message(batch: Batch, notice: MessageReceived) -> None:
    channel = ChannelName(notice.key.partition(":")[0])
    if channel is ChannelName.WEBCHAT:
        _take_chat_message(batch, notice)
        return
    key = address_key(channel, notice.from_address)
    customer = _get_customer(
        batch, key, name=notice.from_name, language=notice.language, level=str(notice.identity_level)
    )
    if channel is ChannelName.EMAIL:  # another mail is another matter, unless it answers one
        interaction = _find_joined(batch, notice, customer)
        if interaction is None and notice.is_automatic and _file_automatic(batch, notice, customer):
            return
    else:
        interaction = batch.floor.find_open(customer.id, channel)
    if channel is ChannelName.SMS and _obeys_wish(batch, notice.text, key[1]) and interaction is None:
        interaction = _new_for(batch, customer, channel, notice, key[1])
        _add_customer_message(batch, interaction, notice)
        _close_unqueued(batch, interaction)
        return
    if interaction is None:
        interaction = _new_for(batch, customer, channel, notice, key[1])
        _add_customer_message(batch, interaction, notice)
        _enqueue(batch, interaction)
        return
    _add_customer_message(batch, interaction, notice)
    _return_to_active(batch, interaction)


def _new_for(
    batch: Batch, customer: Customer, channel: ChannelName, notice: MessageReceived, address: str
) -> OpenInteraction:
    return _enter(
        batch,
        customer,
        channel,
        address=address,
        our_address=notice.to_address,
        level=str(notice.identity_level),
        language=notice.language,
        subject=notice.subject or first_words(notice.text),
    )


def _find_joined(batch: Batch, notice: MessageReceived, customer: Customer) -> OpenInteraction | None:
    """The open interaction that this mail answers. A reply token is ours and unguessable: it joins whoever writes;
    a Message-ID can be read by anyone in Cc: it joins only its own customer."""
    for join in notice.joins:
        row = batch.lookups.joined.get(join)
        if row is None:
            continue
        interaction = batch.floor.interactions.get(row["id"])
        if interaction is not None and (join.startswith("token:") or interaction.customer.id == customer.id):
            return interaction
    return None


def _file_automatic(batch: Batch, notice: MessageReceived, customer: Customer) -> bool:
    """An absence note or bounce after the end: kept with the interaction that caused it, and no new work."""
    for join in notice.joins:
        row = batch.lookups.joined.get(join)
        if row is not None and (join.startswith("token:") or row["customer_id"] == customer.id):
            filed = new_row(
                message_id=new_id("m"),
                interaction_id=row["id"],
                customer_id=row["customer_id"],
                channel=str(ChannelName.EMAIL),
                now=batch.now,
                **_message_fields(notice, customer.name or notice.from_address),
            )
            batch.decided.messages.append(filed)
            return True
    return False


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


def _add_customer_message(batch: Batch, interaction: OpenInteraction, notice: MessageReceived) -> Row:
    number = 0
    if interaction.channel is ChannelName.WEBCHAT:
        interaction.last_number += 1
        number = interaction.last_number
        batch.decided.touch(interaction)
    author = interaction.customer.name or notice.from_name or interaction.address
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


def _close_unqueued(batch: Batch, interaction: OpenInteraction) -> None:
    """Nobody is needed: it never enters the order."""
    interaction.state, interaction.closed_as = InteractionState.CLOSED, str(ClosedAs.SELF_SERVED)
    interaction.ended_at = interaction.closed_at = batch.now
    batch.floor.remove(interaction)


def first_words(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 80 else words[:79].rstrip() + "…"


# ---- web chat ------------------------------------------------------------------------------------------


def _take_chat(batch: Batch, notice: ChatOpened) -> None:
    if batch.floor.find_by_provider_ref(notice.chat_id) is None:
        _open_chat(batch, notice)


def _open_chat(batch: Batch, notice: ChatOpened) -> OpenInteraction:
    """Enqueued with its first message: an open page alone is no work."""
    earlier = batch.lookups.chats.get(notice.chat_id)
    level = str(notice.identity_level)
    key = address_key(ChannelName.WEBCHAT, notice.address or notice.chat_id, level)
    if level == IdentityLevel.CLAIMED:
        key = ("chat", notice.chat_id)
    customer = _get_customer(batch, key, name=notice.name_claimed, language=notice.language, level=level)
    return _enter(
        batch,
        customer,
        ChannelName.WEBCHAT,
        address=key[1],
        our_address=notice.page,
        level=level,
        language=notice.language,
        provider_ref=notice.chat_id,
        last_number=earlier["last_number"] if earlier else 0,
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
    _add_customer_message(batch, interaction, notice)
    if is_first:
        _enqueue(batch, interaction)
    else:
        _return_to_active(batch, interaction)


def _take_chat_end(batch: Batch, notice: ChatLeft) -> None:
    interaction = batch.floor.find_by_provider_ref(notice.chat_id)
    if interaction is not None:
        _leave(batch, interaction)


def _leave(batch: Batch, interaction: OpenInteraction) -> None:
    """The customer has gone for good."""
    interaction.is_customer_gone = True
    batch.decided.touch(interaction)
    batch.add_fact(interaction, "customer_left")
    if interaction.state is InteractionState.WRAP_UP:
        batch.tell_changed(interaction)
        return
    waited = batch.now - interaction.entered_at
    closed_as = ClosedAs.SHORT_ABANDONED if waited < SHORT_ABANDON else ClosedAs.ABANDONED
    route(batch, CustomerLeft(InteractionId(interaction.id), closed_as))


# ---- calls ---------------------------------------------------------------------------------------------


def _take_call(batch: Batch, notice: CallArrived) -> None:
    key = address_key(ChannelName.PHONE, notice.from_address)
    level = str(notice.identity_level)
    customer = _get_customer(batch, key, name="", language="", level=level)
    interaction = _enter(
        batch,
        customer,
        ChannelName.PHONE,
        address=key[1],
        our_address=notice.to_address,
        level=level,
        language="",
        provider_ref=notice.call_id,
    )
    interaction.call_state, interaction.call_since = "waiting", batch.now
    _enqueue(batch, interaction)


def _take_leg(batch: Batch, notice: LegJoined) -> None:
    interaction = batch.floor.find_by_provider_ref(notice.call_id)
    if interaction is None or notice.role is not LegRole.AGENT or interaction.state is not InteractionState.ACTIVE:
        return
    was_held = interaction.call_state == "held"
    interaction.leg_ref = notice.leg_id
    interaction.call_state, interaction.call_since = "talking", batch.now
    if was_held or interaction.answered_at != interaction.accepted_at:  # transferred: the customer is on hold
        batch.request(interaction, HoldCall(new_id("x"), notice.call_id, notice.call_id, on=False))
    batch.tell_changed(interaction)


def _take_leg_end(batch: Batch, notice: LegLeft) -> None:
    interaction = batch.floor.find_by_provider_ref(notice.call_id)
    if interaction is None:
        return
    if notice.role is LegRole.CUSTOMER:
        if not interaction.is_customer_gone:
            _leave(batch, interaction)
        return
    if interaction.leg_ref != notice.leg_id and (interaction.leg_ref or notice.reason not in UNREACHED):
        return  # the leg of an earlier holder, come late: while the present one is called, only that can fail
    if interaction.state is InteractionState.ACTIVE and interaction.agent_id is not None:
        if notice.reason in UNREACHED:
            _line_failed(batch, interaction, notice.reason)
        else:
            route(batch, InteractionEnded(InteractionId(interaction.id), AgentId(interaction.agent_id)))


def _line_failed(batch: Batch, interaction: OpenInteraction, reason: str) -> None:
    """The agent's phone could not be reached: the customer goes back to their place, the agent sorts it out."""
    agent_id = AgentId(interaction.agent_id or "")
    interaction.leg_ref = ""
    batch.add_fact(interaction, "agent_line_failed", {"reason": reason}, author=batch.name_of(agent_id))
    route(batch, AgentStateChosen(agent_id, AgentState.UNAVAILABLE, "phone_failed"))
    route(batch, InteractionTransferred(InteractionId(interaction.id), QueueId(interaction.queue)))


# ---- what became of what was sent ----------------------------------------------------------------------


def _take_delivery(batch: Batch, notice: DeliveryReported) -> None:
    """Reports come late, twice and out of order: a message only moves forward."""
    message = batch.lookups.messages.get(notice.outbox_id.partition(".")[0])
    if message is None:
        return
    state = str(notice.state)
    if DELIVERY_ORDER[state] > DELIVERY_ORDER.get(message["delivery"] or "queued", 0):
        batch.set_delivery(message, state, notice.error_code)


def _take_result(batch: Batch, result: SendResult) -> None:
    batch.decided.channels_to_send.add(result.channel)  # what this one held back may go
    if result.kind == "TextOut":
        _take_text_result(batch, result)
        return
    batch.decided.finish_request(result.outbox_id, result.state, result.provider_id, result.error)
    interaction = batch.floor.interactions.get(result.interaction_id)
    if result.kind != "ConnectAgent" or interaction is None:
        return  # a hold or hang-up that failed shows at the provider's next report
    if interaction.state is not InteractionState.ACTIVE:
        _drop_late_leg(batch, interaction, result)
    elif result.state == "sent":
        interaction.leg_ref = interaction.leg_ref or result.provider_id
        batch.decided.touch(interaction)
    else:
        _line_failed(batch, interaction, result.error or result.state)


def _take_text_result(batch: Batch, result: SendResult) -> None:
    message = batch.lookups.messages.get(result.outbox_id.partition(".")[0])
    if message is None:
        return
    is_newer = DELIVERY_ORDER[result.state] >= DELIVERY_ORDER.get(message["delivery"] or "queued", 0)
    if result.state == "unknown" and not is_newer:
        return  # who knows has reported meanwhile
    batch.decided.finish_request(result.outbox_id, result.state, result.provider_id, result.error)
    message["provider_id"] = result.provider_id or message["provider_id"]
    batch.set_delivery(message, result.state if is_newer else message["delivery"], result.error if is_newer else "")


def _drop_late_leg(batch: Batch, interaction: OpenInteraction, result: SendResult) -> None:
    """The customer left while the agent's leg was being called: that leg has nobody to talk to."""
    if result.state == "sent" and result.provider_id and not interaction.leg_ref:
        interaction.leg_ref = result.provider_id
        batch.decided.touch(interaction)
        batch.request(interaction, HangUp(new_id("x"), interaction.provider_ref, result.provider_id))
