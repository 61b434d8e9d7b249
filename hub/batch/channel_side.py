"""The channel's side of a move: what the channel of an interaction does when the router moves it.

The rule of this file: it alone asks what the channel is, so that `hub.batch.performer` needs no channel. A call has a
line (`hub.batch.call_moves`), a chat shows its customer a state, and other texts need nothing.
"""

from hub.batch import call_moves, call_parties, call_recordings, listening
from hub.batch.batch import Batch
from hub.batch.batch_writes import ChatMoved
from hub.batch.telephone_legs import call_agent_first, hang_up, reach
from hub.batch.transcript import CHAT_STATES
from hub.call_lifecycle import PartyStep
from hub.open_work.floor import OpenInteraction


def add_taking_facts(batch: Batch, interaction: OpenInteraction, agent_id: str) -> None:
    """Say in the transcript what the channel knows of this taking. It comes before `take`, so that the desk gets
    these facts with the transcript."""
    if interaction.traits.is_call:
        call_moves.add_taking_facts(batch, interaction, agent_id)


def take(batch: Batch, interaction: OpenInteraction, agent_id: str) -> None:
    """An agent has taken the interaction. The desk is not told of it before this returns."""
    if interaction.traits.is_call:
        reach(batch, interaction, agent_id)


def begin(batch: Batch, interaction: OpenInteraction, agent_id: str) -> None:
    """An agent has begun the interaction. The desk is not told of it before this returns."""
    if interaction.traits.is_call:
        call_agent_first(batch, interaction, agent_id)


def answer(batch: Batch, interaction: OpenInteraction) -> None:
    """The customer was dialled for the holder, and has answered."""
    if interaction.traits.is_call:
        call_moves.answer(batch, interaction)


def end_attempt(batch: Batch, interaction: OpenInteraction) -> None:
    """The customer was dialled for the holder, and was not reached. The holder still has the interaction on the
    desk."""
    if interaction.traits.is_call:
        call_moves.end_attempt(batch, interaction)


def return_to_order(batch: Batch, interaction: OpenInteraction) -> None:
    """The interaction waits again, and its holder has it on the desk until this returns."""
    call_parties.end_all(batch, interaction)
    if interaction.traits.is_call:
        call_moves.return_to_order(batch, interaction)


def hand_over(batch: Batch, interaction: OpenInteraction, agent_id: str) -> None:
    """A colleague who was in it has it from here on. The giver has lost it already."""
    if interaction.traits.is_call:
        call_moves.hand_over(batch, interaction, agent_id)
    elif (party := listening.find_listener(interaction, agent_id)) is not None:
        call_parties.take_over(batch, interaction, party)


def is_listened_to(interaction: OpenInteraction, agent_id: str) -> bool:
    """Whether this supervisor listens in on it."""
    return listening.find_listener(interaction, agent_id) is not None


def release(batch: Batch, interaction: OpenInteraction, agent_id: str) -> None:
    """The agent is consulted no more."""
    for party in list(interaction.parties.values()):
        if party.agent_id == agent_id and party.card:
            call_parties.end(batch, interaction, party, PartyStep.DISMISSED)


def end(batch: Batch, interaction: OpenInteraction) -> None:
    """The talk with the customer has ended. A second time changes nothing."""
    call_parties.end_all(batch, interaction)
    if interaction.traits.is_call:
        call_recordings.expect_end(batch, interaction)
        hang_up(batch, interaction)


def show_state(batch: Batch, interaction: OpenInteraction) -> None:
    """Show a customer in a chat how the interaction stands."""
    if interaction.traits.stored_is_sent:
        state = CHAT_STATES.get(interaction.state, "waiting")
        name = batch.name_of(interaction.agent_id or "") if state == "active" else ""
        batch.writes.chats_moved[interaction.provider_ref] = ChatMoved(state, interaction.last_number, name)
