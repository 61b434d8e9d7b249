"""What the hub writes to a customer by itself, when a queue cannot keep them waiting as it should.

The rule of this file: an automatic text passes `may_send` and the outbox as every text does. The hub never answers a
machine (RFC 3834).
"""

from hub.batch.batch import Batch
from hub.batch.outgoing_texts import find_refusal, write
from hub.open_work.floor import OpenInteraction
from hub.sending.auto_reply_limits import may_answer


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
    if find_refusal(batch, interaction, text) is not None:
        return
    if traits.is_mail:
        batch.floor.auto_replies.add(batch.now, interaction.address)
    heard = (one for one in batch.writes.messages if one.interaction_id == interaction.id)
    write(
        batch,
        interaction,
        text,
        subject=rules.subject if traits.is_mail else "",  # our own subject: a stranger's would go out in our name
        author=batch.book.document.organisation,
        to_address=interaction.address,
        answers=[one.provider_id for one in heard if one.provider_id and one.kind == "customer"],
        is_automatic=True,
    )
