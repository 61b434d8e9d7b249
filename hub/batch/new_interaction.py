"""A new interaction: its customer by address, its way into the order and out of it.

The rule of this file: every channel's intake shares it. An address is a hint: a claimed address leads to no known
customer but to one of its own.
"""

from hashlib import sha256
from typing import Any

from agent_console.fact_kinds import FactKind
from channels.channel import MessageReceived
from channels.registry import traits_of
from hub.batch.batch import Batch
from hub.batch.batch_writes import stored_customer
from hub.batch.linking import find_linked, has_place, is_served_in_call, tell_holder
from hub.batch.performer import route
from hub.batch.returning import find_boost, find_place, find_preferred
from hub.batch.transcript import Data, Kind
from hub.ids import new_id
from hub.open_work.floor import Customer, OpenInteraction
from hub.sending.address_keys import address_key as address_key  # read from here by whoever takes notices
from hub.storage.interactions import InteractionRef
from hub.storage.tier_moves import STAGE
from hub.storage.transcripts import SameMail, StoredMessage
from routing.inputs import CustomerLeft, CustomerReturned, InteractionEnqueued
from routing.model import (
    SECOND,
    ChannelName,
    ClosedAs,
    InteractionId,
    InteractionState,
    Micros,
    QueueId,
    Requirement,
    TierId,
)

SHORT_ABANDON = 10 * SECOND  # a customer who leaves sooner has probably misdialled; counted apart

MAIL_DATA = ("to", "cc", "reply_to", "delivered_to")  # what is stored of a mail beside its words
LONGEST_ADDRESS, LONGEST_LANGUAGE = 320, 16  # lengths of the columns; a stranger may write more


def channel_of(key: str) -> ChannelName:
    """The channel of a notice, read from its delivery key."""
    return ChannelName(key.partition(":")[0])


def sender_of(notice: MessageReceived) -> str:
    """The sender's address. A mail without a usable one gets an address of its own, so two such mails are two
    customers."""
    if 0 < len(notice.from_address) <= LONGEST_ADDRESS:
        return notice.from_address
    return f"unknown:{sha256(notice.key.encode()).hexdigest()[:20]}"


def get_customer(batch: Batch, key: tuple[str, str], *, name: str, language: str, level: str) -> Customer:
    known = batch.lookups.customers.get(key)
    if known is not None:
        return known
    customer = Customer(new_id("c"), name[:320], batch.book.document.default_tier, language[:LONGEST_LANGUAGE], {})
    batch.lookups.customers[key] = customer
    stage = batch.find_stage(stored_customer(customer), batch.now, batch.book.version)
    if stage is not None:
        customer.profile[STAGE] = stage.new
    batch.writes.open_customer(customer, key, level, stage)
    return customer


def begin_interaction(
    batch: Batch,
    customer: Customer,
    channel: ChannelName,
    *,
    key: tuple[str, str],
    our_address: str,
    level: str,
    language: str,
    provider_ref: str = "",
    subject: str = "",
    last_number: int = 0,
    began_at: Micros | None = None,
    direction: str = "in",
    first_fact: FactKind = "entered",
    fact_data: Data | None = None,
    customer_id: str = "",
) -> OpenInteraction:
    """Make a new interaction without its first message. `enqueue` brings it into the order. `key`: the customer's
    address, as `address_key` has it. `customer_id`: whose it is, if not the owner's of that address. `began_at`: the
    instant at which it entered, if the hub hears of it only now."""
    entered_at = batch.now if began_at is None else began_at
    entry = batch.book.get_entry(channel, our_address)
    language = customer.language or language or entry.language or batch.book.document.languages[0]
    interaction = OpenInteraction(
        id=new_id("i"),
        customer=customer,
        customer_id=customer_id or batch.lookups.owners.get(key, customer.id),
        channel=channel,
        queue=entry.queue,
        tier=batch.settle_tier(customer),
        state=InteractionState.WAITING,
        address=key[1],
        our_address=our_address[:LONGEST_ADDRESS],
        identity_level=level,
        language=language[:LONGEST_LANGUAGE],
        entered_at=entered_at,
        state_at=entered_at,
        direction=direction,
        provider_ref=provider_ref,
        subject=subject[:500],
        last_number=last_number,
        reply_token=new_id("t") if traits_of(channel).is_mail else None,
        recording_consent=batch.consents.find_about_recording(channel, key[1]),
    )
    batch.floor.add(interaction)
    batch.writes.opened[interaction.id] = interaction
    if not interaction.is_outbound:
        about: Data = fact_data or {"queue": interaction.queue, "tier": interaction.tier}
        batch.add_fact(interaction, first_fact, about, at=entered_at)
    return interaction


def forget(batch: Batch, interaction: OpenInteraction) -> None:
    """Undo `begin_interaction` in the same batch: what was asked for has been refused, and nobody was told of it."""
    batch.floor.remove(interaction)
    writes = batch.writes
    del writes.opened[interaction.id]
    writes.messages[:] = [one for one in writes.messages if one.interaction_id != interaction.id]
    for key in [key for key in writes.script_runs if key[0] == interaction.id]:
        del writes.script_runs[key]


def begin_with_message(
    batch: Batch, channel: ChannelName, notice: MessageReceived, key: tuple[str, str]
) -> OpenInteraction:
    """Make the interaction that this message begins. The message is added later."""
    level = str(notice.identity_level)
    customer = get_customer(batch, key, name=notice.from_name, language=notice.language, level=level)
    return begin_interaction(
        batch,
        customer,
        channel,
        key=key,
        our_address=notice.to_address,
        level=level,
        language=notice.language,
        subject=notice.subject or first_words(notice.text),
    )


def add_customer_message(
    batch: Batch, interaction: OpenInteraction, notice: MessageReceived, author: str, kind: Kind = "customer"
) -> StoredMessage:
    """`author`: name of the writer. `kind`: "participant" where somebody else than the customer wrote."""
    number = 0
    if interaction.traits.stored_is_sent:
        interaction.last_number += 1
        number = interaction.last_number
        batch.writes.touch(interaction)
    if notice.provider_id:  # its answer may be in the same batch
        ref = InteractionRef(interaction.id, interaction.customer_id)
        batch.lookups.joined.setdefault(f"id:{notice.provider_id}", []).insert(0, ref)
    message = batch.add_message(interaction, number=number, **message_fields(notice, author, kind))
    remember_mail(batch, notice, message)
    return message


def remember_mail(batch: Batch, notice: MessageReceived, message: StoredMessage | None) -> None:
    """Remember the mail, since its other deliveries may be in the same batch. `message`: None if it made none."""
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


def enqueue(
    batch: Batch,
    interaction: OpenInteraction,
    callback: OpenInteraction | None = None,
    requirement: Requirement | None = None,
) -> None:
    """Bring the interaction into the order, with the boost and place that the customer's past earns. `callback`: the
    customer's waiting callback, which gives up its place. `requirement`: of the agent; None: the entry's."""
    document = batch.book.document
    began_at = interaction.entered_at if interaction.entered_at < batch.now else None
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
        fact: FactKind = "linked_callback" if linked is callback else "linked"
        batch.add_fact(interaction, fact, {"channel": str(linked.channel)})
    route(
        batch,
        InteractionEnqueued(
            interaction_id=InteractionId(interaction.id),
            queue=QueueId(interaction.queue),
            channel=interaction.channel,
            tier=TierId(interaction.tier),
            requirement=entry.requirement.build() if requirement is None else requirement,
            entered_at=place[0] if place else began_at,
            preferred=find_preferred(earlier, batch.now) if queue and queue.preferred_seconds else (),
            boost=find_boost(document, interaction.customer, earlier, batch.now),
            sequence=place[1] if place else None,
            linked_to=InteractionId(linked.id) if linked else None,
        ),
    )


def find_abandoned(waited: Micros) -> ClosedAs:
    return ClosedAs.SHORT_ABANDONED if waited < SHORT_ABANDON else ClosedAs.ABANDONED


def leave(batch: Batch, interaction: OpenInteraction) -> None:
    """The customer has left and is not expected back."""
    interaction.is_customer_gone = True
    batch.writes.touch(interaction)
    batch.add_fact(interaction, "customer_left")
    if interaction.state is InteractionState.WRAP_UP:
        batch.tell_changed(interaction)
        return
    closed_as = find_abandoned(batch.now - interaction.entered_at)
    if interaction.state is InteractionState.PAUSED:  # the call goes on and is counted by itself
        closed_as = ClosedAs.HANDLED if is_served_in_call(batch, interaction) else closed_as
        tell_holder(batch, interaction, "left_elsewhere")
    if interaction.routing is None:  # a chat without a message, or a call whose end arrived before its start
        close_unqueued(batch, interaction, closed_as)
    else:
        route(batch, CustomerLeft(InteractionId(interaction.id), closed_as))


def close_unqueued(
    batch: Batch, interaction: OpenInteraction, closed_as: ClosedAs, ended_at: Micros | None = None
) -> None:
    """Close an interaction that never entered the order, because it needs no agent. `ended_at`: the instant at which
    it ended, if the hub hears of it only now."""
    interaction.state, interaction.closed_as = InteractionState.CLOSED, str(closed_as)
    interaction.ended_at = interaction.closed_at = batch.now if ended_at is None else ended_at
    batch.floor.remove(interaction)
