"""An overflow: a queue stops letting an interaction wait as it is.

The rule of this file: the router says which rule of the queue speaks, and this file tells the customer. If the
interaction closes, another effect says so.
"""

from collections.abc import Mapping
from typing import Final

from agent_console.fact_kinds import FactKind
from hub.batch.auto_reply import reply
from hub.batch.batch import Batch, GivenBack
from hub.batch.call_moves import speak
from hub.batch.call_recordings import announce
from routing.effects import InteractionOverflowed, TransferReturned
from routing.model import OverflowAction

FACTS: Final[Mapping[OverflowAction, FactKind]] = {  # an interaction that waits on does not overflow
    OverflowAction.QUEUE: "overflow_queue",
    OverflowAction.CALLBACK: "overflow_callback",
    OverflowAction.AUTO_REPLY: "overflow_auto_reply",
    OverflowAction.RELEASE: "overflow_release",
}


def carry_out_overflow(batch: Batch, effect: InteractionOverflowed) -> None:
    """Add the fact, follow the router into the queue, and answer with the rule's message."""
    interaction = batch.floor.interactions[effect.interaction_id]
    data = {"occasion": str(effect.occasion), "from": interaction.queue, "to": effect.queue}
    is_callback = effect.action is OverflowAction.CALLBACK
    takes_message = is_callback and batch.book.takes_message(interaction.queue, effect.occasion)
    batch.add_fact(interaction, "overflow_voicemail" if takes_message else FACTS[effect.action], data)
    interaction.queue = effect.queue
    batch.writes.touch(interaction)
    if is_callback:
        batch.given_back[interaction.id] = GivenBack(effect.message, takes_message)
    elif not effect.message:
        announce(batch, interaction)
    elif interaction.traits.is_call:
        if effect.action is OverflowAction.QUEUE and announce(batch, interaction):
            return  # that the call is recorded there comes before other words
        speak(batch, interaction, effect.message, is_last=effect.action is OverflowAction.RELEASE)
    else:
        reply(batch, interaction, effect.message)


def return_transfer(batch: Batch, effect: TransferReturned) -> None:
    """Add the fact, and follow the router into the queue that the call came from. Its customer waits as before."""
    interaction = batch.floor.interactions[effect.interaction_id]
    agent, queues = batch.name_of(effect.agent_id), {"from": interaction.queue, "to": effect.queue}
    batch.add_fact(interaction, "transfer_returned", {"occasion": str(effect.occasion), "agent": agent, **queues})
    interaction.queue = effect.queue
    batch.writes.touch(interaction)
