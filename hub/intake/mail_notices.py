"""What a mail means: another delivery of a known mail, an answer, a notification, or work.

The rule of this file: synchronous, as `hub.intake.take_notices`. A reply token is unguessable: a mail that bears it
joins the interaction, whoever wrote it, but only the customer's own address writes as the customer. A mail that joins
nothing is work, unless a program sent it as a notification: that is filed and makes no customer. An automatic mail
that answers something is a notification too. A mail with only the marks of a mailing list is an exception: a person
who writes from a group mailbox wants an answer.
"""

from collections.abc import Iterator

import orjson

from channels.channel import MessageReceived
from hub.batch.batch import Batch
from hub.batch.new_interaction import (
    LONGEST_ADDRESS,
    add_customer_message,
    address_key,
    begin_with_message,
    channel_of,
    enqueue,
    message_fields,
    remember_mail,
    return_to_active,
    sender_of,
)
from hub.batch.transcript import Kind, new_message
from hub.ids import new_id
from hub.open_work.floor import Customer, OpenInteraction
from hub.storage.filed_mails import MailToFile
from hub.storage.interactions import InteractionRef
from routing.model import DAY

MOST_MAILBOXES = 20  # of our mailboxes that a message lists


def take_mail(batch: Batch, notice: MessageReceived) -> None:
    if _is_known(batch, notice):
        return
    channel = channel_of(notice.key)
    key = address_key(channel, sender_of(notice))
    known = batch.lookups.customers.get(key)
    interaction = _find_joined(batch, notice, known)
    author = (known.name if known else "") or notice.from_name or key[1]
    if interaction is not None:
        _join(batch, interaction, notice, known, author)
    elif _asks_nothing(notice) and _file_with_its_cause(batch, notice, known):
        pass
    elif notice.notification:
        _file(batch, notice, known)
    else:  # a mail that joins nothing begins an interaction
        interaction = begin_with_message(batch, channel, notice, key)
        interaction.is_automatic = notice.is_automatic
        if notice.is_reply_to_proven:  # otherwise anybody could direct our answers to themselves
            interaction.reply_to = notice.reply_to[:LONGEST_ADDRESS]
        add_customer_message(batch, interaction, notice, author)
        enqueue(batch, interaction)


def _asks_nothing(notice: MessageReceived) -> bool:
    """Whether a mail that answers something needs no answer itself."""
    return notice.is_automatic and not notice.is_only_passed_on


def _is_known(batch: Batch, notice: MessageReceived) -> bool:
    """Whether the same sender, Message-ID and body came within a day: one mail, delivered to several mailboxes of
    ours. The first delivery decided where it belongs. This delivery has its key in the inbox and makes no message;
    the first message lists the mailboxes that the mail came to."""
    first = batch.lookups.same_mails.get(notice.same_mail) if notice.same_mail else None
    if first is None or batch.now - first.at >= DAY:
        return False
    if first.id and notice.delivered_to:
        data = orjson.loads(first.data)
        mailboxes = [each for each in str(data.get("delivered_to", "")).split(", ") if each]
        if notice.delivered_to not in mailboxes and len(mailboxes) < MOST_MAILBOXES:
            data["delivered_to"] = ", ".join([*mailboxes, notice.delivered_to])
            batch.lookups.same_mails[notice.same_mail] = batch.set_data(first, data)
    return True


def _join(
    batch: Batch, interaction: OpenInteraction, notice: MessageReceived, sender: Customer | None, author: str
) -> None:
    is_customer = sender is not None and _is_theirs(interaction, notice, sender)
    kind: Kind = "customer" if is_customer else "participant"
    if not is_customer and not notice.notification:  # a mail host that returns a mail is no participant
        batch.writes.begin_sender(interaction.id, sender_of(notice)[:LONGEST_ADDRESS], author, batch.now)
    add_customer_message(batch, interaction, notice, author, kind)
    if is_customer and interaction.is_automatic != notice.is_automatic:
        interaction.is_automatic = notice.is_automatic
        batch.writes.touch(interaction)
    if not _asks_nothing(notice):
        return_to_active(batch, interaction)


def _is_theirs(interaction: OpenInteraction, notice: MessageReceived, sender: Customer) -> bool:
    """Also where somebody else of their family was named: the mailbox is the one that wrote before."""
    address = address_key(channel_of(notice.key), sender_of(notice), notice.identity_level)[1]
    return sender.id == interaction.customer.id or interaction.address == address


def _answered_by(batch: Batch, notice: MessageReceived, sender: Customer | None) -> Iterator[InteractionRef]:
    """The interactions that this mail answers, surest first. A reply token is ours and unguessable, so it joins
    whoever wrote the mail. Anyone in Cc can read and repeat a Message-ID, so it joins only its own customer."""
    for join in notice.joins:
        for ref in batch.lookups.joined.get(join, ()):
            begun = batch.floor.interactions.get(ref.id)
            is_own = sender is not None and (
                ref.customer_id in sender.ids or (begun is not None and _is_theirs(begun, notice, sender))
            )
            if is_own or join.startswith("token:"):
                yield ref


def _find_joined(batch: Batch, notice: MessageReceived, sender: Customer | None) -> OpenInteraction | None:
    interactions = batch.floor.interactions
    found = (interactions.get(ref.id) for ref in _answered_by(batch, notice, sender))
    return next((interaction for interaction in found if interaction is not None), None)


def _file_with_its_cause(batch: Batch, notice: MessageReceived, sender: Customer | None) -> bool:
    """Store an absence note or bounce with the closed interaction that caused it. It makes no work. False if it
    answers nothing that is known."""
    answered = next(_answered_by(batch, notice, sender), None)
    if answered is None:
        return False
    kind: Kind = "customer" if sender and answered.customer_id in sender.ids else "participant"
    filed = new_message(
        message_id=new_id("m"),
        interaction_id=answered.id,
        customer_id=answered.customer_id,
        channel=channel_of(notice.key),
        now=batch.now,
        **message_fields(notice, notice.from_name or notice.from_address, kind),
    )
    batch.writes.messages.append(filed)
    remember_mail(batch, notice, filed)
    return True


def _file(batch: Batch, notice: MessageReceived, sender: Customer | None) -> None:
    """File a notification that joins nothing. An administrator can find it."""
    remember_mail(batch, notice, None)
    batch.writes.filed_mails.append(
        MailToFile(
            at=batch.now,
            kind=notice.notification,
            customer_id=sender.id if sender else None,
            address=notice.from_address[:LONGEST_ADDRESS],
            our_address=notice.to_address[:LONGEST_ADDRESS],
            subject=notice.subject,
            raw=notice.raw,
        )
    )
