"""Who it is and where it enters: customer by address, a new interaction, its way into the order and out of it.

The rule of this file: what every channel's intake shares. An address is a hint: what is only claimed is nobody but
itself.
"""

from hashlib import sha256
from typing import Any

from channels.channel import IdentityLevel, MessageReceived
from channels.registry import traits_of
from channels.traits import MAILBOX, NUMBER
from hub.batch.batch import Batch
from hub.batch.linking import find_linked, has_place, is_served_in_call, tell_holder
from hub.batch.performer import route
from hub.batch.returning import find_boost, find_place, find_preferred
from hub.batch.transcript import Kind
from hub.ids import new_id
from hub.open_work.floor import Customer, OpenInteraction
from hub.sending.telephone_numbers import normal_number
from hub.storage.interactions import InteractionRef
from hub.storage.transcripts import SameMail, StoredMessage
from routing.inputs import CustomerLeft, CustomerReturned, InteractionEnqueued
from routing.model import SECOND, ChannelName, ClosedAs, InteractionId, InteractionState, QueueId, TierId

SHORT_ABANDON = 10 * SECOND  # who leaves sooner most likely misdialled; counted apart

MAIL_DATA = ("to", "cc", "reply_to", "delivered_to")  # what is kept of a mail beside its words
LONGEST_ADDRESS, LONGEST_LANGUAGE = 320, 16  # of the columns: what a stranger wrote may be longer


def channel_of(key: str) -> ChannelName:
    """Of a notice, by its delivery key."""
    return ChannelName(key.partition(":")[0])


def address_key(channel: ChannelName, address: str, level: str = IdentityLevel.PROVEN) -> tuple[str, str]:
    """(kind, address) as the table `address` keeps it. An address of the channel's own kind names a mailbox or a
    number only when the host site signed it."""
    kind = traits_of(channel).address_kind
    if kind not in (NUMBER, MAILBOX) and level == IdentityLevel.VERIFIED:
        kind = MAILBOX if "@" in address else NUMBER if address.startswith("+") else kind
    if kind == MAILBOX:
        return kind, address.lower()
    return kind, normal_number(address) if kind == NUMBER else address


def sender_of(notice: MessageReceived) -> str:
    """The sender's address. A mail without a usable one is from nobody known, and two such are not one customer."""
    if 0 < len(notice.from_address) <= LONGEST_ADDRESS:
        return notice.from_address
    return f"unknown:{sha256(notice.key.encode()).hexdigest()[:20]}"


def get_customer(batch: Batch, key: tuple[str, str], *, name: str, language: str, level: str) -> Customer:
    known = batch.lookups.customers.get(key)
    if known is not None:
        return known
    customer = Customer(new_id("c"), name[:320], batch.book.document.default_tier, language[:LONGEST_LANGUAGE], {})
    batch.lookups.customers[key] = customer
    batch.decided.open_customer(customer, key, level)
    return customer


def enter(
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
    """A new interaction, before its first message is there. `enqueue` brings it into the order."""
    entry = batch.book.get_entry(channel, our_address)
    language = customer.language or language or entry.language or batch.book.document.languages[0]
    tier = batch.book.find_moved_tier(customer.tier)
    if tier is not None and tier != customer.tier:  # by a policy that has come since
        customer.tier = batch.decided.customer_tiers[customer.id] = tier
    interaction = OpenInteraction(
        id=new_id("i"),
        customer=customer,
        channel=channel,
        queue=entry.queue,
        tier=tier or batch.book.document.default_tier,
        state=InteractionState.WAITING,
        address=address,
        our_address=our_address[:LONGEST_ADDRESS],
        identity_level=level,
        language=language[:LONGEST_LANGUAGE],
        entered_at=batch.now,
        state_at=batch.now,
        provider_ref=provider_ref,
        subject=subject[:500],
        last_number=last_number,
        reply_token=new_id("t") if traits_of(channel).is_mail else None,
    )
    batch.floor.add(interaction)
    batch.decided.opened[interaction.id] = interaction
    batch.add_fact(interaction, "entered", {"queue": interaction.queue, "tier": interaction.tier})
    return interaction


def enter_message(
    batch: Batch, channel: ChannelName, notice: MessageReceived, key: tuple[str, str]
) -> OpenInteraction:
    """The interaction that this message begins, before the message is in it."""
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


def add_customer_message(
    batch: Batch, interaction: OpenInteraction, notice: MessageReceived, author: str, kind: Kind = "customer"
) -> StoredMessage:
    """`author`: who wrote it. `kind`: "participant" where that is not the interaction's customer."""
    number = 0
    if interaction.traits.stored_is_sent:
        interaction.last_number += 1
        number = interaction.last_number
        batch.decided.touch(interaction)
    if notice.provider_id:  # its answer may be in this very batch
        ref = InteractionRef(interaction.id, interaction.customer.id)
        batch.lookups.joined.setdefault(f"id:{notice.provider_id}", []).insert(0, ref)
    message = batch.add_message(interaction, number=number, **message_fields(notice, author, kind))
    remember_mail(batch, notice, message)
    return message


def remember_mail(batch: Batch, notice: MessageReceived, message: StoredMessage | None) -> None:
    """Its other deliveries may be in this very batch. None: it has made no message."""
    if notice.same_mail:
        one = SameMail(message.id, message.interaction_id, batch.now, message.data) if message else None
        batch.lookups.same_mails[notice.same_mail] = one or SameMail("", "", batch.now, "{}")


def message_fields(notice: MessageReceived, author: str, kind: Kind = "customer") -> dict[str, Any]:
    return {
        "kind": kind,
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
        "address": notice.from_address,
        "identity_level": str(notice.identity_level),
        "mail_key": notice.same_mail,
        "data": {name: value for name in MAIL_DATA if (value := getattr(notice, name))},
    }


def return_to_active(batch: Batch, interaction: OpenInteraction) -> None:
    if interaction.state is InteractionState.WRAP_UP:
        route(batch, CustomerReturned(InteractionId(interaction.id)))


def first_words(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 80 else words[:79].rstrip() + "…"


def enqueue(batch: Batch, interaction: OpenInteraction, callback: OpenInteraction | None = None) -> None:
    """Into the order, with what the customer's past is worth. `callback`: one of theirs that waits, and gives its
    place."""
    document = batch.book.document
    entry = batch.book.get_entry(interaction.channel, interaction.our_address)
    queue = batch.book.find_queue(interaction.queue)
    earlier = batch.lookups.earlier.get(interaction.customer.id, ())
    place = find_place(queue, interaction.channel, earlier, batch.now) if queue else None
    if place is not None and has_place(batch, interaction.customer.id, place[0]):
        place = None
    if place is not None:
        interaction.entered_at = place[0]
        batch.add_fact(interaction, "place_kept")
    linked = callback or find_linked(batch, interaction)
    if linked is not None:
        interaction.entered_at = min(interaction.entered_at, linked.entered_at)
        fact = "linked_callback" if linked is callback else "linked"
        batch.add_fact(interaction, fact, {"channel": str(linked.channel)})
    route(
        batch,
        InteractionEnqueued(
            interaction_id=InteractionId(interaction.id),
            queue=QueueId(interaction.queue),
            channel=interaction.channel,
            tier=TierId(interaction.tier),
            requirement=entry.requirement.build(),
            entered_at=place[0] if place else None,
            preferred=find_preferred(earlier, batch.now) if queue and queue.preferred_seconds else (),
            boost=find_boost(document, interaction.customer, earlier, batch.now),
            sequence=place[1] if place else None,
            linked_to=InteractionId(linked.id) if linked else None,
        ),
    )


def leave(batch: Batch, interaction: OpenInteraction) -> None:
    """The customer has gone for good."""
    interaction.is_customer_gone = True
    batch.decided.touch(interaction)
    batch.add_fact(interaction, "customer_left")
    if interaction.state is InteractionState.WRAP_UP:
        batch.tell_changed(interaction)
        return
    waited = batch.now - interaction.entered_at
    closed_as = ClosedAs.SHORT_ABANDONED if waited < SHORT_ABANDON else ClosedAs.ABANDONED
    if interaction.state is InteractionState.PAUSED:  # the call goes on, and counts for itself
        closed_as = ClosedAs.HANDLED if is_served_in_call(batch, interaction) else closed_as
        tell_holder(batch, interaction, "left_elsewhere")
    if interaction.routing is None:  # a chat without a message, a call whose end came first
        close_unqueued(batch, interaction, closed_as)
    else:
        route(batch, CustomerLeft(InteractionId(interaction.id), closed_as))


def close_unqueued(batch: Batch, interaction: OpenInteraction, closed_as: ClosedAs) -> None:
    """Nobody is needed: it never enters the order."""
    interaction.state, interaction.closed_as = InteractionState.CLOSED, str(closed_as)
    interaction.ended_at = interaction.closed_at = batch.now
    batch.floor.remove(interaction)
