"""Everything that is written to a customer, by an agent or by the hub itself.

The rule of this file: it is the only way out for a text. Whoever writes asks `find_refusal` first, and says who the
author is, where the text goes and what it answers. The transcript has the text, and the outbox has it in the same
batch, unless the customer's page reads what is stored.
"""

from collections.abc import Sequence

from channels.channel import TextOut
from hub.batch.batch import Batch
from hub.open_work.floor import OpenInteraction
from hub.sending.may_send import may_send
from hub.sending.refusals import Refusal
from hub.storage.transcripts import MessageOut, StoredMessage


def find_refusal(batch: Batch, interaction: OpenInteraction, text: str) -> Refusal | None:
    """Ask the gate whether this text may leave, as far as the batch has looked up. None if it may."""
    last_hour = batch.floor.last_hour[interaction.channel]
    return may_send(batch.rules, interaction, text, batch.lookups.suppressed, last_hour, batch.now, batch.consents)


def write(
    batch: Batch,
    interaction: OpenInteraction,
    text: str,
    *,
    subject: str,
    author: str,
    author_id: str = "",
    to_address: str,
    answers: Sequence[str],
    is_automatic: bool = False,
) -> None:
    """Add a text to the transcript and send it. `author`: the name that the customer sees; `author_id`: of the agent,
    empty for the hub itself. `answers`: Message-IDs, oldest first."""
    stored_is_sent = interaction.traits.stored_is_sent
    number = batch.next_number(interaction) if stored_is_sent else 0
    message = batch.add_message(
        interaction,
        kind="agent",
        text=text,
        subject=subject,
        number=number,
        author=author,
        author_id=author_id,
        delivery="sent" if stored_is_sent else "queued",
        is_automatic=is_automatic,
    )
    if not stored_is_sent:
        send(
            batch,
            interaction,
            message,
            message.id,
            author=author,
            to_address=to_address,
            answers=answers,
            is_automatic=is_automatic,
        )


def send(
    batch: Batch,
    interaction: OpenInteraction,
    message: StoredMessage | MessageOut,
    outbox_id: str,
    *,
    author: str,
    to_address: str,
    answers: Sequence[str],
    is_automatic: bool = False,
) -> None:
    """Send a message of the transcript. The same message may be sent again under another `outbox_id`."""
    batch.request(
        interaction,
        TextOut(
            outbox_id=outbox_id,
            to_address=to_address,
            from_address=interaction.our_address,
            text=message.text,
            subject=message.subject,
            reply_token=interaction.reply_token or "",
            answers=tuple(answers),
            is_automatic=is_automatic,
            author=author,
            sent_at=batch.now + batch.book.wall_ahead,
        ),
    )
