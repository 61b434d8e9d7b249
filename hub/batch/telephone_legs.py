"""The legs of a call while a batch is decided: which agent's leg is called, and which legs end.

The rule of this file: each call moves by `move_call`, and each request to the provider is a row of the outbox.
It knows no effects of the router.
"""

from channels.channel import CallAgent, ConnectAgent, HangUp, ReachAgent
from hub.batch.batch import Batch
from hub.call_lifecycle import AGENT_LOST, GIVEN_BACK, CallState, CallStep, move_call
from hub.ids import new_id
from hub.open_work.floor import Floor, OpenInteraction
from hub.sending.agent_phones import find_phone, name_connection
from hub.sending.may_send import SOFTPHONE
from routing.model import SECOND, InteractionId, Micros

REACHED_WITHIN = 65 * SECOND  # the telephone of an agent who calls out, or of the person whom they call
WORDS_WITHIN = 60 * SECOND  # so long the longest words are, and some more
FOUND_WITHIN = 130 * SECOND  # a leg that nobody has named: by then the provider's lists were looked at twice
_AGAIN = "again"  # in the id of a request that calls a holder once more


def dial_id(interaction: OpenInteraction) -> str:
    """The outbox id of the call to the customer that is placed for the present holder."""
    return f"{interaction.id}.{interaction.accepted_at}.call"


def find_leg_deadline(interaction: OpenInteraction) -> Micros | None:
    """Until when a telephone that is called for this call is waited for, while nobody has heard of its leg: the
    provider's answer to the request was lost, so the leg may be there or not. None if nothing is waited for."""
    since = interaction.call_since or 0
    match interaction.call_state:
        case CallState.CONNECTING if not interaction.leg_ref:
            return since + FOUND_WITHIN
        case CallState.REACHING:
            return since + REACHED_WITHIN
        case CallState.DIALLING if interaction.is_called_out and not interaction.provider_ref:
            return since + REACHED_WITHIN
    return None


def watch_leg(floor: Floor, interaction: OpenInteraction) -> None:
    """Look at this call again when its leg should have been heard of."""
    due_at = find_leg_deadline(interaction)
    if due_at is not None:
        floor.leg_deadlines[interaction.id] = due_at


def connect(batch: Batch, interaction: OpenInteraction, agent_id: str) -> None:
    """Call the agent's leg into the call's room, where the customer is."""
    if not move_call(interaction, CallStep.CONNECTED, batch.now):
        return
    _call_leg(batch, interaction, agent_id, name_connection(interaction.id, interaction.accepted_at))
    watch_leg(batch.floor, interaction)


def call_again(batch: Batch, interaction: OpenInteraction, agent_id: str, instead_of: str = "") -> None:
    """Call the leg of a holder whose line is lost. `instead_of`: a leg that may still be there, besides one that was
    called again and rings."""
    for leg in filter(None, {instead_of, interaction.leg_ref}):
        batch.request(interaction, HangUp(new_id("x"), interaction.provider_ref, leg))
    _call_leg(batch, interaction, agent_id, f"{interaction.id}.{new_id(_AGAIN)}")


def _call_leg(batch: Batch, interaction: OpenInteraction, agent_id: str, outbox_id: str) -> None:
    """The leg bears the request's id as its label, so a late leg of another holder, or an earlier one of this holder,
    is told apart."""
    interaction.leg_ref, interaction.leg_request = "", outbox_id
    batch.writes.touch(interaction)
    phone, call_id = phone_of(batch, agent_id), interaction.provider_ref
    if phone.startswith(SOFTPHONE):
        batch.request(interaction, ConnectAgent(outbox_id, call_id, phone, interaction.our_address))
    else:  # without a telephone the request fails, and the call goes back to its place
        batch.request(interaction, CallAgent(outbox_id, call_id, phone, interaction.our_address))


def call_agent_first(batch: Batch, interaction: OpenInteraction, agent_id: str) -> None:
    """Call the agent who calls out. The customer is called once the agent is on the line."""
    if move_call(interaction, CallStep.CALLED_OUT, batch.now):
        watch_leg(batch.floor, interaction)
        phone, outbox_id = phone_of(batch, agent_id), name_connection(interaction.id, interaction.accepted_at)
        interaction.leg_request = outbox_id
        batch.request(interaction, ReachAgent(outbox_id, phone, interaction.our_address))


def phone_of(batch: Batch, agent_id: str) -> str:
    """The address at which the agent's leg is called. Empty if they have none."""
    member = batch.floor.staff.get(agent_id)
    return find_phone(batch.rules, member) if member is not None else ""


def hang_up(batch: Batch, interaction: OpenInteraction) -> None:
    """End the call: the customer's leg and with it the room. If only the agent's leg is left, end that."""
    before, may_hear_words = interaction.call_state, _may_hear_words(batch, interaction)
    if before is CallState.OVER or not move_call(interaction, CallStep.ENDED, batch.now):
        return
    call_id = interaction.provider_ref
    legs = [interaction.leg_ref if interaction.is_customer_gone else call_id]
    is_apart = before in (CallState.REACHING, CallState.DIALLING, CallState.CONNECTING, *AGENT_LOST)
    is_apart = is_apart or _was_called_again(interaction) or may_hear_words
    if is_apart and not interaction.is_customer_gone:
        legs.append(interaction.leg_ref)  # it is outside the customer's room, so it does not end with the room
    if before not in GIVEN_BACK:
        for leg in filter(None, legs):
            batch.request(interaction, HangUp(outbox_id=new_id("x"), call_id=call_id, leg_id=leg))


def _was_called_again(interaction: OpenInteraction) -> bool:
    """Whether the holder's present leg was called after another was lost. If the customer's end was not told, their
    room had ended by then, and this leg is alone in a room of the same name."""
    return interaction.leg_request.startswith(f"{interaction.id}.{_AGAIN}")


def _may_hear_words(batch: Batch, interaction: OpenInteraction) -> bool:
    """Whether the customer may still hear that the call is recorded. They do so outside the room, which then does not
    end with their leg."""
    return interaction.announced != "" and batch.now - (interaction.call_since or 0) < WORDS_WITHIN


def reach(batch: Batch, interaction: OpenInteraction, agent_id: str) -> None:
    """Call the agent's telephone, unless no customer is on the line."""
    if is_to_be_called(batch, interaction):
        if move_call(interaction, CallStep.HANDED_OVER, batch.now):
            interaction.is_customer_gone = True
    elif interaction.call_state is not CallState.OVER:
        connect(batch, interaction, agent_id)


def is_to_be_called(batch: Batch, interaction: OpenInteraction) -> bool:
    row = batch.router.find_interaction(InteractionId(interaction.id))
    return row is not None and row.callback is not None
