"""A customer waits in a chat and also telephones: two interactions hold one place.

The rule of this file: the call takes the chat's place in the order, and the chat is paused. The caller id alone says
which customer calls. That is enough here: the link moves only this customer and tells the caller nothing. A caller
with a forged number can pause that customer's chat while the call lasts. The chat then says why, and the agent sees
what is written in it meanwhile.
"""

from agent_console.fact_kinds import FactKind
from channels.registry import list_calls, list_chats
from hub.batch.batch import Batch
from hub.open_work.floor import OpenInteraction
from hub.scripts.open_runs import find_last_reader
from routing.effects import InteractionMoved
from routing.model import ClosedAs, InteractionId, InteractionState, Micros

SHOWN = 500  # characters of a chat text that the call's transcript repeats; the conversation has it whole


def find_linked(batch: Batch, interaction: OpenInteraction) -> OpenInteraction | None:
    """The chat in which the caller waits. A chat that is offered to an agent, or that an agent has, goes on beside
    the call and is not linked."""
    if not interaction.traits.is_call:
        return None
    chats = (batch.floor.find_open(interaction.customer.id, channel) for channel in list_chats())
    return next((one for one in chats if one and one.routing and one.state is InteractionState.WAITING), None)


def find_holder(batch: Batch, paused: OpenInteraction) -> OpenInteraction | None:
    """The call that has the place of the paused chat."""
    for one in batch.floor.list_open(paused.customer.id):
        if one.traits.is_call:
            row = batch.router.find_interaction(InteractionId(one.id))
            if row is not None and row.linked_to == paused.id:
                return one
    return None


def tell_holder(batch: Batch, paused: OpenInteraction, fact: FactKind, text: str = "") -> None:
    """Tell on the call's transcript what happens in the paused chat: the call holds the chat's place."""
    call = find_holder(batch, paused)
    if call is not None:
        batch.add_fact(call, fact, {"channel": str(paused.channel), "text": text[:SHOWN]})


def tell_paused(batch: Batch, interaction: OpenInteraction, effect: InteractionMoved) -> None:
    """Tell a chat that the customer's call begins or stops holding its place."""
    if effect.state is InteractionState.PAUSED:
        batch.add_fact(interaction, "paused")
        _tell_owed(batch, interaction)
    elif effect.state is InteractionState.WAITING:
        batch.add_fact(interaction, "waits_again")
    elif effect.closed_as is ClosedAs.HANDLED and not interaction.is_customer_gone:
        batch.add_fact(interaction, "closed_with_call")


def _tell_owed(batch: Batch, paused: OpenInteraction) -> None:
    """Tell on the call's transcript which statements an agent of the chat left open. The chat closes with the call,
    so the call's agent is the last who can say them."""
    owed = batch.scripts.list_owed(paused, batch.name_of(find_last_reader(paused)))
    if owed:
        tell_holder(batch, paused, "owed_elsewhere", " · ".join(one.text for one in owed))


def is_served_in_call(batch: Batch, paused: OpenInteraction) -> bool:
    """Whether an agent has the call. If so, a customer who leaves the paused chat was answered; else they gave up."""
    call = find_holder(batch, paused)
    return call is not None and call.is_held


def has_place(batch: Batch, customer_id: str, entered_at: Micros) -> bool:
    """Whether the customer's call already has the place of a chat that they left. A place serves one interaction."""
    calls = (batch.floor.find_open(customer_id, channel) for channel in list_calls())
    return any(call is not None and call.entered_at == entered_at for call in calls)
