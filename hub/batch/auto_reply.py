"""What the hub writes to a customer by itself, when a queue cannot keep them waiting as it should.

The rule of this file: an automatic text passes `may_send` and the outbox as every text does. The hub never answers a
machine (RFC 3834).
"""

from channels.channel import TextOut
from hub.batch.batch import Batch
from hub.open_work.floor import OpenInteraction
from hub.sending.auto_reply_limits import may_answer
from hub.sending.may_send import may_send


def reply(batch: Batch, interaction: OpenInteraction, message: str) -> None:
    """Write the policy's `message` in the customer's language. Where the channel honours STOP, the text waits for the
    end of the batch: storage is asked then whether its customer has said STOP."""
    if interaction.traits.honours_stop:
        batch.late_replies.append((interaction, message))
    else:
        _write(batch, interaction, message)


def write_late(batch: Batch) -> None:
    """Write the texts that waited. The caller has looked up their suppressions."""
    for interaction, message in batch.late_replies:
        _write(batch, interaction, message)
    batch.late_replies.clear()


def _write(batch: Batch, interaction: OpenInteraction, message: str) -> None:
    text = batch.book.find_text(message, interaction.language)
    traits = interaction.traits
    rules = batch.rules.auto_replies
    if interaction.is_automatic or not text:
        return
    if traits.is_mail and not may_answer(rules, batch.floor.auto_replies, interaction.address, batch.now):
        return
    left = batch.floor.left[interaction.channel]
    if may_send(batch.rules, interaction, text, batch.lookups.suppressed, left, batch.now) is not None:
        return
    number = 0
    if traits.stored_is_sent:
        number = interaction.last_number = interaction.last_number + 1
        batch.writes.touch(interaction)
    sent = batch.add_message(
        interaction,
        kind="agent",
        text=text,
        subject=rules.subject if traits.is_mail else "",  # our own subject: a stranger's would go out in our name
        number=number,
        author=batch.book.document.organisation,
        delivery="sent" if traits.stored_is_sent else "queued",
        is_automatic=True,
    )
    if traits.is_mail:
        batch.floor.auto_replies.add(batch.now, interaction.address)
    if not traits.stored_is_sent:
        heard = (one for one in batch.writes.messages if one.interaction_id == interaction.id)
        answered = tuple(one.provider_id for one in heard if one.provider_id and one.kind == "customer")
        batch.request(
            interaction,
            TextOut(
                outbox_id=sent.id,
                to_address=interaction.address,
                from_address=interaction.our_address,
                text=text,
                subject=sent.subject,
                reply_token=interaction.reply_token or "",
                answers=answered,
                is_automatic=True,
                author=batch.book.document.organisation,
                sent_at=batch.now + batch.book.wall_ahead,
            ),
        )
