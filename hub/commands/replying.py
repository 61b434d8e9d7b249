"""A reply of the agent on the interaction's own channel, written by hand or by a script.

The rule of this file: every reply passes the same checks, whoever wrote its words.
"""

from collections.abc import Sequence

from hub.batch.batch import Batch
from hub.batch.outgoing_texts import write
from hub.commands.command_checks import CommandRefused, check_may_leave
from hub.open_work.floor import OpenInteraction
from hub.sending.may_send import reply_address, reply_subject
from routing.model import AgentId, InteractionState


def send_reply(batch: Batch, agent: AgentId, interaction: OpenInteraction, text: str, subject: str = "") -> None:
    """Raises CommandRefused."""
    traits = interaction.traits
    if traits.is_call:
        raise CommandRefused("wrong_channel")
    if interaction.state is not InteractionState.ACTIVE:
        raise CommandRefused("wrong_state")
    check_may_leave(batch, interaction, text)
    write(
        batch,
        interaction,
        text,
        subject=subject or reply_subject(interaction.subject) if traits.is_mail else "",
        author=batch.name_of(agent),
        author_id=agent,
        to_address=reply_address(interaction),
        answers=find_answered(batch, interaction),
    )


def find_answered(batch: Batch, interaction: OpenInteraction) -> Sequence[str]:
    """The Message-IDs of the interaction's mails, oldest first."""
    return batch.lookups.mail_ids.get(interaction.id, ())
