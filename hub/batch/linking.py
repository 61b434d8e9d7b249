"""A customer who waits in a chat and telephones: two interactions that hold one place.

The rule of this file: the call takes the chat's place in the order, and the chat is paused; who the caller is, the
caller id alone says. That is enough for this: it moves nobody but this very customer, and tells the caller nothing.
Who forges a number can pause that customer's chat while the call lasts; the chat says why, and what is written in it
meanwhile stands before the agent.
"""

from channels.registry import list_calls, list_chats
from hub.batch.batch import Batch
from hub.open_work.floor import OpenInteraction
from routing.model import InteractionId, InteractionState, Micros

SHOWN = 500  # characters of what is written in the chat meanwhile: all of it is in the conversation


def find_linked(batch: Batch, interaction: OpenInteraction) -> OpenInteraction | None:
    """The chat in which the caller waits; one that an agent is asked for or has goes on beside the call."""
    if not interaction.traits.is_call:
        return None
    chats = (batch.floor.find_open(interaction.customer.id, channel) for channel in list_chats())
    return next((one for one in chats if one and one.routing and one.state is InteractionState.WAITING), None)


def find_holder(batch: Batch, paused: OpenInteraction) -> OpenInteraction | None:
    """The call that has the place of the paused chat."""
    for one in batch.floor.interactions.values():
        if one.customer.id == paused.customer.id and one.traits.is_call:
            row = batch.router.find_interaction(InteractionId(one.id))
            if row is not None and row.linked_to == paused.id:
                return one
    return None


def tell_holder(batch: Batch, paused: OpenInteraction, fact: str, text: str = "") -> None:
    """What happens in the paused chat, told where its place is held: on the transcript of the call."""
    call = find_holder(batch, paused)
    if call is not None:
        batch.add_fact(call, fact, {"channel": str(paused.channel), "text": text[:SHOWN]})


def is_served_in_call(batch: Batch, paused: OpenInteraction) -> bool:
    """Whether an agent has the call: who leaves the paused chat then has been answered, else has given it up."""
    call = find_holder(batch, paused)
    return call is not None and call.is_held


def has_place(batch: Batch, customer_id: str, entered_at: Micros) -> bool:
    """Whether the customer's call has the place of a chat that was left meanwhile: it is no second one's."""
    calls = (batch.floor.find_open(customer_id, channel) for channel in list_calls())
    return any(call is not None and call.entered_at == entered_at for call in calls)
