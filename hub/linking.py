"""A customer who waits in a chat and telephones: two interactions that hold one place.

The rule of this file: the call takes the chat's place in the order, and the chat is paused; who the caller is, the
caller id alone says. That is enough for this: it moves nobody but this very customer, and tells the caller nothing.
Who forges a number can pause that customer's chat while the call lasts; the chat says why, and what is written in it
meanwhile stands before the agent.
"""

from hub.batch import Batch
from hub.floor import OpenInteraction
from routing.model import ChannelName, InteractionId, InteractionState

SHOWN = 500  # characters of what is written in the chat meanwhile: all of it is in the conversation


def find_linked(batch: Batch, interaction: OpenInteraction) -> OpenInteraction | None:
    """The chat in which the caller waits; one that an agent is asked for or has goes on beside the call."""
    if interaction.channel is not ChannelName.PHONE:
        return None
    chat = batch.floor.find_open(interaction.customer.id, ChannelName.WEBCHAT)
    return chat if chat and chat.routing is not None and chat.state is InteractionState.WAITING else None


def tell_holder_of_place(batch: Batch, paused: OpenInteraction, fact: str, text: str = "") -> None:
    """What happens in the paused chat, told where its place is held: on the transcript of the call."""
    for one in batch.floor.interactions.values():
        if one.customer.id == paused.customer.id and one.channel is ChannelName.PHONE:
            row = batch.router.find_interaction(InteractionId(one.id))
            if row is not None and row.linked_to == paused.id:
                batch.add_fact(one, fact, {"channel": str(paused.channel), "text": text[:SHOWN]})
